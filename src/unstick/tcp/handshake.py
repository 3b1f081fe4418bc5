"""SYNs: where a side's numbers begin, what it offers, and whose numbers those before it were.

Hot file: ordinary Python on flat tables, compiled from the types in ``handshake.pxd``.

1. A SYN that cannot belong to the connection is judged (``verdicts.py``), not believed.
2. One that must be believed although other numbers came first: a SYN-ACK that acknowledges the
   SYN of a side in SYN-SENT. What was captured before it belonged to an older connection of the
   same ports (RFC 9293 3.5.1, figure 9), and its numbers are forgotten.
3. Tables and names as in ``sender.py``.
"""

from __future__ import annotations

from unstick.tcp.columns import (
    C_MARKS,
    MARK_SYN,
    S_FIN_ACKED_FRAME,
    S_FIN_ACKED_NS,
    S_FIN_COUNT,
    S_FIN_FRAME,
    S_FIN_NS,
    S_FIN_SEQ,
    S_FLAGS,
    S_GAP_1_LEFT,
    S_ISS,
    S_LARGER_LENGTH,
    S_LAST_ACK,
    S_LAST_ACK_FRAME,
    S_LAST_ACK_NS,
    S_MSS,
    S_OPTIONS,
    S_OUTSTANDING_FRAME,
    S_OUTSTANDING_NS,
    S_RCV_NXT,
    S_RIGHT_EDGE,
    S_RTT_SEQ,
    S_SACK_EDGE,
    S_SCALE,
    S_SND_NXT,
    S_STATE,
    S_STATE_BEFORE_RESET,
    S_SYN_COUNT,
    S_SYN_FRAME,
    S_SYN_LAST_NS,
    S_SYN_NS,
    S_TS_RECENT,
    S_UNSEEN_ACKS,
    S_UNSEEN_FRAME,
    S_WINDOW,
    S_WINDOW_MOST,
    SIDE_FIN_DELIVERED,
    SIDE_GUESSED,
    SIDE_SIGNED,
    SIDE_SYN_SEEN,
)
from unstick.tcp.states import (
    STATE_SYN_RECEIVED,
    STATE_SYN_SENT,
)
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    FLAGS,
    FRAME,
    MASK,
    MSS,
    NONE,
    OPTION_AO,
    OPTION_MD5,
    OPTION_MSS,
    OPTION_WINDOW_SCALE,
    OPTIONS,
    SEQ,
    TIME_NS,
    WINDOW_SCALE,
)


def greet(t: memoryview, s: memoryview, base: int, row: int, me: int, peer: int) -> None:
    """Take a SYN's numbers and options, and settle window scaling once both SYNs are known
    (RFC 7323 2.2: both or neither)."""
    if t[me + S_SYN_COUNT] > 0 and s[base + SEQ] == t[me + S_ISS]:
        t[me + S_SYN_COUNT] += 1
        t[me + S_SYN_LAST_NS] = s[base + TIME_NS]
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_SYN
        return
    if t[me + S_SYN_COUNT] > 0:
        return
    if t[me + S_SND_NXT] != NONE and not _fits(t, s, base, me):
        if not _answers_syn(t, s, base, peer):
            return
        _forget(t, me)
        _forget(t, peer)
        t[me + S_STATE] = STATE_SYN_RECEIVED
        t[peer + S_SND_NXT] = s[base + ACK]
    t[me + S_SYN_COUNT] = 1
    t[me + S_SYN_FRAME] = s[base + FRAME]
    t[me + S_SYN_NS] = s[base + TIME_NS]
    t[me + S_SYN_LAST_NS] = s[base + TIME_NS]
    t[me + S_ISS] = s[base + SEQ]
    t[me + S_OPTIONS] = s[base + OPTIONS]
    t[me + S_MSS] = s[base + MSS] if s[base + OPTIONS] & OPTION_MSS else NONE
    t[me + S_FLAGS] = (t[me + S_FLAGS] | SIDE_SYN_SEEN) & ~SIDE_GUESSED
    if s[base + OPTIONS] & (OPTION_MD5 | OPTION_AO):
        t[me + S_FLAGS] = t[me + S_FLAGS] | SIDE_SIGNED
    scale = 0
    if s[base + OPTIONS] & OPTION_WINDOW_SCALE:
        scale = s[base + WINDOW_SCALE]
    t[me + S_SCALE] = scale
    if not (s[base + FLAGS] & ACK_FLAG):
        return
    if not (s[base + OPTIONS] & OPTION_WINDOW_SCALE):
        t[peer + S_SCALE] = 0
    elif t[peer + S_FLAGS] & SIDE_SYN_SEEN and not (t[peer + S_OPTIONS] & OPTION_WINDOW_SCALE):
        t[me + S_SCALE] = 0


def _fits(t: memoryview, s: memoryview, base: int, me: int) -> bool:
    """A late SYN (captured after other packets) that ends where the known numbers begin."""
    return (t[me + S_FLAGS] & SIDE_SYN_SEEN) == 0 and s[base + SEQ] == t[me + S_ISS]


def _answers_syn(t: memoryview, s: memoryview, base: int, peer: int) -> bool:
    """A SYN-ACK that acknowledges just the SYN of a side that waits for one."""
    if not (s[base + FLAGS] & ACK_FLAG) or not (t[peer + S_FLAGS] & SIDE_SYN_SEEN):
        return False
    return t[peer + S_STATE] == STATE_SYN_SENT and s[base + ACK] == ((t[peer + S_ISS] + 1) & MASK)


def _forget(t: memoryview, side: int) -> None:
    """Numbers that belonged to an older connection of the same ports."""
    t[side + S_SND_NXT] = NONE
    t[side + S_RCV_NXT] = NONE
    for gap in range(6):
        t[side + S_GAP_1_LEFT + gap] = NONE
    t[side + S_LAST_ACK] = NONE
    t[side + S_LAST_ACK_FRAME] = NONE
    t[side + S_LAST_ACK_NS] = NONE
    t[side + S_WINDOW] = NONE
    t[side + S_WINDOW_MOST] = NONE
    t[side + S_RIGHT_EDGE] = NONE
    t[side + S_SACK_EDGE] = NONE
    t[side + S_TS_RECENT] = NONE
    t[side + S_FIN_SEQ] = NONE
    t[side + S_FIN_FRAME] = NONE
    t[side + S_FIN_NS] = NONE
    t[side + S_FIN_COUNT] = 0
    t[side + S_FIN_ACKED_FRAME] = NONE
    t[side + S_FIN_ACKED_NS] = NONE
    t[side + S_RTT_SEQ] = NONE
    t[side + S_LARGER_LENGTH] = 0
    t[side + S_OUTSTANDING_FRAME] = NONE
    t[side + S_OUTSTANDING_NS] = NONE
    t[side + S_UNSEEN_ACKS] = 0
    t[side + S_UNSEEN_FRAME] = NONE
    t[side + S_STATE_BEFORE_RESET] = NONE
    t[side + S_FLAGS] = t[side + S_FLAGS] & ~SIDE_FIN_DELIVERED

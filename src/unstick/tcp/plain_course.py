"""The usual course of a connection, for the plain engine: ``course.py``, with columns in slices.

SYN and SYN-ACK meet sides of which nothing is known: what they leave is written at once. What
moves the states of a connection is said in the hot files only. Nothing here is compiled.
"""

from __future__ import annotations

from types import ModuleType

from unstick.tcp import receiver
from unstick.tcp.columns import (
    C_CALM,
    C_ENCAPSULATION,
    C_FIRST_FRAME,
    C_LAST_FRAME,
    C_RECORD,
    C_SEAM,
    C_SILENCE_NS,
    M_SEAMS,
    M_SILENCE_NS,
    S_BYTES,
    S_COPY_1,
    S_COPY_1_NS,
    S_DATA_FRAME,
    S_DATA_NS,
    S_FIN_ACKED_FRAME,
    S_FIN_ACKED_NS,
    S_FIN_COUNT,
    S_FIN_SEQ,
    S_FLAGS,
    S_IP_ID,
    S_ISS,
    S_LAST_ACK,
    S_LAST_ACK_FRAME,
    S_LAST_ACK_NS,
    S_NEW_INTERFACE,
    S_OPTIONS,
    S_OUTSTANDING_FRAME,
    S_PACKETS,
    S_RCV_NXT,
    S_RTT_NS,
    S_RTT_SEQ,
    S_SCALE,
    S_SND_NXT,
    S_STATE,
    S_SYN_LAST_NS,
    S_TALK_FRAME,
    S_TS_RECENT,
    S_WINDOW_MOST,
    SIDE_GUESSED,
    SIDE_SPOKE,
    SIDE_SYN_SEEN,
)
from unstick.tcp.course import CONGESTION
from unstick.tcp.plain_steps import ODD_OPTIONS, OTHER, OWN, Picked, acknowledge_next, take_next
from unstick.tcp.quick import CALM, CALM_CLOSING, CALM_OPENING, SIGNED
from unstick.tcp.states import STATE_ESTABLISHED, STATE_SYN_RECEIVED, STATE_SYN_SENT
from unstick.wire.columns import (
    ACK_FLAG,
    ENCAPSULATION,
    FIN,
    HALF,
    MASK,
    MSS,
    NONE,
    OPTION_MSS,
    OPTION_WINDOW_SCALE,
    PSH,
    SEGMENT_WIDTH,
    SYN,
    WINDOW_SCALE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    Tables = tuple[list[int], memoryview, memoryview]
    """Connections, segments, counters and limits."""

SYN_ACK = SYN | ACK_FLAG

STATES: ModuleType = receiver
"""What moves them. Its functions take lists, too."""


def take_course(tables: Tables, row: int, segment: Picked, frame: int, at: int) -> bool:
    """Take the segment, row ``at`` of its table, if it opens or closes its connection as usual.
    Else nothing has changed."""
    flags = segment[6] & ~PSH
    if flags & ~FIN == ACK_FLAG:
        return _step(tables, row, segment, frame, at)
    if flags & ~CONGESTION == SYN_ACK:
        return _answer(tables, row, segment, frame, at)
    if flags & ~CONGESTION == SYN:
        return _begin(tables, row, segment, frame, at)
    return False


def _step(tables: Tables, row: int, segment: Picked, frame: int, at: int) -> bool:
    """``is_step`` and ``step_on``."""
    t, s, m = tables
    _, now, _, side, seq, ack, flags, length, _, _, _, _, _, _, _, _ = segment
    me, peer = row + OWN[side], row + OTHER[side]
    calm, fin = t[row + C_CALM], flags & FIN
    if calm == 0 or (calm == CALM and not fin):
        return False
    if calm == CALM_CLOSING and length + fin and t[me + S_FIN_SEQ] != NONE:
        return False
    opens = calm == CALM_OPENING
    if opens and (fin or t[me + S_STATE] != STATE_ESTABLISHED or ack != t[peer + S_SND_NXT]):
        return False
    last_ack = t[me + S_LAST_ACK]
    if not take_next(t, row, segment, frame, m[M_SILENCE_NS], m[M_SEAMS]):
        return False
    if fin:
        count = t[me + S_FIN_COUNT] + 1
        t[me + S_FIN_SEQ : me + S_FIN_COUNT + 1] = (seq + length) & MASK, frame, now, count
        STATES.close_sender(t, s, at * SEGMENT_WIDTH, me)
    awaited = t[peer + S_FIN_SEQ]
    waits = awaited != NONE == t[peer + S_FIN_ACKED_FRAME] and ack != last_ack
    if waits and 0 < ((ack - awaited) & MASK) < HALF:
        t[peer + S_FIN_ACKED_FRAME : peer + S_FIN_ACKED_NS + 1] = frame, now
    STATES.deliver_fin(t, me, peer)
    STATES.acknowledged(t, s, at * SEGMENT_WIDTH, me, peer)
    t[row + C_CALM] = CALM if opens else CALM_CLOSING
    return True


def _begin(tables: Tables, row: int, segment: Picked, frame: int, at: int) -> bool:
    """``is_first_syn`` and ``begin``."""
    t, s, m = tables
    _, now, _, side, seq, _, flags, length, _, options, _, _, _, _, _, _ = segment
    if t[row + C_FIRST_FRAME] != NONE or length or options & SIGNED:
        return False
    me, peer = row + OWN[side], row + OTHER[side]
    base = at * SEGMENT_WIDTH
    t[row + C_FIRST_FRAME : row + C_SILENCE_NS] = (
        frame, now, frame, now, 1, t[row + C_CALM], flags, m[M_SEAMS],
    )  # fmt: skip
    t[row + C_ENCAPSULATION] = s[base + ENCAPSULATION]
    end = (seq + 1) & MASK
    scale = s[base + WINDOW_SCALE] if options & OPTION_WINDOW_SCALE else 0
    _introduce(t, me, segment, frame, s[base + MSS] if options & OPTION_MSS else NONE)
    t[me + S_STATE : me + S_RCV_NXT] = STATE_SYN_SENT, SIDE_SPOKE | SIDE_SYN_SEEN, end
    t[me + S_SCALE] = scale
    t[peer + S_STATE] = STATE_SYN_RECEIVED
    t[peer + S_RCV_NXT : peer + S_LAST_ACK + 1] = end, seq
    return True


def _answer(tables: Tables, row: int, segment: Picked, frame: int, at: int) -> bool:
    """``is_answer`` and ``answer``."""
    t, s, m = tables
    _, now, _, side, seq, ack, flags, length, window, options, tsval, _, _, _, _, _ = segment
    me, peer = row + OWN[side], row + OTHER[side]
    before, before_ns, packets, _, last_flags = t[row + C_LAST_FRAME : row + C_SEAM]
    if packets != 1 or last_flags & ~CONGESTION != SYN or length or options & ODD_OPTIONS:
        return False
    if ack != t[peer + S_SND_NXT] or t[peer + S_STATE] != STATE_SYN_SENT or t[peer + S_BYTES]:
        return False
    gap = now - before_ns
    if not 0 <= gap < m[M_SILENCE_NS] or t[me + S_RCV_NXT] != ack or t[me + S_SND_NXT] != NONE:
        return False
    base = at * SEGMENT_WIDTH
    silence = (gap, before, frame) if gap else (0, NONE, NONE)
    t[row + C_LAST_FRAME : row + C_RECORD] = (
        frame, now, 2, CALM_OPENING, flags, m[M_SEAMS], *silence,
    )  # fmt: skip
    _introduce(t, me, segment, frame, s[base + MSS] if options & OPTION_MSS else NONE)
    scale = s[base + WINDOW_SCALE] if options & OPTION_WINDOW_SCALE else 0
    if not options & OPTION_WINDOW_SCALE:
        t[peer + S_SCALE] = 0
    elif t[peer + S_FLAGS] & SIDE_SYN_SEEN and not t[peer + S_OPTIONS] & OPTION_WINDOW_SCALE:
        scale = 0
    end = (seq + 1) & MASK
    t[me + S_FLAGS] = (t[me + S_FLAGS] | SIDE_SPOKE | SIDE_SYN_SEEN) & ~SIDE_GUESSED
    t[me + S_SND_NXT : me + S_PACKETS] = end, ack, ack, (ack + window) & MASK, window, scale
    t[me + S_LAST_ACK_FRAME : me + S_LAST_ACK_NS + 1] = frame, now
    t[me + S_WINDOW_MOST] = window
    acknowledge_next(t, peer, frame, now, ack, 0)
    t[peer + S_STATE] = STATE_ESTABLISHED
    t[peer + S_RCV_NXT : peer + S_LAST_ACK + 1] = end, seq
    t[peer + S_TS_RECENT] = tsval
    return True


def _introduce(t: list[int], me: int, segment: Picked, frame: int, mss: int) -> None:
    """The SYN of a side of which nothing was captured before: what does not depend on the other
    side."""
    _, now, _, _, seq, _, _, _, _, options, tsval, ip_id, ttl, print_, interface, _ = segment
    t[me + S_PACKETS : me + S_TALK_FRAME] = 1, frame, now, frame, now
    t[me + S_IP_ID : me + S_TS_RECENT] = ip_id, ttl, ttl, ttl, tsval
    t[me + S_NEW_INTERFACE] = interface
    t[me + S_DATA_FRAME : me + S_DATA_NS + 1] = frame, now
    t[me + S_ISS : me + S_SYN_LAST_NS + 1] = (
        seq, frame, now, ttl, options, mss, frame, now, 1, now,
    )  # fmt: skip
    t[me + S_OUTSTANDING_FRAME : me + S_RTT_SEQ + 1] = frame, now, (seq + 1) & MASK
    t[me + S_RTT_NS] = now
    t[me + S_COPY_1 : me + S_COPY_1_NS + 1] = print_, now

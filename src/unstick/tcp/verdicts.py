"""The law, asked once a packet: what does the receiver do with this segment?

Hot file: ordinary Python on flat tables, compiled from the types in ``verdicts.pxd``.

1. ``judge`` sees the receiver as the segment finds it, and changes nothing but notes and, for a
   reset that the law honours, the receiver's state.
2. What does not fit the table stands here: a window of unknown scale makes "beyond" unknown
   unless no scale could reach it; a receiver that was never seen is not judged; a reset that
   the endpoint outlives is taken back (``revive``).
3. Tables and names as in ``sender.py``; ``actions`` is a compiled profile: one Action a cell
   (``rules.Law``).
"""

from __future__ import annotations

from unstick.tcp import vocabulary
from unstick.tcp.answers import trace_answer
from unstick.tcp.classify import classify_ack, classify_kind, classify_seq, seq_delta
from unstick.tcp.columns import (
    C_MARKS,
    C_PACKETS,
    M_LONG_WAY,
    M_PAWS,
    M_SIGNATURES,
    MARK_ODD_ACK,
    MARK_REFUSED,
    MARK_RESET,
    MARK_SIGNED,
    MARK_SYN,
    N_ACTION,
    N_CELL,
    N_COUNT,
    N_END_FRAME,
    N_END_NS,
    N_SEQ,
    NOTE_ODD_ACK,
    NOTE_RESET,
    NOTE_SIGNED,
    NOTE_SYN,
    NOTE_WIDTH,
    S_CHALLENGE_NOTE,
    S_FIN_SEQ,
    S_FLAGS,
    S_ISS,
    S_KEEP_COUNT,
    S_LADDER_COUNT,
    S_LAST_ACK,
    S_PACKETS,
    S_RCV_NXT,
    S_RESET_NOTE,
    S_RESET_NS,
    S_RESETS,
    S_RIGHT_EDGE,
    S_RTT_LEAST_NS,
    S_RUN_LENGTH,
    S_RUN_NOTE,
    S_SACK_EDGE,
    S_SCALE,
    S_SND_NXT,
    S_STATE,
    S_STATE_BEFORE_RESET,
    S_SYN_COUNT,
    S_TS_RECENT,
    S_WAITING_NOTE,
    S_WINDOW,
    S_WINDOW_MOST,
    S_ZERO_FRAME,
    SIDE_ALIVE_AFTER_RESET,
    SIDE_GUESSED,
    SIDE_SIGNED,
    SIDE_SYN_SEEN,
)
from unstick.tcp.notes import needs, note, state_of
from unstick.tcp.states import (
    STATE_CLOSED,
    STATE_ESTABLISHED,
    STATE_LISTEN,
    STATE_SYN_SENT,
)
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    FIN,
    FLAGS,
    FRAME,
    LENGTH,
    NONE,
    OPTION_AO,
    OPTION_MD5,
    OPTIONS,
    PSH,
    RST,
    SEQ,
    SYN,
    TIME_NS,
    TSVAL,
    WINDOW,
)

# The enumerations as plain ints: C constants in the compiled build.
ACTION_ACCEPT = int(vocabulary.Action.ACCEPT)
ACTION_RESET = int(vocabulary.Action.RESET)
ACTION_DROP = int(vocabulary.Action.DROP)
SEQ_RIGHT_EDGE = int(vocabulary.Seq.RIGHT_EDGE)
SEQ_BEYOND = int(vocabulary.Seq.BEYOND)
SEQ_UNKNOWN = int(vocabulary.Seq.UNKNOWN)
KINDS = len(vocabulary.Kind)
SEQS = len(vocabulary.Seq)
ACKS = len(vocabulary.Ack)

SIGNED = OPTION_MD5 | OPTION_AO

RUN_NOTES = 16
"""Resets of one run (same sender, number and verdict) that get a note of their own."""

REVIVE_NS = 50_000_000
"""Packets of a reset endpoint that are still on the way are not life: three round trips and
50 ms must pass (or the segment was sent again) before a reset counts as survived."""


def cell_of(t: memoryview, s: memoryview, m: memoryview, base: int, me: int, peer: int) -> int:
    """Index of the segment's cell in the compiled law, for receiver ``peer``; NONE if nothing is
    known of the receiver."""
    state = state_of(t, me, peer)
    if state == NONE:
        return NONE
    signed = 0
    flags = t[me + S_FLAGS] | t[peer + S_FLAGS]
    # Without a SYN in the capture nobody knows what was negotiated.
    unexpected = (flags & SIDE_SYN_SEEN) != 0 and (flags & SIDE_SIGNED) == 0
    if unexpected and s[base + OPTIONS] & SIGNED:
        signed = m[M_SIGNATURES]
    following = needs(t, me, peer)
    length = s[base + LENGTH]
    kind = classify_kind(s[base + FLAGS], length, signed)
    if s[base + FLAGS] & FIN:
        length += 1
    seq = classify_seq(
        kind,
        s[base + SEQ],
        length,
        _too_old(t, s, m, base, peer),
        following,
        t[peer + S_LAST_ACK],
        t[peer + S_RIGHT_EDGE],
        t[peer + S_SACK_EDGE],
    )
    if seq in (SEQ_BEYOND, SEQ_RIGHT_EDGE) and t[peer + S_SCALE] == NONE:
        reach = t[peer + S_WINDOW] << 14
        if seq_delta(s[base + SEQ], following) <= reach:
            seq = SEQ_UNKNOWN
    ack = classify_ack(
        s[base + FLAGS],
        s[base + ACK],
        t[me + S_LAST_ACK],
        t[peer + S_SND_NXT],
        t[me + S_WINDOW_MOST],
        1 if t[peer + S_FIN_SEQ] != NONE else 0,
    )
    return (((((state * KINDS) + kind) * SEQS) + seq) * ACKS) + ack


def _too_old(t: memoryview, s: memoryview, m: memoryview, base: int, peer: int) -> int:
    """PAWS (RFC 7323 5): a timestamp older than the newest accepted one. A bare ACK is spared:
    reordered ones are common and harmless (Linux tcp_disordered_ack)."""
    if s[base + TSVAL] == NONE or t[peer + S_TS_RECENT] == NONE or s[base + LENGTH] == 0:
        return 0
    if seq_delta(s[base + TSVAL], t[peer + S_TS_RECENT]) >= 0:
        return 0
    return m[M_PAWS]


def judge(
    t: memoryview, n: memoryview, s: memoryview, r: memoryview, m: memoryview,
    actions: bytes, base: int, row: int, me: int, peer: int,
) -> None:  # fmt: skip
    """What the receiver does with a reset, a SYN out of place, an odd ACK or an unnegotiated
    signature: it leaves a note. Of anything else the law need not be asked."""
    flags = s[base + FLAGS]
    odd = _is_odd_ack(t, s, base, me, peer)
    usual = not (flags & (RST | SYN)) or _opens(t, s, base, row, me, peer)
    if usual and not odd and not (s[base + OPTIONS] & SIGNED):
        return
    cell = cell_of(t, s, m, base, me, peer)
    action = ACTION_ACCEPT
    if cell != NONE:
        action = actions[cell]
    kind = NONE
    if flags & RST:
        kind = NOTE_RESET
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_RESET
    elif s[base + OPTIONS] & SIGNED and action == ACTION_DROP:
        kind = NOTE_SIGNED
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_SIGNED
    elif flags & SYN:
        if action != ACTION_ACCEPT and s[base + SEQ] != t[me + S_ISS]:
            kind = NOTE_SYN
            t[row + C_MARKS] = t[row + C_MARKS] | MARK_SYN
    elif odd:
        kind = NOTE_ODD_ACK
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_ODD_ACK
    if kind == NONE:
        return
    index = NONE
    if kind != NOTE_RESET or not _repeats(t, n, s, base, me, cell):
        index = note(t, n, s, m, base, row, me, peer, kind)
    if index != NONE:
        n[(index * NOTE_WIDTH) + N_CELL] = cell
        n[(index * NOTE_WIDTH) + N_ACTION] = action
        if kind == NOTE_RESET:
            trace_answer(t, n, r, m, row, me, peer, index)
            t[me + S_RUN_NOTE] = index
        if t[peer + S_WAITING_NOTE] == NONE:
            t[peer + S_WAITING_NOTE] = index
    if action == ACTION_RESET and kind == NOTE_RESET:
        _reset(t, peer, s[base + TIME_NS], index)
    elif kind == NOTE_RESET:
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_REFUSED


def _opens(t: memoryview, s: memoryview, base: int, row: int, me: int, peer: int) -> bool:
    """The SYN that a connection begins with, or the answer to it, as every stack takes them."""
    flags = s[base + FLAGS] & (SYN | ACK_FLAG | RST | FIN)
    if flags == SYN:
        return t[row + C_PACKETS] == 0
    if flags != (SYN | ACK_FLAG) or t[me + S_PACKETS] > 0 or t[me + S_LADDER_COUNT] > 0:
        return False
    if t[peer + S_STATE] != STATE_SYN_SENT or not (t[peer + S_FLAGS] & SIDE_SYN_SEEN):
        return False
    return t[me + S_LAST_ACK] == t[peer + S_ISS] and s[base + ACK] == t[peer + S_SND_NXT]


def _repeats(t: memoryview, n: memoryview, s: memoryview, base: int, me: int, cell: int) -> bool:
    """One more RST with the number and the verdict of the last: from the seventeenth on such are
    counted in the last note of the run, so that thousands leave room for the odd one."""
    at = t[me + S_RUN_NOTE] * NOTE_WIDTH
    if t[me + S_RUN_NOTE] == NONE or n[at + N_SEQ] != s[base + SEQ] or n[at + N_CELL] != cell:
        t[me + S_RUN_LENGTH] = 0
        return False
    t[me + S_RUN_LENGTH] += 1
    if t[me + S_RUN_LENGTH] < RUN_NOTES:
        return False
    if n[at + N_COUNT] == NONE:
        n[at + N_COUNT] = 1
    n[at + N_COUNT] += 1
    n[at + N_END_FRAME] = s[base + FRAME]
    n[at + N_END_NS] = s[base + TIME_NS]
    return True


def _is_odd_ack(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> bool:
    """An ACK number that nothing sent explains: beyond SND.NXT by more than the offered window
    (a capture that missed packets shows smaller steps), or the handshake's answer is wrong."""
    if not (s[base + FLAGS] & ACK_FLAG) or t[peer + S_SND_NXT] == NONE:
        return False
    ahead = seq_delta(s[base + ACK], t[peer + S_SND_NXT])
    if t[peer + S_STATE] == STATE_SYN_SENT:
        return ahead > 0 or seq_delta(s[base + ACK], t[peer + S_ISS]) <= 0
    if t[peer + S_FLAGS] & SIDE_GUESSED:
        return False
    if ahead <= 0 or t[me + S_RIGHT_EDGE] == NONE:
        return False
    edge = seq_delta(s[base + ACK], t[me + S_RIGHT_EDGE])
    return edge > 1 and t[me + S_SCALE] != NONE


def _reset(t: memoryview, peer: int, now: int, index: int) -> None:
    """The receiver should be gone now."""
    if t[peer + S_STATE] != STATE_CLOSED:
        t[peer + S_STATE_BEFORE_RESET] = t[peer + S_STATE]
        t[peer + S_RESET_NS] = now
        t[peer + S_RESET_NOTE] = index
    t[peer + S_STATE] = STATE_CLOSED


def revive(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> None:
    """The sender of this packet should be dead, by a reset it received or sent. Packets on the
    way do not count; later ones take the reset back. A SYN sent again is one more attempt, and
    says nothing of the reset before it."""
    if t[me + S_STATE_BEFORE_RESET] == NONE or (s[base + FLAGS] & RST):
        return
    if s[base + FLAGS] & SYN:
        if t[me + S_STATE_BEFORE_RESET] == STATE_SYN_SENT and s[base + SEQ] == t[me + S_ISS]:
            t[me + S_STATE] = STATE_SYN_SENT
            t[me + S_STATE_BEFORE_RESET] = NONE
        return
    wait = REVIVE_NS
    if t[peer + S_RTT_LEAST_NS] != NONE:
        wait += 3 * t[peer + S_RTT_LEAST_NS]
    if (s[base + TIME_NS] - t[me + S_RESET_NS]) < wait:
        return
    t[me + S_STATE] = t[me + S_STATE_BEFORE_RESET]
    t[me + S_STATE_BEFORE_RESET] = NONE
    t[me + S_FLAGS] = t[me + S_FLAGS] | SIDE_ALIVE_AFTER_RESET


def is_stray(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> bool:
    """A bare ACK to a host that has only sent its SYN, and no answer to that: the other end speaks
    for an older connection of the same ports (RFC 9293 3.5.1). Its numbers are not of this one."""
    if (s[base + FLAGS] & (SYN | FIN | RST | ACK_FLAG)) != ACK_FLAG or s[base + LENGTH] != 0:
        return False
    if t[peer + S_STATE] != STATE_SYN_SENT or t[me + S_SYN_COUNT] > 0:
        return False
    if t[peer + S_PACKETS] != (t[peer + S_SYN_COUNT] + t[peer + S_RESETS]):
        return False  # it goes on: its handshake was answered by a packet the capture lost
    return _is_odd_ack(t, s, base, me, peer)


def is_plain(t: memoryview, s: memoryview, m: memoryview, base: int, me: int, peer: int) -> bool:
    """A bare ACK or the next data of an established connection on which nothing is awaited. There
    is nothing to judge: the long way finds so too, at four times the cost."""
    if (s[base + FLAGS] & ~PSH) != ACK_FLAG or s[base + OPTIONS] & SIGNED:
        return False
    if t[me + S_STATE] != STATE_ESTABLISHED or t[peer + S_STATE] != STATE_ESTABLISHED:
        return False
    if s[base + SEQ] != t[me + S_SND_NXT] or s[base + SEQ] != t[peer + S_RCV_NXT]:
        return False
    if t[peer + S_SND_NXT] == NONE or seq_delta(s[base + ACK], t[peer + S_SND_NXT]) > 0:
        return False
    if t[me + S_LAST_ACK] == NONE or seq_delta(s[base + ACK], t[me + S_LAST_ACK]) < 0:
        return False
    if s[base + WINDOW] == 0 or t[me + S_ZERO_FRAME] != NONE or t[peer + S_ZERO_FRAME] != NONE:
        return False
    if t[me + S_WAITING_NOTE] != NONE or t[peer + S_CHALLENGE_NOTE] != NONE:
        return False
    if t[me + S_STATE_BEFORE_RESET] != NONE or t[peer + S_KEEP_COUNT] != 0:
        return False
    return t[me + S_FIN_SEQ] == NONE and m[M_LONG_WAY] == 0


def leave(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """A host that sends a RST has no such connection (any more). In SYN-SENT the RST is for an
    older connection, and the SYN will be sent again (RFC 9293 3.10.7.3, first)."""
    if t[me + S_STATE] in (STATE_CLOSED, STATE_SYN_SENT) or t[me + S_STATE] == NONE:
        return
    if t[me + S_STATE] != STATE_LISTEN:
        t[me + S_STATE_BEFORE_RESET] = t[me + S_STATE]
        t[me + S_RESET_NS] = s[base + TIME_NS]
        t[me + S_STATE] = STATE_CLOSED

"""What a packet says about the side that sent it: numbers, windows, retransmissions.

Hot file: ordinary Python on flat tables, compiled from the types in ``sender.pxd``.

1. Nothing here judges: whether its receiver takes a segment is ``receiver.py``'s matter.
2. ``t`` connections, ``n`` notes, ``s`` segments, ``r`` recorder, ``m`` counters; ``base`` is the
   segment's place in ``s``, ``row`` the connection's in ``t``, ``me`` and ``peer`` its two sides.
3. A number that is not known is NONE; every comparison of sequence numbers is ``seq_delta``.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_MARKS,
    M_UNSEEN_ACKS,
    M_UNSEEN_FRAME,
    MARK_SACK,
    MARK_UNSEEN,
    S_BYTES,
    S_DATA_FRAME,
    S_DATA_NS,
    S_DATA_PACKETS,
    S_FIN_ACKED_FRAME,
    S_FIN_ACKED_NS,
    S_FIN_COUNT,
    S_FIN_FRAME,
    S_FIN_NS,
    S_FIN_SEQ,
    S_FLAGS,
    S_ISS,
    S_LADDER_COUNT,
    S_LADDER_HEARD,
    S_LARGER_END,
    S_LARGER_LENGTH,
    S_LARGEST,
    S_LARGEST_ACKED,
    S_LAST_ACK,
    S_LAST_ACK_FRAME,
    S_LAST_ACK_NS,
    S_OUTSTANDING_FRAME,
    S_OUTSTANDING_NS,
    S_PACKETS,
    S_PROGRESS_FRAME,
    S_PROGRESS_NS,
    S_RCV_NXT,
    S_RETRANSMITTED,
    S_RIGHT_EDGE,
    S_RTT_LEAST_NS,
    S_RTT_MOST_NS,
    S_RTT_NS,
    S_RTT_SEQ,
    S_SACK_ASTRAY,
    S_SACK_ASTRAY_BY,
    S_SACK_ASTRAY_FRAME,
    S_SACK_EDGE,
    S_SCALE,
    S_SND_NXT,
    S_STATE,
    S_SYN_FRAME,
    S_TEXT_FRAME,
    S_TEXT_NS,
    S_TEXT_UNDER,
    S_TSVAL,
    S_UNSEEN_ACKS,
    S_UNSEEN_FRAME,
    S_WINDOW,
    S_WINDOW_MOST,
    SIDE_GUESSED,
    SIDE_SYN_SEEN,
)
from unstick.tcp.ladder import climb, end_ladder
from unstick.tcp.states import (
    STATE_SYN_RECEIVED,
    STATE_SYN_SENT,
)
from unstick.wire.columns import (
    ACK,
    FIN,
    FLAGS,
    FRAME,
    LENGTH,
    MASK,
    NONE,
    OPTION_SACK,
    OPTIONS,
    SACK_1_LEFT,
    SACK_1_RIGHT,
    SACK_COUNT,
    SEQ,
    SYN,
    TIME_NS,
    TSVAL,
    WINDOW,
)

WINDOW_UNSCALED = 65535
"""No window is larger before scaling is agreed on (RFC 7323 2.2)."""

SACK_SLACK_BYTES = 1 << 20
"""Windows shrink, and D-SACK reports old segments: a block may lie this much farther from the ACK
number than the window. A box that adds a random number to 2**32 others misses it once in 2,000."""

REORDERED_NS = 3_000_000
"""A segment that fills a hole within 3 ms was reordered, not sent again (Wireshark's bound)."""

OVERTAKEN_NS = 100_000_000
"""So was one that is later, if its timestamp says it was sent before what overtook it: TSval is the
sender's clock, and a segment that is sent again has a new one (RFC 7323 3.2). Queues hold packets
up so long. Timers of retransmission are longer: who repeats old timestamps is not misread."""


def acknowledge(
    t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int,
) -> None:  # fmt: skip
    """What the ACK field, window and SACK blocks say: my receive side, the peer's progress."""
    ack = s[base + ACK]
    if t[peer + S_SND_NXT] == NONE:
        t[peer + S_SND_NXT] = ack
        t[peer + S_ISS] = (ack - 1) & MASK  # so that its next byte counts as 1, as in Wireshark
        t[peer + S_FLAGS] = t[peer + S_FLAGS] | SIDE_GUESSED
    ahead = seq_delta(ack, t[peer + S_SND_NXT])
    if ahead > 0:
        if not _may_be_unseen(t, me, peer, ack):
            return  # nobody could have sent that: a forged or broken ACK moves nothing
        t[peer + S_SND_NXT] = ack
        if not _began_with_probe(t, peer, ahead):
            _miss(t, s, m, base, row, me, peer)
    if t[me + S_LAST_ACK] == NONE or seq_delta(ack, t[me + S_LAST_ACK]) > 0:
        progress(t, n, s, base, row, me, peer)
    elif t[peer + S_LADDER_COUNT] > 0:
        t[peer + S_LADDER_HEARD] += 1
    if seq_delta(ack, t[me + S_LAST_ACK]) == 0:
        advertise(t, s, base, row, me)


def _began_with_probe(t: memoryview, peer: int, ahead: int) -> bool:
    """The capture began with a keepalive probe, one below what that side sends next."""
    joined = not (t[peer + S_FLAGS] & SIDE_SYN_SEEN) and t[peer + S_DATA_PACKETS] == 0
    return ahead == 1 and joined and t[peer + S_PACKETS] == 1


def _miss(
    t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int, peer: int
) -> None:
    """The capture does not have what this ACK covers. Of a side that was never captured that goes
    without saying (M504); of one that was, packets were lost (M501)."""
    t[me + S_UNSEEN_ACKS] += 1
    t[row + C_MARKS] = t[row + C_MARKS] | MARK_UNSEEN
    if t[me + S_UNSEEN_FRAME] == NONE:
        t[me + S_UNSEEN_FRAME] = s[base + FRAME]
    if t[peer + S_PACKETS] == 0:
        return
    m[M_UNSEEN_ACKS] += 1
    if m[M_UNSEEN_FRAME] == NONE:
        m[M_UNSEEN_FRAME] = s[base + FRAME]


def _may_be_unseen(t: memoryview, me: int, peer: int, ack: int) -> bool:
    """Could the capture have missed what this ACK covers? Only within the window offered so far
    (with the scale unknown: within the largest one); right after a SYN, within any first one."""
    if t[me + S_RIGHT_EDGE] == NONE:
        first = t[peer + S_STATE] in (STATE_SYN_SENT, STATE_SYN_RECEIVED)
        return not first or seq_delta(ack, t[peer + S_SND_NXT]) <= WINDOW_UNSCALED
    edge = t[me + S_RIGHT_EDGE]
    if t[me + S_SCALE] == NONE:
        edge = (edge + (t[me + S_WINDOW] << 14)) & MASK
    return seq_delta(ack, edge) <= 1  # a FIN may stand just past the edge


def progress(
    t: memoryview, n: memoryview, s: memoryview, base: int, row: int, me: int, peer: int
) -> None:
    """My ACK number rose: the peer's bytes (and FIN) up to it arrived."""
    ack = s[base + ACK]
    if t[me + S_RCV_NXT] == NONE or seq_delta(ack, t[me + S_RCV_NXT]) > 0:
        t[me + S_RCV_NXT] = ack
    if t[peer + S_LADDER_COUNT] > 0:
        end_ladder(t, n, row, peer)
    take_ack(t, s, base, me, peer)
    if t[peer + S_FIN_SEQ] == NONE or t[peer + S_FIN_ACKED_FRAME] != NONE:
        return
    if seq_delta(ack, t[peer + S_FIN_SEQ]) > 0:
        t[peer + S_FIN_ACKED_FRAME] = s[base + FRAME]
        t[peer + S_FIN_ACKED_NS] = s[base + TIME_NS]


def take_ack(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> None:
    """The part of it that is there always: when, what is outstanding, the round trip."""
    ack = s[base + ACK]
    now = s[base + TIME_NS]
    t[me + S_LAST_ACK] = ack
    t[me + S_LAST_ACK_FRAME] = s[base + FRAME]
    t[me + S_LAST_ACK_NS] = now
    t[peer + S_PROGRESS_FRAME] = s[base + FRAME]
    t[peer + S_PROGRESS_NS] = now
    rest = seq_delta(ack, t[peer + S_SND_NXT])
    last = t[peer + S_DATA_FRAME]
    t[peer + S_OUTSTANDING_FRAME] = last if rest < 0 else NONE
    t[peer + S_OUTSTANDING_NS] = now if rest < 0 else NONE
    if t[peer + S_RTT_SEQ] != NONE and seq_delta(ack, t[peer + S_RTT_SEQ]) >= 0:
        sample = now - t[peer + S_RTT_NS]
        least = t[peer + S_RTT_LEAST_NS]
        shorter = (least == NONE) | (sample < least)
        t[peer + S_RTT_LEAST_NS] = sample if (sample >= 0) & shorter else least
        most = t[peer + S_RTT_MOST_NS]
        t[peer + S_RTT_MOST_NS] = sample if sample > most else most  # NONE is less than any
        t[peer + S_RTT_SEQ] = NONE
    if t[peer + S_LARGER_LENGTH] > 0:
        _take_larger(t, ack, peer)


def _take_larger(t: memoryview, ack: int, peer: int) -> None:
    """The segment that is larger than all that were acknowledged arrived, or a part of it did: one
    that the capture shows whole may have been cut by the network card (TSO) after it was taken."""
    came = t[peer + S_LARGER_LENGTH] + seq_delta(ack, t[peer + S_LARGER_END])
    if came >= t[peer + S_LARGER_LENGTH]:
        t[peer + S_LARGEST_ACKED] = t[peer + S_LARGER_LENGTH]
        t[peer + S_LARGER_LENGTH] = 0
    elif came > t[peer + S_LARGEST_ACKED]:
        t[peer + S_LARGEST_ACKED] = came


def advertise(t: memoryview, s: memoryview, base: int, row: int, me: int) -> None:
    """My window and SACK blocks, as this ACK tells them."""
    offer(t, s, base, me, 0 if s[base + FLAGS] & SYN else t[me + S_SCALE])
    if not (s[base + OPTIONS] & OPTION_SACK):
        t[me + S_SACK_EDGE] = NONE
    else:
        _report(t, s, base, row, me)


def offer(t: memoryview, s: memoryview, base: int, me: int, scale: int) -> None:
    """My window. NONE: the scale is not known, the field is all there is."""
    window = s[base + WINDOW]
    if scale != NONE:
        window = window << scale
    t[me + S_WINDOW] = window
    t[me + S_RIGHT_EDGE] = (s[base + ACK] + window) & MASK
    most = t[me + S_WINDOW_MOST]
    t[me + S_WINDOW_MOST] = window if window > most else most  # NONE is less than any


def _report(t: memoryview, s: memoryview, base: int, row: int, me: int) -> None:
    """My SACK blocks: the right-most edge, and blocks that lie farther from the ACK number than
    any window I offered. Those speak of other sequence numbers: a box on the path rewrote the
    header and left the blocks (stacks of firewalls that randomise sequence numbers)."""
    reach = t[me + S_WINDOW_MOST]
    if t[me + S_SCALE] == NONE:
        reach = reach << 14
    reach += SACK_SLACK_BYTES
    edge = NONE
    for block in range(s[base + SACK_COUNT]):
        right = s[base + SACK_1_RIGHT + (2 * block)]
        away = seq_delta(right, s[base + ACK])
        if away > reach or away < -reach:
            if t[me + S_SACK_ASTRAY_FRAME] == NONE:
                t[me + S_SACK_ASTRAY_FRAME] = s[base + FRAME]
                t[me + S_SACK_ASTRAY_BY] = away
            t[me + S_SACK_ASTRAY] += 1
            t[row + C_MARKS] = t[row + C_MARKS] | MARK_SACK
            edge = NONE
            break
        if seq_delta(s[base + SACK_1_LEFT + (2 * block)], s[base + ACK]) <= 0:
            continue  # a D-SACK block (RFC 2883) reports what arrived twice, not a hole
        if edge == NONE or seq_delta(right, edge) > 0:
            edge = right
    t[me + S_SACK_EDGE] = edge


def occupy(
    t: memoryview, n: memoryview, s: memoryview, r: memoryview, m: memoryview, base: int,
    row: int, me: int, peer: int,
) -> None:  # fmt: skip
    """Sequence space this packet fills (payload, SYN, FIN): new, reordered or sent again."""
    seq = s[base + SEQ]
    length = s[base + LENGTH]
    space = length
    if s[base + FLAGS] & SYN:
        space += 1
    if s[base + FLAGS] & FIN:
        space += 1
        finish(t, s, base, me)
    end = (seq + space) & MASK
    if length > 0:
        count_payload(t, me, length)
    if t[me + S_SND_NXT] == NONE:
        t[me + S_SND_NXT] = end
        if not (s[base + FLAGS] & SYN):
            t[me + S_ISS] = (seq - 1) & MASK
        fresh(t, s, base, me, peer, end, length)
        return
    if space == 0:
        return
    if seq_delta(end, t[me + S_SND_NXT]) > 0:
        t[me + S_SND_NXT] = end
        fresh(t, s, base, me, peer, end, length)
        return
    if _is_first_sight(t, s, base, me) or _fills_hole(t, s, base, me, peer):
        return
    t[me + S_RETRANSMITTED] += 1
    if length < t[me + S_LARGER_LENGTH] and seq_delta(seq, t[me + S_LARGER_END]) < 0:
        t[me + S_LARGER_LENGTH] = 0  # cut smaller: its ACK will not prove that the large one came
    if t[me + S_RTT_SEQ] != NONE and seq_delta(seq, t[me + S_RTT_SEQ]) < 0:
        t[me + S_RTT_SEQ] = NONE  # Karn: a segment sent twice is not timed (RFC 6298 3)
    climb(t, n, s, r, m, base, row, me, peer)


def count_payload(t: memoryview, me: int, length: int) -> None:
    """What it sent, new or not."""
    t[me + S_BYTES] += length
    t[me + S_DATA_PACKETS] += 1
    if length > t[me + S_LARGEST]:
        t[me + S_LARGEST] = length


def finish(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """Remember the FIN."""
    t[me + S_FIN_COUNT] += 1
    if t[me + S_FIN_SEQ] != NONE:
        return
    t[me + S_FIN_SEQ] = (s[base + SEQ] + s[base + LENGTH]) & MASK
    t[me + S_FIN_FRAME] = s[base + FRAME]
    t[me + S_FIN_NS] = s[base + TIME_NS]


def fresh(
    t: memoryview, s: memoryview, base: int, me: int, peer: int, end: int, length: int
) -> None:
    """New sequence space: start the clocks that wait for its acknowledgement. Which of them run
    is anybody's guess: choices cost less here than branches."""
    frame = s[base + FRAME]
    now = s[base + TIME_NS]
    t[me + S_DATA_FRAME] = frame
    t[me + S_DATA_NS] = now
    t[me + S_TSVAL] = s[base + TSVAL]
    if length > 0:
        t[me + S_TEXT_FRAME] = frame
        t[me + S_TEXT_NS] = now
        if t[peer + S_SND_NXT] != NONE:
            t[me + S_TEXT_UNDER] = seq_delta(t[peer + S_SND_NXT], s[base + ACK])
    since = t[me + S_OUTSTANDING_FRAME]
    since_ns = t[me + S_OUTSTANDING_NS]
    t[me + S_OUTSTANDING_FRAME] = frame if since == NONE else since
    t[me + S_OUTSTANDING_NS] = now if since == NONE else since_ns
    timed = t[me + S_RTT_SEQ]
    timed_ns = t[me + S_RTT_NS]
    t[me + S_RTT_SEQ] = end if timed == NONE else timed
    t[me + S_RTT_NS] = now if timed == NONE else timed_ns
    if length > t[me + S_LARGER_LENGTH] and length > t[me + S_LARGEST_ACKED]:
        t[me + S_LARGER_LENGTH] = length
        t[me + S_LARGER_END] = end


def _is_first_sight(t: memoryview, s: memoryview, base: int, me: int) -> bool:
    """Nothing of this side was captured before, or this is its late SYN: numbers it seems to have
    sent already are only known from the other side's ACKs."""
    if t[me + S_PACKETS] <= 1:
        return True
    return bool(s[base + FLAGS] & SYN) and t[me + S_SYN_FRAME] == s[base + FRAME]


def _fills_hole(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> bool:
    """First sight of bytes below SND.NXT that were overtaken: reordering."""
    if t[peer + S_RCV_NXT] == NONE or seq_delta(s[base + SEQ], t[peer + S_RCV_NXT]) < 0:
        return False
    late = s[base + TIME_NS] - t[me + S_DATA_NS]
    if late < REORDERED_NS:
        return True
    if late >= OVERTAKEN_NS or s[base + TSVAL] == NONE or t[me + S_TSVAL] == NONE:
        return False
    return seq_delta(s[base + TSVAL], t[me + S_TSVAL]) < 0

"""The receiver of a segment, once judged: bytes into order, states of RFC 9293 3.3.2.

Hot file: ordinary Python on flat tables, compiled from the types in ``receiver.pxd``.

1. Delivery is assumed: a packet that was captured arrived. Where that matters (a capture far
   from the receiver), ``observed.py`` says so.
2. States follow what was sent and what arrived, not what a profile thinks of it: a segment the
   law drops brings nothing new, so it moves nothing here either.
3. Tables and names as in ``sender.py``.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    S_FIN_ACKED_FRAME,
    S_FIN_SEQ,
    S_FLAGS,
    S_GAP_1_LEFT,
    S_HOLES,
    S_ISS,
    S_LAST_ACK,
    S_RCV_NXT,
    S_SND_NXT,
    S_STATE,
    S_TS_RECENT,
    SIDE_FIN_DELIVERED,
    SIDE_SYN_SEEN,
)
from unstick.tcp.states import (
    STATE_CLOSE_WAIT,
    STATE_CLOSED,
    STATE_CLOSING,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_LAST_ACK,
    STATE_LISTEN,
    STATE_SYN_RECEIVED,
    STATE_SYN_SENT,
    STATE_TIME_WAIT,
)
from unstick.wire.columns import ACK, ACK_FLAG, FIN, FLAGS, LENGTH, MASK, NONE, RST, SEQ, SYN, TSVAL


def open_states(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> None:
    """First packet of a connection, or first sight of its SYN: who is where."""
    flags = s[base + FLAGS]
    if flags & SYN:
        if flags & ACK_FLAG:
            if t[peer + S_STATE] == NONE:
                t[peer + S_STATE] = STATE_SYN_SENT
            if t[me + S_STATE] == NONE or t[me + S_STATE] == STATE_LISTEN:
                t[me + S_STATE] = STATE_SYN_RECEIVED
        elif t[me + S_STATE] == NONE:
            t[me + S_STATE] = STATE_SYN_SENT
            if t[peer + S_STATE] == NONE:
                t[peer + S_STATE] = STATE_LISTEN
        return
    if flags & RST:
        return
    if t[me + S_STATE] == NONE:
        t[me + S_STATE] = STATE_ESTABLISHED
    elif t[me + S_STATE] == STATE_SYN_SENT and flags & ACK_FLAG:
        t[me + S_STATE] = STATE_ESTABLISHED  # it speaks as if a SYN-ACK had come: not captured
    if t[peer + S_STATE] == NONE:
        t[peer + S_STATE] = STATE_ESTABLISHED


def close_sender(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """Sending a FIN moves its sender (RFC 9293 3.6)."""
    if not (s[base + FLAGS] & FIN):
        return
    if t[me + S_STATE] in (STATE_ESTABLISHED, STATE_SYN_RECEIVED):
        t[me + S_STATE] = STATE_FIN_WAIT_1
    elif t[me + S_STATE] == STATE_CLOSE_WAIT:
        t[me + S_STATE] = STATE_LAST_ACK


def receive(t: memoryview, s: memoryview, base: int, row: int, me: int, peer: int) -> None:
    """The receiver takes the segment: bytes into order, FIN when its turn comes, its own FIN
    acknowledged. Called for everything but resets, whatever the verdict: a retransmission that
    the law drops changes nothing here either."""
    flags = s[base + FLAGS]
    if flags & SYN:
        _receive_syn(t, s, base, me, peer)
        if not (flags & ACK_FLAG):
            return
    elif t[peer + S_RCV_NXT] == NONE:
        t[peer + S_RCV_NXT] = s[base + SEQ]
    if s[base + TSVAL] != NONE and (
        t[peer + S_TS_RECENT] == NONE
        or (
            seq_delta(s[base + TSVAL], t[peer + S_TS_RECENT]) > 0
            and seq_delta(s[base + SEQ], t[peer + S_RCV_NXT]) <= 0
        )
    ):
        t[peer + S_TS_RECENT] = s[base + TSVAL]
    end = s[base + SEQ] + s[base + LENGTH]
    if flags & FIN:
        end += 1
    _arrive(t, s[base + SEQ], end & MASK, peer)
    deliver_fin(t, me, peer)
    if flags & ACK_FLAG:
        acknowledged(t, s, base, me, peer)


def _receive_syn(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> None:
    """SYN or SYN-ACK: the receive side begins."""
    if s[base + SEQ] != t[me + S_ISS] or not (t[me + S_FLAGS] & SIDE_SYN_SEEN):
        return
    after = (s[base + SEQ] + 1) & MASK
    if t[peer + S_RCV_NXT] == NONE or seq_delta(t[peer + S_RCV_NXT], after) < 0:
        t[peer + S_RCV_NXT] = after
        if t[peer + S_LAST_ACK] == NONE:
            t[peer + S_LAST_ACK] = s[base + SEQ]
    if t[peer + S_STATE] == STATE_LISTEN:
        t[peer + S_STATE] = STATE_SYN_RECEIVED


def _arrive(t: memoryview, start: int, end: int, peer: int) -> None:
    """Bytes [start, end) reach the receiver: advance RCV.NXT, or keep the range for later.

    Three ranges beyond a hole are kept; a fourth is merged with the nearest by forgetting the
    farthest, which only makes RCV.NXT late until the receiver's next ACK corrects it."""
    if seq_delta(end, t[peer + S_RCV_NXT]) <= 0:
        return
    if seq_delta(start, t[peer + S_RCV_NXT]) > 0:
        _keep_range(t, start, end, peer)
        return
    t[peer + S_RCV_NXT] = end
    for gap in range(3):
        left = peer + S_GAP_1_LEFT + (2 * gap)
        if t[left] == NONE:
            return
        if seq_delta(t[left], t[peer + S_RCV_NXT]) > 0:
            _shift_ranges(t, peer, gap)
            return
        if seq_delta(t[left + 1], t[peer + S_RCV_NXT]) > 0:
            t[peer + S_RCV_NXT] = t[left + 1]
    _shift_ranges(t, peer, 3)


def _shift_ranges(t: memoryview, peer: int, used: int) -> None:
    """Drop the first ``used`` kept ranges."""
    for gap in range(3):
        at = peer + S_GAP_1_LEFT + (2 * gap)
        if (gap + used) < 3:
            t[at] = t[at + (2 * used)]
            t[at + 1] = t[at + 1 + (2 * used)]
        else:
            t[at] = NONE
            t[at + 1] = NONE


def _keep_range(t: memoryview, start: int, end: int, peer: int) -> None:
    """Remember a range beyond a hole; touching ranges are joined."""
    for gap in range(3):
        at = peer + S_GAP_1_LEFT + (2 * gap)
        if t[at] == NONE:
            t[at] = start
            t[at + 1] = end
            if gap == 0:
                t[peer + S_HOLES] += 1
            return
        if seq_delta(start, t[at + 1]) <= 0 and seq_delta(end, t[at]) >= 0:
            if seq_delta(start, t[at]) < 0:
                t[at] = start
            if seq_delta(end, t[at + 1]) > 0:
                t[at + 1] = end
            return
        if seq_delta(end, t[at]) < 0:
            held_left = t[at]
            held_right = t[at + 1]
            t[at] = start
            t[at + 1] = end
            start = held_left
            end = held_right


def deliver_fin(t: memoryview, me: int, peer: int) -> None:
    """My FIN, if it is the next thing the other side needs."""
    awaited = t[me + S_FIN_SEQ] != NONE and not (t[peer + S_FLAGS] & SIDE_FIN_DELIVERED)
    if awaited and seq_delta(t[peer + S_RCV_NXT], t[me + S_FIN_SEQ]) > 0:
        t[peer + S_FLAGS] = t[peer + S_FLAGS] | SIDE_FIN_DELIVERED
        _receive_fin(t, peer)


def _receive_fin(t: memoryview, peer: int) -> None:
    """The other side's FIN is in order (RFC 9293 3.10.7.4, eighth)."""
    state = t[peer + S_STATE]
    if state in (STATE_ESTABLISHED, STATE_SYN_RECEIVED):
        t[peer + S_STATE] = STATE_CLOSE_WAIT
    elif state == STATE_FIN_WAIT_1:
        t[peer + S_STATE] = STATE_CLOSING
        if t[peer + S_FIN_ACKED_FRAME] != NONE:
            t[peer + S_STATE] = STATE_TIME_WAIT
    elif state == STATE_FIN_WAIT_2:
        t[peer + S_STATE] = STATE_TIME_WAIT


def acknowledged(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> None:
    """What an ACK does to the state of the side it reaches."""
    state = t[peer + S_STATE]
    if state == STATE_SYN_SENT:
        if s[base + FLAGS] & SYN and s[base + ACK] == t[peer + S_SND_NXT]:
            t[peer + S_STATE] = STATE_ESTABLISHED
        return
    if state == STATE_SYN_RECEIVED:
        if seq_delta(s[base + ACK], t[peer + S_ISS]) > 0:
            t[peer + S_STATE] = STATE_ESTABLISHED
            if t[peer + S_FIN_SEQ] != NONE:
                t[peer + S_STATE] = STATE_FIN_WAIT_1
        return
    if t[peer + S_FIN_ACKED_FRAME] == NONE:
        return
    if state == STATE_FIN_WAIT_1:
        t[peer + S_STATE] = STATE_FIN_WAIT_2
        if t[peer + S_FLAGS] & SIDE_FIN_DELIVERED:
            t[peer + S_STATE] = STATE_TIME_WAIT
    elif state == STATE_CLOSING:
        t[peer + S_STATE] = STATE_TIME_WAIT
    elif state == STATE_LAST_ACK:
        t[peer + S_STATE] = STATE_CLOSED

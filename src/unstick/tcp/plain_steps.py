"""What a usual segment does to its connection, for the plain engine: in one piece.

1. Function by function, as the hot files do it, the next segment of a calm connection costs Python
   8 us; like this 2. To read or write a slice takes as long as eight or nine columns one by one:
   slices are for more than that, or for what is rare.
2. This is the short way (``quick.py``); what opens and closes a connection is in ``plain_course``.
   Both ask first, and change nothing if it is not.
3. The same rows as the hot files leave, bit for bit: the tests run both. Nothing here is compiled.
"""

from __future__ import annotations

from struct import Struct

from unstick.tcp.columns import (
    C_LAST_FLAGS,
    C_LAST_FRAME,
    C_LAST_NS,
    C_PACKETS,
    C_RECORD,
    C_SEAM,
    C_SILENCE_NS,
    S_BYTES,
    S_COPY_1,
    S_DATA_FRAME,
    S_DATA_NS,
    S_DATA_PACKETS,
    S_ID_JUMPS,
    S_IP_ID,
    S_LARGER_END,
    S_LARGER_LENGTH,
    S_LARGEST,
    S_LARGEST_ACKED,
    S_LAST_ACK,
    S_LAST_ACK_FRAME,
    S_LAST_ACK_NS,
    S_LAST_FRAME,
    S_LAST_NS,
    S_LIVE_FRAME,
    S_LIVE_NS,
    S_NEW_INTERFACE,
    S_OUTSTANDING_FRAME,
    S_OUTSTANDING_NS,
    S_PACKETS,
    S_PROGRESS_FRAME,
    S_PROGRESS_NS,
    S_RCV_NXT,
    S_RIGHT_EDGE,
    S_RTT_LEAST_NS,
    S_RTT_MOST_NS,
    S_RTT_NS,
    S_RTT_SEQ,
    S_SACK_EDGE,
    S_SCALE,
    S_SND_NXT,
    S_TALK_FRAME,
    S_TALK_NS,
    S_TEXT_FRAME,
    S_TEXT_NS,
    S_TEXT_UNDER,
    S_TS_RECENT,
    S_TSVAL,
    S_TTL_LAST,
    S_TTL_LEAST,
    S_TTL_MOST,
    S_WINDOW,
    S_WINDOW_MOST,
    SIDE_WIDTH,
    SIDES,
)
from unstick.tcp.quick import IP_ID_STEP, SIGNED
from unstick.wire.columns import (
    ACK,
    FIN,
    FLAGS,
    FRAME,
    HALF,
    INTERFACE,
    IP_ID,
    LENGTH,
    MASK,
    NONE,
    NOTICES,
    OPTION_SACK,
    OPTIONS,
    PRINT,
    SEGMENT_WIDTH,
    SEQ,
    SIDE,
    SLOT,
    TIME_NS,
    TSVAL,
    TTL,
    WINDOW,
    WORD,
)

IP_ID_BACK = 0x10000 - IP_ID_STEP
ODD_OPTIONS = SIGNED | OPTION_SACK

PICKED = (
    FRAME, TIME_NS, SLOT, SIDE, SEQ, ACK, FLAGS, LENGTH, WINDOW, OPTIONS, TSVAL, IP_ID, TTL,
    PRINT, INTERFACE, NOTICES,
)  # fmt: skip
"""What the walk asks of every segment."""

Picked = tuple[int, ...]

OWN = (SIDES, SIDES + SIDE_WIDTH)
OTHER = (SIDES + SIDE_WIDTH, SIDES)
"""By the side that sent a segment: where in the row its block begins, and that of its receiver."""


def _picking() -> Struct:
    layout, at = "=", 0
    for column in PICKED:
        layout += f"{8 * (column - at)}xq"
        at = column + 1
    return Struct(f"{layout}{8 * (SEGMENT_WIDTH - at)}x")


segments_of = _picking().iter_unpack
"""The columns PICKED of each row of a segment table."""


def take_next(
    t: list[int], row: int, segment: Picked, frame: int, silence_ns: int, seams: int
) -> bool:
    """Take the segment, if ``quick.brings_next`` is true of it: nothing is awaited on its
    connection, and its flags are ACK and no more than PSH and FIN. Else nothing has changed.
    ``quick.go_on``, but for the books of a FIN, and what it and its ACK do to states."""
    (_, now, _, side, seq, ack, flags, length, window, options, tsval, ip_id, ttl, print_,
     interface, _) = segment  # fmt: skip
    me, peer = row + OWN[side], row + OTHER[side]
    if seq != t[me + S_SND_NXT] or not window or options & ODD_OPTIONS:
        return False
    more = (ack - t[me + S_LAST_ACK]) & MASK
    short_of = (t[peer + S_SND_NXT] - ack) & MASK
    space = length + (flags & FIN)
    if more >= HALF or short_of > HALF or not (more or space):
        return False
    gap = now - t[row + C_LAST_NS]
    if not 0 <= gap < silence_ns:
        return False
    if gap > t[row + C_SILENCE_NS]:
        t[row + C_SILENCE_NS : row + C_RECORD] = gap, t[row + C_LAST_FRAME], frame
    t[row + C_LAST_FRAME], t[row + C_LAST_NS] = frame, now
    t[row + C_PACKETS] += 1
    t[row + C_LAST_FLAGS], t[row + C_SEAM] = flags, seams
    packets, before = t[me + S_PACKETS], t[me + S_IP_ID]
    at = me + S_COPY_1 + (2 * (packets & 3))
    t[at], t[at + 1], t[me + S_NEW_INTERFACE] = print_, now, interface
    t[me + S_PACKETS], t[me + S_IP_ID] = packets + 1, ip_id
    t[me + S_LAST_FRAME] = t[me + S_LIVE_FRAME] = t[me + S_TALK_FRAME] = frame
    t[me + S_LAST_NS] = t[me + S_LIVE_NS] = t[me + S_TALK_NS] = now
    if ip_id > 0 < before and IP_ID_STEP < ((ip_id - before) & 0xFFFF) < IP_ID_BACK:
        t[me + S_ID_JUMPS] += 1
    if ttl != t[me + S_TTL_LAST]:
        least, most = min(ttl, t[me + S_TTL_LEAST]), max(ttl, t[me + S_TTL_MOST])
        t[me + S_TTL_LAST], t[me + S_TTL_LEAST], t[me + S_TTL_MOST] = ttl, least, most
    if space:
        seq = (seq + space) & MASK
        t[me + S_SND_NXT], t[me + S_TSVAL] = seq, tsval
        send_next(t, me, frame, now, seq, (length, short_of))
    if more:
        t[me + S_LAST_ACK], t[me + S_LAST_ACK_FRAME], t[me + S_LAST_ACK_NS] = ack, frame, now
        acknowledge_next(t, peer, frame, now, ack, short_of)
    scale = t[me + S_SCALE]
    if scale != NONE:
        window <<= scale
    if window > t[me + S_WINDOW_MOST]:
        t[me + S_WINDOW_MOST] = window
    t[me + S_RIGHT_EDGE], t[me + S_WINDOW] = (ack + window) & MASK, window
    t[me + S_SACK_EDGE] = NONE
    recent = t[peer + S_TS_RECENT]
    if tsval != NONE and (recent == NONE or 0 < ((tsval - recent) & MASK) < HALF):
        t[peer + S_TS_RECENT] = tsval
    t[peer + S_RCV_NXT] = seq
    return True


def send_next(t: list[int], me: int, frame: int, now: int, end: int, size: tuple[int, int]) -> None:
    """New sequence space up to ``end``: ``sender.fresh``, and the counts before it. ``size``: how
    much of it is payload, and how many bytes of the other side are not acknowledged with it."""
    length, under = size
    t[me + S_DATA_FRAME], t[me + S_DATA_NS] = frame, now
    if length:
        t[me + S_TEXT_FRAME], t[me + S_TEXT_NS] = frame, now
        t[me + S_TEXT_UNDER] = under if under < HALF else under - WORD
        t[me + S_BYTES] += length
        t[me + S_DATA_PACKETS] += 1
        if length > t[me + S_LARGEST]:
            t[me + S_LARGEST] = length
        if length > t[me + S_LARGER_LENGTH] and length > t[me + S_LARGEST_ACKED]:
            t[me + S_LARGER_LENGTH], t[me + S_LARGER_END] = length, end
    if t[me + S_RTT_SEQ] == NONE:
        t[me + S_RTT_SEQ], t[me + S_RTT_NS] = end, now
    if t[me + S_OUTSTANDING_FRAME] == NONE:
        t[me + S_OUTSTANDING_FRAME], t[me + S_OUTSTANDING_NS] = frame, now


def acknowledge_next(
    t: list[int], peer: int, frame: int, now: int, ack: int, short_of: int
) -> None:
    """``sender.take_ack``, for the side that is acknowledged: it has sent ``short_of`` more."""
    t[peer + S_PROGRESS_FRAME], t[peer + S_PROGRESS_NS] = frame, now
    if short_of:
        t[peer + S_OUTSTANDING_FRAME], t[peer + S_OUTSTANDING_NS] = t[peer + S_DATA_FRAME], now
    else:
        t[peer + S_OUTSTANDING_FRAME] = t[peer + S_OUTSTANDING_NS] = NONE
    timed, larger = t[peer + S_RTT_SEQ], t[peer + S_LARGER_LENGTH]
    if timed != NONE and ((ack - timed) & MASK) < HALF:
        t[peer + S_RTT_SEQ] = NONE
        sample, least = now - t[peer + S_RTT_NS], t[peer + S_RTT_LEAST_NS]
        if sample > t[peer + S_RTT_MOST_NS]:  # NONE is less than any
            t[peer + S_RTT_MOST_NS] = sample
        if sample >= 0 and (least == NONE or sample < least):
            t[peer + S_RTT_LEAST_NS] = sample
    if larger > 0:
        came = larger + ((ack - t[peer + S_LARGER_END] + HALF) & MASK) - HALF
        if came >= larger:
            t[peer + S_LARGEST_ACKED], t[peer + S_LARGER_LENGTH] = larger, 0
        elif came > t[peer + S_LARGEST_ACKED]:
            t[peer + S_LARGEST_ACKED] = came

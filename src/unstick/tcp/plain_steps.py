"""What a usual segment does to its connection, for the plain engine: columns in slices.

1. Column by column, as the hot files do it, the next segment of a calm connection costs Python
   8 us; like this 2. Columns that stand side by side are read and written at once: ``columns.py``
   keeps together what every packet touches.
2. This is the short way (``quick.py``); what opens and closes a connection is in ``plain_course``.
   Both ask first, and change nothing if it is not.
3. The same rows as the hot files leave, bit for bit: the tests run both. Nothing here is compiled.
"""

from __future__ import annotations

from struct import Struct

from unstick.tcp.columns import (
    C_LAST_FRAME,
    C_RECORD,
    C_SILENCE_NS,
    S_COPY_1,
    S_DATA_FRAME,
    S_DATA_NS,
    S_ID_JUMPS,
    S_LARGER_END,
    S_LARGEST,
    S_LARGEST_ACKED,
    S_OUTSTANDING_FRAME,
    S_PROGRESS_FRAME,
    S_PROGRESS_NS,
    S_RCV_NXT,
    S_RTT_LEAST_NS,
    S_RTT_MOST_NS,
    S_RTT_NS,
    S_SACK_EDGE,
    S_SND_NXT,
    S_TEXT_UNDER,
    S_TS_RECENT,
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
)

IP_ID_BACK = 0x10000 - IP_ID_STEP
ODD_OPTIONS = SIGNED | OPTION_SACK

PICKED = (
    FRAME, TIME_NS, SLOT, SIDE, SEQ, ACK, FLAGS, LENGTH, WINDOW, OPTIONS, TSVAL, IP_ID, TTL,
    PRINT, INTERFACE, NOTICES,
)  # fmt: skip
"""What the walk asks of every segment."""

Picked = tuple[int, ...]


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
    me, peer = row + SIDES, row + (SIDES + SIDE_WIDTH)
    if side:
        me, peer = peer, me
    known = t[me + S_SND_NXT : me + S_WINDOW_MOST + 1]
    (snd_nxt, rcv_nxt, last_ack, _, _, scale, packets, _, _, _, _, _, _, before, _, least, most,
     sent, recent, _, ack_frame, ack_ns, _, _, widest) = known  # fmt: skip
    if seq != snd_nxt or not window or options & ODD_OPTIONS:
        return False
    more = (ack - last_ack) & MASK
    short_of = (t[peer + S_SND_NXT] - ack) & MASK
    space = length + (flags & FIN)
    if more >= HALF or short_of > HALF or not (more or space):
        return False
    last_frame, last_ns, count, calm, _, _, silence = t[row + C_LAST_FRAME : row + C_SILENCE_NS + 1]
    gap = now - last_ns
    if not 0 <= gap < silence_ns:
        return False
    if gap > silence:
        t[row + C_SILENCE_NS : row + C_RECORD] = gap, last_frame, frame
    t[row + C_LAST_FRAME : row + C_SILENCE_NS] = frame, now, count + 1, calm, flags, seams
    at = me + S_COPY_1 + (2 * (packets & 3))
    t[at : at + 2] = print_, now
    if ip_id > 0 < before and IP_ID_STEP < ((ip_id - before) & 0xFFFF) < IP_ID_BACK:
        t[me + S_ID_JUMPS] += 1
    if space:
        snd_nxt, sent = (seq + space) & MASK, tsval
        send_next(t, me, frame, now, snd_nxt, (length, short_of))
    if more:
        ack_frame, ack_ns = frame, now
        acknowledge_next(t, peer, frame, now, ack, short_of)
    if scale != NONE:
        window <<= scale
    if window > widest:
        t[me + S_WINDOW_MOST] = window
    t[me + S_SACK_EDGE] = NONE
    t[me + S_SND_NXT : me + S_PROGRESS_FRAME] = (
        snd_nxt, rcv_nxt, ack, (ack + window) & MASK, window, scale, packets + 1, frame, now, frame,
        now, frame, now, ip_id, ttl, ttl if ttl < least else least, ttl if ttl > most else most,
        sent, recent, interface, ack_frame, ack_ns,
    )  # fmt: skip
    recent = t[peer + S_TS_RECENT]
    if tsval != NONE and (recent == NONE or 0 < ((tsval - recent) & MASK) < HALF):
        t[peer + S_TS_RECENT] = tsval
    t[peer + S_RCV_NXT] = snd_nxt
    return True


def send_next(t: list[int], me: int, frame: int, now: int, end: int, size: tuple[int, int]) -> None:
    """New sequence space up to ``end``: ``sender.fresh``, and the counts before it. ``size``: how
    much of it is payload, and how many bytes of the other side are not acknowledged with it."""
    length, under = size
    since, since_ns, timed, larger = t[me + S_OUTSTANDING_FRAME : me + S_SACK_EDGE]
    if length:
        acked, largest, octets, packets = t[me + S_LARGEST_ACKED : me + S_DATA_FRAME]
        t[me + S_LARGEST : me + S_TEXT_UNDER + 1] = (
            length if length > largest else largest, octets + length, packets + 1,
            frame, now, frame, now, ((under + HALF) & MASK) - HALF,
        )  # fmt: skip
        if length > larger and length > acked:
            larger = length
            t[me + S_LARGER_END] = end
    else:
        t[me + S_DATA_FRAME : me + S_DATA_NS + 1] = frame, now
    if timed == NONE:
        timed = end
        t[me + S_RTT_NS] = now
    if since == NONE:
        since, since_ns = frame, now
    t[me + S_OUTSTANDING_FRAME : me + S_SACK_EDGE] = since, since_ns, timed, larger


def acknowledge_next(
    t: list[int], peer: int, frame: int, now: int, ack: int, short_of: int
) -> None:
    """``sender.take_ack``, for the side that is acknowledged: it has sent ``short_of`` more."""
    t[peer + S_PROGRESS_FRAME : peer + S_PROGRESS_NS + 1] = frame, now
    _, _, timed, larger = t[peer + S_OUTSTANDING_FRAME : peer + S_SACK_EDGE]
    if timed != NONE and ((ack - timed) & MASK) < HALF:
        begun, least, most = t[peer + S_RTT_NS : peer + S_RTT_MOST_NS + 1]
        sample, timed = now - begun, NONE
        if sample > most:  # NONE is less than any
            t[peer + S_RTT_MOST_NS] = sample
        if sample >= 0 and (least == NONE or sample < least):
            t[peer + S_RTT_LEAST_NS] = sample
    if larger > 0:
        came = larger + ((ack - t[peer + S_LARGER_END] + HALF) & MASK) - HALF
        if came >= larger:
            t[peer + S_LARGEST_ACKED] = larger
            larger = 0
        elif came > t[peer + S_LARGEST_ACKED]:
            t[peer + S_LARGEST_ACKED] = came
    since, since_ns = (t[peer + S_DATA_FRAME], now) if short_of else (NONE, NONE)
    t[peer + S_OUTSTANDING_FRAME : peer + S_SACK_EDGE] = since, since_ns, timed, larger

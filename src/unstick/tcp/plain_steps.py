"""What a usual segment does to its connection, for the plain engine: columns in slices.

1. Column by column, as the hot files do it, the next segment of a calm connection costs Python
   8 us; like this 3. Columns that stand side by side are read and written at once: ``columns.py``
   keeps together what every packet touches.
2. ``take_next`` is the short way (``quick.py``); ``take_usual`` is for what opens and closes a
   connection and is as usual. Both ask first, and change nothing if it is not.
3. The same rows as the hot files leave, bit for bit: the tests run both. What moves the states of a
   connection is said in the hot files only. Nothing here is compiled.
"""

from __future__ import annotations

from struct import Struct
from types import ModuleType

from unstick.tcp import vocabulary
from unstick.tcp.columns import (
    C_CALM,
    C_LAST_FRAME,
    C_LAST_NS,
    C_SEAM,
    C_SILENCE_AFTER,
    C_SILENCE_NS,
    M_SEAMS,
    M_SILENCE_NS,
    S_COPY_1,
    S_COPY_4_NS,
    S_DATA_FRAME,
    S_DATA_NS,
    S_FIN_ACKED_FRAME,
    S_FIN_ACKED_NS,
    S_FIN_COUNT,
    S_FIN_SEQ,
    S_ID_JUMPS,
    S_IP_ID,
    S_LARGER_END,
    S_LARGER_LENGTH,
    S_LARGEST,
    S_LARGEST_ACKED,
    S_LAST_ACK,
    S_LAST_ACK_FRAME,
    S_LAST_ACK_NS,
    S_NEW_INTERFACE,
    S_OUTSTANDING_FRAME,
    S_OUTSTANDING_NS,
    S_PACKETS,
    S_PROGRESS_FRAME,
    S_PROGRESS_NS,
    S_RCV_NXT,
    S_RST_FRAME,
    S_RTT_LEAST_NS,
    S_RTT_MOST_NS,
    S_RTT_NS,
    S_RTT_SEQ,
    S_SACK_EDGE,
    S_SCALE,
    S_SND_NXT,
    S_STATE_BEFORE_RESET,
    S_TEXT_UNDER,
    S_TS_RECENT,
    S_TSVAL,
    S_TTL_MOST,
    S_WINDOW,
    S_WINDOW_MOST,
    SIDES,
)
from unstick.tcp.fresh import FRESH
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

NOT_YET = (NONE, int(vocabulary.State.SYN_SENT))
"""States in which a first ACK says where its sender, or its receiver, is."""

FIRST_RARE, LAST_RARE = S_STATE_BEFORE_RESET, S_RST_FRAME
RARE = FRESH[SIDES + FIRST_RARE : SIDES + LAST_RARE + 1].tolist()
"""A side that no reset, probe, closed window or retransmission ever met, and no note waits for."""

PICKED = (
    FRAME, TIME_NS, SLOT, SIDE, SEQ, ACK, FLAGS, LENGTH, WINDOW, OPTIONS, TSVAL, IP_ID, TTL,
    PRINT, INTERFACE, NOTICES,
)  # fmt: skip
"""What the walk asks of every segment."""

Picked = tuple[int, ...]
Where = tuple[int, int, int]
"""Where a connection's row begins, and those of its two sides: the sender's and the receiver's."""


def _picking() -> Struct:
    layout, at = "=", 0
    for column in PICKED:
        layout += f"{8 * (column - at)}xq"
        at = column + 1
    return Struct(f"{layout}{8 * (SEGMENT_WIDTH - at)}x")


segments_of = _picking().iter_unpack
"""The columns PICKED of each row of a segment table."""


def take_next(
    t: list[int], where: Where, segment: Picked, frame: int, silence_ns: int, seams: int
) -> bool:
    """Take the segment, if ``quick.is_next`` is true of it: its connection is calm, and its flags
    are ACK or ACK and PSH. Else nothing has changed."""
    row, me, peer = where
    _, now, _, _, seq, ack, _, length, window, options, tsval, _, _, _, _, _ = segment
    snd_nxt, _, last_ack = t[me + S_SND_NXT : me + S_LAST_ACK + 1]
    if seq != snd_nxt or seq != t[peer + S_RCV_NXT] or not window or options & ODD_OPTIONS:
        return False
    more = (ack - last_ack) & MASK
    short_of = (t[peer + S_SND_NXT] - ack) & MASK
    if more >= HALF or short_of > HALF or not (more or length):
        return False
    gap = now - t[row + C_LAST_NS]
    if not 0 <= gap < silence_ns:
        return False
    remember(t, me, segment[13], segment)
    keep_books(t, where, segment, frame, gap, seams)
    if length:
        t[me + S_TSVAL] = tsval
        send_next(t, me, (frame, now), (seq + length) & MASK, length, short_of)
    if more:
        acknowledge_next(t, me, peer, (frame, now), ack, short_of)
    offer(t, me, ack, window)
    accept_next(t, peer, segment)
    return True


def take_usual(
    hot: ModuleType, t: list[int], where: Where, segment: Picked, s: list[int], m: memoryview
) -> bool:
    """Take a segment that opens or closes its connection as usual, and is no copy: an ACK or a FIN
    with the next data, or none. ``s`` is its row. What it does to the states of its connection is
    said in the hot files only. False: it is not of that kind, and nothing has changed."""
    row, me, peer = where
    _, now, _, _, seq, ack, flags, length, window, options, tsval, _, _, _, _, _ = segment
    state, _, snd_nxt, _, last_ack = t[me : me + S_LAST_ACK + 1]
    peer_state, _, peer_nxt, awaited = t[peer : peer + S_RCV_NXT + 1]
    if seq != snd_nxt or seq != awaited or not window or options & ODD_OPTIONS:
        return False
    if state in NOT_YET or peer_state in NOT_YET or peer_nxt == NONE or last_ack == NONE:
        return False
    more = (ack - last_ack) & MASK
    short_of = (peer_nxt - ack) & MASK
    if more >= HALF or short_of > HALF or not t[me + S_PACKETS]:
        return False
    if t[me + FIRST_RARE : me + LAST_RARE + 1] != RARE:
        return False
    if t[peer + FIRST_RARE : peer + LAST_RARE + 1] != RARE:
        return False
    gap = now - t[row + C_LAST_NS]
    if not 0 <= gap < m[M_SILENCE_NS] or (flags & FIN and t[me + S_FIN_SEQ] != NONE):
        return False
    moment = s[FRAME], now
    keep_books(t, where, segment, s[FRAME], gap, m[M_SEAMS])
    if flags & FIN or length:
        t[me + S_TSVAL] = tsval
    if flags & FIN:
        fin = (seq + length) & MASK
        count = t[me + S_FIN_COUNT] + 1
        t[me + S_FIN_SEQ : me + S_FIN_COUNT + 1] = fin, *moment, count
        hot.close_sender(t, s, 0, me)
        send_next(t, me, moment, (fin + 1) & MASK, length, short_of)
    elif length:
        send_next(t, me, moment, (seq + length) & MASK, length, short_of)
    if more:
        acknowledge_next(t, me, peer, moment, ack, short_of)
        fin = t[peer + S_FIN_SEQ]
        if fin != NONE == t[peer + S_FIN_ACKED_FRAME] and 0 < ((ack - fin) & MASK) < HALF:
            t[peer + S_FIN_ACKED_FRAME : peer + S_FIN_ACKED_NS + 1] = moment
    offer(t, me, ack, window)
    hot.receive(t, s, 0, row, me, peer)
    t[row + C_CALM] = hot.calm_of(t, row, me, peer)
    return True


def remember(t: list[int], me: int, print_: int, segment: Picked) -> None:
    """``remember`` of copies.py; ``print_`` is the fingerprint."""
    at = me + S_COPY_1 + (2 * (t[me + S_PACKETS] & 3))
    t[at : at + 2] = print_, segment[1]
    t[me + S_NEW_INTERFACE] = segment[14]


def may_be_copy(t: list[int], me: int, print_: int, segment: Picked) -> bool:
    """Must ``is_copy`` of copies.py be asked? Else this is no copy, and is to be remembered."""
    known = t[me + S_COPY_1 : me + S_COPY_4_NS : 2]
    return print_ in known or t[me + S_NEW_INTERFACE] not in (NONE, segment[14])


def keep_books(
    t: list[int], where: Where, segment: Picked, frame: int, gap: int, seams: int
) -> None:
    """The connection's and the sender's books, as ``quick.py`` keeps them."""
    row, me, _ = where
    _, now, _, _, _, _, flags, _, _, _, _, ip_id, ttl, _, _, _ = segment
    last_frame, _, packets, calm = t[row + C_LAST_FRAME : row + C_CALM + 1]
    if gap > t[row + C_SILENCE_NS]:
        t[row + C_SILENCE_NS : row + C_SILENCE_AFTER + 1] = gap, last_frame, frame
    t[row + C_LAST_FRAME : row + C_SEAM + 1] = frame, now, packets + 1, calm, flags, seams
    before, _, least, most = t[me + S_IP_ID : me + S_TTL_MOST + 1]
    if ip_id > 0 < before and IP_ID_STEP < ((ip_id - before) & 0xFFFF) < IP_ID_BACK:
        t[me + S_ID_JUMPS] += 1
    if ttl < least:
        least = ttl
    t[me + S_PACKETS : me + S_TTL_MOST + 1] = (
        t[me + S_PACKETS] + 1, frame, now, frame, now, frame, now, ip_id, ttl, least,
        ttl if ttl > most else most,
    )  # fmt: skip


def send_next(
    t: list[int], me: int, moment: tuple[int, int], end: int, length: int, under: int
) -> None:
    """The next data, or a FIN: ``sender.fresh``, and the counts before it; not its timestamp."""
    t[me + S_SND_NXT] = end
    if length:
        acked, largest, octets, packets = t[me + S_LARGEST_ACKED : me + S_DATA_FRAME]
        t[me + S_LARGEST : me + S_TEXT_UNDER + 1] = (
            length if length > largest else largest, octets + length, packets + 1,
            *moment, *moment, ((under + HALF) & MASK) - HALF,
        )  # fmt: skip
        if length > t[me + S_LARGER_LENGTH] and length > acked:
            t[me + S_LARGER_LENGTH] = length
            t[me + S_LARGER_END] = end
    else:
        t[me + S_DATA_FRAME : me + S_DATA_NS + 1] = moment
    if t[me + S_OUTSTANDING_FRAME] == NONE:
        t[me + S_OUTSTANDING_FRAME : me + S_OUTSTANDING_NS + 1] = moment
    if t[me + S_RTT_SEQ] == NONE:
        t[me + S_RTT_SEQ] = end
        t[me + S_RTT_NS] = moment[1]


def acknowledge_next(
    t: list[int], me: int, peer: int, moment: tuple[int, int], ack: int, short_of: int
) -> None:
    """``sender.progress``, but for LAST_ACK (``offer``) and a FIN. The peer has no ladder."""
    rcv_nxt = t[me + S_RCV_NXT]
    if rcv_nxt == NONE or 0 < ((ack - rcv_nxt) & MASK) < HALF:
        t[me + S_RCV_NXT] = ack
    t[me + S_LAST_ACK_FRAME : me + S_LAST_ACK_NS + 1] = moment
    t[peer + S_PROGRESS_FRAME : peer + S_PROGRESS_NS + 1] = moment
    waits = (t[peer + S_DATA_FRAME], moment[1]) if short_of else (NONE, NONE)
    t[peer + S_OUTSTANDING_FRAME : peer + S_OUTSTANDING_NS + 1] = waits
    timed = t[peer + S_RTT_SEQ]
    if timed != NONE and ((ack - timed) & MASK) < HALF:
        begun, least, most = t[peer + S_RTT_NS : peer + S_RTT_MOST_NS + 1]
        sample = moment[1] - begun
        if sample >= 0 and (least == NONE or sample < least):
            t[peer + S_RTT_LEAST_NS] = sample
        if most == NONE or sample > most:
            t[peer + S_RTT_MOST_NS] = sample
        t[peer + S_RTT_SEQ] = NONE
    larger = t[peer + S_LARGER_LENGTH]
    if larger > 0:
        came = larger + ((ack - t[peer + S_LARGER_END] + HALF) & MASK) - HALF
        if came >= larger:
            t[peer + S_LARGEST_ACKED] = larger
            t[peer + S_LARGER_LENGTH] = 0
        elif came > t[peer + S_LARGEST_ACKED]:
            t[peer + S_LARGEST_ACKED] = came


def offer(t: list[int], me: int, ack: int, window: int) -> None:
    """``sender.advertise`` without SACK blocks, and LAST_ACK."""
    scale = t[me + S_SCALE]
    if scale != NONE:
        window <<= scale
    t[me + S_LAST_ACK : me + S_WINDOW + 1] = ack, (ack + window) & MASK, window
    if window > t[me + S_WINDOW_MOST]:
        t[me + S_WINDOW_MOST] = window
    t[me + S_SACK_EDGE] = NONE


def accept_next(t: list[int], peer: int, segment: Picked) -> None:
    """``receiver.receive`` of what comes next and moves no state."""
    _, _, _, _, seq, _, _, length, _, _, tsval, _, _, _, _, _ = segment
    recent = t[peer + S_TS_RECENT]
    if tsval != NONE and (recent == NONE or 0 < ((tsval - recent) & MASK) < HALF):
        t[peer + S_TS_RECENT] = tsval
    t[peer + S_RCV_NXT] = (seq + length) & MASK

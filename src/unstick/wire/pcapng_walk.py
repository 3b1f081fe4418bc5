"""Walks pcapng blocks and has each packet decoded. A hot file: see pcapng_walk.pxd.

Packets stand in enhanced, simple and (obsolete) packet blocks. Sections, interfaces and
statistics stop the walk for the cold reader (pcapng.py); every other block is passed over by its
length (draft-ietf-opsawg-pcapng 4). ``resync`` finds the next block after damage.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    BLOCK_DAMAGED,
    BLOCK_LENGTH,
    CAPTURED_ABOVE_LENGTH,
    INTERFACE_UNKNOWN,
    TIME_MISSING,
    TIME_RANGE,
)
from unstick.wire.columns import HALF, NANOSECONDS, NONE, WORD
from unstick.wire.octets import note, u32_of
from unstick.wire.packets import OTHER, take
from unstick.wire.walking import (
    BLOCK_LIMIT,
    INTERFACE_BEFORE,
    INTERFACE_DIVIDE,
    INTERFACE_FIRST_FRAME,
    INTERFACE_LAYER,
    INTERFACE_LIMIT,
    INTERFACE_MULTIPLY,
    INTERFACE_OFFSET_NS,
    INTERFACE_PACKETS,
    INTERFACE_SNAPLEN,
    INTERFACE_UNITS,
    INTERFACE_WIDTH,
    PACKET_LIMIT,
    SKIP_LIMIT,
    STATE_AT,
    STATE_BIG,
    STATE_BYTES,
    STATE_FINAL,
    STATE_FIRST_INTERFACE,
    STATE_FIRST_TIME_NS,
    STATE_FRAME,
    STATE_INTERFACES,
    STATE_NEED,
    STATE_STOPPED,
    STATE_TIME_NS,
    STOPPED_BLOCK,
    STOPPED_DAMAGED,
    STOPPED_FRAGMENT,
    STOPPED_FULL,
    STOPPED_NEED,
    STOPPED_SKIP,
    TIME_LIMIT_NS,
)

BLOCK_SECTION = 0x0A0D0D0A
BLOCK_INTERFACE = 1
BLOCK_PACKET = 2
BLOCK_SIMPLE = 3
BLOCK_STATISTICS = 5
BLOCK_ENHANCED = 6
BLOCK_JOURNAL = 9
BLOCK_CUSTOM = 0x0BAD
BLOCK_CUSTOM_UNCOPIED = 0x40000BAD
LAST_COMMON_BLOCK = 12
"""Types 1 to 12 are those in use (names, statistics, packets, journals, secrets ...)."""


def length_fits(kind: int, total: int) -> int:
    """1 if a block of this type may have this length."""
    if total < 12 or total & 3:
        return 0
    if kind in (BLOCK_ENHANCED, BLOCK_PACKET, BLOCK_SIMPLE, BLOCK_INTERFACE, BLOCK_STATISTICS):
        return 1 if total <= BLOCK_LIMIT else 0
    return 1 if kind == BLOCK_SECTION or total <= SKIP_LIMIT else 0


def block_fits(buf: memoryview, at: int, end: int, state: memoryview) -> int:
    """1 if a whole block of a common type with two equal lengths stands at ``at``; 0 if not; -1 if
    more bytes are needed to say. The caller has tested that twelve bytes are there."""
    big = state[STATE_BIG]
    kind = u32_of(buf, at, big)
    if kind == BLOCK_SECTION:
        magic = u32_of(buf, at + 8, 1)
        return 1 if magic == 0x1A2B3C4D or u32_of(buf, at + 8, 0) == 0x1A2B3C4D else 0
    total = u32_of(buf, at + 4, big)
    if kind == 0 or kind > LAST_COMMON_BLOCK or total > BLOCK_LIMIT or not length_fits(kind, total):
        return 0
    if at + total > end:
        return 0 if state[STATE_FINAL] else -1
    return 1 if u32_of(buf, at + total - 4, big) == total else 0


def resync_pcapng(buf: memoryview, at: int, end: int, state: memoryview) -> int:
    """The first place from ``at`` on where a block stands for certain; -1 if there is none yet, and
    then STATE_NEED holds the first place that could not be ruled out."""
    undecided = -1
    while at + 12 <= end:
        fits = block_fits(buf, at, end, state)
        if fits > 0:
            return at
        if fits < 0 and undecided < 0:
            undecided = at
        at += 1
    state[STATE_NEED] = undecided if undecided >= 0 else at
    return -1


def time_of(
    high: int, low: int, interfaces: memoryview, row: int, state: memoryview, anomalies: memoryview
) -> int:
    """A time in units of its interface as nanoseconds; the time before if it is out of range."""
    before = 0 if state[STATE_TIME_NS] == NONE else state[STATE_TIME_NS]
    frame = state[STATE_FRAME] + 1
    units = (((high ^ HALF) - HALF) * WORD) + low
    if units < 0 and interfaces[row + INTERFACE_UNITS] == 0:
        # Before 1970, if the number is signed: differences between such times make sense.
        note(anomalies, TIME_RANGE, frame, 0)
        if units < -interfaces[row + INTERFACE_LIMIT]:
            return before
        return units * interfaces[row + INTERFACE_MULTIPLY]
    if units < 0 or units > interfaces[row + INTERFACE_LIMIT]:
        note(anomalies, TIME_RANGE, frame, 0)
        return before
    if interfaces[row + INTERFACE_UNITS] == 0:
        time_ns = units * interfaces[row + INTERFACE_MULTIPLY]
    else:
        seconds = units // interfaces[row + INTERFACE_UNITS]
        below = units - (seconds * interfaces[row + INTERFACE_UNITS])
        below = (below // interfaces[row + INTERFACE_BEFORE]) * interfaces[row + INTERFACE_MULTIPLY]
        time_ns = (seconds * NANOSECONDS) + (below // interfaces[row + INTERFACE_DIVIDE])
    time_ns += interfaces[row + INTERFACE_OFFSET_NS]
    if time_ns < 0 or time_ns > TIME_LIMIT_NS:
        note(anomalies, TIME_RANGE, frame, 0)
        return before
    return time_ns


def interface_row(
    buf: memoryview, at: int, kind: int, state: memoryview, anomalies: memoryview
) -> int:
    """Where the interface of the packet block at ``at`` stands in the table; -1 if nobody declared
    it. A simple packet is of the first interface."""
    big = state[STATE_BIG]
    interface = 0
    if kind == BLOCK_ENHANCED:
        interface = u32_of(buf, at + 8, big)
    elif kind == BLOCK_PACKET:  # 16 bits, then 16 bits that count drops
        interface = u32_of(buf, at + 8, big)
        interface = (interface >> 16) if big else (interface & 0xFFFF)
    if interface < state[STATE_INTERFACES]:
        return (state[STATE_FIRST_INTERFACE] + interface) * INTERFACE_WIDTH
    note(anomalies, INTERFACE_UNKNOWN, state[STATE_FRAME] + 1, interface)
    return -1


def packet(
    buf: memoryview,
    at: int,
    kind: int,
    total: int,
    state: memoryview,
    interfaces: memoryview,
    lookup: memoryview,
    record: memoryview,
    segments: memoryview,
    filled: int,
    detail: int,
    anomalies: memoryview,
) -> int:
    """Decode the packet of the block at ``at``: what ``take`` says; 0, too, if the block is too
    short to hold one."""
    big = state[STATE_BIG]
    frame = state[STATE_FRAME] + 1
    if total < (16 if kind == BLOCK_SIMPLE else 32):
        note(anomalies, BLOCK_DAMAGED, frame, kind)
        return 0
    row = interface_row(buf, at, kind, state, anomalies)
    time_ns = 0 if state[STATE_TIME_NS] == NONE else state[STATE_TIME_NS]
    if kind == BLOCK_SIMPLE:
        length = u32_of(buf, at + 8, big)
        captured = length
        if row >= 0 and 0 < interfaces[row + INTERFACE_SNAPLEN] < captured:
            captured = interfaces[row + INTERFACE_SNAPLEN]
        if captured > total - 16:
            captured = total - 16
        offset = at + 12
        note(anomalies, TIME_MISSING, frame, 0)
    else:
        captured = u32_of(buf, at + 20, big)
        length = u32_of(buf, at + 24, big)
        offset = at + 28
        if captured > total - 32:
            note(anomalies, BLOCK_DAMAGED, frame, kind)
            captured = total - 32
        elif captured > length:
            note(anomalies, CAPTURED_ABOVE_LENGTH, frame, captured - length)
        if row >= 0:
            high = u32_of(buf, at + 12, big)
            low = u32_of(buf, at + 16, big)
            time_ns = time_of(high, low, interfaces, row, state, anomalies)
    if captured > PACKET_LIMIT:
        captured = PACKET_LIMIT
    counted(state, time_ns, length, interfaces, row)
    if row < 0:
        return 0  # of what link type it is, nobody says
    return take(
        buf, lookup, record, frame, time_ns, offset, captured, length,
        interfaces[row + INTERFACE_LAYER], row // INTERFACE_WIDTH, segments, filled, detail,
        anomalies,
    )  # fmt: skip


def counted(state: memoryview, time_ns: int, length: int, interfaces: memoryview, row: int) -> None:
    """One packet more, in the books of the file and of its interface."""
    state[STATE_FRAME] += 1
    state[STATE_TIME_NS] = time_ns
    if state[STATE_FIRST_TIME_NS] == NONE:
        state[STATE_FIRST_TIME_NS] = time_ns
    state[STATE_BYTES] += length
    if row >= 0:
        if interfaces[row + INTERFACE_PACKETS] == 0:
            interfaces[row + INTERFACE_FIRST_FRAME] = state[STATE_FRAME]
        interfaces[row + INTERFACE_PACKETS] += 1


def read_pcapng(
    buf: memoryview,
    end: int,
    state: memoryview,
    interfaces: memoryview,
    lookup: memoryview,
    record: memoryview,
    segments: memoryview,
    filled: int,
    capacity: int,
    detail: int,
    anomalies: memoryview,
) -> int:
    """Add a row to ``segments``, of which ``filled`` are there, for every TCP segment from STATE_AT
    on, up to ``capacity``; returns how many there are then. STATE_STOPPED says why it ended; a
    fragment is left in ``record``."""
    at = state[STATE_AT]
    big = state[STATE_BIG]
    stopped = STOPPED_FULL
    while filled < capacity and stopped == STOPPED_FULL:
        if at + 12 > end:
            stopped = STOPPED_NEED
            state[STATE_NEED] = at + 12
            break
        kind = u32_of(buf, at, big)
        total = u32_of(buf, at + 4, big)
        if kind in (BLOCK_ENHANCED, BLOCK_PACKET, BLOCK_SIMPLE):
            state[STATE_AT] = at
            stopped = packet_fits(buf, at, kind, total, end, state, anomalies)
            if stopped != STOPPED_FULL:
                break
            took = packet(
                buf, at, kind, total, state, interfaces, lookup, record, segments, filled, detail,
                anomalies,
            )  # fmt: skip
            if took == OTHER:
                stopped = STOPPED_FRAGMENT
            else:
                filled += took
        else:
            stopped = other_block(kind, total, at, end, state)
            if stopped != STOPPED_FULL:
                break
        at += total
    state[STATE_AT] = at
    state[STATE_STOPPED] = stopped
    return filled


def packet_fits(
    buf: memoryview,
    at: int,
    kind: int,
    total: int,
    end: int,
    state: memoryview,
    anomalies: memoryview,
) -> int:
    """STOPPED_FULL if the packet block at ``at`` is all there, or why to stop."""
    if not length_fits(kind, total):
        return STOPPED_DAMAGED
    if at + total > end:
        state[STATE_NEED] = at + total
        return STOPPED_NEED
    if u32_of(buf, at + total - 4, state[STATE_BIG]) != total:
        return mismatch(buf, at, total, end, state, anomalies)
    return STOPPED_FULL


def other_block(kind: int, total: int, at: int, end: int, state: memoryview) -> int:
    """STOPPED_FULL to pass over a block without a packet, or why to stop at it."""
    if kind == BLOCK_SECTION:  # of either byte order: its length cannot be read here
        return STOPPED_BLOCK
    if not length_fits(kind, total):
        return STOPPED_DAMAGED
    state[STATE_NEED] = at + total
    if kind in (BLOCK_INTERFACE, BLOCK_STATISTICS):
        return STOPPED_BLOCK if at + total <= end else STOPPED_NEED
    if kind in (BLOCK_JOURNAL, BLOCK_CUSTOM, BLOCK_CUSTOM_UNCOPIED):
        state[STATE_FRAME] += 1  # Wireshark numbers them like packets
    return STOPPED_FULL if at + total <= end else STOPPED_SKIP


def mismatch(
    buf: memoryview, at: int, total: int, end: int, state: memoryview, anomalies: memoryview
) -> int:
    """The second length of a block differs: STOPPED_FULL to believe the first one (the next block
    stands where it says, and it is counted), or why to stop."""
    fits = 1
    if at + total + 12 > end:
        if not state[STATE_FINAL]:
            state[STATE_NEED] = at + total + 12
            return STOPPED_NEED
        fits = 0 if at + total < end else 1
    else:
        fits = block_fits(buf, at + total, end, state)
    if fits < 0:
        state[STATE_NEED] = end + 1
        return STOPPED_NEED
    if fits == 0:
        return STOPPED_DAMAGED
    note(anomalies, BLOCK_LENGTH, state[STATE_FRAME] + 1, total)
    return STOPPED_FULL

"""Walks pcapng blocks into the table of records. A hot file: see pcapng_walk.pxd.

Packets of enhanced, simple and (obsolete) packet blocks become rows. Sections, interfaces and
statistics stop the walk for the cold reader (pcapng.py); every other block is passed over by its
length (draft-ietf-opsawg-pcapng 4). ``resync`` finds the next block after damage.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    ANOMALY_COUNT,
    ANOMALY_DETAIL,
    ANOMALY_FIRST_FRAME,
    ANOMALY_WIDTH,
    BLOCK_DAMAGED,
    BLOCK_LENGTH,
    CAPTURED_ABOVE_LENGTH,
    INTERFACE_UNKNOWN,
    TIME_MISSING,
    TIME_RANGE,
)
from unstick.wire.columns import (
    HALF,
    NANOSECONDS,
    NONE,
    RECORD_AT,
    RECORD_CAPTURED,
    RECORD_DEPTH,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAGMENT,
    RECORD_FRAME,
    RECORD_INTERFACE,
    RECORD_IP,
    RECORD_LAYER,
    RECORD_LENGTH,
    RECORD_LINK,
    RECORD_NOTICES,
    RECORD_OFFSET,
    RECORD_STOP,
    RECORD_TIME_NS,
    RECORD_WIDTH,
    WORD,
)
from unstick.wire.layers import LAYER_NOTHING
from unstick.wire.walking import (
    BLOCK_LIMIT,
    INTERFACE_BEFORE,
    INTERFACE_DIVIDE,
    INTERFACE_FIRST_FRAME,
    INTERFACE_LAYER,
    INTERFACE_LIMIT,
    INTERFACE_LINK,
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


def note(anomalies: memoryview, kind: int, frame: int, detail: int) -> None:
    """Count an anomaly (anomalies.py)."""
    at = kind * ANOMALY_WIDTH
    if anomalies[at + ANOMALY_COUNT] == 0:
        anomalies[at + ANOMALY_FIRST_FRAME] = frame
        anomalies[at + ANOMALY_DETAIL] = detail
    anomalies[at + ANOMALY_COUNT] += 1


def u32(buf: memoryview, at: int, big: int) -> int:
    """The 32-bit number at ``at``; the caller has tested that four bytes are there."""
    a = buf[at]
    b = buf[at + 1]
    c = buf[at + 2]
    d = buf[at + 3]
    if big:
        return (a << 24) | (b << 16) | (c << 8) | d
    return (d << 24) | (c << 16) | (b << 8) | a


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
    kind = u32(buf, at, big)
    if kind == BLOCK_SECTION:
        magic = u32(buf, at + 8, 1)
        return 1 if magic == 0x1A2B3C4D or u32(buf, at + 8, 0) == 0x1A2B3C4D else 0
    total = u32(buf, at + 4, big)
    if kind == 0 or kind > LAST_COMMON_BLOCK or total > BLOCK_LIMIT or not length_fits(kind, total):
        return 0
    if at + total > end:
        return 0 if state[STATE_FINAL] else -1
    return 1 if u32(buf, at + total - 4, big) == total else 0


def resync(buf: memoryview, at: int, end: int, state: memoryview) -> int:
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


def fill(
    records: memoryview,
    base: int,
    state: memoryview,
    interfaces: memoryview,
    row: int,
    offset: int,
    captured: int,
    length: int,
) -> None:
    """Write one row of the table of records; ``row`` is -1 for an interface nobody declared."""
    records[base + RECORD_FRAME] = state[STATE_FRAME]
    records[base + RECORD_TIME_NS] = state[STATE_TIME_NS]
    records[base + RECORD_OFFSET] = offset
    records[base + RECORD_CAPTURED] = captured
    records[base + RECORD_LENGTH] = length
    records[base + RECORD_LINK] = NONE
    records[base + RECORD_INTERFACE] = -1
    records[base + RECORD_LAYER] = LAYER_NOTHING
    records[base + RECORD_AT] = offset
    records[base + RECORD_END] = offset + captured
    records[base + RECORD_STOP] = offset + (length if length > captured else captured)
    records[base + RECORD_ENCAPSULATION] = 0
    records[base + RECORD_IP] = offset
    records[base + RECORD_NOTICES] = 0
    records[base + RECORD_FRAGMENT] = 0
    records[base + RECORD_DEPTH] = 0
    if row >= 0:
        records[base + RECORD_LINK] = interfaces[row + INTERFACE_LINK]
        records[base + RECORD_INTERFACE] = row // INTERFACE_WIDTH
        records[base + RECORD_LAYER] = interfaces[row + INTERFACE_LAYER]
        if interfaces[row + INTERFACE_PACKETS] == 0:
            interfaces[row + INTERFACE_FIRST_FRAME] = state[STATE_FRAME]
        interfaces[row + INTERFACE_PACKETS] += 1


def interface_row(
    buf: memoryview, at: int, kind: int, state: memoryview, anomalies: memoryview
) -> int:
    """Where the interface of the packet block at ``at`` stands in the table; -1 if nobody declared
    it. A simple packet is of the first interface."""
    big = state[STATE_BIG]
    interface = 0
    if kind == BLOCK_ENHANCED:
        interface = u32(buf, at + 8, big)
    elif kind == BLOCK_PACKET:  # 16 bits, then 16 bits that count drops
        interface = u32(buf, at + 8, big)
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
    records: memoryview,
    base: int,
    anomalies: memoryview,
) -> int:
    """Write the packet of the block at ``at`` as a row; 0 if the block is too short to be one."""
    big = state[STATE_BIG]
    frame = state[STATE_FRAME] + 1
    if total < (16 if kind == BLOCK_SIMPLE else 32):
        note(anomalies, BLOCK_DAMAGED, frame, kind)
        return 0
    row = interface_row(buf, at, kind, state, anomalies)
    time_ns = 0 if state[STATE_TIME_NS] == NONE else state[STATE_TIME_NS]
    if kind == BLOCK_SIMPLE:
        length = u32(buf, at + 8, big)
        captured = length
        if row >= 0 and 0 < interfaces[row + INTERFACE_SNAPLEN] < captured:
            captured = interfaces[row + INTERFACE_SNAPLEN]
        if captured > total - 16:
            captured = total - 16
        offset = at + 12
        note(anomalies, TIME_MISSING, frame, 0)
    else:
        captured = u32(buf, at + 20, big)
        length = u32(buf, at + 24, big)
        offset = at + 28
        if captured > total - 32:
            note(anomalies, BLOCK_DAMAGED, frame, kind)
            captured = total - 32
        elif captured > length:
            note(anomalies, CAPTURED_ABOVE_LENGTH, frame, captured - length)
        if row >= 0:
            high = u32(buf, at + 12, big)
            low = u32(buf, at + 16, big)
            time_ns = time_of(high, low, interfaces, row, state, anomalies)
    if captured > PACKET_LIMIT:
        captured = PACKET_LIMIT
    state[STATE_FRAME] = frame
    state[STATE_TIME_NS] = time_ns
    if state[STATE_FIRST_TIME_NS] == NONE:
        state[STATE_FIRST_TIME_NS] = time_ns
    state[STATE_BYTES] += length
    fill(records, base, state, interfaces, row, offset, captured, length)
    return 1


def walk(
    buf: memoryview,
    end: int,
    state: memoryview,
    interfaces: memoryview,
    records: memoryview,
    capacity: int,
    anomalies: memoryview,
) -> int:
    """Fill ``records`` from STATE_AT on; returns how many. STATE_STOPPED says why it ended."""
    at = state[STATE_AT]
    big = state[STATE_BIG]
    count = 0
    stopped = STOPPED_FULL
    while count < capacity:
        if at + 12 > end:
            stopped = STOPPED_NEED
            state[STATE_NEED] = at + 12
            break
        kind = u32(buf, at, big)
        total = u32(buf, at + 4, big)
        if kind == BLOCK_SECTION:  # of either byte order: its length cannot be read here
            stopped = STOPPED_BLOCK
            break
        if not length_fits(kind, total):
            stopped = STOPPED_DAMAGED
            break
        if kind in (BLOCK_ENHANCED, BLOCK_PACKET, BLOCK_SIMPLE):
            if at + total > end:
                stopped = STOPPED_NEED
                state[STATE_NEED] = at + total
                break
            if u32(buf, at + total - 4, big) != total:
                state[STATE_AT] = at
                stopped = mismatch(buf, at, total, end, state, anomalies)
                if stopped != STOPPED_FULL:
                    break
            count += packet(
                buf, at, kind, total, state, interfaces, records, count * RECORD_WIDTH, anomalies
            )
        elif kind in (BLOCK_INTERFACE, BLOCK_STATISTICS):
            stopped = STOPPED_BLOCK if at + total <= end else STOPPED_NEED
            state[STATE_NEED] = at + total
            break
        else:
            if kind in (BLOCK_JOURNAL, BLOCK_CUSTOM, BLOCK_CUSTOM_UNCOPIED):
                state[STATE_FRAME] += 1  # Wireshark numbers them like packets
            if at + total > end:
                stopped = STOPPED_SKIP
                state[STATE_NEED] = at + total
                break
        at += total
    state[STATE_AT] = at
    state[STATE_STOPPED] = stopped
    return count


def mismatch(
    buf: memoryview, at: int, total: int, end: int, state: memoryview, anomalies: memoryview
) -> int:
    """The second length of a block differs: STOPPED_FULL to believe the first one (the next block
    stands where it says, and it is counted), or why to stop."""
    if at + total + 12 > end:
        if state[STATE_FINAL]:
            return STOPPED_DAMAGED if at + total < end else counted(state, total, anomalies)
        state[STATE_NEED] = at + total + 12
        return STOPPED_NEED
    fits = block_fits(buf, at + total, end, state)
    if fits < 0:
        state[STATE_NEED] = end + 1
        return STOPPED_NEED
    return counted(state, total, anomalies) if fits else STOPPED_DAMAGED


def counted(state: memoryview, total: int, anomalies: memoryview) -> int:
    """Count the block whose lengths differ, and take it."""
    note(anomalies, BLOCK_LENGTH, state[STATE_FRAME] + 1, total)
    return STOPPED_FULL

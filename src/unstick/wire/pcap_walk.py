"""Walks pcap record headers into the table of records. A hot file: see pcap_walk.pxd.

One record after the other, no packet is looked into. Header layouts differ by file (pcap.py
finds out); the state says which. A header that cannot be one stops the walk, and ``resync``
finds the next place where a chain of plausible headers begins.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    ANOMALY_COUNT,
    ANOMALY_DETAIL,
    ANOMALY_FIRST_FRAME,
    ANOMALY_WIDTH,
    CAPTURED_ABOVE_LENGTH,
    TIME_FRACTION,
)
from unstick.wire.columns import (
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
)
from unstick.wire.walking import (
    PACKET_LIMIT,
    STATE_AT,
    STATE_BIG,
    STATE_BYTES,
    STATE_FINAL,
    STATE_FIRST_TIME_NS,
    STATE_FRACTION,
    STATE_FRAME,
    STATE_HEADER,
    STATE_LAYER,
    STATE_LINK,
    STATE_NEED,
    STATE_STOPPED,
    STATE_SWAPPED,
    STATE_TIME_NS,
    STOPPED_DAMAGED,
    STOPPED_FULL,
    STOPPED_NEED,
)

PLAUSIBLE_CHAIN = 3
"""Headers in a row that must be plausible before reading goes on after damage: three random
headers pass with a probability below 2**-100."""

UNUSUAL_CHAIN = 2
"""Headers that must follow an unusual one for it to be taken as it is."""


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


def header_fits(buf: memoryview, at: int, state: memoryview, strict: int) -> int:
    """Captured bytes that the header at ``at`` claims if it can be a header, else -1.

    ``strict`` also refuses what is merely unusual: no time, an empty packet, a packet with more
    bytes captured than it had. The caller has tested that the header is in the buffer.
    """
    big = state[STATE_BIG]
    captured = u32(buf, at + 8, big)
    length = u32(buf, at + 12, big)
    if state[STATE_SWAPPED]:
        captured, length = length, captured
    odd_fraction = (u32(buf, at + 4, big) * state[STATE_FRACTION]) >= NANOSECONDS
    if captured > PACKET_LIMIT or (odd_fraction and captured > length):
        return -1
    if strict and (captured == 0 or captured > length or length > (PACKET_LIMIT << 2)):
        return -1
    if strict and (odd_fraction or u32(buf, at, big) == 0):
        return -1
    return captured


def chain_fits(
    buf: memoryview, at: int, end: int, state: memoryview, chain: int, strict: int
) -> int:
    """1 if ``chain`` plausible headers follow each other from ``at`` on, or fewer and then
    exactly the end of the file; 0 if not; -1 if more bytes are needed to say."""
    header = state[STATE_HEADER]
    for _i in range(chain):
        if at + header > end:
            if state[STATE_FINAL]:
                return 1 if at == end else 0
            return -1
        captured = header_fits(buf, at, state, strict)
        if captured < 0:
            return 0
        at += header + captured
    return 1


def resync(buf: memoryview, at: int, end: int, state: memoryview) -> int:
    """The first place from ``at`` on where a strict chain begins; -1 if there is none yet, and
    then STATE_NEED holds the first place that could not be ruled out."""
    header = state[STATE_HEADER]
    undecided = -1
    while at + header <= end:
        if header_fits(buf, at, state, 1) >= 0:
            fits = chain_fits(buf, at, end, state, PLAUSIBLE_CHAIN, 1)
            if fits > 0:
                return at
            if fits < 0 and undecided < 0:
                undecided = at
        at += 1
    state[STATE_NEED] = undecided if undecided >= 0 else at
    return -1


def unusual(
    buf: memoryview, at: int, end: int, state: memoryview, captured: int, anomalies: memoryview
) -> int:
    """What to do about the odd header at ``at``: STOPPED_FULL to take it as it is (and count it),
    or why to stop. An odd header may be just that: the next header tells. Otherwise two bytes
    of a damaged file would make up a packet."""
    header = state[STATE_HEADER]
    if at + header + captured > end:
        state[STATE_NEED] = at + header + captured
        return STOPPED_NEED
    fits = chain_fits(buf, at + header + captured, end, state, UNUSUAL_CHAIN, 0)
    if fits < 0:
        state[STATE_NEED] = end + 1
        return STOPPED_NEED
    if fits == 0:
        return STOPPED_DAMAGED
    big = state[STATE_BIG]
    below = u32(buf, at + 4, big) * state[STATE_FRACTION]
    length = u32(buf, at + (8 if state[STATE_SWAPPED] else 12), big)
    if captured > length:
        note(anomalies, CAPTURED_ABOVE_LENGTH, state[STATE_FRAME] + 1, captured - length)
    if below >= NANOSECONDS:
        note(anomalies, TIME_FRACTION, state[STATE_FRAME] + 1, below)
    return STOPPED_FULL


def walk(
    buf: memoryview,
    end: int,
    state: memoryview,
    records: memoryview,
    capacity: int,
    anomalies: memoryview,
) -> int:
    """Fill ``records`` from STATE_AT on; returns how many. STATE_STOPPED says why it ended."""
    at = state[STATE_AT]
    big = state[STATE_BIG]
    header = state[STATE_HEADER]
    swapped = state[STATE_SWAPPED]
    fraction = state[STATE_FRACTION]
    time_ns = state[STATE_TIME_NS]
    total = state[STATE_BYTES]
    frame = state[STATE_FRAME]
    count = 0
    stopped = STOPPED_FULL
    while count < capacity:
        if at + header > end:
            stopped = STOPPED_NEED
            state[STATE_NEED] = at + header
            break
        below = u32(buf, at + 4, big) * fraction
        captured = u32(buf, at + (12 if swapped else 8), big)
        length = u32(buf, at + (8 if swapped else 12), big)
        if captured > PACKET_LIMIT:
            stopped = STOPPED_DAMAGED
            break
        if captured > length or below >= NANOSECONDS:
            state[STATE_FRAME] = frame
            stopped = unusual(buf, at, end, state, captured, anomalies)
            if stopped != STOPPED_FULL:
                break
        if at + header + captured > end:
            stopped = STOPPED_NEED
            state[STATE_NEED] = at + header + captured
            break
        frame += 1
        time_ns = (u32(buf, at, big) * NANOSECONDS) + below
        if state[STATE_FIRST_TIME_NS] == NONE:
            state[STATE_FIRST_TIME_NS] = time_ns
        total += length
        at += header
        fill(records, count * RECORD_WIDTH, frame, time_ns, at, captured, length, state)
        at += captured
        count += 1
    state[STATE_AT] = at
    state[STATE_STOPPED] = stopped
    state[STATE_TIME_NS] = time_ns
    state[STATE_BYTES] = total
    state[STATE_FRAME] = frame
    return count


def fill(
    records: memoryview,
    base: int,
    frame: int,
    time_ns: int,
    offset: int,
    captured: int,
    length: int,
    state: memoryview,
) -> None:
    """Write one row of the table of records."""
    records[base + RECORD_FRAME] = frame
    records[base + RECORD_TIME_NS] = time_ns
    records[base + RECORD_OFFSET] = offset
    records[base + RECORD_CAPTURED] = captured
    records[base + RECORD_LENGTH] = length
    records[base + RECORD_LINK] = state[STATE_LINK]
    records[base + RECORD_INTERFACE] = 0
    records[base + RECORD_LAYER] = state[STATE_LAYER]
    records[base + RECORD_AT] = offset
    records[base + RECORD_END] = offset + captured
    records[base + RECORD_STOP] = offset + (length if length > captured else captured)
    records[base + RECORD_ENCAPSULATION] = 0
    records[base + RECORD_IP] = offset
    records[base + RECORD_NOTICES] = 0
    records[base + RECORD_FRAGMENT] = 0
    records[base + RECORD_DEPTH] = 0

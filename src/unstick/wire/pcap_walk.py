"""Walks pcap records and has each packet decoded. A hot file: see pcap_walk.pxd.

One record after the other, in one pass. Header layouts differ by file (pcap.py finds out); the
state says which. A header that cannot be one stops the walk, and ``resync``
finds the next place where a chain of plausible headers begins.
"""

from __future__ import annotations

from unstick.wire.anomalies import CAPTURED_ABOVE_LENGTH, TIME_FRACTION
from unstick.wire.columns import BRIEF, NANOSECONDS
from unstick.wire.octets import note, u32_of
from unstick.wire.packets import OTHER, take
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
    STATE_NEED,
    STATE_STOPPED,
    STATE_SWAPPED,
    STATE_TIME_NS,
    STOPPED_DAMAGED,
    STOPPED_FRAGMENT,
    STOPPED_FULL,
    STOPPED_NEED,
)

PLAUSIBLE_CHAIN = 3
"""Headers in a row that must be plausible before reading goes on after damage: three random
headers pass with a probability below 2**-100."""

UNUSUAL_CHAIN = 2
"""Headers that must follow an unusual one for it to be taken as it is."""


def header_fits(buf: memoryview, at: int, state: memoryview, strict: int) -> int:
    """Captured bytes that the header at ``at`` claims if it can be a header, else -1.

    ``strict`` also refuses what is merely unusual: no time, an empty packet, a packet with more
    bytes captured than it had. The caller has tested that the header is in the buffer.
    """
    big = state[STATE_BIG]
    captured = u32_of(buf, at + 8, big)
    length = u32_of(buf, at + 12, big)
    if state[STATE_SWAPPED]:
        captured, length = length, captured
    odd_fraction = (u32_of(buf, at + 4, big) * state[STATE_FRACTION]) >= NANOSECONDS
    if captured > PACKET_LIMIT or (odd_fraction and captured > length):
        return -1
    if strict and (captured == 0 or captured > length or length > (PACKET_LIMIT << 2)):
        return -1
    if strict and (odd_fraction or u32_of(buf, at, big) == 0):
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


def resync_pcap(buf: memoryview, at: int, end: int, state: memoryview) -> int:
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


def need(state: memoryview, upto: int) -> int:
    """Stop until the buffer is filled up to there."""
    state[STATE_NEED] = upto
    return STOPPED_NEED


def unusual(
    buf: memoryview, at: int, end: int, state: memoryview, captured: int, anomalies: memoryview
) -> int:
    """What to do about the odd header at ``at``: STOPPED_FULL to take it as it is (and count it),
    or why to stop. An odd header may be just that: the next header tells. Otherwise two bytes
    of a damaged file would make up a packet."""
    header = state[STATE_HEADER]
    if captured > PACKET_LIMIT:
        return STOPPED_DAMAGED
    if at + header + captured > end:
        return need(state, at + header + captured)
    fits = chain_fits(buf, at + header + captured, end, state, UNUSUAL_CHAIN, 0)
    if fits < 0:
        return need(state, end + 1)
    if fits == 0:
        return STOPPED_DAMAGED
    big = state[STATE_BIG]
    below = u32_of(buf, at + 4, big) * state[STATE_FRACTION]
    length = u32_of(buf, at + (8 if state[STATE_SWAPPED] else 12), big)
    if captured > length:
        note(anomalies, CAPTURED_ABOVE_LENGTH, state[STATE_FRAME] + 1, captured - length)
    if below >= NANOSECONDS:
        note(anomalies, TIME_FRACTION, state[STATE_FRAME] + 1, below)
    return STOPPED_FULL


def read_pcap(
    buf: memoryview,
    end: int,
    state: memoryview,
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
    big = state[STATE_BIG]
    swapped = state[STATE_SWAPPED]
    if big or swapped or detail != BRIEF:
        return _read(
            buf, end, state, lookup, record, segments, filled, capacity, detail, anomalies,
            big, swapped,
        )  # fmt: skip
    # The same loop once more: compiled, it asks nothing of what is usual.
    return _read(
        buf, end, state, lookup, record, segments, filled, capacity, BRIEF, anomalies, 0, 0
    )


def _read(
    buf: memoryview, end: int, state: memoryview, lookup: memoryview, record: memoryview,
    segments: memoryview, filled: int, capacity: int, detail: int, anomalies: memoryview,
    big: int, swapped: int,
) -> int:  # fmt: skip
    at = state[STATE_AT]
    header = state[STATE_HEADER]
    layer = state[STATE_LAYER]
    time_ns = state[STATE_TIME_NS]
    total = state[STATE_BYTES]
    frame = state[STATE_FRAME]
    stopped = STOPPED_FULL
    while filled < capacity and stopped == STOPPED_FULL:
        if at + header > end:
            stopped = need(state, at + header)
            break
        below = u32_of(buf, at + 4, big) * state[STATE_FRACTION]
        captured = u32_of(buf, at + (12 if swapped else 8), big)
        length = u32_of(buf, at + (8 if swapped else 12), big)
        if captured > PACKET_LIMIT or captured > length or below >= NANOSECONDS:
            state[STATE_FRAME] = frame
            stopped = unusual(buf, at, end, state, captured, anomalies)
            if stopped != STOPPED_FULL:
                break
        if at + header + captured > end:
            stopped = need(state, at + header + captured)
            break
        frame += 1
        time_ns = (u32_of(buf, at, big) * NANOSECONDS) + below
        if frame == 1:
            state[STATE_FIRST_TIME_NS] = time_ns
        total += length
        at += header
        took = take(
            buf, lookup, record, frame, time_ns, at, captured, length, layer, 0,
            segments, filled, detail, anomalies,
        )  # fmt: skip
        if took == OTHER:
            stopped = STOPPED_FRAGMENT
        else:
            filled += took
        at += captured
    state[STATE_AT] = at
    state[STATE_STOPPED] = stopped
    state[STATE_TIME_NS] = time_ns
    state[STATE_BYTES] = total
    state[STATE_FRAME] = frame
    return filled

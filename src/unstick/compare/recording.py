"""Reads a capture and keeps, of every segment, the few numbers that tell it from others.

The only part of unstick that keeps segments: 11 numbers each, up to a limit, in flat arrays. It
matches nothing (``pairing``, ``matching``). Packets captured twice are kept once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from unstick.diagnosis import CaptureSummary
from unstick.flows import Streams
from unstick.flows.streams import Endpoints
from unstick.overview import summary_of
from unstick.wire import columns as c
from unstick.wire.capture import CaptureReader, open_captures

Progress = Callable[[int, int | None, int], None]

MOST_SEGMENTS = 400_000
"""Segments kept of one capture: 88 bytes each here and some 600 while they are matched, so that two
full captures take half a gigabyte and half a minute."""

KEPT = (
    c.FRAME,
    c.TIME_NS,
    c.SEQ,
    c.ACK,
    c.FLAGS,
    c.LENGTH,
    c.TSVAL,
    c.IP_ID,
    c.PAYLOAD_HASH,
    c.TTL,
    c.WINDOW,
)
FRAME, TIME, SEQ, ACK, FLAGS, LENGTH, TSVAL, IP_ID, HASH, TTL, WINDOW = range(len(KEPT))
WIDTH = len(KEPT)

HASHED = 64
"""Payload bytes that go into the hash. One made of fewer because a snaplen cut the packet differs
from one of the same packet in a longer capture, so it is not used."""

COPY_NS = 100_000_000
"""A retransmission takes the 200 ms of RTO_MIN or a new IP identification; within 100 ms the same
packet was captured twice."""

BARE_COPY_NS = 1_000_000
"""Without an IP identification: 1 ms, and without payload only where copies are usual."""

REMEMBERED = 4
"""Last packets of a side that a copy is looked for in: captured interfaces interleave."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The SYN (or SYN-ACK) of a side. Values are None where the option was absent; ``cut``: the
    snaplen cut the options, so that absence means nothing."""

    frame: int
    ns: int
    isn: int
    mss: int | None
    scale: int | None
    tsval: int | None
    options: int
    cut: bool


@dataclass(slots=True)
class SideRecord:
    """What one side sent. ``low``: its first sequence number, ``reach``: how far it got from there
    (both as captured). ``prints``: start, length and hash of its first data segments."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    count: int = 0
    copies: int = 0
    opening: Opening | None = None
    low: int | None = None
    reach: int = 0
    prints: list[tuple[int, int, int]] = field(default_factory=list)
    recent: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


PRINTS = 4
"""Data segments of a side that are remembered to recognise a connection behind a NAT."""


@dataclass(slots=True)
class Recorded:
    """One connection: ``sides[0]`` is what the client sent."""

    slot: int
    number: int
    ends: Endpoints
    sides: tuple[SideRecord, SideRecord]
    first: tuple[int, int]  # frame, ns
    last: tuple[int, int]

    @property
    def segments(self) -> int:
        return self.sides[0].count + self.sides[1].count


@dataclass(slots=True)
class Recording:
    """A capture as ``compare`` needs it. ``dropped`` segments were beyond the limit."""

    name: str
    reader: CaptureReader
    connections: list[Recorded]
    dropped: int

    @property
    def first_ns(self) -> int:
        return self.reader.first_time_ns or 0

    @property
    def last_ns(self) -> int:
        return self.reader.last_time_ns or 0

    @property
    def summary(self) -> CaptureSummary:
        return summary_of(self.reader)


def record(
    name: str,
    path: str,
    *,
    only: Collection[int] | None = None,
    most: int = MOST_SEGMENTS,
    on_progress: Progress | None = None,
    stdin: BinaryIO | None = None,
) -> Recording:
    """Read the capture; of segments beyond ``most`` only the connection is noted. With ``only``
    (slots) the segments of no other connection are kept. Raises CaptureError."""
    [reader] = open_captures([path], detail=c.HASHED, stdin=stdin)
    streams = Streams()
    table: dict[int, Recorded] = {}
    kept = dropped = 0
    for batch in reader.batches():
        streams.assign(batch.segments, 0, batch.count)
        for row in _rows(batch.segments, batch.count):
            one = table.get(row[c.SLOT])
            if one is None:
                one = table[row[c.SLOT]] = _opened(streams, row)
            side = one.sides[row[c.SIDE]]
            if _is_copy(side, row):
                continue
            one.last = (row[c.FRAME], row[c.TIME_NS])
            _note(side, row)
            if only is not None and one.slot not in only:
                continue
            if kept >= most:
                dropped += 1
                continue
            kept += 1
            side.rows.extend(_kept(row))
        if on_progress is not None:
            on_progress(reader.bytes_read, reader.size, reader.packets)
    return Recording(name, reader, [table[slot] for slot in sorted(table)], dropped)


def _rows(segments: memoryview, count: int) -> Iterator[list[int]]:
    for number in range(count):
        base = number * c.SEGMENT_WIDTH
        row = segments[base : base + c.SEGMENT_WIDTH].tolist()
        if row[c.SLOT] >= 0 and not row[c.NOTICES] & (c.NOTICE_IN_ICMP | c.NOTICE_CUT_HEADER):
            yield row


def _opened(streams: Streams, row: list[int]) -> Recorded:
    slot = row[c.SLOT]
    here = (row[c.FRAME], row[c.TIME_NS])
    sides = (SideRecord(), SideRecord())
    return Recorded(slot, streams.number(slot), streams.endpoints(slot), sides, here, here)


def _kept(row: list[int]) -> list[int]:
    values = [row[column] for column in KEPT]
    if row[c.CAPTURED] < min(row[c.LENGTH], HASHED):
        values[HASH] = c.NONE
    return values


def _note(side: SideRecord, row: list[int]) -> None:
    """What the side is known by, kept of every segment, also beyond the limit."""
    side.count += 1
    if row[c.FLAGS] & c.SYN:
        if side.opening is None:
            side.opening = _opening(row)
            side.low = row[c.SEQ]
    elif side.low is None and not row[c.FLAGS] & c.RST:
        side.low = row[c.SEQ]
    if side.low is not None and not row[c.FLAGS] & c.RST:
        ahead = (row[c.SEQ] + row[c.LENGTH] - side.low) & c.MASK
        if side.reach < ahead < c.HALF:
            side.reach = ahead
    if row[c.LENGTH] > 1 and len(side.prints) < PRINTS:
        whole = row[c.CAPTURED] >= min(row[c.LENGTH], HASHED)
        if whole and row[c.PAYLOAD_HASH] != c.NONE:
            side.prints.append((row[c.SEQ], row[c.LENGTH], row[c.PAYLOAD_HASH]))


def _opening(row: list[int]) -> Opening:
    known = {name: None if row[name] == c.NONE else row[name] for name in _OF_OPENING}
    return Opening(
        row[c.FRAME],
        row[c.TIME_NS],
        row[c.SEQ],
        known[c.MSS],
        known[c.WINDOW_SCALE],
        known[c.TSVAL],
        row[c.OPTIONS],
        bool(row[c.NOTICES] & c.NOTICE_CUT_OPTIONS),
    )


_OF_OPENING = (c.MSS, c.WINDOW_SCALE, c.TSVAL)


def _is_copy(side: SideRecord, row: list[int]) -> bool:
    """Was this very packet captured before? Equal resets without an IP identification,
    microseconds apart, are many resets: hosts send such."""
    reach = COPY_NS
    if row[c.IP_ID] in (c.NONE, 0):
        if row[c.LENGTH] == 0 and 3 * side.copies < side.count:
            return False
        reach = BARE_COPY_NS
    now = row[c.TIME_NS]
    print_ = tuple(row[column] for column in _PRINT)
    for then, other in side.recent:
        if other == print_ and abs(now - then) <= reach:
            side.copies += 1
            return True
    side.recent.append((now, print_))
    if len(side.recent) > REMEMBERED:
        del side.recent[0]
    return False


_PRINT = (c.IP_ID, c.SEQ, c.ACK, c.FLAGS, c.LENGTH, c.CHECKSUM, c.WINDOW, c.TSVAL, c.TSECR)

"""The stream table and its index, which grow between batches. The work is done in ``kernels``."""

from __future__ import annotations

from importlib import import_module
from types import FunctionType

from unstick.flows.addresses import address_text
from unstick.flows.columns import (
    CLIENT,
    COUNTER_WIDTH,
    FRAMES_BEFORE,
    FREE_SLOT,
    HIGH_ADDRESS_HIGH,
    HIGH_ADDRESS_LOW,
    INDEX_ROOM,
    INDEX_USED,
    KNOWN,
    LOW_ADDRESS_HIGH,
    LOW_ADDRESS_LOW,
    MAX_STREAMS,
    NEXT_NUMBER,
    NEXT_SLOT,
    NO_SLOT,
    NUMBER,
    PORTS,
    REFUSED_OPENINGS,
    REFUSED_SEGMENTS,
    REPLACED_COUNT,
    REPLACED_ROOM,
    SALT,
    STREAM_ROOM,
    STREAM_WIDTH,
    SUCCESSOR_FRAME,
    SUCCESSOR_NS,
    TAG_MASK,
)
from unstick.flows.ordering import DIGIT
from unstick.named import NamedTuple
from unstick.wire.columns import NONE, SEGMENT_WIDTH
from unstick.wire.tables import widened, words_of, zeros

MAX_STREAMS_DEFAULT = 1_000_000
"""Streams known at once; with their connections 0.8 to 1.2 GB. A SYN flood of more than that is
reported, not followed."""

FIRST_ROWS = 1024
"""Rows of the stream table at the start: 90 KB, enough for most captures without growing."""

FIRST_WORDS = 4096
"""Words of the index at the start. A power of two, always."""


class Endpoints(NamedTuple):
    """Who talks in a stream. Addresses as text (RFC 5952 for IPv6)."""

    client: str
    client_port: int
    server: str
    server_port: int


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from unstick.flows.plain import KnownStreams

    Words = memoryview | list[int]
    """A table of 64-bit integers: Python reads a list in a third of the time."""

    class Kernels(Protocol):
        """What this module needs of ``flows.kernels``, compiled or plain."""

        def assign(
            self,
            segments: memoryview,
            first: int,
            count: int,
            index: Words,
            mask: int,
            streams: memoryview,
            counters: Words,
            replaced: memoryview,
        ) -> int: ...

        def forget(
            self,
            slots: memoryview,
            count: int,
            index: Words,
            mask: int,
            streams: memoryview,
            counters: Words,
        ) -> int: ...

        def release(
            self, slots: memoryview, count: int, streams: memoryview, counters: Words
        ) -> int: ...

        def by_number(
            self,
            streams: memoryview,
            used: int,
            free: int,
            slots: memoryview,
            spare: memoryview,
            counts: memoryview,
        ) -> int: ...

        def rehash(self, old: Words, words: int, new: Words, mask: int) -> int: ...


def compiled_if_possible() -> Kernels:
    """The kernels of this installation."""
    kernels: Kernels
    try:
        kernels = import_module("unstick.flows._assign")
    except ImportError:
        kernels = import_module("unstick.flows.kernels")
    return kernels


class Streams:
    """The streams of a capture. One ``assign`` a batch, in capture order.

    A slot is a row of the stream table: 0, 1, 2 ... in order of first segment, until streams are
    forgotten, whose slots are used again. ``salt`` (0 to 2**31 - 1) makes the places of the index
    unforeseeable, so that no capture can be made to collide in it; it changes no result. Not safe
    to use from two threads at once.
    """

    __slots__ = ("_counters", "_index", "_kernels", "_plain", "_replaced", "_table")

    def __init__(
        self,
        max_streams: int = MAX_STREAMS_DEFAULT,
        salt: int = 0,
        kernels: Kernels | None = None,
    ) -> None:
        assert 0 <= max_streams < TAG_MASK - 1
        self._kernels: Kernels | KnownStreams = kernels or compiled_if_possible()
        self._table = zeros(FIRST_ROWS * STREAM_WIDTH)
        self._plain = isinstance(self._kernels.assign, FunctionType)
        if self._plain:
            from unstick.flows.plain import KnownStreams

            self._kernels = KnownStreams(self._kernels)
        self._index = self._words(FIRST_WORDS)
        self._replaced = zeros(1)
        self._counters = self._words(COUNTER_WIDTH)
        self._counters[MAX_STREAMS] = max_streams
        self._counters[STREAM_ROOM] = FIRST_ROWS
        self._counters[INDEX_ROOM] = room_of(FIRST_WORDS)
        self._counters[SALT] = salt & TAG_MASK
        self._counters[FREE_SLOT] = NO_SLOT

    def assign(
        self, segments: memoryview, first: int, count: int, frames_before: int = 0
    ) -> memoryview:
        """Writes SLOT and SIDE of rows ``first`` to ``first + count`` of the segment table.

        Returns the slots, in order, whose 4-tuple was taken over by a new stream in this batch:
        their last segment stands before the new stream's first. The view is valid until the next
        call. ``frames_before``: frames of the rotation's earlier files.
        """
        if first < 0 or count < 0 or (first + count) * SEGMENT_WIDTH > len(segments):
            raise ValueError(f"the segment table has no {count} rows from row {first} on")
        counters = self._counters
        if count > counters[REPLACED_ROOM]:
            self._replaced = zeros(count)
            counters[REPLACED_ROOM] = count
        counters[REPLACED_COUNT] = 0
        counters[FRAMES_BEFORE] = frames_before
        done = 0
        while done < count:
            done += self._kernels.assign(
                segments,
                first + done,
                count - done,
                self._index,
                len(self._index) - 1,
                self._table,
                counters,
                self._replaced,
            )
            if done < count:
                self._grow()
        return self._replaced[: counters[REPLACED_COUNT]]

    def forget(self, slots: memoryview, count: int) -> None:
        """These streams are over: a segment of their 4-tuples that comes all the same opens a new
        stream. Their slots are theirs until ``release``."""
        mask = len(self._index) - 1
        self._kernels.forget(slots, count, self._index, mask, self._table, self._counters)

    def release(self, slots: memoryview, count: int) -> None:
        """The slots of these streams, which were forgotten, will be given to others."""
        self._kernels.release(slots, count, self._table, self._counters)

    def _words(self, count: int) -> Words:
        return [0] * count if self._plain else zeros(count)

    def _grow(self) -> None:
        """Makes room in what is full: at least one of the two tables is."""
        counters = self._counters
        index_full = counters[INDEX_USED] >= counters[INDEX_ROOM]
        table_full = counters[NEXT_SLOT] >= counters[STREAM_ROOM]
        assert index_full or table_full
        if index_full:
            words = len(self._index)
            if 2 * counters[KNOWN] > counters[INDEX_ROOM]:  # else it is full of graves
                words *= 2
            fresh = self._words(words)
            used = self._kernels.rehash(self._index, len(self._index), fresh, words - 1)
            counters[INDEX_USED] = used
            counters[INDEX_ROOM] = room_of(words)
            self._index = fresh
        if table_full:
            more = max(FIRST_ROWS, counters[STREAM_ROOM] // 2)
            self._table = widened(self._table, more * STREAM_WIDTH)
            counters[STREAM_ROOM] = len(self._table) // STREAM_WIDTH

    def __len__(self) -> int:
        """Streams so far, forgotten ones included: the next one gets this number."""
        return self._counters[NEXT_NUMBER]

    @property
    def slots(self) -> int:
        """Rows of the stream table that were ever in use."""
        return self._counters[NEXT_SLOT]

    @property
    def known(self) -> int:
        """Streams that are not forgotten."""
        return self._counters[KNOWN]

    def by_number(self) -> memoryview:
        """Slots of the streams whose slots were not released, in order of their numbers."""
        counters = self._counters
        used = counters[NEXT_SLOT]
        slots, spare, counts = zeros(used), zeros(used), zeros(DIGIT)
        held = (self._table, used, counters[FREE_SLOT], slots, spare, counts)
        return slots[: self._kernels.by_number(*held)]

    @property
    def table(self) -> memoryview:
        """The stream table (``flows.columns``), for reading. A growing ``assign`` replaces it."""
        return self._table

    @property
    def refused_segments(self) -> int:
        """Segments that belong to no stream because ``max_streams`` had been reached."""
        return self._counters[REFUSED_SEGMENTS]

    @property
    def refused_openings(self) -> int:
        """How many of the refused segments were a SYN without ACK."""
        return self._counters[REFUSED_OPENINGS]

    def number(self, slot: int) -> int:
        """The stream number that users see, as in Wireshark."""
        return number_of(self._row(slot))

    def endpoints(self, slot: int) -> Endpoints:
        """The addresses and ports of a stream, client first."""
        return endpoints_of(self._row(slot))

    def successor(self, slot: int) -> tuple[int, int] | None:
        """Frame (counted through all files) and time at which another stream took the 4-tuple
        over; None if none did."""
        return successor_of(self._row(slot))

    def row(self, slot: int) -> memoryview:
        """A copy of the stream's row, for ``number_of`` and the like: it outlives the table."""
        return words_of(self._row(slot))

    def _row(self, slot: int) -> memoryview:
        if not 0 <= slot < self._counters[NEXT_SLOT]:
            raise IndexError(f"no stream has slot {slot}")
        return self._table[slot * STREAM_WIDTH : (slot + 1) * STREAM_WIDTH]


def number_of(row: memoryview) -> int:
    """``Streams.number`` of a stream with this row."""
    return row[NUMBER]


def endpoints_of(row: memoryview) -> Endpoints:
    """``Streams.endpoints`` of a stream with this row."""
    ports = row[PORTS]
    version = ports >> 32
    low = address_text(version, row[LOW_ADDRESS_HIGH], row[LOW_ADDRESS_LOW])
    high = address_text(version, row[HIGH_ADDRESS_HIGH], row[HIGH_ADDRESS_LOW])
    low_port, high_port = (ports >> 16) & 0xFFFF, ports & 0xFFFF
    if row[CLIENT] == 0:
        return Endpoints(low, low_port, high, high_port)
    return Endpoints(high, high_port, low, low_port)


def successor_of(row: memoryview) -> tuple[int, int] | None:
    """``Streams.successor`` of a stream with this row."""
    return None if row[SUCCESSOR_FRAME] == NONE else (row[SUCCESSOR_FRAME], row[SUCCESSOR_NS])


def room_of(words: int) -> int:
    """How many words of an index may be used: five of eight keep linear probing short."""
    return (words * 5) // 8

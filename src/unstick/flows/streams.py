"""The stream table and its index, which grow between batches. The work is done in ``kernels``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, Protocol

from unstick.flows import kernels as compiled_if_possible
from unstick.flows.columns import (
    CLIENT,
    COUNTER_WIDTH,
    HIGH_ADDRESS_HIGH,
    INDEX_ROOM,
    INDEX_USED,
    LOW_ADDRESS_HIGH,
    MAX_STREAMS,
    NEXT_SLOT,
    NUMBER,
    PORTS,
    REFUSED_OPENINGS,
    REFUSED_SEGMENTS,
    REPLACED_COUNT,
    SALT,
    STREAM_WIDTH,
    TAG_MASK,
)

MAX_STREAMS_DEFAULT = 4_000_000
"""About 100 bytes each: 400 MB, what a machine that can hold such a capture can spare. A SYN flood
of more than that is reported, not followed."""

FIRST_ROWS = 1024
"""Rows of the stream table at the start: 72 KB, enough for most captures without growing."""

FIRST_WORDS = 4096
"""Words of the index at the start. A power of two, always."""


class Endpoints(NamedTuple):
    """Who talks in a stream. Addresses as text (RFC 5952 for IPv6)."""

    client: str
    client_port: int
    server: str
    server_port: int


class Kernels(Protocol):
    """What this module needs of ``flows.kernels``, compiled or plain."""

    def assign(
        self,
        segments: memoryview,
        first: int,
        count: int,
        index: memoryview,
        streams: memoryview,
        counters: memoryview,
        replaced: memoryview,
    ) -> int: ...

    def rehash(self, old: memoryview, new: memoryview) -> int: ...


def zeros(words: int) -> memoryview:
    """A flat table of 64-bit integers, all 0."""
    return memoryview(bytearray(words * 8)).cast("q")


@lru_cache(maxsize=1 << 16)
def address_text(version: int, high: int, low: int) -> str:
    """An address as people write it, from its two signed halves."""
    # Imported here: only reports name addresses, and importing it costs more than a small capture.
    from ipaddress import IPv4Address, IPv6Address

    if version == 4:
        return str(IPv4Address(low & 0xFFFFFFFF))
    half = 0xFFFFFFFFFFFFFFFF
    return str(IPv6Address(((high & half) << 64) | (low & half)))


class Streams:
    """All streams of a capture. One ``assign`` a batch, in capture order.

    Slots are rows of the stream table: 0, 1, 2 ... in order of first segment. ``salt`` (0 to
    2**31 - 1) makes the places of the index unforeseeable, so that no capture can be made to
    collide in it; it changes no result. Not safe to use from two threads at once.
    """

    __slots__ = ("_counters", "_index", "_kernels", "_replaced", "_table")

    def __init__(
        self,
        max_streams: int = MAX_STREAMS_DEFAULT,
        salt: int = 0,
        kernels: Kernels = compiled_if_possible,
    ) -> None:
        assert 0 <= max_streams < TAG_MASK - 1
        self._kernels = kernels
        self._table = zeros(FIRST_ROWS * STREAM_WIDTH)
        self._index = zeros(FIRST_WORDS)
        self._replaced = zeros(0)
        self._counters = zeros(COUNTER_WIDTH)
        self._counters[MAX_STREAMS] = max_streams
        self._counters[INDEX_ROOM] = room_of(FIRST_WORDS)
        self._counters[SALT] = salt & TAG_MASK

    def assign(self, segments: memoryview, first: int, count: int) -> memoryview:
        """Writes SLOT and SIDE of rows ``first`` to ``first + count`` of the segment table.

        Returns the slots, in order, whose 4-tuple was taken over by a new stream in this batch:
        their last segment stands before the new stream's first. The view is valid until the next
        call.
        """
        if count > len(self._replaced):
            self._replaced = zeros(count)
        self._counters[REPLACED_COUNT] = 0
        done = 0
        while done < count:
            done += self._kernels.assign(
                segments,
                first + done,
                count - done,
                self._index,
                self._table,
                self._counters,
                self._replaced,
            )
            if done < count:
                self._grow()
        return self._replaced[: self._counters[REPLACED_COUNT]]

    def _grow(self) -> None:
        """Makes room in what is full: at least one of the two tables is."""
        counters = self._counters
        index_full = counters[INDEX_USED] >= counters[INDEX_ROOM]
        table_full = (counters[NEXT_SLOT] + 1) * STREAM_WIDTH > len(self._table)
        assert index_full or table_full
        if index_full:
            larger = zeros(len(self._index) * 2)
            counters[INDEX_USED] = self._kernels.rehash(self._index, larger)
            counters[INDEX_ROOM] = room_of(len(larger))
            self._index = larger
        if table_full:
            used = len(self._table)
            longer = zeros(used * 2)
            longer[:used] = self._table
            self._table = longer

    def __len__(self) -> int:
        """Streams so far; slots are ``range(len(streams))``."""
        return self._counters[NEXT_SLOT]

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
        return self._table[self._row(slot) + NUMBER]

    def endpoints(self, slot: int) -> Endpoints:
        """The addresses and ports of a stream, client first."""
        row = self._row(slot)
        ports = self._table[row + PORTS]
        version = ports >> 32
        low = (self._address(version, row + LOW_ADDRESS_HIGH), (ports >> 16) & 0xFFFF)
        high = (self._address(version, row + HIGH_ADDRESS_HIGH), ports & 0xFFFF)
        if self._table[row + CLIENT] == 0:
            return Endpoints(*low, *high)
        return Endpoints(*high, *low)

    def successors(self, replaced: Iterable[int]) -> dict[int, int]:
        """For each of these slots, whose 4-tuple a new stream took over (``assign`` named them),
        the slot of that stream."""
        newest = {self._tuple(slot): -1 for slot in replaced}
        following: dict[int, int] = {}
        if not newest:
            return following
        for slot in range(len(self)):
            before = newest.get(self._tuple(slot))
            if before is None:
                continue
            if before >= 0:
                following[before] = slot
            newest[self._tuple(slot)] = slot
        return following

    def _tuple(self, slot: int) -> bytes:
        row = slot * STREAM_WIDTH
        return self._table[row : row + PORTS + 1].tobytes()

    def _address(self, version: int, at: int) -> str:
        return address_text(version, self._table[at], self._table[at + 1])

    def _row(self, slot: int) -> int:
        if not 0 <= slot < len(self):
            raise IndexError(f"no stream has slot {slot}")
        return slot * STREAM_WIDTH


def room_of(words: int) -> int:
    """How many words of an index may be used: five of eight keep linear probing short."""
    return (words * 5) // 8

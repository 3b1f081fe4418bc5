"""An object: the head and the segments of one response, filled by one thread, read by many.

1. The writer alone touches segments; readers see them up to ``size``, which grows under
   ``changed``. A segment never moves, so that an iovec over it stays good.
2. ``kept``: it is stored, whole. Otherwise segments go as soon as all readers are past them, and
   the writer waits while it is ``WINDOW_BYTES`` ahead of the slowest.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from typing import Protocol

from unstick.node.errors import AbandonedError, CancelledError, CutError, GatewayError
from unstick.node.freshness import Freshness
from unstick.node.memory import MemoryFile, Span, memory_file
from unstick.node.message import Fields, Head

SEGMENT_BYTES = 1 << 20
"""The largest. A gather write takes 1024 of them (IOV_MAX): an object of 1 GiB in one call."""
FIRST_BYTES = 16_384
"""The first, where the length is not known; each next is four times the one before."""
WINDOW_BYTES = 4 << 20
HEAD_BYTES = 2048
"""What an object costs beside its segments, about."""


class Reader(Protocol):
    """Who reads an object: a request, which somebody may cancel."""

    cancelled: bool
    objects: set[Object]
    """Those it is attached to: poke them to let it see that it is cancelled."""


Charge = Callable[["Object", int], bool]
"""Asks the store for so many more bytes for an object; False: there are none."""


class Object:
    """One response. ``same_as`` instead of a head: a stored one holds, or is used though stale."""

    def __init__(self, charge: Charge) -> None:
        self.changed = threading.Condition()
        self.charge = charge
        self.head: Head | None = None
        self.freshness: Freshness | None = None
        self.variant: Fields = ()
        self.same_as: Object | None = None
        self.failure: GatewayError | None = None
        self.note = ""  # for Cache-Status
        self.shared = False  # may answer other requests, too
        self.kept = False
        self.length: int | None = None  # of the whole, if known
        self.size = 0
        self.whole = False
        self.cut = False
        self.pins = 0  # of requests that use it; the store's to guard
        self.charged = HEAD_BYTES  # so are these two: bytes, and whether they count
        self.stored = False
        self._file: MemoryFile | None = None
        self._file_end = 0
        self._segments: list[bytearray | memoryview] = []
        self._starts: list[int] = []
        self._end = 0  # of the last segment
        self._readers: dict[Reader, int] = {}

    # --- the writer ------------------------------------------------------------------------------

    def begin(self) -> None:
        """The head is there: those who wait for it may go on."""
        with self.changed:
            self.changed.notify_all()

    def stand_in(self, stored: Object, note: str) -> None:
        """What is stored answers instead."""
        with self.changed:
            self.same_as, self.note = stored, note
            self.changed.notify_all()

    def write(self, data: bytes) -> None:
        """Appends. Raises AbandonedError if it is not kept and nobody reads it."""
        left = memoryview(data)
        while left:
            room = self._end - self.size
            if not room:
                room = self._grow(len(left))
            segment, at = self._segments[-1], self.size - self._starts[-1]
            count = min(room, len(left))
            segment[at : at + count] = left[:count]
            left = left[count:]
            with self.changed:
                self.size += count
                self.whole = self.size == self.length
                self.changed.notify_all()
        if not self.kept:
            self._pace()

    def finish(self) -> None:
        if self._segments and self.kept:
            self._trim()
        with self.changed:
            self.whole, self.length = True, self.size
            self.changed.notify_all()

    def fail(self, failure: GatewayError) -> None:
        """Before the head: this is the answer. After it: what was sent is cut."""
        with self.changed:
            if self.head is None:
                self.failure = failure
            self.cut = True
            self.changed.notify_all()

    def _grow(self, wanted: int) -> int:
        if self.length is not None:
            size = max(min(self.length - self.size, SEGMENT_BYTES), wanted)
        else:
            last = len(self._segments[-1]) if self._segments else FIRST_BYTES // 4
            size = max(min(last * 4, SEGMENT_BYTES), min(wanted, SEGMENT_BYTES))
        if self.kept and not self.charge(self, size):
            self.kept = self.shared = False
        segment = self._segment(size)
        with self.changed:
            self._segments.append(segment)
            self._starts.append(self._end)
            self._end += size
        return size

    def _segment(self, size: int) -> bytearray | memoryview:
        if self.kept and not self._segments:
            self._file = memory_file(self.length)
        if self._file is None or not self.kept or self._end + size > len(self._file.view):
            return bytearray(size)
        self._file_end = self._end + size
        return self._file.view[self._end : self._file_end]

    def _trim(self) -> None:
        """Gives back what the last segment has too much; who reads the old one may go on."""
        last, filled = self._segments[-1], self.size - self._starts[-1]
        if filled < len(last) and isinstance(last, bytearray):
            with self.changed:
                self._segments[-1] = last[:filled]
                self._end = self.size
            self.charge(self, filled - len(last))

    def _pace(self) -> None:
        """Waits for readers, and lets go of what all of them have."""
        with self.changed:
            while True:
                if not self._readers:
                    raise AbandonedError
                slowest = min(self._readers.values())
                while len(self._starts) > 1 and self._starts[1] <= slowest:
                    del self._segments[0], self._starts[0]
                if self.size - slowest <= WINDOW_BYTES:
                    return
                self.changed.wait()

    # --- readers ---------------------------------------------------------------------------------

    def attach(self, reader: Reader) -> None:
        reader.objects.add(self)
        with self.changed:
            self._readers[reader] = 0

    def detach(self, reader: Reader) -> None:
        reader.objects.discard(self)
        with self.changed:
            self._readers.pop(reader, None)
            self.changed.notify_all()

    def is_ready(self, start: int) -> bool:
        """Is there anything from ``start`` on, or nothing more to come?"""
        return self.size > start or self.whole or self.cut

    def poke(self) -> None:
        """Wakes everybody, to see that they are cancelled."""
        with self.changed:
            self.changed.notify_all()

    def await_head(self, reader: Reader) -> None:
        """Returns when there is a head, a stand-in or a failure. Raises CancelledError."""
        with self.changed:
            while not (self.head or self.same_as or self.failure):
                if reader.cancelled:
                    raise CancelledError
                self.changed.wait()

    def views(self, reader: Reader, start: int, end: int | None = None) -> list[memoryview]:
        """All there is from ``start`` on, to ``end`` at most, as an iovec; waits for the first of
        it; empty at the end. The reader is done with what lies before ``start``.

        Raises CutError if no more will come, CancelledError.
        """
        with self.changed:
            self._readers[reader] = start
            if not self.kept:
                self.changed.notify_all()
            while self.size <= start:
                if reader.cancelled:
                    raise CancelledError
                if self.whole:
                    return []
                if self.cut:
                    raise CutError
                self.changed.wait()
            stop = self.size if end is None else min(self.size, end)
            return self._between(start, stop)

    def span(self, start: int, end: int) -> Span | None:
        """The same bytes as part of a file, if they are there and are one."""
        if self._file is None or end > min(self._file_end, self.size):
            return None
        return Span(self._file, start, end - start)

    def _between(self, start: int, stop: int) -> list[memoryview]:
        found = []
        at = bisect_right(self._starts, start) - 1
        while start < stop:
            base, segment = self._starts[at], self._segments[at]
            last = min(stop, base + len(segment))
            found.append(memoryview(segment)[start - base : last - base])
            start, at = last, at + 1
        return found

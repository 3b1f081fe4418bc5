"""Open captures and get their TCP segments as rows of numbers, batch after batch.

The only file of this folder that does I/O, through ``sources``. One ``CaptureReader`` is one file;
several files of one rotation are put in the order of their first packets. Memory does not grow
with the file: a buffer and a table of segments are used again and again.
Odd packets are counted (``anomalies``), never raised; only opening raises ``CaptureError``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from time import perf_counter_ns

from unstick.errors import CaptureError
from unstick.wire import anomalies as odd
from unstick.wire.anomalies import Anomaly
from unstick.wire.columns import NONE, WHOLE
from unstick.wire.frames import SegmentTable, new_segments
from unstick.wire.kernels import WireKernels, load_kernels
from unstick.wire.layers import link_name
from unstick.wire.pcap import PcapReader
from unstick.wire.pcapng import PcapngReader
from unstick.wire.recognise import recognise
from unstick.wire.sources import Source, expand, open_source
from unstick.wire.walking import (
    STATE_AT,
    STATE_BYTES,
    STATE_FIRST_TIME_NS,
    STATE_FRAME,
    STATE_NEED,
    STATE_TIME_NS,
)
from unstick.wire.window import SharedWindow, Window

HEAD_BYTES = 4096
"""Bytes read before the format and the layout of its records are judged."""

BATCH_ROWS = 4096
"""Segments in a batch at most: what Python does for each is nothing beside it then."""


class Batch:
    """Rows of the segment table (columns.py). ``segments`` is used again for the next batch."""

    __slots__ = ("count", "segments")

    def __init__(self, segments: memoryview) -> None:
        self.segments = segments
        self.count = 0


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    class FormatReader(Protocol):
        """What the two formats have in common."""

        format: str
        state: memoryview
        comments: tuple[str, ...]

        @property
        def link_types(self) -> tuple[int, ...]: ...

        def walk(
            self, buf: memoryview, end: int, table: SegmentTable, filled: int, capacity: int
        ) -> int: ...

        def finish(self, end: int) -> None: ...

        def consumed(self, count: int) -> None: ...

        def last_bytes(self) -> None: ...

        def totals(self) -> Iterator[tuple[int, int, int | None, object]]: ...


class CaptureReader:
    """One capture file. Counts are of what has been read so far.

    ``batches`` may be called once. The reader closes its file when they are exhausted or when
    ``close`` is called. ``read_ns`` and ``decode_ns`` tell how long it waited for bytes (of a
    compressed file: for decompressed ones) and how long it took to make rows of them.
    """

    def __init__(
        self,
        path: str,
        *,
        kernels: WireKernels,
        detail: int = WHOLE,
        stdin: BinaryIO | None = None,
    ) -> None:
        self.path = path
        self.capture = 0
        self.tcp_segments = 0
        self.decode_ns = 0
        self._kernels = kernels
        self._detail = detail
        self._stdin = stdin
        self._start()

    def _start(self) -> None:
        """Open the file and read its head."""
        self._odd = odd.new_table()
        source = open_source(self.path, self._stdin)
        self._source: Source | None = source
        self.compression = source.compression
        self.size = source.size
        self._window = window = Window(source)
        self._table = SegmentTable(self._kernels, self._odd, self._detail, BATCH_ROWS)
        self._filled = 0
        try:
            while window.end < HEAD_BYTES and window.read():
                pass
            self._reader = self._open_format()
            if window.final:
                self._reader.last_bytes()
        except BaseException:
            self.close()
            raise
        self.format = self._reader.format

    def _open_format(self) -> FormatReader:
        head = self._window.buffer[: self._window.end]
        name, what, hint = recognise(bytes(head[:1024]))
        if name == "pcap":
            return PcapReader(head, self._kernels, self._odd)
        if name == "pcapng":
            return PcapngReader(self._kernels, self._odd)
        if self.compression is not None:
            what = f"is compressed with {self.compression}, and its content {what}"
        raise CaptureError(self.path, what, hint)

    def _more(self) -> bool:
        """Read on; False if nothing follows."""
        if self._window.final:
            return False
        state = self._reader.state
        self._reader.consumed(self._window.go_on(state[STATE_AT], state[STATE_NEED]))
        if self._window.final:
            self._reader.last_bytes()
        return True

    def _share(self) -> None:
        """Another thread may read, too, from here on. Before that a block is read behind the head:
        there is work for this thread while that one reads the next."""
        self._window.read()
        if self._window.final:
            self._reader.last_bytes()
        else:
            self._window = SharedWindow(self._window)

    def _decode(self, capacity: int) -> None:
        """Fill the table up to ``capacity`` rows from the bytes at hand."""
        before = perf_counter_ns()
        window = self._window
        self._filled = self._reader.walk(
            window.buffer, window.end, self._table, self._filled, capacity
        )
        self.decode_ns += perf_counter_ns() - before

    def first_time(self) -> int | None:
        """Time of the first packet, in nanoseconds; None if there is none.

        A file is closed again after that and opened anew by ``batches``, so that a rotation of
        thousands of files keeps one open at a time.
        """
        more = True
        while more and self.first_time_ns is None:
            self._decode(1)
            more = self.first_time_ns is not None or self._more()
        time_ns = self.first_time_ns
        if self._source is not None and self.path != "-":
            self.close()
        return time_ns

    def batches(self, tables: int = 1) -> Iterator[Batch]:
        """The TCP segments in file order. There are ``tables`` batches, used in turn: a batch and
        its rows are overwritten ``tables`` batches later. With more than one, somebody works on
        one while the next is made, and may ``help`` when there is none."""
        if self._source is None:
            self._start()
        assert self._source is not None
        table = self._table
        others = [Batch(new_segments(BATCH_ROWS)) for _ in range(tables - 1)]
        unused = cycle([Batch(table.segments), *others])
        batch = next(unused)
        more = True
        try:
            if tables > 1 and self._source.can_read_at and not self._window.final:
                self._share()
            while more:
                self._decode(BATCH_ROWS)
                more = self._filled == BATCH_ROWS or self._more()
                if self._filled and (self._filled == BATCH_ROWS or not more):
                    batch.count, self._filled = self._filled, 0
                    self.tcp_segments += batch.count
                    yield batch
                    batch = next(unused)
                    table.segments = batch.segments
            self._reader.finish(self._window.end)
            table.finish()
            if self._source is not None and self._source.anomaly is not None:
                odd.note(self._odd, self._source.anomaly, self.packets, 0)
        finally:
            self.close()

    def help(self) -> bool:
        """Read a block ahead, on another thread than that of ``batches``. False: no need to."""
        return self._window.help()

    def close(self) -> None:
        """Close the file; counts stay. Harmless when it is closed."""
        if self._source is not None:
            self._window.close()
            self._position = self._source.position
            self._source.close()
            self._source = None
            self._table.segments = memoryview(b"")

    @property
    def read_ns(self) -> int:
        """How long it waited for bytes so far."""
        return self._window.waited_ns

    @property
    def bytes_read(self) -> int:
        """Bytes of the file read so far (compressed ones, if it is compressed)."""
        return self._source.position if self._source is not None else self._position

    @property
    def packets(self) -> int:
        return self._reader.state[STATE_FRAME]

    @property
    def bytes(self) -> int:
        """Bytes the packets had on the wire."""
        return self._reader.state[STATE_BYTES]

    @property
    def first_time_ns(self) -> int | None:
        """Time of the first packet."""
        return known(self._reader.state[STATE_FIRST_TIME_NS])

    @property
    def last_time_ns(self) -> int | None:
        """Time of the last packet."""
        return known(self._reader.state[STATE_TIME_NS])

    @property
    def link_types(self) -> tuple[str, ...]:
        """Names of the link types of the file, each once."""
        return tuple(dict.fromkeys(link_name(link) for link in self._reader.link_types))

    @property
    def comments(self) -> tuple[str, ...]:
        """Comments of the file (pcapng sections and interfaces)."""
        return self._reader.comments

    @property
    def anomalies(self) -> list[Anomaly]:
        """What was odd so far."""
        found = list(odd.listed(self._odd))
        for kind, count, frame, detail in self._reader.totals():
            name, sentence = odd.KINDS[kind]
            found.append(Anomaly(name, count, frame, sentence.format(detail=detail)))
        return found


def known(value: int) -> int | None:
    """NONE of the tables as None."""
    return None if value == NONE else value


def open_captures(
    paths: Sequence[str],
    *,
    detail: int = WHOLE,
    engine: WireKernels | None = None,
    stdin: BinaryIO | None = None,
) -> list[CaptureReader]:
    """A reader for every file, in the order of their first packets; ``-`` is standard input.
    ``detail``: how much of a row is written (``columns``).

    Raises CaptureError for the first file that is not a capture. Files without packets come last.
    """
    kernels = engine if engine is not None else load_kernels()
    names = expand(paths)
    if names.count("-") > 1:
        raise CaptureError("-", "standard input can be read once only")
    readers: list[CaptureReader] = []
    timed: list[tuple[bool, int, int]] = []
    for index, name in enumerate(names):
        reader = CaptureReader(name, kernels=kernels, detail=detail, stdin=stdin)
        readers.append(reader)
        if len(names) > 1:
            time_ns = reader.first_time()
            timed.append((time_ns is None, time_ns or 0, index))
    ordered = [readers[index] for *_, index in sorted(timed)] if timed else readers
    for index, reader in enumerate(ordered):
        reader.capture = index
    return ordered

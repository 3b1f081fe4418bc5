"""Captures walked to their end: every packet read, numbered and put through the model.

Draws no conclusion (``diagnose``).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter_ns

from unstick import engine as engines
from unstick.errors import CaptureError
from unstick.flows import Streams
from unstick.flows.row_columns import ROW_WIDTH
from unstick.flows.streams import MAX_STREAMS_DEFAULT
from unstick.named import NamedTuple
from unstick.rowtable import RowTable
from unstick.tcp import profiles
from unstick.tcp.columns import M_FRAMES_BEFORE
from unstick.tcp.walker import OVER_KEPT, OVER_STEP, Walker
from unstick.wire.capture import CaptureReader, open_captures
from unstick.wire.columns import BRIEF
from unstick.wire.kernels import load_kernels
from unstick.wire.rotation import Rotation
from unstick.wire.tables import words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _queue import SimpleQueue

    from unstick.tcp.reading import Reader

STAGES = ("reading", "decoding", "streams", "judging", "checks")
"""Where the time of an analysis goes. Two threads: the first three beside the others."""

TABLES = 4
"""Batches on their way from the thread that reads, decodes and numbers to the one that walks."""

AHEAD_BYTES = 1 << 20
"""Smaller files are walked in the time it takes to import what threads need."""

Progress = Callable[[int, int | None, int], None]
"""Called now and then with bytes read, bytes in all (None: not known), packets."""


def nothing() -> bool:
    """There is nothing to do."""
    return False


def either(first: Callable[[], bool], second: Callable[[], bool]) -> Callable[[], bool]:
    """The second where the first has nothing to do."""
    return lambda: first() or second()


class Effort(NamedTuple):
    """What an analysis may take. ``jobs``: threads; the result does not depend on it.
    ``connections``: how many are known at once; segments of further ones are counted, not
    followed. ``meanwhile``: called again and again by a thread that would have to wait, until it
    says False (``chores.Chores.help``)."""

    jobs: int = 1
    connections: int = MAX_STREAMS_DEFAULT
    meanwhile: Callable[[], bool] = nothing


EFFORT = Effort()


class Numbered(NamedTuple):
    """A batch whose segments have their streams. ``slots`` exist by now; others have the 4-tuples
    of ``replaced``."""

    segments: memoryview
    filled: int
    replaced: memoryview
    slots: int


class Numbering:
    """Gives every segment of a capture its stream: on a thread of its own, if need be, while
    another one walks what was numbered. The streams are its own until it pauses.

    It pauses where it would with one thread, so that the same connections are forgotten at the
    same place: before batch n, if there were too many after batch n - TABLES. That one was walked
    by then in any case: its table is used again. What was counted before a pause is of no use
    after it. The pause is short: who walks says which are to be forgotten, and tells of them while
    it goes on; their rows stay until then.
    """

    def __init__(self, streams: Streams, frames_before: int, spent: dict[str, int]) -> None:
        self._streams = streams
        self._frames_before = frames_before
        self._spent = spent
        self._full: deque[bool] = deque()
        self._over: deque[memoryview] = deque()
        self._told: deque[memoryview] = deque()
        self._paused: SimpleQueue[bool] | None = None
        self._idle = nothing

    def batches(self, capture: CaptureReader) -> Iterator[Numbered | None]:
        """Every batch, and None where it pauses until ``go_on``: all that was given is walked once
        None is taken."""
        counted_anew = 0
        for number, batch in enumerate(capture.batches(TABLES if self._paused is not None else 1)):
            if number >= TABLES and self._full.popleft() and number >= counted_anew:
                yield None
                if self._paused is not None:
                    while self._paused.empty() and self._idle():
                        pass
                    self._paused.get()
                counted_anew = number + TABLES
            begun = perf_counter_ns()
            self.settle()
            replaced = self._streams.assign(batch.segments, 0, batch.count, self._frames_before)
            copy = words_of(replaced)
            self._spent["streams"] += perf_counter_ns() - begun
            yield Numbered(batch.segments, batch.count, copy, self._streams.slots)

    def walked(self, full: bool) -> None:
        """One more batch was walked; are there too many connections that are over?"""
        self._full.append(full)

    def forget(self, slots: memoryview) -> None:
        """In a pause: no segment that is numbered after it belongs to these streams."""
        self._over.append(slots)

    def told(self, slots: memoryview) -> None:
        """Nobody needs the rows any more of these streams, which are forgotten."""
        self._told.append(slots)

    def settle(self) -> None:
        """Do what ``forget`` and ``told`` asked for: here, where the tables are in the cache."""
        while self._over:
            slots = self._over.popleft()
            self._streams.forget(slots, len(slots))
        while self._told:
            slots = self._told.popleft()
            self._streams.release(slots, len(slots))

    def go_on(self) -> None:
        """The pause is over."""
        if self._paused is not None:
            self._paused.put(True)

    @contextmanager
    def ahead(
        self, capture: CaptureReader, meanwhile: Callable[[], bool]
    ) -> Iterator[Iterator[Numbered | None]]:
        """``batches`` on a thread of its own. It does chores when it has to wait, for then the
        other one is slower; that one reads ahead before it does."""
        from _queue import SimpleQueue

        from unstick.ahead import Ahead

        self._paused = SimpleQueue()
        self._idle = either(meanwhile, capture.help)
        walker_idle = either(capture.help, meanwhile)
        source = self.batches(capture)
        with Ahead(source, TABLES - 1, walker_idle, self._idle, self.go_on) as batches:
            yield batches


class Analysis(NamedTuple):
    """Captures on their way through the model, and then at their end. No one has drawn a
    conclusion yet."""

    captures: list[CaptureReader]
    streams: Streams
    walker: Walker
    engine: engines.Engine
    profile: str
    frames_before: list[int]
    ends: list[int | None]
    """Time of the last packet of each capture; of the one that is read, when it was last asked."""
    effort: Effort
    spent: dict[str, int]
    """Nanoseconds by stage, for who wants to know where the time goes."""

    @property
    def end_ns(self) -> int:
        return max((one for one in self.ends if one is not None), default=0)

    def reader(self) -> Reader:
        from unstick.tcp.reading import Reader  # most captures have no one to read about

        return Reader(
            self.walker, self.streams, 0, self.end_ns, self.profile, self.rotation.frame_type()
        )

    @property
    def rotation(self) -> Rotation:
        return Rotation(tuple(one.path for one in self.captures), tuple(self.frames_before))

    def rows(self, slots: Sequence[int]) -> RowTable:
        """The rows of those of these connections that have a packet of their own, in this order.
        A copy: it stays when they are forgotten."""
        kernel = self.engine["tcp.summary"]
        numbers = self.walker.summaries(kernel, self.streams.table, words_of(slots))
        rotation = self.rotation
        size = len(numbers) // ROW_WIDTH
        return RowTable(numbers, size, rotation.before, rotation.frame_type())

    def sift(self, slots: Sequence[int]) -> memoryview:
        """What each of these connections is (``tcp.places``): most that have something to say
        say nothing of note."""
        return self.walker.sift(self.engine["tcp.ordinary"], words_of(slots))

    def slots(self) -> memoryview:
        """Every connection that is not forgotten, in order of stream numbers."""
        return self.streams.by_number()

    def walk(
        self, paths: Sequence[str], on_progress: Progress | None = None
    ) -> Iterator[memoryview]:
        """Read every packet of these captures (one rotation, in time order) through the model.

        Memory is bounded by forgetting connections that are over: gives their slots before it
        forgets them. What is left then is in the tables. Raises CaptureError if a file cannot be
        read at all.
        """
        packets = 0
        kernels = load_kernels(self.engine.modules.__getitem__)
        for capture in open_captures(paths, detail=BRIEF, engine=kernels):
            self.captures.append(capture)
            self.frames_before.append(packets)
            self.ends.append(None)
            self.walker.meta[M_FRAMES_BEFORE] = packets
            numbering = Numbering(self.streams, packets, self.spent)
            for numbered in self._ahead(numbering, capture):
                if numbered is None:
                    yield from self._forget(numbering, capture)
                    continue
                begun = perf_counter_ns()
                self.walker.feed(numbered.segments, numbered.filled, numbered.slots)
                self.walker.retire(numbered.replaced)
                self.spent["judging"] += perf_counter_ns() - begun
                numbering.walked(self._is_full())
                if on_progress is not None:
                    on_progress(capture.bytes_read, capture.size, packets + capture.packets)
            yield from self._forget(numbering, capture)
            numbering.settle()
            self.spent["reading"] += capture.read_ns
            self.spent["decoding"] += capture.decode_ns
            _refuse_undecoded(capture)
            packets += capture.packets

    def _ahead(self, numbering: Numbering, capture: CaptureReader) -> Iterator[Numbered | None]:
        small = capture.size is not None and capture.size < AHEAD_BYTES
        if self.effort.jobs < 2 or self.engine.name == "plain" or small:
            yield from numbering.batches(capture)
            return
        with numbering.ahead(capture, self.effort.meanwhile) as batches:
            yield from batches

    def _is_full(self) -> bool:
        """Are so many connections over that some must be forgotten?"""
        return self.walker.over >= OVER_KEPT + OVER_STEP

    def _forget(self, numbering: Numbering, capture: CaptureReader) -> Iterator[memoryview]:
        """While too many are over, the oldest of them are forgotten: gives their slots, and those
        have rows until it is asked for more."""
        self.ends[-1] = capture.last_time_ns
        over = []
        while self._is_full():
            over.append(self.walker.oldest_over(OVER_STEP))
            numbering.forget(over[-1])
        numbering.go_on()
        for slots in over:
            yield slots
            self.walker.forget(slots)
            numbering.told(slots)


def begin(
    *,
    profile: str | None = None,
    engine: engines.Engine | None = None,
    effort: Effort = EFFORT,
) -> Analysis:
    """An analysis that has read nothing yet. Raises ProfileError for an unknown profile."""
    name = profile or profiles.DEFAULT
    numbers = profiles.profile(name).numbers
    engine = engine or engines.load()
    streams = Streams(effort.connections, salt=_salt(), kernels=engine["flows.kernels"])
    walker = Walker(
        profiles.law(name).actions,
        paws=numbers.paws is not False,
        signatures=numbers.signatures is not False,
        kernels=engine["tcp.kernels"],
        seats=engine["tcp.seats"],
    )
    return Analysis([], streams, walker, engine, name, [], [], effort, dict.fromkeys(STAGES, 0))


def walk(
    paths: Sequence[str], *, profile: str | None = None, on_progress: Progress | None = None
) -> Analysis:
    """Captures walked to their end. Connections that were forgotten are not told."""
    analysis = begin(profile=profile)
    for _ in analysis.walk(paths, on_progress):
        pass
    return analysis


def _refuse_undecoded(capture: CaptureReader) -> None:
    """A file of nothing but unknown link types was not looked at: to call it healthy would be
    wrong."""
    unknown = [one for one in capture.anomalies if one.kind == "link-not-decoded"]
    if unknown and sum(one.count for one in unknown) == capture.packets:
        raise CaptureError(
            capture.path,
            f"holds nothing but {unknown[0].detail}",
            "capture on an Ethernet, cooked (any) or raw IP interface",
        )


def _salt() -> int:
    """Where streams stand in the index changes with each run, so that no capture can be made to
    collide in it. No result depends on it."""
    return int.from_bytes(os.urandom(4), "big") >> 1

"""The bytes of a source that are at hand, in one buffer or, of a file that two threads read, in
several.

Knows buffers and sources; not what a packet is.
"""

from __future__ import annotations

from _queue import SimpleQueue
from _thread import allocate_lock
from time import perf_counter_ns

from unstick.errors import CaptureError
from unstick.wire.sources import Source
from unstick.wire.tables import zeros

BUFFER_BYTES = 2 << 20
"""Room for a block being read and the packet that the block before it cut. It never grows: no
packet or block that must be seen as a whole may be larger than half of it (walking.py)."""

READ_BYTES = 1 << 20
"""Bytes read at once: what Python does for each is nothing beside it then."""

ROOM_BYTES = 1 << 18
"""Room before a block that another thread has read, for what is left over of the one before."""

HELPED_BLOCKS = 3
"""Blocks that are read before they are needed, at most."""


class Window:
    """A source from its start on: ``buffer`` up to ``end``. ``final``: nothing follows that.
    ``waited_ns`` is how long it waited for bytes. Reading raises CaptureError."""

    def __init__(self, source: Source) -> None:
        self.buffer = zeros(BUFFER_BYTES // 8).cast("B")
        self.end = 0
        self.final = False
        self.waited_ns = 0
        self._source = source

    def read(self) -> int:
        """Read what fits after the bytes at hand, and how much that was: 0 at the end."""
        before = perf_counter_ns()
        try:
            count = self._fill(self.buffer[self.end :][:READ_BYTES])
        except OSError as error:
            reason = f"cannot be read: {error.strerror}".lower()
            raise CaptureError(self._source.path, reason) from error
        self.waited_ns += perf_counter_ns() - before
        self.end += count
        self.final = not count
        return count

    def _fill(self, view: memoryview) -> int:
        return self._source.read_into(view)

    def go_on(self, used: int, need: int) -> int:
        """Nobody needs the bytes before ``used`` any more: read, up to ``need`` at least unless
        the end comes first. Returns by how much those at hand have moved to the front."""
        self._begin_with(self.buffer[used : self.end])
        assert need - used <= BUFFER_BYTES
        while self.end < need - used and self.read():
            pass
        return used

    def _begin_with(self, rest: memoryview) -> None:
        self.buffer[: len(rest)] = rest
        self.end = len(rest)

    def help(self) -> bool:
        """Read a block ahead, on a thread that has nothing better to do. False: no need to."""
        return False

    def close(self) -> None:
        """Read no more."""
        self.buffer = memoryview(b"")


class SharedWindow(Window):
    """The same of a source that ``can_read_at``; another thread may ``help``. It reads blocks
    into buffers of its own, behind room for what is left over of the block before; whoever needs
    the next block takes it there, if it was begun."""

    def __init__(self, before: Window) -> None:
        super().__init__(before._source)
        self.buffer, self.end, self.waited_ns = before.buffer, before.end, before.waited_ns
        self._own = before.buffer
        self._size = before._source.size or 0
        self._at = before._source.position  # of the next byte that nobody has at hand
        self._lock = allocate_lock()
        self._unclaimed = self._at  # nobody reads from here on
        self._begun = 0
        self._read: SimpleQueue[tuple[int, memoryview, int]] = SimpleQueue()
        self._done: dict[int, tuple[memoryview, int]] = {}
        # Besides those that were read one is at hand, and one about to be.
        self._free = [_with_room() for _ in range(HELPED_BLOCKS + 2)]

    def help(self) -> bool:
        begun: tuple[int, memoryview] | None = None
        count = 0
        try:
            with self._lock:
                if self._begun >= HELPED_BLOCKS or self._unclaimed >= self._size:
                    return False
                claim = self._unclaimed, self._free.pop()
                self._unclaimed += READ_BYTES
                self._begun += 1
                begun = claim
            count = self._source.read_at(claim[1][ROOM_BYTES:], claim[0])
        except OSError:
            count = 0  # whoever needs the block tries, too, and tells
        finally:  # also of Ctrl-C: the other thread waits for what was begun
            if begun is not None:
                self._read.put((*begun, count))
        return True

    def go_on(self, used: int, need: int) -> int:
        rest = self.buffer[used : self.end]
        buffer, count = self._helped()
        if buffer is None:
            return super().go_on(used, need)
        if not count or len(rest) > ROOM_BYTES or need - used > len(rest) + count:
            self._free.append(buffer)
            return super().go_on(used, need)
        start = ROOM_BYTES - len(rest)
        buffer[start:ROOM_BYTES] = rest
        self._leave(buffer)
        self.end = ROOM_BYTES + count
        self._advance(count)
        return used - start

    def _helped(self) -> tuple[memoryview | None, int]:
        """The next block if somebody has begun it; who waits for it reads those after it."""
        before = perf_counter_ns()
        while self._at not in self._done and self._begun > len(self._done):
            if self._read.empty() and self.help():
                continue
            at, buffer, count = self._read.get()
            self._done[at] = buffer, count
        found: tuple[memoryview | None, int] = self._done.pop(self._at, (None, 0))
        # After a block that was short the next one begins elsewhere: those read ahead are no use.
        past = [self._done.pop(at) for at in [*self._done] if at < self._at]
        self._free += [buffer for buffer, _ in past]
        with self._lock:
            self._begun -= len(past) + (found[0] is not None)
        self.waited_ns += perf_counter_ns() - before
        return found

    def _fill(self, view: memoryview) -> int:
        with self._lock:
            self._unclaimed = max(self._unclaimed, self._at + len(view))
        count = self._source.read_at(view, self._at)
        self._advance(count)
        return count

    def _advance(self, count: int) -> None:
        self._at += count
        self._source.position = self._at

    def _begin_with(self, rest: memoryview) -> None:
        self._own[: len(rest)] = rest
        self._leave(self._own)
        self.end = len(rest)

    def _leave(self, buffer: memoryview) -> None:
        """The bytes at hand are in this buffer now."""
        if self.buffer is not self._own:
            self._free.append(self.buffer)
        self.buffer = buffer

    def close(self) -> None:
        with self._lock:
            self._unclaimed = self._size
        for _ in range(self._begun - len(self._done)):
            self._read.get()
        super().close()


def _with_room() -> memoryview:
    return zeros((ROOM_BYTES + READ_BYTES) // 8).cast("B")

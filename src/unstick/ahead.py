"""An iterator run ahead on a thread of its own: what it does overlaps with what is done with it.

It pays where most of the work holds no GIL: reading, decompressing, the compiled hot files.
"""

from __future__ import annotations

from _queue import SimpleQueue  # queue.SimpleQueue, without what else is there
from collections.abc import Callable, Iterator
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATIENCE_S = 1.0
"""How long ``close`` waits for the thread: one that waits for a pipe that says nothing stays, does
no harm, and ends with the program."""


class Ahead:
    """Iterates over ``source``, which another thread iterates over, at most ``most`` items ahead.
    Who has to wait calls something again and again, until that says False: who takes items calls
    ``idle``, if the next one is not there yet; the thread that makes them ``makers_idle``, if there
    is no room. ``let_go`` is called when no more is wanted: the source may be waiting for a word.

    An item that was taken is in use until the next one is asked for: a source that uses ``most`` +
    1 buffers in turn writes into none that is in use. What ``source`` raises is raised here, in
    its place. Leave it through ``close`` or ``with``.
    """

    def __init__(
        self,
        source: Iterator[Any],
        most: int,
        idle: Callable[[], bool] | None = None,
        makers_idle: Callable[[], bool] | None = None,
        let_go: Callable[[], None] | None = None,
    ) -> None:
        self._idle = idle
        self._makers_idle = makers_idle
        self._let_go = let_go
        self._made: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._room: SimpleQueue[bool] = SimpleQueue()  # a word for each item there is room for
        for _ in range(most):
            self._room.put(True)
        self._ended = False
        self._thread = Thread(target=self._make, args=(source,), name="ahead", daemon=True)
        self._thread.start()

    def _make(self, source: Iterator[Any]) -> None:
        try:
            while self._room_for_one():
                self._made.put((next(source), None))
        except BaseException as error:  # not swallowed: who takes the items gets it
            self._made.put((None, error))

    def _room_for_one(self) -> bool:
        """Waits until there is; False if none will come."""
        idle = self._makers_idle
        while idle is not None and self._room.empty() and idle():
            pass
        return self._room.get()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._ended:
            raise StopIteration
        while self._idle is not None and self._made.empty() and self._idle():
            pass
        item, error = self._made.get()
        if error is None:
            self._room.put(True)
            return item
        self._ended = True
        if isinstance(error, StopIteration):
            raise StopIteration
        raise error

    def close(self) -> None:
        """Make no more items; none can be taken after that."""
        self._ended = True
        self._room.put(False)
        if self._let_go is not None:
            self._let_go()
        self._thread.join(PATIENCE_S)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

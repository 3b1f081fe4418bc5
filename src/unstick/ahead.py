"""An iterator run ahead on a thread of its own: what it does overlaps with what is done with it.

It pays where most of the work holds no GIL: reading, decompressing, the compiled hot files.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Ahead(Generic[Item]):
    """The items of ``source``, in order, at most ``depth`` of them in use: one with who iterates,
    the others waiting. An item is given back when the next one is asked for.

    Exceptions of ``source`` are raised where its item would have come. ``close`` (or the end of a
    ``with``) stops the thread after the item it is at, and does not wait for it: it may stand in a
    read of a pipe that nobody writes to.
    """

    def __init__(self, source: Iterator[Item], depth: int) -> None:
        self._source = source
        self._given: SimpleQueue[tuple[Item | None, BaseException | None]] = SimpleQueue()
        self._room = threading.Semaphore(depth)
        self._stopped = False
        threading.Thread(target=self._run, name="unstick-ahead", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                self._room.acquire()
                if self._stopped:
                    break
                self._given.put((next(self._source), None))
        except BaseException as error:  # raised again where the items are used
            self._given.put((None, error))

    def __iter__(self) -> Iterator[Item]:
        while True:
            item, error = self._given.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            assert item is not None
            yield item
            self._room.release()

    def close(self) -> None:
        """Ask the thread to stop."""
        self._stopped = True
        self._room.release()

    def __enter__(self) -> Ahead[Item]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

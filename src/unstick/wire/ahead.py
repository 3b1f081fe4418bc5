"""The pieces of a stream, made on a thread of their own, a few ahead of who takes them.

Decompressing releases the GIL, and so does decoding what it gives: on two cores the slower of the
two is all the time both take. Knows nothing of captures or compression.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

PATIENCE_S = 1.0
"""How long ``close`` waits for the thread: one that waits for a pipe that says nothing stays, does
no harm, and ends with the program."""


class Ahead(Iterator[bytes]):
    """Iterates over ``pieces``, which another thread iterates over, at most ``most`` ahead. What
    ``pieces`` raises is raised here, in its place."""

    def __init__(self, pieces: Iterator[bytes], most: int) -> None:
        self._made: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
        self._room: SimpleQueue[bool] = SimpleQueue()  # a word for each piece there is room for
        for _ in range(most):
            self._room.put(True)
        self._ended = False
        self._thread = Thread(target=self._make, args=(pieces,), name="ahead", daemon=True)
        self._thread.start()

    def _make(self, pieces: Iterator[bytes]) -> None:
        try:
            while self._room.get():
                piece = next(pieces, None)
                self._made.put(piece)
                if piece is None:
                    return
        except BaseException as error:  # not swallowed: who reads gets it
            self._made.put(error)

    def __next__(self) -> bytes:
        if self._ended:
            raise StopIteration
        piece = self._made.get()
        if isinstance(piece, bytes):
            self._room.put(True)
            return piece
        self._ended = True
        if piece is None:
            raise StopIteration
        raise piece

    def close(self) -> None:
        """Make no more pieces; none can be taken after that."""
        self._ended = True
        self._room.put(False)
        self._thread.join(PATIENCE_S)

"""Memory that is a file, too: what is stored can be sent without a copy.

A large object of known length lives in a memfd_create(2) file, mapped once. ``blocking`` gathers
from the mapping, as Varnish does from its own; ``progress`` gives the file to sendfile(2), which
hands pages to the socket instead of copying them. Pages are never written twice, and the kernel
keeps those it has not sent when the file is gone: nothing in flight can change.
"""

from __future__ import annotations

import mmap
import os
from typing import BinaryIO, NamedTuple, cast

LARGE_BYTES = 1 << 20
"""From here on a file costs less than the copy: a descriptor, a mapping, three system calls."""


class MemoryFile:
    """``size`` bytes, written through ``view``, read by anybody. Closed with its last user.

    Pages take memory when they are written. Raises OSError: no descriptor left, no such call.
    """

    def __init__(self, size: int) -> None:
        self.number = -1
        self.number = os.memfd_create("unstick object", os.MFD_CLOEXEC)
        os.ftruncate(self.number, size)
        self.view = memoryview(mmap.mmap(self.number, size))

    def fileno(self) -> int:
        return self.number

    def seekable(self) -> bool:
        """Many read it at once: it has no position."""
        return False

    def __del__(self) -> None:
        if self.number >= 0:
            os.close(self.number)


class Span(NamedTuple):
    """Bytes of a file."""

    file: MemoryFile
    start: int
    length: int

    @property
    def readable(self) -> BinaryIO:
        return cast("BinaryIO", self.file)  # fileno() is all that sendfile(2) asks of it


def memory_file(size: int | None) -> MemoryFile | None:
    """None for what is small, of unknown length, or not to be had here: plain memory serves."""
    if size is None or size < LARGE_BYTES:
        return None
    try:
        return MemoryFile(size)
    except (OSError, AttributeError):
        return None

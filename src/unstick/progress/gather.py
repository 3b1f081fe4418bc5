"""Several buffers as one stream of bytes, continued wherever the kernel stopped. Copies nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

IOV_MAX = os.sysconf("SC_IOV_MAX") if hasattr(os, "sysconf") else 1024
"""Buffers that one sendmsg takes (limits.h); Linux: 1024."""


class Gather:
    """What is left to send of some buffers. They must not change until it is sent."""

    __slots__ = ("at", "left", "views")

    def __init__(self, buffers: Iterable[ReadableBuffer]) -> None:
        self.views = [view for view in map(flat, buffers) if view.nbytes]
        self.left = sum([view.nbytes for view in self.views])
        self.at = 0

    def batch(self) -> list[memoryview]:
        """The next buffers, as many as one call takes."""
        return self.views[self.at : self.at + IOV_MAX]

    def advance(self, count: int) -> None:
        """The kernel took ``count`` bytes from the front."""
        self.left -= count
        views, at = self.views, self.at
        while count:
            view = views[at]
            if count < view.nbytes:
                views[at] = view[count:]
                break
            count -= view.nbytes
            views[at] = EMPTY  # a long list must not keep what was sent alive
            at += 1
        self.at = at


EMPTY = memoryview(b"")


def flat(buffer: ReadableBuffer) -> memoryview:
    """A view of single bytes. Raises TypeError for what is no buffer, BufferError for one with
    gaps: nothing of the call is sent then."""
    view = memoryview(buffer)
    if not view.c_contiguous:
        raise BufferError("a buffer with gaps cannot be sent without a copy")
    return view if view.ndim == 1 and view.itemsize == 1 else view.cast("B")

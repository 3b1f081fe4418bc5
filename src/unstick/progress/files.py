"""Sends a file: by sendfile(2) where the kernel can, else by reading it in pieces."""

from __future__ import annotations

import errno as numbers
import os
import stat
from typing import TYPE_CHECKING

from unstick.progress.gather import Gather
from unstick.progress.lanes import Lane

if TYPE_CHECKING:
    from typing import BinaryIO

    from unstick.progress.lanes import Lanes

PIECE_BYTES = 1 << 18
"""Read at once where sendfile cannot be used."""
CANNOT = frozenset({numbers.EINVAL, numbers.ENOSYS, numbers.EOPNOTSUPP})
"""What sendfile says of a file that cannot be mapped, before it has sent anything."""


def send_file(lane: Lanes, file: BinaryIO, offset: int, count: int | None) -> None:
    """Sends ``count`` bytes from ``offset``, or all there are; stops at the end of the file.

    An OSError of the file, not of the socket, is raised as it is.
    """
    sent = by_kernel(lane, file, offset, count) if isinstance(lane, Lane) else None
    if sent is None:
        sent = by_reading(lane, file, offset, count)
    if file.seekable():
        file.seek(offset + sent)


def by_kernel(lane: Lane, file: BinaryIO, offset: int, count: int | None) -> int | None:
    """How much was sent; None if this is no file that the kernel can send."""
    try:
        number = file.fileno()
    except OSError:  # io.UnsupportedOperation: a file in memory
        return None
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        return None
    left = max(0, status.st_size - offset)
    wanted = left if count is None else min(count, left)
    offered = lane.line.meter.offered
    offered(wanted)
    try:
        sent = lane.put_file(number, offset, wanted)
    except OSError as error:
        offered(-wanted)
        if error.errno in CANNOT:
            return None
        raise
    if not lane.line.ending:
        offered(sent - wanted)  # a file that shrank meanwhile
    return sent


def by_reading(lane: Lanes, file: BinaryIO, offset: int, count: int | None) -> int:
    """Reads and sends; a pipe is read from where it is."""
    if file.seekable():
        file.seek(offset)
    sent = 0
    while count is None or sent < count:
        piece = file.read(PIECE_BYTES if count is None else min(PIECE_BYTES, count - sent))
        if not piece:
            break
        lane.line.meter.offered(len(piece))
        lane.put(Gather([piece]))
        if lane.line.ending:
            break
        sent += len(piece)
    return sent

"""How a connection is ended so that nothing is left of it, whoever else holds it or waits on it.

Measured on Linux 6.18, for a socket with megabytes that its peer does not take:

- ``close`` and ``shutdown`` leave an orphan in FIN-WAIT-1, with all that is unsent, for minutes;
- ``close`` does not wake a thread that is blocked in ``sendall`` on it;
- ``connect`` to an address of family AF_UNSPEC (connect(2): "dissolve the association") sends a
  reset, frees the queue and wakes everybody within milliseconds. It needs no privilege. The
  descriptor stays open and its owner's to close.
"""

from __future__ import annotations

import _socket
import contextlib
import errno as numbers
import os
import struct
from typing import Any, Protocol

from unstick.progress.policy import Kill
from unstick.progress.tcpinfo import AF_UNIX

UNSPECIFIED = bytes(16)
"""A ``struct sockaddr`` whose family is AF_UNSPEC."""
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: close() sends a reset (tcp_close())."""


class Endable(Protocol):
    """What is needed of a socket to end it."""

    def fileno(self) -> int: ...
    @property
    def family(self) -> Any: ...
    def setsockopt(self, level: int, option: int, value: bytes, /) -> None: ...
    def shutdown(self, how: int, /) -> None: ...


def disconnect(fd: int) -> None:
    """Resets the TCP connection behind a descriptor; all who wait on it get ECONNRESET.

    Every process that shares the socket loses it. Raises OSError if the kernel refuses:
    EOPNOTSUPP for TLS done by the kernel, EBUSY on Linux 6.5 and 6.6 while a thread waits in it.
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.connect(fd, UNSPECIFIED, len(UNSPECIFIED)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def end(sock: Endable, how: Kill) -> None:
    """Ends the connection of a socket that stays its owner's to close. Never raises, never waits.

    Where a reset is refused (AF_UNIX has none, see also ``disconnect``) both directions are shut,
    which wakes every waiter, and the owner's close() resets if it can.
    """
    if how is Kill.REPORT or sock.fileno() < 0:
        return
    if how is Kill.CLOSE or sock.family == AF_UNIX or not reset(sock):
        shut(sock)


def reset(sock: Endable) -> bool:
    """Resets a TCP connection; whether the kernel did."""
    with contextlib.suppress(OSError):
        sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, RESET_ON_CLOSE)
    for _ in range(2):
        try:
            disconnect(sock.fileno())
        except OSError as error:
            if error.errno != numbers.EBUSY:
                return False
            shut(sock)  # wakes those who keep it busy
        else:
            return True
    return False


def shut(sock: Endable) -> None:
    """Ends both directions; of TLS without a word (close_notify would promise a whole stream)."""
    raw = getattr(sock, "_sock", sock)
    with contextlib.suppress(OSError):
        if isinstance(raw, _socket.socket):
            _socket.socket.shutdown(raw, _socket.SHUT_RDWR)
        else:
            sock.shutdown(_socket.SHUT_RDWR)

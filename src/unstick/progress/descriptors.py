"""This process's descriptors: which one is a given socket, and how to end it.

Nothing is assumed about who opened a socket, in which language, or who polls it now. ``_socket``
instead of ``socket``: see ``diag``.
"""

from __future__ import annotations

import _socket
import ctypes
import os
import socket
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from unstick.progress import ending
from unstick.progress.outcome import CLOSED
from unstick.progress.policy import Kill
from unstick.progress.tcpinfo import TCP_INFO

SO_COOKIE = 57  # asm-generic/socket.h, Linux 4.12
STATUS = "/proc/self/status"
MOST_DESCRIPTORS = 1 << 16
"""Tried where there is no /proc to say how many there can be."""


def sockets() -> Iterator[tuple[int, int]]:
    """Cookie and number of every socket this process has open, as of a moment ago.

    Asks each number of the table for its cookie: 1.6 us each. Through ctypes.PyDLL, which does not
    let go of the interpreter's lock: any function of ``os`` does, and beside a thread that computes
    it gets the lock back only 5 ms later, for each of ten thousand descriptors.
    """
    ask = ctypes.PyDLL(None).getsockopt
    cookie, size = ctypes.c_uint64(), ctypes.c_uint32(8)
    answer = (ctypes.byref(cookie), ctypes.byref(size))
    for number in range(table_size()):
        if ask(number, socket.SOL_SOCKET, SO_COOKIE, *answer) == 0:
            yield cookie.value, number


def table_size() -> int:
    """No descriptor of this process is as high as this (fs/proc/array.c: FDSize)."""
    try:
        with open(STATUS, "rb") as lines:  # a codec may have to be imported, and not be readable
            return next(int(line.split()[1]) for line in lines if line.startswith(b"FDSize:"))
    except (OSError, StopIteration):
        import resource  # not everywhere, and nowhere else needed

        return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], MOST_DESCRIPTORS)


def find(cookies: Collection[int]) -> dict[int, int]:
    """Cookie to descriptor, for those of the sockets that this process holds.

    True for a moment only: other threads close and open descriptors meanwhile.
    """
    found: dict[int, int] = {}
    for cookie, number in sockets() if cookies else ():
        if cookie in cookies:
            found[cookie] = number
            if len(found) == len(cookies):
                break
    return found


class Grip:
    """A descriptor kept free to take a socket by: when a server has none left, its guard has.

    ``dup2`` puts the socket there without asking for a new number, so that no other thread can
    snatch it. One at a time.
    """

    def __init__(self) -> None:
        self._rest = os.open(os.devnull, os.O_RDONLY)
        self._hand = os.dup(self._rest)

    def close(self) -> None:
        os.close(self._hand)
        os.close(self._rest)

    @contextmanager
    def on(self, number: int, cookie: int) -> Iterator[_socket.socket | None]:
        """The socket behind a descriptor, if it is still the one with this cookie; else None.

        Whatever the owner does with the number meanwhile: what is in hand is what was asked for.
        """
        held = None
        try:
            with suppress(OSError):  # closed, or no socket any more
                os.dup2(number, self._hand, inheritable=False)
                held = _socket.socket(fileno=self._hand)
            yield held if held is not None and cookie_of(held) == cookie else None
        finally:
            if held is not None:
                held.detach()
            os.dup2(self._rest, self._hand, inheritable=False)


def end(sock: _socket.socket, how: Kill) -> bool:
    """Ends a connection; False if it goes on.

    Its descriptors stay open, and their owner's to close: to the owner it looks as if the peer had
    reset the connection. Whoever else shares the socket loses it, too.
    """
    ending.end(sock, how)
    state = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0]
    return how is not Kill.RESET or state == CLOSED


def cookie_of(sock: _socket.socket) -> int | None:
    """The kernel's name for a socket, the same as sock_diag's; None where it has none."""
    try:
        name = sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8)
    except OSError:
        return None
    return int.from_bytes(name, sys.byteorder)


def has_cookies() -> bool:
    """Does this system name its sockets?"""
    if not sys.platform.startswith("linux"):
        return False
    fresh = _socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        return cookie_of(fresh) is not None
    finally:
        fresh.close()

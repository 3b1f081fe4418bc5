"""The program of the end that is tried: a socket of this kernel, and what the captured one did.

Never blocks. Bytes are zeros: only how many matters.
"""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import suppress

from unstick.lab.playback import plan
from unstick.lab.playback.pair import ADDRESS, PEER
from unstick.lab.playback.plan import Plan

CHUNK = bytes(1 << 16)
SO_SNDBUFFORCE = 32  # asm-generic/socket.h
BUFFER_BYTES = 64 << 20
CLOSED = 7  # tcp_states.h: TCP_CLOSE


class Program:
    """Made in the namespace of the host. ``ports``: its own, the peer's."""

    def __init__(self, what: Plan, ports: tuple[int, int]) -> None:
        self.plan, self.ports = what, ports
        self.listener: socket.socket | None = None
        self.sock: socket.socket | None = None
        self.owed = 0  # bytes to write
        self.read_bytes = 0
        self.error: str | None = None
        self.began = False  # its socket is connected, or on its way
        self.left = False  # its program has closed its socket
        self.ending: int | None = None
        fresh = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        fresh.setblocking(False)
        fresh.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if what.reads is not None:
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, what.window_bytes)
        fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        fresh.bind((ADDRESS, ports[0]))
        if what.listens:
            fresh.listen(8)
            self.listener = fresh
        else:
            self.sock = fresh
        if what.played == "client" and not what.listens:
            fresh.close()  # the captured server refused: nobody listens
            self.sock = None

    def connect(self) -> None:
        assert self.sock is not None
        self.began = True
        code = self.sock.connect_ex((PEER, self.ports[1]))
        if code not in (0, errno.EINPROGRESS):
            self.error = errno.errorcode.get(code, str(code))

    def step(self, kind: int, count: int) -> None:
        """One of its captured acts."""
        if kind == plan.CONNECT:
            self.connect()
        elif kind == plan.WRITE:
            self.owed += count
        else:
            self.ending = kind

    def work(self) -> None:
        """Accepts, reads, writes what is owed, ends when it is to end."""
        if self.listener is not None and self.sock is None and not self.left:
            with suppress(BlockingIOError, ConnectionError):
                self.sock, _ = self.listener.accept()
                self.sock.setblocking(False)
                self.began = True
        if self.sock is None or not self.began:
            return
        try:
            self.read()
            self.write()
            if self.ending is not None and not self.owed:
                self.end(self.ending)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.error = self.error or errno.errorcode.get(error.errno or 0, str(error))
            self.owed = 0

    def read(self) -> None:
        assert self.sock is not None
        while self.plan.reads is None or self.read_bytes < self.plan.reads:
            most = len(CHUNK) if self.plan.reads is None else self.plan.reads - self.read_bytes
            try:
                data = self.sock.recv(min(most, len(CHUNK)))
            except (BlockingIOError, InterruptedError):
                return
            if not data:
                return
            self.read_bytes += len(data)

    def write(self) -> None:
        assert self.sock is not None
        while self.owed:
            self.owed -= self.sock.send(CHUNK[: min(self.owed, len(CHUNK))], socket.MSG_NOSIGNAL)

    def end(self, how: int) -> None:
        assert self.sock is not None
        self.ending = None
        if how == plan.SHUTDOWN:
            self.sock.shutdown(socket.SHUT_WR)
            return
        if how == plan.ABORT:
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.sock.close()
        self.sock, self.left = None, True

    def lives(self) -> bool | None:
        """Whether the kernel has the connection; None where only a look at its tables says."""
        if self.sock is None:
            return None
        info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        if info[0] != CLOSED:
            return True
        if self.error is None:
            code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self.error = errno.errorcode.get(code) if code else None
        return False

    def close(self) -> None:
        for one in (self.sock, self.listener):
            if one is not None:
                one.close()

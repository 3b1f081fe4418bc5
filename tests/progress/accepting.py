"""Who accepts in the guard's tests: this process, or another one."""

from __future__ import annotations

import socket
import subprocess
import sys

from unstick.progress import Installed
from unstick.progress.testing import eventually


def looks(guard: Installed, more: int) -> None:
    """Waits until the guard has looked ``more`` times again."""
    goal = guard.stats.looks + more
    eventually(lambda: guard.stats.looks >= goal, 30.0)


def fill(sock: socket.socket) -> socket.socket:
    sock.setblocking(False)
    try:
        while True:
            sock.send(b"x" * 65536)
    except BlockingIOError:
        return sock


class Accepted:
    """A listener of this process and what it accepted."""

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.listener = socket.create_server((host, 0), family=family)
        self.address: tuple[str, int] = self.listener.getsockname()[:2]
        self.sockets: list[socket.socket] = []

    @property
    def port(self) -> int:
        return self.address[1]

    def accept(self) -> socket.socket:
        sock, _ = self.listener.accept()
        self.sockets.append(sock)
        return sock

    def fills(self) -> socket.socket:
        """Accepts, and sends until the kernel takes no more."""
        return fill(self.accept())

    def close(self) -> None:
        for sock in (self.listener, *self.sockets):
            sock.close()


class Listening:
    """Another process that listens; unless told otherwise it accepts and sends all it can."""

    PROGRAM = """
import socket, sys
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    sock, _ = listener.accept()
    try:
        sock.sendall(b"x" * 50_000_000)
    except OSError:
        pass
    sys.stdin.read()
"""

    def __init__(self, program: str = PROGRAM) -> None:
        self.program = program

    def __enter__(self) -> Listening:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", self.program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

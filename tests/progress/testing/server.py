"""A server that does only what the test says, and what its kernel knows of the client."""

from __future__ import annotations

import contextlib
import socket
import struct
from types import TracebackType
from typing import NamedTuple, Self

from unstick.progress.testing import eventually
from unstick.progress.testing.sockets import STATES, unacknowledged_bytes

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


class Told(NamedTuple):
    """What the server's kernel says of one connection (struct tcp_info, linux/tcp.h)."""

    state: str
    retransmits: int
    probes: int
    backoff: int
    unacked: int
    last_ack_ms: int
    acked: int
    segments_in: int
    snd_wnd: int
    total_retransmits: int


class Connection:
    """One accepted connection; the test reads and writes."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sent = 0

    def told(self) -> Told:
        raw = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 280)
        unacked, last_ack_ms = (struct.unpack_from("@I", raw, at)[0] for at in (24, 56))
        (acked,) = struct.unpack_from("@Q", raw, 120)
        counted = (struct.unpack_from("@I", raw, at)[0] for at in (140, 228, 100))
        return Told(STATES[raw[0]], raw[2], raw[3], raw[4], unacked, last_ack_ms, acked, *counted)

    def reads(self, until: bytes = b"\r\n\r\n") -> bytes:
        """Reads up to and with ``until``."""
        got = b""
        while until not in got:
            more = self.sock.recv(65536)
            assert more, f"the client closed after {got!r}"
            got += more
        return got

    def fills(self) -> int:
        """Sends until the kernel takes no more for half a second; how much it took in all."""
        self.sock.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while True:
                self.sent += self.sock.send(b"x" * 65536)
        self.sock.settimeout(10)
        return self.sent

    def sends(self, size: int) -> None:
        """A whole response with a body of ``size``, then FIN."""
        self.sock.sendall(RESPONSE % size + b"b" * size)
        self.sock.shutdown(socket.SHUT_WR)

    def delivered(self) -> bool:
        return unacknowledged_bytes(self.sock) == 0


class Server:
    """Listens; a context manager that closes all it accepted."""

    def __init__(
        self, family: socket.AddressFamily, hosts: tuple[str, str] = ("127.0.0.1", "::1")
    ) -> None:
        host = hosts[family is socket.AF_INET6]
        self.listener = socket.create_server((host, 0), family=family, backlog=100)
        self.listener.settimeout(10)
        self.address = self.listener.getsockname()
        self._accepted: list[Connection] = []

    def accepts(self) -> Connection:
        sock, _ = self.listener.accept()
        sock.settimeout(10)
        self._accepted.append(Connection(sock))
        return self._accepted[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.listener.close()
        for connection in self._accepted:
            connection.sock.close()


def told(connection: Connection, field: str, at_least: int) -> Told:
    """Waits until ``field`` of what the kernel says has reached ``at_least``."""
    eventually(
        lambda: getattr(connection.told(), field) >= at_least,
        within_s=20,
        says=lambda: f"{field} stayed below {at_least}: {connection.told()}",
    )
    return connection.told()

"""What became of a client, as plain data and as one line of text."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import StrEnum


class End(StrEnum):
    """How a connection ended, as the client's kernel told it."""

    EOF = "the server closed"
    RESET = "reset by the server"
    REFUSED = "connection refused"
    TIMED_OUT = "timed out in the client's kernel"
    UNREACHABLE = "server unreachable"
    CLOSED = "closed by the client"
    ABORTED = "reset by the client"
    FAILED = "the client failed"


ENDS = {
    # errno is all a client's program is told.
    errno.ECONNRESET: End.RESET,
    errno.EPIPE: End.RESET,  # the reset met us after the server's FIN, or while sending
    errno.ECONNREFUSED: End.REFUSED,
    errno.ENOENT: End.REFUSED,  # AF_UNIX: no such path
    errno.ETIMEDOUT: End.TIMED_OUT,
    errno.EHOSTUNREACH: End.UNREACHABLE,
    errno.ENETUNREACH: End.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Report:
    """A client at one moment. Times are seconds since it was made; None is "not yet", or unknown.

    ``bytes_sent`` were taken by the client's kernel, ``bytes_read`` by the client (without TLS's
    own), ``unread_bytes`` lie in the client's kernel. ``longest_gap_s`` is the longest time in
    which nothing was read. ``fin_s`` is noticed only as far as the bytes before it fit into the
    receive buffer: that is TCP, not the kit.
    """

    name: str
    address: object
    doing: str
    state: str | None
    end: End | None
    age_s: float
    connected_s: float | None
    ended_s: float | None
    fin_s: float | None
    bytes_sent: int
    bytes_read: int
    unread_bytes: int | None
    longest_gap_s: float

    def __str__(self) -> str:
        if self.connected_s is None and self.end is None:
            what = "not connected"
        elif self.end is None:
            what = f"{self.doing}, {self.state}"
        else:
            what = f"{self.end} after {self.ended_s:.1f} s"
        unread = f", {self.unread_bytes} B unread" if self.unread_bytes else ""
        return f"{self.name}: {what}; read {self.bytes_read} B{unread}, sent {self.bytes_sent} B"

"""What is left in the kernel: sockets by local address, their state and their queues.

Reads /proc/net/tcp and tcp6 (linux/net/ipv4/tcp_ipv4.c ``tcp4_seq_show()``) of the namespace the
calling thread is in; needs no root. Sees sockets of every process, and those of none: what a
``close()`` left behind to deliver.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unstick.errors import UnstickError
from unstick.progress.testing.sockets import STATES
from unstick.progress.testing.waiting import eventually

TABLES = ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6"))
FOLDER = Path("/proc/thread-self/net")

HARMLESS = frozenset({"LISTEN", "TIME-WAIT"})
"""A listener is no connection; TIME-WAIT holds no data and ends by itself after a minute."""

ANY_HOST = frozenset({"", "0.0.0.0", "::"})
"""A server that listens there has connections with any of the machine's addresses."""

V4_IN_V6 = b"\0" * 10 + b"\xff\xff"


Local = int | tuple[Any, ...]
"""A port, or (host, port) with a numeric host."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """One socket. ``unacknowledged_bytes`` are sent or waiting to be sent; ``unread_bytes`` wait
    for the program. ``inode`` is 0 when no program has the socket any more."""

    local: tuple[str, int]
    remote: tuple[str, int]
    state: str
    unacknowledged_bytes: int
    unread_bytes: int
    inode: int

    def __str__(self) -> str:
        owner = "" if self.inode else ", of no program"
        ends = f"{self.local[0]}:{self.local[1]} to {self.remote[0]}:{self.remote[1]}"
        return (
            f"{self.state} {ends}{owner}: "
            f"{self.unacknowledged_bytes} B unacknowledged, {self.unread_bytes} B unread"
        )


class CannotSeeError(UnstickError):
    """This system does not show its sockets."""


def leftovers(local: Local, *, but: Collection[str] = HARMLESS) -> list[Leftover]:
    """The sockets at ``local``, but for those in the states ``but``.

    ``local`` is the server's address, or a port alone. Prefer the address: another program's client
    may use the same number on another of the machine's addresses.

    Promised: everything one reading of the kernel's table shows. Not promised: one moment; sockets
    may come and go while it is read. Raises CannotSeeError where there is no such table.
    """
    host, port = ("", local) if isinstance(local, int) else (str(local[0]), int(local[1]))
    if not FOLDER.exists():
        raise CannotSeeError(
            f"{sys.platform} does not show sockets in {FOLDER}", "leftovers() needs Linux"
        )
    found = []
    for family, name in TABLES:
        table = FOLDER / name
        if table.exists():  # no tcp6: a kernel without IPv6
            with table.open("r", encoding="ascii") as lines:
                found += parse(lines, family, port)
    here = [one for one in found if host in ANY_HOST or one.local[0] == host]
    return [one for one in here if one.state not in but]


def nothing_left(local: Local, within_s: float = 5.0, *, but: Collection[str] = HARMLESS) -> None:
    """Raises AssertionError, with what is left, unless ``leftovers(local)`` is empty in time."""

    def says() -> str:
        left = leftovers(local, but=but)
        return "\n".join([f"{len(left)} sockets are left at {local}", *map(str, left)])

    eventually(lambda: not leftovers(local, but=but), within_s, says)


def parse(lines: Iterable[str], family: socket.AddressFamily, port: int) -> list[Leftover]:
    """The rows of one table with this local port."""
    wanted = f":{port:04X}"
    found = []
    for line in lines:
        fields = line.split()
        if len(fields) < 10 or not fields[1].endswith(wanted):
            continue
        unacknowledged, unread = fields[4].split(":")
        found.append(
            Leftover(
                local=_endpoint(family, fields[1]),
                remote=_endpoint(family, fields[2]),
                state=STATES[int(fields[3], 16)],
                unacknowledged_bytes=int(unacknowledged, 16),
                unread_bytes=int(unread, 16),
                inode=int(fields[9]),
            )
        )
    return found


def _endpoint(family: socket.AddressFamily, text: str) -> tuple[str, int]:
    """Addresses are printed as 32-bit numbers in the machine's byte order, ports as they are."""
    digits, port = text.split(":")
    raw = b"".join(
        int(digits[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(digits), 8)
    )
    if raw.startswith(V4_IN_V6):
        return socket.inet_ntop(socket.AF_INET, raw[12:]), int(port, 16)
    return socket.inet_ntop(family, raw), int(port, 16)

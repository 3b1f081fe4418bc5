"""One cell of the matrix: one server, one kind of client, with the guard or without.

Every cell has a server of its own, because one stalled client is enough to stop some of them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from tests.progress.servers import kernel
from tests.progress.servers.configurations import Configuration
from tests.progress.servers.running import Server
from unstick.progress.testing.client import Client
from unstick.progress.testing.clients import Clients
from unstick.progress.testing.http import http_get
from unstick.progress.testing.serving import served_within

LATE_BYTES = 102_400
"""The body of ``/late``, which a half-closed client should get whole."""

RATE = 20_000
RCVBUF = 16_384
"""Of clients that are slow or stop: what they acknowledge comes every 1.4 s at 20 kB/s. With the
system's own buffer it comes every 6.5 s, and no policy of 5 s could tell slow from dead."""

STALL_WITHIN_S = 20.0
LEAST_BYTES = 4096
"""trio keeps only 16 KiB in the kernel (TCP_NOTSENT_LOWAT)."""

SAME_LOOKS = 3
"""So often in a row the server's queue is the same before it counts as halted."""

SETTLES_WITHIN_S = 5.0
"""How long a server may take to close a connection that is done."""

LOOK_EVERY_S = 0.3


@dataclass(frozen=True)
class Limits:
    """How long to look. ``policy`` None: without the guard."""

    policy: str | None
    stalled_s: float = 60.0  # at a client that never reads or vanished
    slow_s: float = 30.0  # at a client that reads 20 kB/s
    exit_s: float = 45.0  # for SIGTERM


@dataclass(frozen=True)
class Cell:
    """What became of one client. Seconds; None: not within the time that was watched."""

    server: str
    client: str
    got_bytes: int = 0
    end: str | None = None  # how the client's kernel told it
    let_go_s: float | None = None  # after it came, the process holds the connection no longer
    left: str = ""  # in the kernel then
    next_answer_s: float | None = None
    exit_s: float | None = None
    exit_left: str = ""
    log: str = field(default="", repr=False)


def answered(clients: Clients, port: int, within_s: float) -> float | None:
    """Seconds until a healthy request for ``/small`` was answered; None if it was not."""
    began = time.monotonic()
    try:
        response = served_within(
            ("127.0.0.1", port), within_s, clients, request=http_get("/small"), name="healthy"
        )
    except AssertionError:
        return None
    return time.monotonic() - began if response.status == 200 else None


def stalled(clients: Clients, port: int) -> tuple[Client, int]:
    """A client that asked for 50 MiB and never reads, when the server has come to a halt with it.
    (SIGTERM in the middle of a response is another story: twisted's WSGI threads never end.)"""
    client = clients.never_reads(("127.0.0.1", port), request=http_get("/big"), rcvbuf=RCVBUF)
    return client, owed(client, port)


def owed(client: Client, port: int) -> int:
    """Waits until the server owes ``client`` bytes and writes no more; the client's port."""
    client.until(lambda one: one.connected, STALL_WITHIN_S)
    address = client.local_address()
    assert isinstance(address, tuple)
    peer = int(address[1])
    deadline = time.monotonic() + STALL_WITHIN_S
    amounts = [0]
    while amounts[-1] < LEAST_BYTES or not settled(amounts[-SAME_LOOKS:]):
        assert time.monotonic() < deadline, f"{client!r} never came to a halt"
        Event().wait(LOOK_EVERY_S)
        amounts.append(sum(one.unacknowledged_bytes for one in kernel.sockets_at(port, peer)))
    return peer


def settled(amounts: list[int]) -> bool:
    """Within a fiftieth: a slow client takes a little meanwhile."""
    return max(amounts) - min(amounts) <= max(amounts) / 50


def let_go(port: int, peer: int, within_s: float) -> bool:
    """Waits until no process holds the connection to ``peer`` any more."""
    deadline = time.monotonic() + within_s
    while any(one.inode for one in kernel.sockets_at(port, peer)):
        if time.monotonic() > deadline:
            return False
        Event().wait(LOOK_EVERY_S)
    return True


# --- the four clients ----------------------------------------------------------------------------


def never_reads(server: Server, clients: Clients, limits: Limits) -> Cell:
    client, peer = stalled(clients, server.port)
    cell = _after_stall(server, clients, client, peer, limits)
    if cell.let_go_s is not None:
        stalled(clients, server.port)  # SIGTERM meets one that has just begun
    exit_s = server.stop(limits.exit_s)
    return replace(cell, exit_s=exit_s, exit_left=kernel.words(kernel.sockets_at(server.port)))


def vanishes(server: Server, clients: Clients, limits: Limits) -> Cell:
    """Reads a little, and falls silent with bytes in flight."""
    where = ("127.0.0.1", server.port)
    request = http_get("/big")
    client = clients.vanishes(where, request=request, rcvbuf=RCVBUF, read_first=200_000)
    peer = owed(client, server.port)
    return _after_stall(server, clients, client, peer, limits)


def _after_stall(
    server: Server, clients: Clients, client: Client, peer: int, limits: Limits
) -> Cell:
    gone = let_go(server.port, peer, limits.stalled_s)
    age_s = client.report().age_s
    left = kernel.words(kernel.sockets_at(server.port, peer))
    return Cell(
        server.configuration.name,
        client.name,
        client.bytes_read,
        client.end,
        age_s if gone else None,
        left,
        answered(clients, server.port, 3.0),
    )


def half_closes(server: Server, clients: Clients, limits: Limits) -> Cell:
    where = ("127.0.0.1", server.port)
    client = clients.half_closes(where, request=http_get("/late"), keep=None)
    deadline = time.monotonic() + 20.0
    while client.end is None and time.monotonic() < deadline:
        Event().wait(LOOK_EVERY_S)
    body = client.received.partition(b"\r\n\r\n")[2]
    deadline = time.monotonic() + SETTLES_WITHIN_S
    while (left := kernel.sockets_at(server.port)) and time.monotonic() < deadline:
        Event().wait(LOOK_EVERY_S)
    name, words = server.configuration.name, kernel.words(left)
    return Cell(name, client.name, len(body), client.end, left=words)


def slow(server: Server, clients: Clients, limits: Limits) -> Cell:
    """What the client sees is not all: a server may have given up long before its kernel has
    delivered what it still held. ``let_go_s`` is when it did."""
    where = ("127.0.0.1", server.port)
    client = clients.reads_at(where, RATE, request=http_get("/big"), rcvbuf=RCVBUF)
    peer = owed(client, server.port)
    gone = let_go(server.port, peer, limits.slow_s)
    report = client.report()
    left = kernel.words(kernel.sockets_at(server.port, peer))
    let_go_s = report.age_s if gone else None
    name = server.configuration.name
    return Cell(name, client.name, report.bytes_read, report.end, let_go_s, left)


Scene = Callable[[Server, Clients, Limits], Cell]

SCENES: dict[str, Scene] = {
    "never reads": never_reads,
    "vanishes": vanishes,
    "half-closes": half_closes,
    "20 kB/s": slow,
}


def play(configuration: Configuration, scene: str, limits: Limits) -> Cell:
    """Starts the server, plays the scene, ends both. Raises when the server does not start."""
    with (
        tempfile.TemporaryDirectory(prefix="unstick-server-") as folder,
        Server(configuration, Path(folder), limits.policy) as server,
        Clients() as clients,
    ):
        return replace(SCENES[scene](server, clients, limits), client=scene, log=server.log)

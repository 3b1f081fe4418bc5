"""What this system's kernel does to who sends, measured: ``python -m tests.progress.facts``.

The figures of docs/limits.md. Plain sockets and the kit's clients on loopback; ``unstick.progress``
is not asked to send, only to read TCP_INFO. Takes two minutes.
"""

from __future__ import annotations

import asyncio
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event

from tests.progress.stage import BODY, MB, Stage, on_loopback
from unstick.progress import ending, sample
from unstick.progress.testing import Client, eventually, leftovers
from unstick.progress.testing.sockets import unacknowledged_bytes

LOOK_EVERY_S = 0.05
RCVBUF = 65536


@dataclass(frozen=True)
class Fact:
    """A sentence of the page, with what was seen here."""

    what: str
    seen: Mapping[str, float]

    def __str__(self) -> str:
        lines = (f"  {name}: {shown(value)}" for name, value in self.seen.items())
        return "\n".join([self.what, *lines])


Measured = Callable[[int, int], Fact]
"""Of a reader's rate, and a limit in seconds."""


def shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"


@contextmanager
def connection(client: Callable[[Stage], Client]) -> Iterator[tuple[Stage, Client, socket.socket]]:
    with on_loopback() as stage:
        made = client(stage)
        yield stage, made, stage.accept()


def steady(rate: int) -> Callable[[Stage], Client]:
    return lambda at: at.clients.reads_at(at.address, rate, rcvbuf=RCVBUF)


def deaf(at: Stage) -> Client:
    # Without a request: close() with unread bytes would reset by itself.
    return at.clients.never_reads(at.address, request=b"", rcvbuf=8192)


def writable_is_not_progress(rate: int, seconds: int) -> Fact:
    """A steady reader: how long nothing can be written, and how long nothing is acknowledged."""
    with connection(lambda at: at.clients.reads_at(at.address, rate)) as (_, _, sock):
        sock.setblocking(False)
        gaps = {"written": Gap(), "acknowledged": Gap()}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if filled(sock):
                gaps["written"].moved()
            gaps["acknowledged"].saw(sample(sock).bytes_acked or 0)
            Event().wait(LOOK_EVERY_S)
    seen = {f"longest time without a byte {name}, s": gap.longest for name, gap in gaps.items()}
    return Fact(f"A steady reader of {rate} B/s, for {seconds} s", seen)


class Gap:
    """The longest time between two moves."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.longest = 0.0
        self.count = 0

    def moved(self) -> None:
        now = time.monotonic()
        self.longest = max(self.longest, now - self.last)
        self.last = now

    def saw(self, count: int) -> None:
        if count > self.count:
            self.count = count
            self.moved()


def filled(sock: socket.socket) -> bool:
    """Writes as long as the socket is writable; did it take anything?"""
    took = False
    while select.select([], [sock], [], 0)[1]:
        try:
            took = sock.send(BODY[:MB]) > 0
        except BlockingIOError:
            break
    return took


def send_timeout_is_for_the_call(rate: int, limit_s: int) -> Fact:
    """SO_SNDTIMEO of a thread in one large ``send``, to a reader that never stops."""
    with connection(steady(rate)) as (_, client, sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", limit_s, 0))
        began = time.monotonic()
        sent = sock.send(BODY)
        took = time.monotonic() - began
        seen = {
            "returned after, s": took,
            "bytes it took of 20,000,000": sent,
            "longest time in which the client read nothing, s": client.report().longest_gap_s,
        }
    return Fact(f"SO_SNDTIMEO={limit_s} and one send() to a steady reader of {rate} B/s", seen)


def timeout_of_sendall_is_for_the_call(rate: int, limit_s: int) -> Fact:
    """Python's ``settimeout`` and ``sendall``: the same reader, and not even a count."""
    with connection(steady(rate)) as (_, client, sock):
        sock.settimeout(limit_s)
        began = time.monotonic()
        with suppress(TimeoutError):
            sock.sendall(BODY)
        seen = {
            "raised after, s": time.monotonic() - began,
            "longest time in which the client read nothing, s": client.report().longest_gap_s,
        }
    return Fact(f"settimeout({limit_s}) and sendall() to a steady reader of {rate} B/s", seen)


def closing_is_not_curing() -> Fact:
    """What the kernel keeps of a client that reads nothing, once the program has closed."""
    seen = {
        "after close(), bytes in FIN-WAIT-1": kept(lambda sock: sock.close()),
        "after asyncio's transport.abort()": kept(aborted_by_asyncio),
        "after close() with SO_LINGER {1, 0}": kept(reset),
        "after connect(AF_UNSPEC)": kept(disconnected),
    }
    return Fact("A client that reads nothing, and a program that gives up", seen)


def kept(end: Callable[[socket.socket], object]) -> int:
    with connection(deaf) as (stage, _, sock):
        sock.setblocking(False)
        rests(sock)
        end(sock)
        Event().wait(0.2)
        left = leftovers(stage.address)
        return sum(one.unacknowledged_bytes for one in left)


def rests(sock: socket.socket) -> int:
    """Fills the socket until it takes no more; what the kernel holds then."""
    eventually(lambda: not filled(sock) and sample(sock).snd_wnd == 0, 20)
    return unacknowledged_bytes(sock) or 0


def aborted_by_asyncio(sock: socket.socket) -> None:
    async def main() -> None:
        _, writer = await asyncio.open_connection(sock=sock)
        writer.write(BODY[:MB])
        writer.transport.abort()
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())], timeout=1)

    asyncio.run(main())


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def disconnected(sock: socket.socket) -> None:
    ending.disconnect(sock.fileno())


def what_one_client_holds() -> Fact:
    seen = {}
    for name, lowat in (("by itself", None), ("with TCP_NOTSENT_LOWAT of 128 KiB", 131072)):
        with connection(deaf) as (_, _, sock):
            if lowat:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, lowat)
            sock.setblocking(False)
            seen[f"{name}, bytes"] = rests(sock)
    return Fact("What the kernel takes for a client that reads nothing", seen)


def main() -> None:
    facts: tuple[Callable[[], Fact], ...] = (
        lambda: writable_is_not_progress(50_000, 60),
        lambda: send_timeout_is_for_the_call(50_000, 6),
        lambda: timeout_of_sendall_is_for_the_call(50_000, 6),
        closing_is_not_curing,
        what_one_client_holds,
    )
    for fact in facts:
        print(fact(), end="\n\n", flush=True)


if __name__ == "__main__":
    main()

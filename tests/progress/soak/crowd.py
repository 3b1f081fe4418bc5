"""Who comes to the soak: as a table of habits, each within the policy or on its way out of it.

Times and rates are for the limits ``idle=60 silent=30``; ``scale`` of 0.2 is for a fifth of them:
pauses are as much shorter, and readers that wait for a window to open as much faster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unstick.progress.testing import Client, Clients
from unstick.progress.testing.clients import Options
from unstick.progress.testing.script import Lose, Read

LOSS = 0.3
Address = tuple[str, int]
Come = Callable[[Clients, Address, float, int], Client]
"""clients, address, scale, its ticket -> a client on its way."""


def bulk(ticket: int) -> bytes:
    """As fast as it goes. The ticket says whose stream it is."""
    return b"%d bulk\n" % ticket


def events(ticket: int, pause_s: float) -> bytes:
    """A kilobyte every ``pause_s``."""
    return b"%d events %.3f\n" % (ticket, pause_s)


def slow(rate: float, rcvbuf: int) -> Come:
    """A steady reader; its window opens in steps, all of them well within ``idle``."""

    def come(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
        return clients.reads_at(
            address, rate / scale, request=bulk(ticket), rcvbuf=rcvbuf, every_s=0.5 * scale
        )

    return come


def lossy(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    """An event every few seconds, over a path that loses three segments of ten."""
    return clients.does(address, Lose(LOSS), Read(), request=events(ticket, 5 * scale))


def lossy_and_slow(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    steps = Lose(LOSS), Read(None, 500 / scale, 0.5 * scale)
    return clients.does(address, *steps, request=bulk(ticket), rcvbuf=8192)


def paused(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    """Reads a little, stands still for 20 to 45 s, again and again: answers each probe."""
    options: Options = {"request": bulk(ticket), "rcvbuf": 16_384}
    return clients.pauses(address, (20 + 5 * (ticket % 6)) * scale, 32_768, None, **options)


def half_closed(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    options: Options = {"request": bulk(ticket), "rcvbuf": 4096, "rate": 1000 / scale}
    return clients.half_closes(address, **options)


def quiet(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    """Takes all at once, of a program that has little to say."""
    return clients.reads_all(address, request=events(ticket, (30 + 10 * (ticket % 8)) * scale))


def fast_and_gone(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    """Most of its time bytes are in flight to it."""
    return clients.reads_at(address, 100_000, request=bulk(ticket), rcvbuf=65_536)


def full_and_gone(clients: Clients, address: Address, scale: float, ticket: int) -> Client:
    """Its window is closed when it vanishes."""
    return clients.never_reads(address, request=bulk(ticket), rcvbuf=4096)


@dataclass(frozen=True)
class Habit:
    """One kind of client: ``count`` of it at each server."""

    name: str
    come: Come
    count: int
    lossy: bool = False


WITHIN = (
    Habit("200 B/s", slow(200, 2048), 6),
    Habit("1 kB/s", slow(1000, 2048), 6),
    Habit("5 kB/s", slow(5000, 8192), 6),
    Habit("20 kB/s", slow(20_000, 16_384), 6),
    Habit("lossy, events", lossy, 6, lossy=True),
    Habit("lossy, 500 B/s", lossy_and_slow, 2, lossy=True),
    Habit("paused 20-45 s", paused, 12),
    Habit("half-closed", half_closed, 8),
    Habit("quiet program", quiet, 8),
)
"""Nobody of these may be ended."""


@dataclass(frozen=True)
class Leaving:
    """One kind that breaks the policy: it vanishes ``after_s``; None: it stays, and never reads."""

    name: str
    come: Come
    count: int
    after_s: float | None
    full: bool = False  # its window is closed by then


LEAVING = (
    Leaving("vanishes in flight", fast_and_gone, 4, 6.0),
    Leaving("vanishes when full", full_and_gone, 2, 8.0, full=True),
    Leaving("never reads", full_and_gone, 2, None, full=True),
)
"""Each of these must be ended, and then another one comes."""

"""One soak: brings the crowd to the servers, replaces who was ended, and keeps what was seen.

It judges nothing: ``report.py`` does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Event

from tests.progress.soak.crowd import LEAVING, WITHIN, Habit, Leaving
from tests.progress.soak.serving import NAIVE, WAYS, Ended, Servers
from unstick.progress import Policy
from unstick.progress.testing import Client, Clients, End, eventually, leftovers
from unstick.progress.testing.namespace import NoNetworkError
from unstick.progress.testing.networks import network
from unstick.progress.testing.script import Read

LOOK_EVERY_S = 0.1
TELL_EVERY_S = 60.0
CONNECT_WITHIN_S = 30.0
DELIVERED_WITHIN_S = 120.0
SETTLED_WITHIN_S = 20.0
LATEST_S = 60.0
"""Who is not ended so long after its limit is not waited for any more."""

TICKS = 4  # looks within the shortest limit: a verdict may be late by one of them
PROBES = 8  # a stalled peer is asked so often in ``silent``, where the kernel can be told so


@dataclass(frozen=True)
class Plan:
    """How long, how many, how patient."""

    seconds: float
    idle_s: float = 60.0
    silent_s: float = 30.0
    share: float = 1.0  # of the crowd's numbers

    @property
    def policy(self) -> Policy:
        return Policy(idle=self.idle_s, silent=self.silent_s)

    @property
    def scale(self) -> float:
        """See ``crowd.py``."""
        return self.idle_s / 60.0

    @property
    def tick_s(self) -> float:
        return min(self.idle_s, self.silent_s) / TICKS

    def count(self, kind: Habit | Leaving) -> int:
        return max(1, round(kind.count * self.share))


@dataclass
class Stayed:
    """A client that must not be ended, and what became of it."""

    way: str
    habit: Habit
    client: Client
    ticket: int
    ended: Ended | None = None  # before the streams were told to stop
    unread_s: float = 0.0  # the longest time in which it read nothing
    whole: bool = False  # in the end it had every byte, and the end of the stream


@dataclass
class Left:
    """A client that must be ended: at ``due``, when its limit is over, or a tick later."""

    way: str
    kind: Leaving
    client: Client
    ticket: int
    vanishes: float | None
    due: float  # time.monotonic()
    ended: Ended | None = None


@dataclass
class Result:
    plan: Plan
    where: str
    stayed: list[Stayed] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    in_kernel: list[str] = field(default_factory=list)  # of our servers' connections, afterwards


Inside = Callable[[], AbstractContextManager[object]]


def play(plan: Plan, say: Callable[[str], None]) -> Result:
    """The whole soak. ``say`` is given a line now and then."""
    with stage() as (clients, inside, host, where), ExitStack() as stack:
        with inside():  # threads that begin here stay here
            servers = Servers(plan.policy, host)
        stack.callback(servers.close)
        soak = Soak(Result(plan, where), clients, servers)
        soak.come()
        soak.watch(say)
        soak.end()
        with inside():
            soak.result.in_kernel = remains(servers)
        return soak.result


def remains(servers: Servers) -> list[str]:
    """What the kernel still has of connections that our senders ended or served."""

    def found() -> list[str]:
        ports = [address[1] for way, address in servers.addresses.items() if way != NAIVE]
        return [str(one) for port in ports for one in leftovers(port)]

    with suppress(AssertionError):
        eventually(lambda: not found(), SETTLED_WITHIN_S)
    return found()


@contextmanager
def stage() -> Iterator[tuple[Clients, Inside, str, str]]:
    """Two namespaces with a cable of MTU 1500; where that is not allowed, loopback."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(network())
        except NoNetworkError:
            yield stack.enter_context(Clients()), nullcontext, "127.0.0.1", "loopback"
        else:
            yield made.clients, made.server.inside, made.server.address, "a cable, MTU 1500"


class Soak:
    """The clients of one soak, in its thread."""

    def __init__(self, result: Result, clients: Clients, servers: Servers) -> None:
        self.result, self.plan = result, result.plan
        self._clients, self._servers = clients, servers
        self._ended = servers.books.ended
        self._under_way: list[Left] = []
        self._tickets = count()

    def come(self) -> None:
        """Everybody comes, once. The naive server gets no one who leaves."""
        for way in WAYS:
            for habit in WITHIN:
                for _ in range(self.plan.count(habit)):
                    client, ticket = self._client(way, habit)
                    self.result.stayed.append(Stayed(way, habit, client, ticket))
        for way in WAYS:
            for kind in LEAVING if way != NAIVE else ():
                for _ in range(self.plan.count(kind)):
                    self._leaver(way, kind)

    def _client(self, way: str, kind: Habit | Leaving) -> tuple[Client, int]:
        ticket = next(self._tickets)
        address = self._servers.addresses[way]
        client = kind.come(self._clients, address, self.plan.scale, ticket)
        return client.until(lambda one: one.connected, CONNECT_WITHIN_S), ticket

    def _leaver(self, way: str, kind: Leaving) -> None:
        client, ticket = self._client(way, kind)
        now = time.monotonic()
        vanishes = None if kind.after_s is None else now + kind.after_s * self.plan.scale
        left = Left(way, kind, client, ticket, vanishes, self._due(way, kind, now, vanishes))
        self.result.left.append(left)
        self._under_way.append(left)

    def _due(self, way: str, kind: Leaving, came: float, vanishes: float | None) -> float:
        """When the first of its limits is over.

        In flight, the kernel asks all the time. At a closed window it asks less and less often,
        and was answered before: ``install`` changes no socket, so there ``idle`` may come first.
        """
        idle = came + self.plan.idle_s
        if vanishes is None or (kind.full and way == "install"):
            return idle
        silent = self.plan.silent_s
        return min(idle, vanishes + silent + (silent / PROBES if kind.full else 0.0))

    # --- while it lasts --------------------------------------------------------------------------

    def watch(self, say: Callable[[str], None]) -> None:
        """Lets everybody go on; who has been ended is replaced by another of its kind."""
        began = told = time.monotonic()
        while (now := time.monotonic()) < began + self.plan.seconds:
            self._look(now)
            for left in [one for one in self._under_way if self._is_over(one, now)]:
                self._under_way.remove(left)
                self._leaver(left.way, left.kind)
            if now - told > TELL_EVERY_S:
                told = now
                say(f"{(now - began) / 60:.0f} min: {self._so_far()}")
            Event().wait(LOOK_EVERY_S)

    def _look(self, now: float) -> None:
        for left in self._under_way:
            if left.vanishes and now >= left.vanishes and left.client.end is None:
                left.client.vanish()
                # What counts is when it did.
                left.due += time.monotonic() - left.vanishes
                left.vanishes = None

    def _is_over(self, left: Left, now: float) -> bool:
        left.ended = self._ended.get(left.ticket)
        if left.ended is None and now < left.due + LATEST_S:
            return False
        left.client.close()
        return True

    def _so_far(self) -> str:
        gone = [one for one in self.result.stayed if one.ticket in self._ended]
        naive = sum(one.way == NAIVE for one in gone)
        return (
            f"{len(self.result.left)} came to leave; of those within the policy "
            f"{len(gone) - naive} were ended, by the naive sender {naive}"
        )

    # --- the end ---------------------------------------------------------------------------------

    def end(self) -> None:
        """Waits for those who are leaving; then all streams stop, and the others read the rest."""
        last = max((one.due for one in self._under_way), default=0.0) + LATEST_S

        def over() -> bool:
            now = time.monotonic()
            self._look(now)
            self._under_way[:] = [one for one in self._under_way if not self._is_over(one, now)]
            return not self._under_way

        eventually(over, max(1.0, last - time.monotonic() + LATEST_S))
        for one in self.result.stayed:
            one.ended = self._ended.get(one.ticket)
            one.unread_s = one.client.report().longest_gap_s
        self._servers.stop_streams()
        staying = [one for one in self.result.stayed if one.ended is None]
        for one in staying:
            if one.client.end is None:
                one.client.come_back()  # nothing is lost any more
                one.client.do(Read())
        end = time.monotonic() + DELIVERED_WITHIN_S
        while any(not self._whole(one) for one in staying) and time.monotonic() < end:
            Event().wait(LOOK_EVERY_S)
        for one in staying:
            one.whole = self._whole(one)

    def _whole(self, one: Stayed) -> bool:
        ended = self._ended.get(one.ticket)
        if ended is None or ended.why or one.client.end is not End.EOF:
            return False
        return one.client.bytes_read == ended.offered

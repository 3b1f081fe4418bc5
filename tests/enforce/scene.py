"""Where an enforcer meets servers it cannot touch: sockets of this process in its own namespace."""

from __future__ import annotations

import socket
import struct
import time
import warnings
from collections.abc import Callable
from threading import Event as Bell

from tests.progress.accepting import fill
from unstick.enforce.endings import Fate
from unstick.enforce.enforcer import Enforcer, Event
from unstick.enforce.settings import Settings, Via
from unstick.progress.errors import PolicyWarning
from unstick.progress.policy import Policy
from unstick.progress.testing import Clients, leftovers
from unstick.progress.testing.namespace import Namespace

with warnings.catch_warnings():
    warnings.simplefilter("ignore", PolicyWarning)
    QUICK = Policy(idle=0.2, silent=None)
"""For who takes nothing at all. Those who must live get a longer one."""

WITHIN_S = 20.0
RESET = struct.pack("ii", 1, 0)
SMALL = 8192


class Scene:
    def __init__(self, namespace: Namespace, clients: Clients) -> None:
        self.namespace = namespace
        self.clients = clients
        self.open: list[socket.socket] = []
        self.enforcers: list[Enforcer] = []

    def listens(self, host: str = "127.0.0.1", both: bool = False) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, 0), family=family, dualstack_ipv6=both)
        self.open.append(listener)
        return listener

    def stalls(self, listener: socket.socket, host: str = "") -> socket.socket:
        """A client that reads nothing; the server's end of it, which is full."""
        address = listener.getsockname()[:2]
        self.clients.never_reads((host or address[0], address[1]), rcvbuf=SMALL)
        return self.filled(listener)

    def filled(self, listener: socket.socket) -> socket.socket:
        sock, _ = listener.accept()
        sock.recv(65536)
        self.open.append(sock)
        return fill(sock)

    def enforcer(
        self,
        *listeners: socket.socket,
        kill: bool = True,
        policy: Policy = QUICK,
        via: Via = Via.SOCK_DIAG,
        **more: object,
    ) -> Enforcer:
        ports = frozenset(port_of(one) for one in listeners)
        settings = Settings(policy, ports, kill=kill, via=via, **more)  # type: ignore[arg-type]
        enforcer = Enforcer(settings)
        self.enforcers.append(enforcer)
        return enforcer

    def left(self, listener: socket.socket) -> list[str]:
        """The states of what is left at a listener's port, itself apart."""
        return [one.state for one in leftovers(port_of(listener), but={"LISTEN"})]

    def close(self) -> None:
        for enforcer in self.enforcers:
            enforcer.close()
        for sock in (one for one in self.open if one.fileno() >= 0):
            # Not into the orphanage: nothing of this namespace shall outlive the test.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def until(enforcer: Enforcer, holds: Callable[[list[Event]], bool]) -> list[Event]:
    """Looks until it holds of all events so far."""
    events: list[Event] = []
    ends_at = time.monotonic() + WITHIN_S
    while not holds(events):
        assert time.monotonic() < ends_at, events
        wait_s = enforcer.tick()
        assert enforcer.failure is None, enforcer.failure
        events += enforcer.events()
        Bell().wait(min(wait_s, 0.1))
    return events


def looks(enforcer: Enforcer, seconds: float) -> list[Event]:
    """What it says in so long a time."""
    ends_at = time.monotonic() + seconds
    return until(enforcer, lambda _: time.monotonic() >= ends_at)


def fates(events: list[Event]) -> list[Fate]:
    return [one.end.fate for one in events]

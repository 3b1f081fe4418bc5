"""The requests that are under way: an id each, what the kernel says of them, and an end at once.

A watcher looks at those that are being sent once a second and meters them by the policy, in either
mode: in ``blocking`` the verdict is only told. Ending is never up to the session's thread.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from unstick.node.counting import Count
from unstick.node.message import Asked
from unstick.progress import ending
from unstick.progress.meter import Meter
from unstick.progress.outcome import NOTHING, Outcome, Sample
from unstick.progress.policy import Kill, Policy
from unstick.progress.tcpinfo import sample

if TYPE_CHECKING:
    from unstick.node.objects import Object

LOOK_S = 1.0


class Ticket:
    """One request, from its head to the end of its response. The session's thread writes it."""

    def __init__(self, number: int, sock: socket.socket, asked: Asked, policy: Policy) -> None:
        self.number = number
        self.sock = sock
        self.asked = asked
        self.began = time.monotonic()
        self.doing = "reads the request"
        self.cancelled = False
        self.objects: set[Object] = set()  # which it reads, and which therefore wake it
        self.look = sample(sock)
        self.count = Count(self.look)
        self.meter = Meter(policy, self.look, self.began)
        self.verdict: Outcome | None = None

    def observe(self, policy: Policy, now: float) -> None:
        """Looks at the socket. A verdict holds until the client takes something again."""
        try:
            look = sample(self.sock)
        except OSError:
            look = NOTHING
        if look.bytes_acked is None:
            return
        moved = look.bytes_acked != self.look.bytes_acked
        self.look = look
        if self.verdict is not None and moved:
            self.verdict, self.meter = None, Meter(policy, look, now)
        elif self.verdict is None:
            self.verdict = self.meter.observe(look, now)

    @property
    def acked(self) -> int:
        """Bytes of its response that the client had acknowledged at the last look."""
        return self.count.acked(self.look)

    def row(self, now: float) -> dict[str, Any]:
        """What ``ctl requests`` tells."""
        look: Sample = self.look
        return {
            "id": self.number,
            "client": self.asked.peer,
            "method": self.asked.method,
            "target": self.asked.target,
            "age_s": round(now - self.began, 3),
            "sent": self.count.sent(look),
            "acked": self.acked,
            "unacked": look.held_bytes,
            "state": look.state_name,
            "doing": self.doing,
            "verdict": str(self.verdict) if self.verdict else None,
        }


class Register:
    """All requests under way. Thread safe."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.lock = threading.Lock()
        self._tickets: dict[int, Ticket] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._tickets)

    def open(self, sock: socket.socket, asked: Asked) -> Ticket:
        with self.lock:
            self._last += 1
            ticket = Ticket(self._last, sock, asked, self.policy)
            self._tickets[ticket.number] = ticket
            return ticket

    def close(self, ticket: Ticket) -> None:
        """After this its socket may be closed: nobody here touches it any more."""
        with self.lock:
            self._tickets.pop(ticket.number, None)

    def look(self) -> None:
        """Looks at every request once."""
        with self.lock:
            now = time.monotonic()
            for ticket in self._tickets.values():
                ticket.observe(self.policy, now)

    def rows(self) -> list[dict[str, Any]]:
        """Every request under way, as of now, oldest first."""
        self.look()
        with self.lock:
            now = time.monotonic()
            return [ticket.row(now) for ticket in self._tickets.values()]

    def stuck(self) -> int:
        """How many the policy has a verdict on, as of the last look."""
        with self.lock:
            return sum(ticket.verdict is not None for ticket in self._tickets.values())

    def cancel(self, number: int) -> bool:
        """Resets the connection of a request, now; whether there was one. Its thread wakes,
        whatever it waits for, and tells the log."""
        with self.lock:
            ticket = self._tickets.get(number)
            if ticket is None:
                return False
            ticket.observe(self.policy, time.monotonic())  # a reset clears the kernel's counters
            ticket.cancelled = True
            ending.end(ticket.sock, Kill.RESET)
            waits = list(ticket.objects)
        for one in waits:
            one.poke()
        return True

    def cancel_all(self) -> int:
        """How many there were."""
        with self.lock:
            numbers = list(self._tickets)
        return sum(map(self.cancel, numbers))

    def watch(self, stop: threading.Event) -> None:
        """Until ``stop``, in a thread of its own."""
        while not stop.wait(LOOK_S):
            self.look()

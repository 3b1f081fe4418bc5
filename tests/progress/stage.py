"""Where senders meet the kit's clients: a listener, accepted sockets in every mode, and threads."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Generic, TypeVar

from unstick.progress import Outcome, Policy, ProgressError
from unstick.progress.testing import Clients, Leftover, Network, eventually, leftovers

MODES = ("blocking", "non-blocking", "timeout")
"""Of the accepted socket: as socket.settimeout(None), (0), (3600)."""
TIMEOUTS = dict(zip(MODES, (None, 0.0, 3600.0), strict=True))

MB = 1_000_000
BODY = memoryview(bytes(20 * MB))

T = TypeVar("T")
Where = Callable[[], AbstractContextManager[object]]


class Stage:
    """A listener, and clients that go to it. ``accept`` gives the server's end."""

    def __init__(
        self, listener: socket.socket, clients: Clients, where: Where = nullcontext
    ) -> None:
        self.where = where
        listener.settimeout(20)
        self.listener = listener
        self.clients = clients
        self.address = listener.getsockname()
        self.accepted: list[socket.socket] = []
        self.peers: set[int] = set()

    def accept(self, mode: str = "blocking") -> socket.socket:
        sock, peer = self.listener.accept()
        self.peers.add(peer[1])
        sock.settimeout(TIMEOUTS[mode])
        self.accepted.append(sock)
        return sock

    def left(self) -> list[Leftover]:
        """What the kernel has of the server's side, orphans too."""
        # Other programs may have our port as *their* end of a connection: by both ports.
        with self.where():
            found = leftovers(self.address[1], but={"LISTEN"})
        return [one for one in found if one.remote[1] in self.peers]

    def nothing_left(self, within_s: float = 1.0) -> None:
        """No socket of the server's side is known to the kernel, not even an orphan."""
        eventually(lambda: not self.left(), within_s, lambda: "\n".join(map(str, self.left())))


@contextmanager
def on_loopback(family: socket.AddressFamily = socket.AF_INET) -> Iterator[Stage]:
    host = "::1" if family is socket.AF_INET6 else "127.0.0.1"
    with Clients() as clients, socket.create_server((host, 0), family=family) as listener:
        yield from staged(Stage(listener, clients))


@contextmanager
def on_network(network: Network) -> Iterator[Stage]:
    """The server's end of a network made for tests; its weather is the network's."""
    with network.server.inside():
        listener = socket.create_server((network.server.address, 0))
    with listener:
        yield from staged(Stage(listener, network.clients, network.server.inside))


def staged(stage: Stage) -> Iterator[Stage]:
    try:
        yield stage
    finally:
        for sock in stage.accepted:
            sock.close()


@dataclass
class Doing(Generic[T]):
    """A call in a thread of its own, so that a send that hangs is a failure and not a hang."""

    thread: threading.Thread
    started: float
    result: T | None = None
    error: BaseException | None = None
    seconds: float | None = None

    @property
    def running(self) -> bool:
        return self.seconds is None

    def done(self, within_s: float) -> T:
        """Its result, or its error raised; AssertionError if it has not ended in time."""
        self.thread.join(max(0.0, within_s - (time.monotonic() - self.started)))
        assert self.seconds is not None, f"still running after {within_s} s"
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # 2026-11-23: set, unless error is

    def ended(self, within_s: float) -> Outcome:
        """The Outcome of a send, good or bad."""
        try:
            outcome = self.done(within_s)
        except ProgressError as error:
            return error.outcome
        assert isinstance(outcome, Outcome)
        return outcome


def doing(call: Callable[[], T]) -> Doing[T]:
    """Begins a call in a thread."""

    def run() -> None:
        try:
            made.result = call()
        except BaseException as error:
            made.error = error
        made.seconds = time.monotonic() - made.started

    made: Doing[T] = Doing(threading.Thread(target=run, daemon=True), time.monotonic())
    made.thread.start()
    return made


LOOK_EVERY_S = 0.02


class Lateness:
    """How late this machine was at the most while the ``with`` lasts, by a thread that asks to be
    woken and looks at the clock. What is done to it, is done to the threads of a test."""

    def __init__(self) -> None:
        self.worst_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        due = time.monotonic() + LOOK_EVERY_S
        while not self._over.wait(LOOK_EVERY_S):
            now = time.monotonic()
            self.worst_s = max(self.worst_s, now - due)
            due = now + LOOK_EVERY_S

    def __enter__(self) -> Lateness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def allows(self, seconds: float) -> float:
        """A bound that was promised, on this machine: several threads may each have been late."""
        return seconds + 3 * self.worst_s


def policy(line: str) -> Policy:
    return Policy.parse(line)


def wait(seconds: float) -> None:
    """Lets the world go on; for tests that hold "and nothing happens for so long"."""
    threading.Event().wait(seconds)

"""One thread that drives any number of clients: readiness, timers, and calls from other threads.

Knows nothing of what a client does. Everything a client does to its socket happens in this thread.
"""

from __future__ import annotations

import heapq
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol

IN = select.POLLIN
OUT = select.POLLOUT
ENDED = getattr(select, "POLLRDHUP", 0)
"""The server closed its side. Without it (not Linux) a client that does not read is not told."""
BROKEN = select.POLLERR | select.POLLHUP
"""Always reported, asked for or not: the socket failed, or both directions are shut."""

SCRATCH_BYTES = 256 * 1024
"""The one buffer all clients read into: a client costs no buffer of its own."""

LONGEST_WAIT_S = 3600.0
"""poll() takes no infinity together with a timer; an hour of nothing costs nothing."""


class Watcher(Protocol):
    """What the driver calls, in its thread, when a watched socket is ready."""

    def ready(self, events: int) -> None: ...
    def failed(self, error: Exception) -> None: ...


class Poll(Protocol):
    """What ``select.epoll`` and ``select.poll`` have in common."""

    def register(self, fd: int, mask: int, /) -> None: ...
    def modify(self, fd: int, mask: int, /) -> None: ...
    def unregister(self, fd: int, /) -> None: ...


def _poller() -> tuple[Poll, Callable[[float], list[tuple[int, int]]]]:
    """The best this system has, and how to wait with it for some seconds."""
    if hasattr(select, "epoll"):
        epoll = select.epoll()
        return epoll, epoll.poll
    poll = select.poll()
    return poll, lambda wait_s: poll.poll(wait_s * 1000)


class Timer:
    """A call at a time; ``cancel`` forgets it."""

    __slots__ = ("at", "call")

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None

    def __lt__(self, other: Timer) -> bool:
        return self.at < other.at


class Driver:
    """The thread and its books. Started by the first ``call``; ``close`` ends it."""

    def __init__(self) -> None:
        self.scratch = memoryview(bytearray(SCRATCH_BYTES))
        self._poll, self._events = _poller()
        self._watched: dict[int, tuple[int, Watcher]] = {}
        self._timers: list[Timer] = []
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._poll.register(self._ear.fileno(), IN)
        self._thread = threading.Thread(target=self._run, name="unstick-clients", daemon=True)
        self._stop = False

    # --- from any thread --------------------------------------------------------------------------

    def call(self, action: Callable[[], None]) -> None:
        """Runs ``action``, which must not raise, soon in the driver's thread."""
        if self._stop:
            raise RuntimeError("these clients are closed")
        self._calls.put(action)
        if self._thread.ident is None:
            self._thread.start()
        self._ring()

    def call_and_wait(self, action: Callable[[], None], within_s: float = 10.0) -> None:
        """Runs ``action`` in the driver's thread and returns, or raises, when it has run."""
        if threading.current_thread() is self._thread:
            action()
            return
        done = threading.Event()
        errors: list[Exception] = []

        def run() -> None:
            try:
                action()
            except Exception as error:  # handed to the caller
                errors.append(error)
            finally:
                done.set()

        self.call(run)
        deadline = time.monotonic() + within_s
        while not done.wait(0.5):
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise TimeoutError(f"the thread of the clients did not answer in {within_s:g} s")
        if errors:
            raise errors[0]

    def close(self) -> None:
        """Ends the thread and what it holds. Watched sockets are their owners' to close."""
        if self._stop:
            return
        self._stop = True
        self._ring()
        if self._thread.ident is not None:
            self._thread.join()
        self._bell.close()
        self._ear.close()
        if hasattr(self._poll, "close"):
            self._poll.close()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # it has been rung often enough
            self._bell.send(b"!")

    # --- in the driver's thread -------------------------------------------------------------------

    def watch(self, fd: int, mask: int, watcher: Watcher) -> None:
        """Calls ``watcher.ready`` for the events of ``mask``, and for BROKEN."""
        known = self._watched.get(fd)
        if known is None:
            self._poll.register(fd, mask)
        elif known[0] != mask:
            self._poll.modify(fd, mask)
        self._watched[fd] = (mask, watcher)

    def unwatch(self, fd: int) -> None:
        if self._watched.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Calls ``action``, which must not raise, at ``when`` of ``time.monotonic()`` or soon
        after."""
        timer = Timer(when, action)
        heapq.heappush(self._timers, timer)
        return timer

    def _run(self) -> None:
        while not self._stop:
            for fd, events in self._wait():
                if fd == self._ear.fileno():
                    self._hear()
                elif fd in self._watched:  # else: unwatched by an earlier event of this round
                    watcher = self._watched[fd][1]
                    try:
                        watcher.ready(events)
                    except Exception as error:  # one client's trouble is not the others'
                        watcher.failed(error)
            self._ring_timers()

    def _wait(self) -> list[tuple[int, int]]:
        while self._timers and self._timers[0].call is None:
            heapq.heappop(self._timers)
        wait_s = self._timers[0].at - time.monotonic() if self._timers else LONGEST_WAIT_S
        wait_s = min(max(wait_s, 0.0), LONGEST_WAIT_S)
        return self._events(wait_s)

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            while self._ear.recv(4096):
                pass
        while True:
            try:
                action = self._calls.get_nowait()
            except Empty:
                return
            action()

    def _ring_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0].at <= now:
            timer = heapq.heappop(self._timers)
            if timer.call is not None:
                timer.call()

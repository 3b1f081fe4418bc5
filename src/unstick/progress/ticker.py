"""A thread that calls a function now and then, and that can be stopped before a fork.

It is a thread of the operating system whatever the program made of ``threading``: gevent replaces
it by greenlets, of which a busy one would stop the guard. It waits in a C function of ``_socket``,
which nobody replaces.
"""

from __future__ import annotations

import _socket
import _thread
import os
import sys
from collections.abc import Callable

STOPS_WITHIN_S = 1.0
"""A look takes milliseconds. More than that is a hook of the program's that blocks."""

PAUSE_S = 0.0005
MOST_PAUSES = 100
"""At most 0.05 s for a thread that is ending."""

Tick = Callable[[], float]
"""Does what is due; returns the seconds to wait. Must not raise."""


class Ticker:
    """One thread, started and stopped any number of times, from one other thread at a time.

    ``at_end`` is the last that the thread calls, each time: what it opened is its to close.
    """

    def __init__(self, tick: Tick, at_end: Callable[[], None] = lambda: None) -> None:
        self._tick = tick
        self._at_end = at_end
        self._bell: _socket.socket | None = None
        self._ear: _socket.socket | None = None
        self._ident: int | None = None
        self._native_id: int | None = None

    @property
    def running(self) -> bool:
        return self._bell is not None

    def start(self) -> None:
        """Calls ``tick`` at once, and then as it says."""
        if self._bell is None:
            self._bell, self._ear = _socket.socketpair()
            self._ident = native_start()(self._run, (self._ear,))

    def stop(self) -> bool:
        """Ends the thread and waits for it, a second at most; False if it is still at work.

        Called by the thread itself it does not wait: the thread ends after this tick.
        """
        bell, self._bell, self._ear = self._bell, None, None
        if bell is None:
            return True
        try:
            bell.shutdown(_socket.SHUT_WR)
            if self._ident == _thread.get_ident():
                return True
            if not rung(bell, STOPS_WITHIN_S):  # its end was closed: the last thing it does
                return False
        finally:
            bell.close()
        self._await_end()
        return True

    def forget(self) -> None:
        """After a fork, in the child: the thread is not there, only copies of its descriptors."""
        for one in (self._bell, self._ear):
            if one is not None:
                one.close()
        self._bell = self._ear = None

    def _await_end(self) -> None:
        """The system's thread outlives its last step a little: os.fork() counts it, and warns."""
        task = f"/proc/self/task/{self._native_id}"
        if os.path.exists(task):
            silent = _socket.socketpair()  # nobody replaced this way of sleeping
            for _ in range(MOST_PAUSES):
                rung(silent[0], PAUSE_S)
                if not os.path.exists(task):
                    break
            for one in silent:
                one.close()

    def _run(self, ear: _socket.socket) -> None:
        self._native_id = _thread.get_native_id()
        try:
            wait_s = 0.0
            while not rung(ear, wait_s):
                wait_s = self._tick()
            self._at_end()
        finally:
            ear.close()


def rung(ear: _socket.socket, wait_s: float) -> bool:
    """Waits; True if the thread is to end."""
    ear.settimeout(max(wait_s, PAUSE_S))  # 0 would be "do not wait", and raise another error
    try:
        ear.recv(1)
    except TimeoutError:
        return False
    return True


def native_start() -> Callable[..., int]:
    """``_thread.start_new_thread`` as the interpreter made it."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None:
        return _thread.start_new_thread
    start: Callable[..., int] = monkey.get_original("_thread", "start_new_thread")
    return start

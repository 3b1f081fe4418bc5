"""Plays a script on a line, step by step, in the driver's thread.

Every step's method is called again on each event until it says that the step is done.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from unstick.progress.testing.driver import BROKEN, ENDED
from unstick.progress.testing.line import Line
from unstick.progress.testing.pace import Pace
from unstick.progress.testing.report import End
from unstick.progress.testing.script import (
    AwaitUnread,
    Close,
    ComeBack,
    HalfClose,
    Hold,
    Lose,
    Pause,
    Read,
    Reset,
    Script,
    Send,
    Step,
    Vanish,
)
from unstick.progress.testing.sockets import NotPossibleError, unacknowledged_bytes, unread_bytes

LOOK_AGAIN_S = 0.005
"""Pause between two looks at a number of the kernel that no event announces."""

VANISH_WITHIN_S = 5.0
"""How long a server's kernel may take to acknowledge what a client sent before it vanishes."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """TLS's own first step, before the script's."""


class Actor:
    """Connects ``line`` and plays a script on it."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.step: Step | Handshake | None = None
        self._steps: Iterator[Step | Handshake] = iter(())
        self._next_step()

    # --- called through the driver ----------------------------------------------------------------

    def start(self, script: Script) -> None:
        """Connects and plays ``script``."""
        self._steps = iter(script)
        self._connect()

    def play(self, script: Script) -> None:
        """Leaves what it was doing and plays ``script``; a handshake is finished first."""
        if self.line.end is not None:
            raise RuntimeError(f"this client is no more: {self.line.end}")
        self._steps = iter(script)
        if self.line.connected is not None and not isinstance(self.step, Handshake):
            self._next_step()
            self.line.guarded(self._continue)

    def failed(self, error: Exception) -> None:
        self.line.failed(error)

    def ready(self, events: int) -> None:
        line = self.line
        if line.connected is None:
            self._connect()
            return
        if events & ENDED and line.fin_seen is None:
            line.fin_seen = time.monotonic()
        if events & BROKEN:
            line.hung = True
            if not isinstance(self.step, Read):  # reading meets the error after the last byte
                line.raise_error()
        self._continue()

    # --- connecting -------------------------------------------------------------------------------

    def _connect(self) -> None:
        line = self.line
        error = line.sock.connect_ex(line.address)
        if error in (errno.EINPROGRESS, errno.EALREADY):
            line.await_writable(self)
        elif error == errno.EAGAIN:  # AF_UNIX: the listener's queue is full
            line.wake_at(time.monotonic() + LOOK_AGAIN_S, self._connect)
        elif error in (0, errno.EISCONN):
            line.connected = line.last_read = time.monotonic()
            if line.tls is not None:
                self._steps = chain((Handshake(),), self._steps)
            self._next_step()
            self._continue()
        else:
            raise OSError(error, os.strerror(error))

    def _shake_hands(self, step: Handshake) -> bool:
        line = self.line
        assert line.tls is not None
        while line.end is None:
            done = line.tls.handshake()
            line.push_raw(line.tls.to_send())
            if not self._flush():
                return False
            if done:
                return True
            got = line.receive()
            if got is None:
                line.await_readable(self)
                return False
            if not got:
                line.finish(End.EOF)
                return False
            line.tls.feed(got)
        return False

    # --- the script -------------------------------------------------------------------------------

    def _continue(self) -> None:
        while self.line.end is None:
            if self.step is None:
                self.line.finish(End.CLOSED)
            elif not ACTIONS[type(self.step)](self, self.step):
                return
            else:
                self._next_step()

    def _next_step(self) -> None:
        self.line.cancel_wake()
        self.step = next(self._steps, None)
        self._read_before = self.line.bytes_read
        self._pace: Pace | None = None
        self._until: float | None = None
        self._pushed = False

    def _send(self, step: Send) -> bool:
        if not self._pushed:
            self._pushed = True
            self.line.push(step.data)
        return self._flush()

    def _flush(self) -> bool:
        if self.line.flushed():
            return True
        self.line.await_writable(self)
        return False

    def _read(self, step: Read) -> bool:
        left = None if step.count is None else step.count - self._read_in_step()
        if left is not None and left <= 0:
            return True
        if step.rate is not None:
            return self._read_paced(step, step.rate, left)
        self.line.take(left)
        if self._has_read(step):
            return True
        self.line.await_readable(self)
        return False  # one piece a round: the other clients are waiting

    def _read_paced(self, step: Read, rate: float, left: int | None) -> bool:
        now = time.monotonic()
        if self._pace is None:
            self._pace = Pace(rate, step.every_s, now)
        due = self._pace.due(now)
        if due > 0:
            due = due if left is None else min(due, left)
            taken = self.line.take(due)
            if taken is None:  # the pace starts anew with what comes: no credit for waiting
                self._pace = None
                self.line.await_readable(self)
                return False
            if self._has_read(step):
                return True
            self._pace.took(taken)
            if taken < due:
                self._pace.starved(now)
        self._sleep_until(self._pace.next_look(now))
        return False

    def _read_in_step(self) -> int:
        return self.line.bytes_read - self._read_before

    def _has_read(self, step: Read) -> bool:
        """It has its bytes, or there will be no more."""
        if self.line.end is not None:
            return True
        return step.count is not None and self._read_in_step() >= step.count

    def _pause(self, step: Pause) -> bool:
        return self._slept(step.seconds)

    def _hold(self, step: Hold) -> bool:
        self.line.rest(self)
        return False

    def _half_close(self, step: HalfClose) -> bool:
        if self.line.tls is not None and not self._pushed:
            self._pushed = True
            self.line.push_raw(self.line.tls.close_notify())
        if not self._flush():
            return False
        self.line.sock.shutdown(socket.SHUT_WR)
        return True

    def _await_unread(self, step: AwaitUnread) -> bool:
        unread = unread_bytes(self.line.sock)
        if self.line.fin_seen is not None or (unread or 0) >= step.count:
            return True
        self._sleep_until(time.monotonic() + LOOK_AGAIN_S)
        return False

    def _vanish(self, step: Vanish) -> bool:
        owed = unacknowledged_bytes(self.line.sock)
        if not owed:
            self.line.vanish()
            return True
        self._until = self._until or time.monotonic() + VANISH_WITHIN_S
        if time.monotonic() > self._until:
            raise NotPossibleError(
                f"the server's kernel has not acknowledged {owed} B of this client",
                "a client that still repeats its own bytes is heard: send less before it vanishes",
            )
        self._sleep_until(time.monotonic() + LOOK_AGAIN_S)
        return False

    def _come_back(self, step: ComeBack) -> bool:
        self.line.come_back()
        return True

    def _lose(self, step: Lose) -> bool:
        self.line.lose(step.share)
        return True

    def _close(self, step: Close) -> bool:
        self.line.finish(End.CLOSED)
        return True

    def _reset(self, step: Reset) -> bool:
        self.line.finish(End.ABORTED)
        return True

    def _slept(self, seconds: float) -> bool:
        now = time.monotonic()
        self._until = now + seconds if self._until is None else self._until
        if now >= self._until:
            return True
        self._sleep_until(self._until)
        return False

    def _sleep_until(self, when: float) -> None:
        self.line.rest(self)
        self.line.wake_at(when, self._continue)


ACTIONS: dict[type, Callable[[Actor, Any], bool]] = {
    Handshake: Actor._shake_hands,
    Send: Actor._send,
    Read: Actor._read,
    Pause: Actor._pause,
    Hold: Actor._hold,
    HalfClose: Actor._half_close,
    AwaitUnread: Actor._await_unread,
    Vanish: Actor._vanish,
    ComeBack: Actor._come_back,
    Lose: Actor._lose,
    Close: Actor._close,
    Reset: Actor._reset,
}

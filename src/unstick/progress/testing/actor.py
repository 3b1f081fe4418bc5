"""One client's socket and its script, step by step, in the driver's thread.

Every step's function is called again on each event until it says that the step is done. Other
threads only read the public numbers and go through ``Client`` for everything else.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from unstick.progress.testing.driver import BROKEN, ENDED, IN, OUT, Driver, Timer
from unstick.progress.testing.pace import Pace
from unstick.progress.testing.report import ENDS, End
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
from unstick.progress.testing.sockets import (
    CannotVanishError,
    deafen,
    hear_again,
    unacknowledged_bytes,
    unread_bytes,
)
from unstick.progress.testing.tls import Tls

Address = tuple[Any, ...] | str | bytes

LOOK_AGAIN_S = 0.005
"""Pause between two looks at a number of the kernel that no event announces."""

VANISH_WITHIN_S = 5.0
"""How long a server's kernel may take to acknowledge what a client sent before it vanishes."""


class Actor:
    """Runs a script on a socket that is not connected yet."""

    def __init__(self, driver: Driver, sock: socket.socket, address: Address) -> None:
        self.sock = sock
        self.address = address
        self.tls: Tls | None = None
        self.keep_bytes: int | None = 0
        self.kept = bytearray()
        self.born = time.monotonic()
        self.connected: float | None = None
        self.fin_seen: float | None = None
        self.ended: float | None = None
        self.end: End | None = None
        self.failure: Exception | None = None
        self.bytes_sent = 0
        self.bytes_read = 0
        self.last_read = self.born
        self.longest_gap_s = 0.0
        self.step: Step | Handshake | None = None
        self.deaf = False
        self._driver = driver
        self._steps: Iterator[Step | Handshake] = iter(())
        self._timer: Timer | None = None
        self._outgoing = bytearray()
        self._hung = False
        self._forget_step()

    # --- called through the driver ----------------------------------------------------------------

    def start(self, script: Script) -> None:
        """Connects and plays ``script``."""
        self._steps = iter(script)
        self._connect()

    def play(self, script: Script) -> None:
        """Leaves what it was doing and plays ``script``."""
        if self.end is not None:
            raise RuntimeError(f"this client is no more: {self.end}")
        self._steps = iter(script)
        if self.connected is not None:
            self._next_step()
            self._continue()

    def finish(self, end: End) -> None:
        """Closes the socket, once."""
        if self.end is not None:
            return
        self._sleep_no_more()
        self._driver.unwatch(self.sock.fileno())
        # Nobody would hear a FIN's answer: a client that vanished, or one told to, resets.
        if self.deaf or end is End.ABORTED:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.ended = time.monotonic()
        self.end = end

    def failed(self, error: Exception) -> None:
        """An error of the world is how the connection ended; any other is a failure of the kit."""
        if isinstance(error, OSError) and error.errno in ENDS:
            self.finish(ENDS[error.errno])
            return
        self.failure = self.failure or error
        self.finish(End.FAILED)

    def ready(self, events: int) -> None:
        if self.connected is None:
            self._connect()
            return
        if events & ENDED and self.fin_seen is None:
            self.fin_seen = time.monotonic()
        if events & BROKEN:
            self._hung = True
            if not isinstance(self.step, Read):  # reading meets the error after the last byte
                self._raise_socket_error()
        self._continue()

    # --- connecting -------------------------------------------------------------------------------

    def _connect(self) -> None:
        error = self.sock.connect_ex(self.address)
        if error in (errno.EINPROGRESS, errno.EALREADY):
            self._driver.watch(self.sock.fileno(), OUT, self)
        elif error == errno.EAGAIN:  # AF_UNIX: the listener's queue is full
            self._wake_at(time.monotonic() + LOOK_AGAIN_S, self._connect)
        elif error in (0, errno.EISCONN):
            self._handshake()
        else:
            raise OSError(error, os.strerror(error))

    def _handshake(self) -> None:
        self.connected = self.last_read = time.monotonic()
        if self.tls is not None:
            self._steps = chain((Handshake(),), self._steps)
        self._next_step()
        self._continue()

    def _shake_hands(self, step: Handshake) -> bool:
        assert self.tls is not None
        while True:
            done = self.tls.handshake()
            self._outgoing += self.tls.to_send()
            if not self._flush():
                return False
            if done:
                return True
            got = self._receive(None)
            if got is None:
                self._driver.watch(self.sock.fileno(), IN, self)
                return False
            if not got:
                self.finish(End.EOF)
                return False
            self.tls.feed(got)

    # --- the script -------------------------------------------------------------------------------

    def _continue(self) -> None:
        while self.end is None:
            if self.step is None:
                self.finish(End.CLOSED)
            elif not ACTIONS[type(self.step)](self, self.step):
                return
            else:
                self._next_step()

    def _next_step(self) -> None:
        self._sleep_no_more()
        self._forget_step()
        self.step = next(self._steps, None)

    def _forget_step(self) -> None:
        self._read_in_step = 0
        self._pace: Pace | None = None
        self._until: float | None = None
        self._queued = False

    def _send(self, step: Send) -> bool:
        if not self._queued:
            self._queued = True
            self._outgoing += self.tls.wrap(step.data) if self.tls else step.data
        return self._flush()

    def _flush(self) -> bool:
        """True when the kernel has taken everything; else waits until it takes more."""
        while self._outgoing:
            try:
                sent = self.sock.send(self._outgoing)
            except BlockingIOError:
                self._driver.watch(self.sock.fileno(), OUT, self)
                return False
            self.bytes_sent += sent
            del self._outgoing[:sent]
        return True

    def _read(self, step: Read) -> bool:
        left = None if step.count is None else step.count - self._read_in_step
        if left is not None and left <= 0:
            return True
        if step.rate is not None:
            return self._read_paced(step, left)
        self._take(left)
        if self.end is not None or self._has_read(step):
            return True
        self._driver.watch(self.sock.fileno(), IN, self)
        return False  # one piece a round: the other clients are waiting

    def _read_paced(self, step: Read, left: int | None) -> bool:
        assert step.rate is not None
        now = time.monotonic()
        if self._pace is None:
            self._pace = Pace(step.rate, step.every_s, now)
        due = self._pace.due(now)
        if due > 0:
            due = due if left is None else min(due, left)
            taken = self._take(due)
            if taken is None:  # the pace starts anew with what comes: no credit for waiting
                self._pace = None
                self._driver.watch(self.sock.fileno(), IN, self)
                return False
            if self.end is not None or self._has_read(step):
                return True
            self._pace.took(taken)
            if taken < due:
                self._pace.starved(now)
        self._rest()
        self._wake_at(self._pace.next_look(now))
        return False

    def _has_read(self, step: Read) -> bool:
        return step.count is not None and self._read_in_step >= step.count

    def _take(self, most: int | None) -> int | None:
        """Reads at most ``most`` bytes; None when there are none. End of file ends the client."""
        got = self._receive(most)
        if got is None:
            return None
        if not got:
            self.finish(End.EOF)
            return 0
        plain: memoryview | bytes = self.tls.unwrap(got) if self.tls else got
        self._note_read(plain)
        if self.tls is not None and self.tls.over:
            self.finish(End.EOF)
        return len(got)

    def _receive(self, most: int | None) -> memoryview | None:
        room = self._driver.scratch if most is None else self._driver.scratch[:most]
        try:
            return room[: self.sock.recv_into(room)]
        except BlockingIOError:
            return None

    def _note_read(self, plain: memoryview | bytes) -> None:
        now = time.monotonic()
        self.longest_gap_s = max(self.longest_gap_s, now - self.last_read)
        self.last_read = now
        self.bytes_read += len(plain)
        self._read_in_step += len(plain)
        room = len(plain) if self.keep_bytes is None else self.keep_bytes - len(self.kept)
        if room > 0:
            self.kept += plain[:room]

    def _pause(self, step: Pause) -> bool:
        now = time.monotonic()
        if self._until is None:
            self._until = now + step.seconds
        if now >= self._until:
            return True
        self._rest()
        self._wake_at(self._until)
        return False

    def _hold(self, step: Hold) -> bool:
        self._rest()
        return False

    def _half_close(self, step: HalfClose) -> bool:
        if self.tls is not None and not self._queued:
            self._queued = True
            self._outgoing += self.tls.close_notify()
        if not self._flush():
            return False
        self.sock.shutdown(socket.SHUT_WR)
        return True

    def _await_unread(self, step: AwaitUnread) -> bool:
        unread = unread_bytes(self.sock)
        if self.fin_seen is not None or (unread or 0) >= step.count:
            return True
        self._look_again()
        return False

    def _vanish(self, step: Vanish) -> bool:
        owed = unacknowledged_bytes(self.sock)
        if owed and time.monotonic() < self._deadline(VANISH_WITHIN_S):
            self._look_again()
            return False
        if owed:
            raise CannotVanishError(
                f"the server's kernel has not acknowledged {owed} B of this client",
                "a client that still repeats its own bytes is heard: send less before it vanishes",
            )
        deafen(self.sock)
        self.deaf = True
        return True

    def _come_back(self, step: ComeBack) -> bool:
        hear_again(self.sock)
        self.deaf = False
        return True

    def _lose(self, step: Lose) -> bool:
        deafen(self.sock, step.share)
        return True

    def _close(self, step: Close) -> bool:
        self.finish(End.CLOSED)
        return True

    def _reset(self, step: Reset) -> bool:
        self.finish(End.ABORTED)
        return True

    # --- waiting ----------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Waits for nothing but the end: neither readable nor writable is of interest."""
        if self._hung:  # would be reported again and again
            self._driver.unwatch(self.sock.fileno())
        else:
            self._driver.watch(self.sock.fileno(), 0 if self.fin_seen else ENDED, self)

    def _raise_socket_error(self) -> None:
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    def _deadline(self, seconds: float) -> float:
        if self._until is None:
            self._until = time.monotonic() + seconds
        return self._until

    def _look_again(self) -> None:
        self._rest()
        self._wake_at(time.monotonic() + LOOK_AGAIN_S)

    def _wake_at(self, when: float, action: Callable[[], None] | None = None) -> None:
        self._sleep_no_more()
        self._timer = self._driver.at(when, lambda: self.guarded(action or self._continue))

    def _sleep_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def guarded(self, action: Callable[[], None]) -> None:
        """Runs ``action``; what it raises is this client's end and nobody else's."""
        try:
            action()
        except Exception as error:
            self.failed(error)


@dataclass(frozen=True, slots=True)
class Handshake:
    """TLS's own first step, before the script's."""


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

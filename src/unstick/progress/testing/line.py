"""A client's end of the connection: its socket, TLS, its numbers, and ways to wait for it.

Knows no script. Everything here runs in the driver's thread; other threads only read the numbers.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from unstick.progress.testing.driver import ENDED, IN, OUT, Driver, Timer, Watcher
from unstick.progress.testing.report import ENDS, End
from unstick.progress.testing.sockets import deafen, hear_again, refuse_reset
from unstick.progress.testing.tls import Tls

Address = tuple[Any, ...] | str | bytes


class Line:
    """One socket, not connected yet. ``keep_bytes``: how many of the first bytes read to keep."""

    def __init__(
        self,
        driver: Driver,
        sock: socket.socket,
        address: Address,
        tls: Tls | None = None,
        keep_bytes: int | None = 0,
    ) -> None:
        self.sock = sock
        self.address = address
        self.tls = tls
        self.kept = bytearray()
        self.born = time.monotonic()
        self.connected: float | None = None
        self.fin_seen: float | None = None
        self.hung = False  # nothing more will happen: not to be watched while resting
        self.ended: float | None = None
        self.end: End | None = None
        self.failure: Exception | None = None
        self.bytes_sent = 0
        self.bytes_read = 0
        self.last_read = self.born
        self.longest_gap_s = 0.0
        self._driver = driver
        self._keep_bytes = keep_bytes
        self._timer: Timer | None = None
        self._outgoing = bytearray()
        self._deaf = False

    # --- the end ----------------------------------------------------------------------------------

    def finish(self, end: End) -> None:
        """Closes the socket, once."""
        if self.end is not None:
            return
        if end is End.ABORTED:
            refuse_reset(self.address)
        self.cancel_wake()
        self._driver.unwatch(self.sock.fileno())
        # One that vanished would not hear the answer to its FIN: nothing of it shall be left.
        if self._deaf or end is End.ABORTED:
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

    def raise_error(self) -> None:
        """Raises the error that the kernel holds for this socket, if it does."""
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    # --- waiting ----------------------------------------------------------------------------------

    def await_readable(self, watcher: Watcher) -> None:
        self._driver.watch(self.sock.fileno(), IN, watcher)

    def await_writable(self, watcher: Watcher) -> None:
        self._driver.watch(self.sock.fileno(), OUT, watcher)

    def rest(self, watcher: Watcher) -> None:
        """Waits for nothing but the server's FIN and the end of all."""
        if self.hung:  # would be reported again and again
            self._driver.unwatch(self.sock.fileno())
        else:
            self._driver.watch(self.sock.fileno(), 0 if self.fin_seen else ENDED, watcher)

    def wake_at(self, when: float, action: Callable[[], None]) -> None:
        """Calls ``action`` at ``when``, once; replaces the wake that was asked for before."""
        self.cancel_wake()
        self._timer = self._driver.at(when, lambda: self.guarded(action))

    def cancel_wake(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def guarded(self, action: Callable[[], None]) -> None:
        """Runs ``action``; what it raises is this client's end and nobody else's."""
        try:
            action()
        except Exception as error:
            self.failed(error)

    # --- bytes ------------------------------------------------------------------------------------

    def push(self, plain: bytes) -> None:
        """Puts ``plain`` behind what waits to be sent."""
        self._outgoing += self.tls.wrap(plain) if self.tls else plain

    def push_raw(self, raw: bytes) -> None:
        """The same for bytes that are TLS's own."""
        self._outgoing += raw

    def flushed(self) -> bool:
        """Sends; True when the kernel has taken everything."""
        while self._outgoing:
            try:
                sent = self.sock.send(self._outgoing)
            except BlockingIOError:
                return False
            self.bytes_sent += sent
            del self._outgoing[:sent]
        return True

    def take(self, most: int | None = None) -> int | None:
        """Reads at most ``most`` bytes, once; how many left the kernel, or None if none were there.

        End of file ends the client and is 0. Under TLS ``bytes_read`` grows by whole records.
        """
        got = self.receive(most)
        if got is None:
            return None
        if not got:
            self.finish(End.EOF)
            return 0
        self._note_read(self.tls.unwrap(got) if self.tls else got)
        if self.tls is not None and self.tls.over:
            self.finish(End.EOF)
        return len(got)

    def receive(self, most: int | None = None) -> memoryview | None:
        """Raw bytes, valid until the next call of any client; empty at end of file."""
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
        room = len(plain) if self._keep_bytes is None else self._keep_bytes - len(self.kept)
        if room > 0:
            self.kept += plain[:room]

    # --- hearing ----------------------------------------------------------------------------------

    def vanish(self) -> None:
        deafen(self.sock)
        self._deaf = True

    def come_back(self) -> None:
        hear_again(self.sock)
        self._deaf = False

    def lose(self, share: float) -> None:
        deafen(self.sock, share)

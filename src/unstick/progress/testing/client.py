"""One client as a test sees it: numbers to assert on, and a few things to do to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from unstick.progress.testing.actor import Actor
from unstick.progress.testing.driver import Driver
from unstick.progress.testing.line import Address
from unstick.progress.testing.report import End, Report
from unstick.progress.testing.script import Script, Step
from unstick.progress.testing.sockets import state_of, unread_bytes
from unstick.progress.testing.waiting import eventually, eventually_async

if TYPE_CHECKING:
    from unstick.progress.testing.http import Response


class Client:
    """A client that plays its script in the driver's thread. A context manager: leaving closes it.

    Its ``connect()`` has been called when it is made: of two, also of different ``Clients``, the
    first made is the first in a listener's queue (on loopback; a path may lose its SYN).
    Every number may be read at any time from any thread. What it does not promise: that a number
    read now still holds at the next line; wait with ``until``.
    """

    def __init__(self, name: str, driver: Driver, actor: Actor, script: Script) -> None:
        self.name = name
        self._driver = driver
        self._actor = actor
        self._line = actor.line
        # Not merely asked for: whose server takes one at a time is held by whoever came first.
        driver.call_and_wait(lambda: actor.line.guarded(lambda: actor.start(script)))

    # --- what it saw ------------------------------------------------------------------------------

    @property
    def address(self) -> Address:
        """Where the server listens."""
        return self._line.address

    @property
    def connected(self) -> bool:
        """The connection was made; it may have ended since."""
        return self._line.connected is not None

    @property
    def bytes_read(self) -> int:
        """Bytes of the stream that the client has read; under TLS, of what TLS carried."""
        return self._line.bytes_read

    @property
    def bytes_sent(self) -> int:
        """Bytes its kernel has taken; under TLS, with TLS's own."""
        return self._line.bytes_sent

    @property
    def received(self) -> bytes:
        """The first bytes it read, as many as it was told to ``keep``."""
        return bytes(self._line.kept)

    @property
    def end(self) -> End | None:
        """How the connection ended; None while it has not."""
        return self._line.end

    @property
    def failure(self) -> Exception | None:
        """What went wrong in the client itself (a TLS error, say), if ``end`` is FAILED."""
        return self._line.failure

    def state(self) -> str | None:
        """The state its kernel holds the socket in, as RFC 9293 names it; CLOSED once it is closed
        here. CONNECTED for AF_UNIX; None where the system does not tell."""
        return state_of(self._line.sock)

    def local_address(self) -> Address | None:
        """Its own end: what the server sees as the peer. None once it is closed."""
        try:
            name: Address = self._line.sock.getsockname()
        except OSError:
            return None
        return name

    def response(self) -> Response:
        """What it received, read as an HTTP/1.1 response; see ``http.parse_response``."""
        from unstick.progress.testing.http import parse_response

        return parse_response(self.received)

    def report(self) -> Report:
        """Everything about it at this moment."""
        line, bytes_read = self._line, self._line.bytes_read
        now = time.monotonic()  # after the count: a rate made of the two is never too high
        silent_s = (line.ended or now) - line.last_read
        return Report(
            name=self.name,
            address=line.address,
            doing=_words(self._actor.step) if line.connected else "connecting",
            state=self.state(),
            end=line.end,
            age_s=now - line.born,
            connected_s=_since(line.born, line.connected),
            ended_s=_since(line.born, line.ended),
            fin_s=_since(line.born, line.fin_seen),
            bytes_sent=line.bytes_sent,
            bytes_read=bytes_read,
            unread_bytes=unread_bytes(line.sock),
            longest_gap_s=max(line.longest_gap_s, silent_s),
        )

    # --- waiting ----------------------------------------------------------------------------------

    def until(self, holds: Callable[[Client], object], within_s: float = 5.0) -> Self:
        """Blocks until ``holds(client)``; AssertionError with its report when it never does."""
        eventually(lambda: holds(self), within_s, lambda: f"never came: {self.report()}")
        return self

    async def until_async(self, holds: Callable[[Client], object], within_s: float = 5.0) -> Self:
        """``until`` for asyncio."""
        says = lambda: f"never came: {self.report()}"  # noqa: E731
        await eventually_async(lambda: holds(self), within_s, says)
        return self

    def ended(self, within_s: float = 5.0) -> End:
        """Blocks until the connection has ended, and says how."""
        self.until(lambda client: client.end is not None, within_s)
        assert self.end is not None
        return self.end

    # --- what can be done to it -------------------------------------------------------------------

    def do(self, *steps: Step) -> Self:
        """Leaves what it was doing and plays ``steps``; then closes, unless the last is Hold or an
        endless Read. Steps that need not wait are done when this returns.

        Raises RuntimeError when the connection has ended.
        """
        self._driver.call_and_wait(lambda: self._actor.play(steps))
        return self

    def vanish(self) -> Self:
        """From now on its kernel hears and answers nothing; what it was doing goes on in vain."""
        self._driver.call_and_wait(self._line.vanish)
        return self

    def come_back(self) -> Self:
        """Ends ``vanish``."""
        self._driver.call_and_wait(self._line.come_back)
        return self

    def reset(self) -> None:
        """Ends the connection with a reset."""
        self._driver.call_and_wait(lambda: self._line.finish(End.ABORTED))

    def close(self) -> None:
        """Closes the socket as a program does that ends. One that vanished sends a reset, so that
        nothing of it is left. Nothing happens the second time."""
        if self._line.end is None:
            self._driver.call_and_wait(lambda: self._line.finish(End.CLOSED))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{self.report()}>"


def _since(start: float, moment: float | None) -> float | None:
    return None if moment is None else moment - start


def _words(step: object) -> str:
    return "done" if step is None else type(step).__name__.lower()

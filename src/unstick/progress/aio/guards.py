"""``guard``: one transport under a policy, whoever writes to it. No task, no thread: a timer.

While nothing is outstanding there is no timer and no system call: the first write after a rest
sets one. Where writes cannot be heard (uvloop) a look comes once in the shortest limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
import weakref
from typing import TYPE_CHECKING, cast

from unstick.progress import books, ending
from unstick.progress.abilities import honoured
from unstick.progress.aio.bells import Bell, on_loss, weakly
from unstick.progress.errors import PolicyError, ProgressError, error_of
from unstick.progress.holding import Lent, stdlib_socket
from unstick.progress.line import Line
from unstick.progress.outcome import CLOSED, VERDICTS, Outcome, Sample
from unstick.progress.policy import DEFAULT, Kill, Policy
from unstick.progress.reporting import Hook, announce, call, place
from unstick.progress.tcpinfo import AF_UNIX, capabilities, sample

if TYPE_CHECKING:
    import _socket

TICKS = 4
"""Looks within the shortest limit, as the Meter's own."""

at_work: weakref.WeakSet[Guard] = weakref.WeakSet()
"""For who counts: some have ended without a word, see ``running``."""


def guard(
    transport: asyncio.BaseTransport,
    policy: Policy = DEFAULT,
    *,
    on_outcome: Hook | None = None,
) -> Guard:
    """Guards one connection of the running loop, from now until it is closed.

    Whoever writes to it, how ever much: a peer that breaks the policy is reset, and the transport
    aborted, at its limit plus half of the shortest limit at most. The protocol's
    ``connection_lost`` gets the ProgressError, and so does who waits in ``writer.drain()`` or
    ``wait_closed()``.

    What the program closes with bytes unacknowledged is guarded on, by a descriptor of its own,
    until the peer has them or breaks the policy; so nothing stays in the kernel. A pause of the
    program, with nothing outstanding, is never counted; nor is time in which the loop was blocked,
    beyond half a limit.

    ``on_outcome`` is called in the loop with each verdict, and with the end of a connection that
    died of something else while bytes were outstanding; a line in the log ``unstick.progress`` says
    each verdict, with the peer's address.

    Does not promise: to see a response. The rules run from the first look at which bytes are
    outstanding until there are none, and so does ``total``; ``drain`` and ``lowat`` mean nothing
    here. Under TLS, what is closed within a quarter of the shortest limit after it was written is
    the kernel's: ``drain`` before it is closed.

    Raises PolicyError for a rule this system or socket cannot honour, or a policy without any;
    TypeError for a transport without a socket.
    """
    made = Guard(transport, policy, on_outcome)
    on_loss(transport, made.lost)
    return made


class Guard:
    """What ``guard`` returns. ``outcome`` is its verdict, once there is one."""

    def __init__(
        self, transport: asyncio.BaseTransport, policy: Policy, on_outcome: Hook | None
    ) -> None:
        owned: Lent | None = transport.get_extra_info("socket")
        if owned is None:
            raise TypeError("this transport has no socket: its progress cannot be measured")
        self.outcome: Outcome | None = None
        self.layered = transport.get_extra_info("sslcontext") is not None
        self._sock = stdlib_socket(owned) or owned
        self._own: socket.socket | None = None  # a second descriptor, see _keep
        unix = owned.family == AF_UNIX
        self.policy = honoured(policy, capabilities(self._looked_at()) if unix else capabilities())
        self._tick_s = tick_of(self.policy)
        self._loop = asyncio.get_running_loop()
        self._peer = named(transport.get_extra_info("peername"))  # uvloop forgets it
        self._transport = weakly(transport)  # which holds this guard, by its bell
        self._hook = on_outcome
        self._line: Line | None = None  # while bytes are outstanding
        self._timer: asyncio.TimerHandle | None = None
        self._sent: int | None = None  # bytes, as of the last look
        self._told = False  # a verdict that ends nothing is told once
        self._stopped = False
        self._bell = Bell(transport, self.wake)
        at_work.add(self)
        self.wake()  # something may be outstanding already

    @property
    def running(self) -> bool:
        """Is there a connection to guard? After the program's close() as long as bytes are
        unacknowledged."""
        return not self._stopped and (self._own is not None or self._sock.fileno() >= 0)

    @property
    def error(self) -> ProgressError | None:
        """The verdict as an error, if the connection was ended for it."""
        if self.outcome is None or self.policy.on_verdict is Kill.REPORT:
            return None
        return error_of(self.outcome) if self.outcome.cause in VERDICTS else None

    def wake(self) -> None:
        """Something was written: looks before long. Only needed where writes cannot be heard."""
        if self._timer is None and not self._stopped:
            self._arm(self._tick_s)

    def stop(self) -> None:
        """Guards no longer. The connection stays as it is."""
        self._stopped = True
        self._disarm()
        self._bell.take_down()
        self._rest()
        if self._own is not None:
            self._own.close()
            self._own = None

    def lost(self, error: Exception | None) -> Exception | None:
        """The loop is about to close the socket: what is outstanding is guarded on. Returns what
        the protocol is to be told: the verdict, if it was lost by that."""
        self._lost(error)
        return self.error or error

    def _lost(self, error: Exception | None) -> None:
        if self._stopped or self._told:
            self.stop()
        elif self._sock.fileno() < 0:  # closed already: TLS tells late
            self._disarm()
            self._tick()
        elif (seen := sample(self._looked_at())).outstanding and self._keep():
            line = self._line or self._begin()
            if seen.state == CLOSED:
                line.fail(error.errno if isinstance(error, OSError) else None, seen)
            if line.ending is not None:
                self._end(line.ending)
            else:
                self._say_end()
                self._arm(self._tick_s)
        else:
            self.stop()

    # --- looking ---------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._timer = None
        if self._own is None and self._sock.fileno() < 0:
            self.stop()
            return
        if self._sock.fileno() < 0:
            self._say_end()
        waits = self._sock.fileno() >= 0 and self._buffered() > 0
        try:
            seen = self._look(waits)
        except OSError:  # closed in this very moment
            seen = None
        if self._line is not None and self._line.ending is not None:
            self._end(self._line.ending)
        elif seen is None:
            self.stop()
        elif not (seen.outstanding or waits):
            self._told = False
            self._nothing_owed(seen)
        else:
            self._sent = seen.bytes_sent
            self._go_on()

    def _look(self, waits: bool) -> Sample | None:
        if self._line is None:
            seen = sample(self._looked_at())
            if (seen.outstanding or waits) and not self._told:
                self._begin().meter.blocked(waits, time.monotonic())
            return seen
        self._line.meter.blocked(waits, time.monotonic())
        return self._line.look()

    def _begin(self) -> Line:
        """From now on the rules run."""
        self._line = line = Line(self._looked_at(), self.policy)
        line.shut = True  # a socket that closes in order is none of the guard's business
        return line

    def _go_on(self) -> None:
        if self.layered and self._line is not None and not self._told:
            self._keep()  # the loop closes what TLS is on without a word before it
        due = self._line.due - time.monotonic() if self._line else self._tick_s
        self._arm(min(max(due, 0.0), self._tick_s))

    def _nothing_owed(self, seen: Sample) -> None:
        self._rest()
        if self._sock.fileno() < 0:
            self.stop()
            return
        if self._own is not None:
            self._own.close()
            self._own = None
        moved, self._sent = seen.bytes_sent != self._sent, seen.bytes_sent
        if moved:  # sendfile() writes without a word
            self._arm(self._tick_s)
        elif not self._bell.hangs:
            self._arm(self._tick_s * TICKS)

    def _rest(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.probes.restore(line.syscalls)

    def _buffered(self) -> int:
        size = getattr(self._transport(), "get_write_buffer_size", None)
        return size() if size is not None else 0

    def _looked_at(self) -> _socket.socket:
        return cast("_socket.socket", self._own or self._sock)

    # --- ending ----------------------------------------------------------------------------------

    def _end(self, outcome: Outcome) -> None:
        """The connection is over: by a verdict, or it died with bytes outstanding."""
        self.outcome = outcome
        if outcome.cause in VERDICTS:
            self._carry_out(self.policy.on_verdict)
        else:
            self.stop()
        books.note(books.GUARD, outcome)
        if outcome.cause in VERDICTS:
            announce(outcome, self._hook, peer=self._peer, guard=self.policy.on_verdict)
        else:
            call(self._hook, outcome)

    def _carry_out(self, how: Kill) -> None:
        closed = self._sock.fileno() < 0
        transport = self._transport()
        if how is not Kill.REPORT:
            if stdlib_socket(self._sock) is None:
                self._keep()  # what uvloop shows has no shutdown()
            with contextlib.suppress(TypeError):  # and there was no descriptor to be had
                ending.end(self._looked_at(), how)
            self.stop()
            if transport is not None and not closed:
                transport.abort()  # type: ignore[attr-defined]  # 2026-11-23: whoever writes can
        elif closed:
            self.stop()  # nobody else would ever let go of it
        else:
            self._told = True
            self._rest()
            self._arm(self._tick_s)

    def _keep(self) -> bool:
        """Holds the connection by a descriptor of its own, which the loop's close() leaves open."""
        if self._own is None and self._sock.fileno() >= 0:
            try:
                self._own = self._sock.dup()
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    raise
                return False
            if self._line is not None:
                self._line.sock = self._line.probes.sock = self._own
        return self._own is not None

    def _say_end(self) -> None:
        """The loop has closed it, or is about to: its peer must not wait for us to let go."""
        if self._own is not None:
            with contextlib.suppress(OSError):
                self._own.shutdown(socket.SHUT_WR)

    def _arm(self, seconds: float) -> None:
        if self._timer is None and not self._stopped:
            self._timer = self._loop.call_later(seconds, self._tick)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __del__(self) -> None:
        if getattr(self, "_own", None) is not None:  # the loop ended before the last look
            self._own.close()  # type: ignore[union-attr]  # 2026-11-23: asked a line above


def named(peer: object) -> str:
    """A peer's address in one word; of AF_UNIX, whose clients seldom have one, its path."""
    return place(peer[:2]) if isinstance(peer, tuple) else str(peer or "unnamed")


def tick_of(policy: Policy) -> float:
    """Seconds between looks. Raises PolicyError for a policy without any rule."""
    window = policy.window if policy.min_rate else None
    limits = [policy.idle, policy.silent, window, policy.deadline]
    ticks = [limit / TICKS for limit in limits if limit is not None]
    if not ticks:
        raise PolicyError("guard", None, "a policy without any rule guards nothing")
    return min(ticks)

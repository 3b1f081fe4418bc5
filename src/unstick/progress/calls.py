"""One send on a stream that an event loop owns, for asyncio, trio and anyio: no loop in here.

A shell hands the bytes to its loop, looks when ``wait_s`` is over, and pauses as ``pauses`` says.
The loop keeps what the kernel does not take yet: ``pending`` says how much that is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno as numbers
import select
import socket
import weakref
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from unstick.progress import books, ending
from unstick.progress.abilities import honoured
from unstick.progress.errors import error_of
from unstick.progress.holding import Hold, Lent
from unstick.progress.line import Line
from unstick.progress.meter import Meter
from unstick.progress.outcome import NOTHING, Cause, Outcome, Sample
from unstick.progress.policy import Drain, Kill, Policy
from unstick.progress.reporting import Hook, announce
from unstick.progress.tcpinfo import AF_UNIX, capabilities, outq

FRESH_S = 0.01
"""How old a look may be for the Outcome of a good end."""
LONGEST_WAIT_S = 86_400.0
"""Without a rule that needs a look, one comes a day."""
FIRST_PAUSE_S = 0.0005
PAUSE_S = 0.5
"""The longest pause while bytes are being acknowledged: by so much an answer may be late, and a
reset noticed."""
SHARE = 16
"""Of a stall's length: the longest pause then."""
ROUND_TRIPS = 0.25
"""An answer takes one: less than a part of it is not worth a look."""
poisoned: weakref.WeakKeyDictionary[object, Outcome] = weakref.WeakKeyDictionary()
"""Streams that have ended badly: changes, for the streams of others have no room for it."""
TURNS = 2
"""Turns of the loop after which a layer below TLS would have written what it still had: the kernel
held nothing, so its socket was writable."""


def refuse_poisoned(stream: object) -> None:
    """Raises the error that ended a stream: nobody knows what of it the peer has."""
    before = poisoned.get(stream)
    if before is not None:
        raise error_of(before)


class Call:
    """One send under one policy. A context manager: leaving it ends, lets go and tells.

    Raises PolicyError if this socket or system cannot honour a rule, ProgressError if the socket is
    closed already, TypeError for one that is no stream.
    """

    def __init__(
        self,
        owned: Lent,
        policy: Policy,
        hook: Hook | None,
        pending: Callable[[], int],
        layered: bool = False,
        abort: Callable[[], object] = lambda: None,
    ) -> None:
        self._hold = held(owned, policy)
        try:
            sock = self._hold.sock
            if sock.type != socket.SOCK_STREAM:
                raise TypeError("not a stream socket: progress is measured in a stream of bytes")
            self.policy = honoured(policy, capabilities(sock if sock.family == AF_UNIX else None))
            self.line = Line(sock, self.policy)
        except BaseException:
            self._hold.release()
            raise
        self._hook = hook
        self._pending = pending
        self._abort = abort
        self._turns = TURNS if layered else 0
        self._offered = self._taken = 0
        self._good: Outcome | None = None

    # --- what the shell does ---------------------------------------------------------------------

    def offer(self, count: int) -> None:
        """``count`` more bytes are given to the loop, or were and have not left it."""
        self._offered += count
        self.line.meter.offered(count)

    def look(self) -> Sample | None:
        """Looks once, by all rules. None: the send has ended."""
        if self.line.ending:
            return None
        self.line.meter.blocked(self._count() > 0, self.line.now())
        return self.line.look()

    def left_the_loop(self) -> bool:
        """Has the kernel taken all that was offered? A loop that closes may have dropped the rest,
        and does not say so. False if nobody can tell."""
        if not self._offered:
            return True
        if self.look() is None:
            return False
        taken = None if self._turns else self.kernel_took()
        return taken is not None and taken >= self._offered

    def kernel_took(self) -> int | None:
        """Bytes since the first look, as of the last; under TLS those that it added, too."""
        return taken_between(self.line.meter.first, self.line.meter.last)

    def wait_s(self) -> float:
        """Seconds until the next look."""
        return min(max(0.0, self.line.due - self.line.now()), LONGEST_WAIT_S)

    def failed(self, error: BaseException) -> None:
        """The loop says that the connection is over. Without a number of the kernel's: on this
        side."""
        if self.line.ending is None:
            number = error.errno if isinstance(error, OSError) else None
            if number is None and self.look() is None:
                return  # the kernel knows better
            self._count()
            self.line.fail(number or numbers.EBADF)

    def pauses(self, level: Drain) -> Iterator[float]:
        """Seconds to pause, again and again, until ``level`` is reached or the send has ended."""
        if level is Drain.NONE:
            return
        yield from self._acks(1 if level is Drain.ACKED and self.line.shut else 0)
        if level is Drain.PEER_CLOSED:
            yield from self._peer_close()

    def outcome(self, cause: Cause) -> Outcome:
        """The end. Raises the ProgressError of a bad one, unless the policy only reports."""
        if self.line.ending is None and not self.line.is_fresh(FRESH_S):
            self.look()
        if self.line.ending is None:
            self._count()
            self._good = self.line.good(cause)
            return self._good
        self.line.ending = self._true(self.line.ending)
        if self.policy.on_verdict is Kill.REPORT:
            return self.line.ending
        raise error_of(self.line.ending)

    # --- its life --------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        books.in_flight.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        books.in_flight.discard(self)
        line = self.line
        try:
            if line.ending is None and self._good is None:
                self.look()
            if line.ending is None and self._good is None:
                line.cancel()
                assert line.ending is not None
                line.ending = self._true(line.ending)
            with contextlib.suppress(OSError):  # closed meanwhile: nothing to put back
                line.probes.restore(line.syscalls)
            if line.ending is not None and line.ending.cause is not Cause.CANCELLED:
                ending.end(line.sock, self.policy.on_verdict)
                # asyncio's abort() fails on what close() has closed after flushing it.
                if self.policy.on_verdict is not Kill.REPORT and not self._hold.owner_closed:
                    self._abort()
        finally:
            self._hold.release()
        outcome = self._good or line.ending
        assert outcome is not None
        books.note(books.SEND, outcome)
        announce(outcome, self._hook)

    # --- inside ----------------------------------------------------------------------------------

    def _count(self) -> int:
        """Tells the books what has left the loop; returns what has not."""
        left = min(self._pending(), self._offered)
        taken = self._offered - left
        if taken > self._taken:
            self.line.took(taken - self._taken)
            self._taken = taken
        return left

    def _true(self, outcome: Outcome) -> Outcome:
        """What a loop had when a connection ended did not get to the kernel, which counts best."""
        taken = None if self._turns else taken_between(outcome.first, outcome.last)
        if taken is None:
            return outcome
        return dataclasses.replace(outcome, accepted=min(max(0, taken), outcome.offered))

    def _acks(self, may_miss: int) -> Iterator[float]:
        line = self.line
        began = line.now()
        before = line.meter.acked_bytes
        turns = self._turns
        while True:
            self._tell_end()
            line.syscalls["ioctl"] += 1
            left = self._pending() + (outq(line.sock.fileno()) or 0)
            seen = self.look()
            if seen is None:
                return
            now = line.now()
            if left > may_miss:
                turns = self._turns
            elif not turns:
                return
            else:
                turns -= 1
            acked = line.meter.acked_bytes - before
            # Half of the time that the rest will take: the looks become dense as the end comes.
            pause = left * (now - began) / acked / 2 if acked > 0 else (now - began) / SHARE
            pause = max(pause, (seen.rtt_us or 0) / 1e6 * ROUND_TRIPS, FIRST_PAUSE_S)
            quiet = now - max(line.meter.progress_at, began)
            longest = min(max(PAUSE_S, quiet / SHARE), max(line.due - now, FIRST_PAUSE_S))
            yield FIRST_PAUSE_S if left <= may_miss else min(pause, longest)

    def _peer_close(self) -> Iterator[float]:
        """Reading, which lets the peer come to its end, is the program's."""
        line = self.line
        began = line.now()
        while not line.poll(select.POLLRDHUP, 0):
            line.blocks(line.now())
            if line.look() is None:
                return
            now = line.now()
            yield min(max((now - began) / SHARE, FIRST_PAUSE_S), PAUSE_S, max(line.due - now, 0.0))
        line.look()

    def _tell_end(self) -> None:
        """The loop has closed it, and the kernel waits for us: the peer need not."""
        if self._hold.owner_closed and not self.line.shut:
            self.line.shut = True
            with contextlib.suppress(OSError):
                self.line.sock.shutdown(socket.SHUT_WR)


def taken_between(first: Sample, last: Sample) -> int | None:
    """What the kernel took of a stream; None where it does not tell."""
    if first.bytes_acked is None or last.bytes_acked is None:
        return None
    return last.bytes_acked + last.held_bytes - first.bytes_acked - first.held_bytes


def held(owned: Lent, policy: Policy) -> Hold:
    try:
        return Hold(owned)
    except OSError as error:
        if error.errno != numbers.EBADF:
            raise
        now = 0.0
        closed = Meter(policy, NOTHING, now).ended(Cause.CLOSED_LOCALLY, now, errno=error.errno)
        raise error_of(closed) from None

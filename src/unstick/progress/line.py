"""One socket under one meter: looks at it, waits for it, and says how it ended.

The only file of blocking sends that asks the clock. It writes nothing: ``lanes`` does.
"""

from __future__ import annotations

import _socket
import errno as numbers
import math
import select
import time

from unstick.progress.meter import Meter
from unstick.progress.outcome import CLOSED, Cause, Outcome, Sample
from unstick.progress.policy import Policy
from unstick.progress.probes import FastProbes
from unstick.progress.tcpinfo import sample

FOREVER = math.inf
LONGEST_POLL_S = 2**31 / 1000 - 1
"""poll(2) takes milliseconds as an int."""
HANGUP_S = 0.05
"""How long to wait where poll cannot: once both sides are shut it returns at once, for ever."""


class Line:
    """Watches ``sock`` (of ``_socket.socket``) by ``policy``. Not thread safe, but for ``aborted``.

    ``ending`` is the Outcome that ended the send, if any: nothing may be written after it.
    """

    def __init__(self, sock: _socket.socket, policy: Policy) -> None:
        self.sock = sock
        self.policy = policy
        self.aborted = False
        self.ending: Outcome | None = None
        self.shut = False  # our side of the stream has ended
        self.probes = FastProbes(sock, policy)
        now = time.monotonic()
        self.meter = Meter(policy, sample(sock), now)
        self.syscalls = self.meter.syscalls
        self.syscalls["getsockopt"] += 1
        self.due = FOREVER
        self._plan(now)
        self._so_error = 0
        self._taken, self._taken_at = 0, now  # bytes that the meter has not been told of
        self._quick_calls = self._quick_bytes = 0  # of calls that were not counted one by one

    def took_quickly(self, count: int) -> bool:
        """As ``took``, for a call of which nothing was told before. False: it is time to look."""
        self._quick_calls += 1
        self._quick_bytes += count
        self._taken_at = now = time.monotonic()
        return now < self.due

    def took(self, count: int) -> None:
        """The kernel took ``count`` more bytes, just now."""
        self._taken += count
        self._taken_at = time.monotonic()

    def now(self) -> float:
        return time.monotonic()

    def cancel(self) -> None:
        """An exception that is none of ours went through the call: a prefix of it was sent."""
        self.ending = self.meter.ended(Cause.CANCELLED, self.settle())

    # --- looking ---------------------------------------------------------------------------------

    def look(self) -> Sample | None:
        """Looks once, by all rules. None: it ended, and ``ending`` says how."""
        self.settle()
        try:
            seen = sample(self.sock)
        except OSError as error:
            self.fail(error.errno)
            return None
        now = time.monotonic()
        self.syscalls["getsockopt"] += 1
        if seen.state == CLOSED and (seen.outstanding or not self.shut or self._error()):
            self.fail(self._error(), seen)
            return None
        self.ending = self.meter.observe(seen, now)
        if self.ending:
            return None
        self.probes.follow(self.meter.stalled, self.syscalls)
        self._plan(now)
        return seen

    def look_if_due(self) -> bool:
        """Looks if it is time to. False: it ended."""
        return time.monotonic() < self.due or self.look() is not None

    def is_fresh(self, seconds: float) -> bool:
        """Was the last look no longer ago than that?"""
        return time.monotonic() - self.meter.checked <= seconds

    def fail(self, errno: int | None, seen: Sample | None = None) -> None:
        """A call failed: the connection is over, for the reason its counters tell."""
        now = self.settle()
        if self.aborted:
            self.ending = self.meter.ended(Cause.CLOSED_LOCALLY, now)
            return
        if seen is None and errno != numbers.EBADF:
            try:
                seen = sample(self.sock)
            except OSError:
                seen = None
        if errno == numbers.ENOTCONN:  # shutdown() of what a reset has closed: that tells why
            errno = self._error() or errno
        self.ending = self.meter.failed(errno or 0, seen, now)

    def good(self, cause: Cause) -> Outcome:
        """The Outcome of a good end, as of the last look."""
        return self.meter.ended(cause, self.settle())

    def settle(self) -> float:
        """Tells the meter what was taken, and when the last of it was. Returns now."""
        if self._quick_calls:
            self.syscalls["send"] += self._quick_calls
            self.meter.offered(self._quick_bytes)
            self._taken += self._quick_bytes
            self._quick_calls = self._quick_bytes = 0
        if self._taken:
            self.meter.accepted(self._taken, self._taken_at)
            self._taken = 0
        return time.monotonic()

    def _plan(self, now: float) -> None:
        """When to look next: bytes may become outstanding before, so a time in any case."""
        due = self.meter.next_check(now)
        if due is None:
            ends = [self.meter.deadline_at, self.meter.tick and now + self.meter.tick]
            due = min((end for end in ends if end is not None), default=FOREVER)
        self.due = due

    def _error(self) -> int:
        """SO_ERROR, once: reading it clears it."""
        if self._so_error == 0:
            self.syscalls["getsockopt"] += 1
            self._so_error = self.sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        return self._so_error

    # --- waiting ---------------------------------------------------------------------------------

    def wait(self, events: int) -> bool:
        """Waits until the socket is ready or ended, looking when it is time. False: it ended.

        The rules run meanwhile even if the kernel holds nothing: someone waits.
        """
        now = time.monotonic()
        self.blocks(now)
        while True:
            ready = self.poll(events, self.due - now)
            now = time.monotonic()
            if now >= self.due and self.look() is None:
                return False
            if ready:
                return True

    def blocks(self, now: float) -> None:
        """From now on someone waits for the peer, until ``finish_call``."""
        self.meter.blocked(True, now)

    def finish_call(self) -> None:
        """The call is done: nobody waits any more. Looks if it is time to."""
        now = time.monotonic()
        if self.ending is None and now >= self.due:
            self.look()
        self.meter.blocked(False, now)

    def poll(self, events: int, seconds: float) -> int:
        """The events of one poll(2), 0 after ``seconds``; errors count as ready."""
        number = self.sock.fileno()
        if number < 0:  # closed by someone else: the next call on it says so
            return select.POLLNVAL
        poller = select.poll()
        poller.register(number, events)
        self.syscalls["poll"] += 1
        ready = poller.poll(math.ceil(min(max(0.0, seconds), LONGEST_POLL_S) * 1000))
        return ready[0][1] if ready else 0

    def pause(self, seconds: float) -> bool:
        """Waits, but not if the connection dies meanwhile: True then."""
        events = self.poll(0, seconds)
        if events == select.POLLHUP:
            time.sleep(min(seconds, HANGUP_S))
        return bool(events)

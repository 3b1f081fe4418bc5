"""The two measures that rules are made of: a time without progress, and a rate over busy time.

Pure: times are passed in.
"""

from __future__ import annotations

import math
from collections import deque

FORGIVEN_SHARE = 0.5
"""Of a limit: the most that one gap between two looks may count. Looks come at least four times
within the shortest limit, so a longer gap was our own stall, and it never makes a verdict alone."""
KEPT = 64
"""Points of a rate window: looks come four times a window, more often only before a deadline."""


class Clock:
    """Runs while something does not happen; ``limit`` seconds of that make it due."""

    __slots__ = ("limit", "since")

    def __init__(self, limit: float | None, now: float) -> None:
        self.limit = limit
        self.since = now

    def restart(self, now: float) -> None:
        """It happened, at ``now``."""
        self.since = now

    def resume(self, then: float, now: float) -> None:
        """It happened ``then``, since the last look: what came after counts half the limit at most,
        for nobody looked."""
        most = math.inf if self.limit is None else self.limit * FORGIVEN_SHARE
        self.since = max(then, now - most)

    def forgive(self, gap: float) -> None:
        """Nobody looked for ``gap`` seconds: counts what is more than half the limit as ours."""
        if self.limit is not None:
            self.since += max(0.0, gap - self.limit * FORGIVEN_SHARE)

    def is_due(self, now: float) -> bool:
        due = self.due_at()
        return due is not None and now >= due

    def due_at(self) -> float | None:
        return None if self.limit is None else self.since + self.limit


class PlayedReader:
    """A reader of ``pace`` bytes a second: what it has not read yet of what its kernel took."""

    __slots__ = ("idle_s", "pace", "unread_bytes")

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self.unread_bytes = 0.0
        self.idle_s = 0.0  # for so long it has had nothing to read

    def play(self, taken_bytes: int, seconds: float, most: float) -> None:
        """It read on for ``seconds``, and its kernel took so much more; it holds ``most``."""
        left = self.unread_bytes - self.pace * seconds
        if taken_bytes > 0 or left >= 0:
            self.idle_s = 0.0
        else:
            self.idle_s += min(seconds, -left / self.pace)
        self.unread_bytes = min(max(0.0, left) + max(0, taken_bytes), most)

    @property
    def busy_s(self) -> float:
        return self.unread_bytes / self.pace


class RateWindow:
    """Acknowledged bytes a busy second, over the last ``window`` busy seconds.

    Counts only spans at both ends of which bytes waited to be sent: a connection that sends an
    event now and then is busy for a round trip each time, and slow through nobody's fault.
    """

    __slots__ = ("acked", "busy_s", "grace", "last", "points", "waited", "window")

    def __init__(self, window: float, grace: float) -> None:
        self.window = window
        self.grace = grace
        self.busy_s = 0.0  # counted so far
        self.acked = 0
        self.points: deque[tuple[float, int]] = deque([(0.0, 0)])
        self.last: tuple[float, int] | None = None  # counters at the last look
        self.waited = False

    def add(self, busy_s: float, bytes_acked: int, waiting: bool) -> None:
        """One look: the connection's counters, and whether bytes wait to be sent."""
        if self.last is not None and self.waited and waiting:
            self.busy_s += max(0.0, busy_s - self.last[0])
            self.acked += max(0, bytes_acked - self.last[1])
            self.points.append((self.busy_s, self.acked))
            self._trim()
        self.last = (busy_s, bytes_acked)
        self.waited = waiting

    def _trim(self) -> None:
        points = self.points
        while len(points) > 1 and self.busy_s - points[1][0] >= self.window:
            points.popleft()
        if len(points) > KEPT:
            del points[len(points) // 2]

    @property
    def full(self) -> bool:
        """Is there a whole window, and is the time of grace over?"""
        return self.busy_s >= self.grace and self.busy_s - self.points[0][0] >= self.window

    @property
    def rate(self) -> float:
        """Bytes a busy second over the window; of nothing, 0."""
        busy = self.busy_s - self.points[0][0]
        return (self.acked - self.points[0][1]) / busy if busy > 0 else 0.0

"""A steady rate, as numbers: how many bytes may be read now, and when to look again. Pure."""

from __future__ import annotations


class Pace:
    """Reading at ``rate`` bytes a second, looking every ``every_s`` seconds.

    Times are seconds of one monotonic clock. A late look makes up for what it missed, so that the
    rate holds on a loaded machine; time in which nothing was there to read gives no credit.
    """

    __slots__ = ("every_s", "rate", "since", "taken")

    def __init__(self, rate: float, every_s: float, now: float) -> None:
        self.rate = rate
        self.every_s = every_s
        self.since = now
        self.taken = 0

    def due(self, now: float) -> int:
        """Bytes that may be read at ``now``."""
        return int((now - self.since) * self.rate) - self.taken

    def took(self, count: int) -> None:
        """``count`` bytes were read and more may be waiting."""
        self.taken += count

    def starved(self, now: float) -> None:
        """Nothing more was there: what comes is paced from ``now``."""
        self.since = now
        self.taken = 0

    def next_look(self, now: float) -> float:
        """When at least one byte will be due: one interval from now, or later at a low rate."""
        one_due = self.since + (self.taken + 1) / self.rate
        return max(now + self.every_s, one_due)

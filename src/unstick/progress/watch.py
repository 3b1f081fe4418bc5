"""The guard's books: one Meter for each connection that owes its client something. Pure.

Connections are told apart by their cookie, which the kernel never gives twice: neither a reused
descriptor nor a reused pair of addresses is taken for the connection that was watched.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from unstick.progress.diag import Seen
from unstick.progress.meter import Meter
from unstick.progress.outcome import Outcome
from unstick.progress.policy import Policy
from unstick.progress.tcpinfo import decode


class Verdict(NamedTuple):
    """A connection that broke the policy, and what is known of it."""

    seen: Seen
    outcome: Outcome


class Watch:
    """Takes what the kernel listed, says who broke the policy. Times: seconds, one clock.

    With ``orphans``, also what no process holds: a server's close() leaves it to the kernel.
    """

    def __init__(self, policy: Policy, orphans: bool = False) -> None:
        self.policy = policy
        self._orphans = orphans
        self._meters: dict[int, Meter] = {}
        self._told: dict[int, Meter] = {}

    @property
    def size(self) -> int:
        """Connections that owed something at the last look."""
        return len(self._meters) + len(self._told)

    @property
    def waiting(self) -> int:
        """Of these, those that no verdict was given on."""
        return len(self._meters)

    def look(
        self, owing: Iterable[Seen], now: float, most: int, crowded: bool = False
    ) -> list[Verdict]:
        """One look: all connections that owe anything. Those that are not among them any more are
        forgotten. Each verdict is given once; after ``most`` of them the others wait, unjudged, for
        the next look. ``crowded``: others wait to be served (``Policy.crowd``)."""
        meters: dict[int, Meter] = {}
        told: dict[int, Meter] = {}
        verdicts: list[Verdict] = []
        for seen in owing:
            if seen.cookie in self._told:
                told[seen.cookie] = self._told[seen.cookie]
            elif seen.inode or self._orphans:
                meter = self._meters.get(seen.cookie)
                outcome = None
                if meter is None:
                    meter = Meter(self.policy, decode(seen.info), now)
                elif len(verdicts) < most:
                    outcome = meter.observe(decode(seen.info), now)
                    if outcome is None and crowded:
                        outcome = meter.crowding(now)
                if outcome is None:
                    meters[seen.cookie] = meter
                else:
                    told[seen.cookie] = meter
                    verdicts.append(Verdict(seen, outcome))
        self._meters, self._told = meters, told
        return verdicts

    def again(self, seen: Seen) -> None:
        """Nothing came of this verdict: judge the connection anew, from its next look on."""
        self._told.pop(seen.cookie, None)

    def later(self, seen: Seen) -> None:
        """This verdict cannot be carried out yet: it is given again at the next look, unless the
        connection takes something meanwhile."""
        if meter := self._told.pop(seen.cookie, None):
            self._meters[seen.cookie] = meter

    def next_look(self, now: float) -> float | None:
        """When the first of them can break the policy, or must be looked at: an instant."""
        dues = (meter.next_check(now) for meter in self._meters.values())
        return min((due for due in dues if due is not None), default=None)

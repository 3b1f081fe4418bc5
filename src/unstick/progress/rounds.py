"""Round after round: look, judge, have the verdicts carried out. Called by a thread or a loop;
knows neither, nor whose sockets they are: ``guard`` and ``unstick.enforce`` say that.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from unstick.progress.listing import Look
from unstick.progress.policy import Policy
from unstick.progress.reporting import LOGGER
from unstick.progress.watch import Verdict, Watch

LOG = logging.getLogger(LOGGER)
"""Loaded at once: a process without descriptors cannot import."""

TICKS = 4
"""Looks within the shortest limit, as the Meter's own."""
SHARE = 0.01
"""Who looks waits at least so long that looking takes no more than this share of one core. Ending
connections is not counted: the more are ended, the fewer there are."""
SHORTEST_S = 0.05
CROWD_SHARE = 0.25
"""The same while others wait and the policy has a word for that: a few workers are soon gone."""
CROWD_TICK_S = 0.1
"""How far looks are apart, then, until there is a crowd; and while there is one:"""
CROWDED_S = 0.01
LONGEST_S = 30.0
"""A policy of hours is still looked at twice a minute: connections come and go."""
MOST_ENDED = 500
"""In one look: the interpreter is not held for longer than some milliseconds at a time."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What a guard has done since it was installed (in this process: a fork begins at zero).

    ``open_count`` and ``owing_count`` are of the last look: connections at the guarded ports, and
    those that owed something. ``verdicts`` by cause; ``ended`` of them were ended, the others
    (``dry_run``, a policy that only reports) were told. ``missed``: closed, or some other
    process's. ``failures``: looks that did not work. ``cpu_s``: seconds of one core.
    """

    looks: int = 0
    open_count: int = 0
    owing_count: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    missed: int = 0
    failures: int = 0
    cpu_s: float = 0.0
    source: str = ""


class Rounds:
    """Calls ``look`` and judges what it sees by ``watch``; ``carry_out`` gets the verdicts."""

    def __init__(
        self, watch: Watch, look: Callable[[], Look], carry_out: Callable[[list[Verdict]], None]
    ) -> None:
        self.watch = watch
        self.stats = Stats()
        self.failure: Exception | None = None
        """Why the last look did not work."""
        self._look_at = look
        self._carry_out = carry_out
        self.tick_s = tick_s(watch.policy)

    def tick(self) -> float:
        """One look; the seconds until the next. Never raises: what fails is logged and counted."""
        began = time.thread_time()
        try:
            wait_s = self._look()
            self.failure = None
        except Exception as error:
            self._failed(error)
            wait_s = self.tick_s
        self.count(looks=1, cpu_s=time.thread_time() - began)
        return wait_s

    def count(self, **more: Any) -> None:
        """Adds to the stats."""
        old = self.stats
        self.stats = replace(old, **{name: getattr(old, name) + more[name] for name in more})

    def _look(self) -> float:
        began = time.thread_time()
        look = self._look_at()
        crowded = bool(self.watch.policy.crowd and look.waiting_count)
        verdicts = self.watch.look(look.owing, time.monotonic(), MOST_ENDED, crowded)
        took_s = time.thread_time() - began
        self.stats = replace(
            self.stats,
            open_count=look.open_count,
            owing_count=len(look.owing),
            source=look.source,
        )
        if verdicts:
            self._carry_out(verdicts)
        now = time.monotonic()
        due = self.watch.next_look(now)
        if len(verdicts) >= MOST_ENDED:
            due = now  # others wait for theirs
        if crowded and look.owing:
            return max(CROWDED_S, took_s / CROWD_SHARE)
        wait_s = self.tick_s if due is None else min(self.tick_s, due - now)
        return max(SHORTEST_S, took_s / SHARE, wait_s)

    def _failed(self, error: Exception) -> None:
        """The first failure of its kind in a row is logged: the next look may work."""
        if str(error) != str(self.failure):
            LOG.error("the guard could not look: %s: %s", type(error).__name__, error)
        self.failure = error
        self.count(failures=1)


def tick_s(policy: Policy) -> float:
    """How far looks are apart at most: limits are kept to a quarter of the shortest."""
    limits = (policy.idle, policy.silent, policy.min_rate and policy.window, policy.deadline)
    ticks = [limit / TICKS for limit in limits if limit is not None]
    ticks += [CROWD_TICK_S] if policy.crowd else []
    return max(SHORTEST_S, min([LONGEST_S, *ticks]))

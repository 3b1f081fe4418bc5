"""One look of the guard: list, judge, end, tell. Called by a thread; knows no thread itself."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from unstick.progress import books, descriptors
from unstick.progress.diag import DiagError
from unstick.progress.listing import Dump, Look, Source
from unstick.progress.policy import Kill, Policy
from unstick.progress.reporting import LOGGER, Hook, announce, call, place
from unstick.progress.scanning import Scan
from unstick.progress.watch import Verdict, Watch

LOG = logging.getLogger(LOGGER)
"""Loaded at once: a process without descriptors cannot import."""

TICKS = 4
"""Looks within the shortest limit, as the Meter's own."""
SHARE = 0.01
"""The guard waits at least so long that looking takes no more than this share of one core. Ending
connections is not counted: the more are ended, the fewer there are."""
SHORTEST_S = 0.05
LONGEST_S = 30.0
"""A policy of hours is still looked at twice a minute: connections come and go."""
MOST_ENDED = 500
"""In one look: the interpreter is not held for longer than some milliseconds at a time."""
NO_DESCRIPTOR = -1
MOST_LINES = 20
"""Log lines of one look; the rest is counted in one more."""


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


class Guard:
    """Judges the accepted connections of this process each time ``tick`` is called."""

    def __init__(
        self, policy: Policy, ports: frozenset[int] | None, dry_run: bool, hook: Hook | None
    ) -> None:
        self.policy = policy
        self.dry_run = dry_run
        self.stats = Stats()
        self._failure = ""
        self._ports = ports
        self._hook = hook
        self._watch = Watch(policy)
        self._source: Source = Dump(ports)
        self._grip: descriptors.Grip | None = None
        limits = (policy.idle, policy.silent, policy.min_rate and policy.window, policy.deadline)
        ticks = [limit / TICKS for limit in limits if limit is not None]
        self.tick_s = max(SHORTEST_S, min([LONGEST_S, *ticks]))

    def anew(self) -> Guard:
        """The same guard with empty books, for the child of a fork."""
        return Guard(self.policy, self._ports, self.dry_run, self._hook)

    def close(self) -> None:
        """Gives back the descriptors that it keeps; the next tick takes some again."""
        self._source.close()
        if self._grip is not None:
            self._grip.close()
            self._grip = None

    def tick(self) -> float:
        """One look; the seconds until the next. Never raises: what fails is logged and counted."""
        began = time.thread_time()
        try:
            wait_s = self._look()
        except Exception as error:
            self._failed(error)
            wait_s = self.tick_s
        self._count(looks=1, cpu_s=time.thread_time() - began)
        return wait_s

    def _look(self) -> float:
        began = time.thread_time()
        self._grip = self._grip or descriptors.Grip()
        look = self._listed()
        verdicts = self._watch.look(look.owing, time.monotonic(), MOST_ENDED)
        at_least_s = max(SHORTEST_S, (time.thread_time() - began) / SHARE)
        self.stats = replace(
            self.stats,
            open_count=look.open_count,
            owing_count=len(look.owing),
            source=self._source.name,
        )
        if verdicts:
            self._carry_out(verdicts)
        now = time.monotonic()
        due = self._watch.next_look(now)
        if len(verdicts) >= MOST_ENDED:
            due = now  # others wait for theirs
        return max(at_least_s, self.tick_s if due is None else min(self.tick_s, due - now))

    def _listed(self) -> Look:
        """Falls back for good to asking socket by socket where sock_diag is refused."""
        try:
            return self._source.look()
        except DiagError as error:
            if not error.for_good:
                raise
            self._source.close()
            LOG.info("sock_diag: %s: asking each socket instead", error)
            self._source = Scan(self._ports)
            return self._source.look()

    def _carry_out(self, verdicts: list[Verdict]) -> None:
        numbers = descriptors.find({seen.cookie for seen, _ in verdicts})
        how = Kill.REPORT if self.dry_run else self.policy.on_verdict
        told = 0
        assert self._grip is not None
        for verdict in verdicts:
            cookie = verdict.seen.cookie
            with self._grip.on(numbers.get(cookie, NO_DESCRIPTOR), cookie) as sock:
                if sock is None:
                    self._count(missed=1)
                    continue
                told += 1
                if told <= MOST_LINES:  # told first: a process that serves only this one may end
                    tell(verdict, how)
                ended = descriptors.end(sock, how) and how is not Kill.REPORT
            self._count(verdicts=Counter([str(verdict.outcome.cause)]), ended=ended)
            books.note(books.INSTALL, verdict.outcome)
            call(self._hook, verdict.outcome)
        if told > MOST_LINES:
            LOG.warning("guard=%s and %d more in the same look", how, told - MOST_LINES)

    def _failed(self, error: Exception) -> None:
        """The first failure of its kind in a row is logged: the next look may work."""
        if str(error) != self._failure:
            LOG.error("the guard could not look: %s: %s", type(error).__name__, error)
        self._failure = str(error)
        self._count(failures=1)

    def _count(self, **more: Any) -> None:
        old = self.stats
        self.stats = replace(old, **{name: getattr(old, name) + more[name] for name in more})


def tell(verdict: Verdict, how: Kill) -> None:
    peer, local = place(verdict.seen.peer), place(verdict.seen.local)
    announce(verdict.outcome, None, peer=peer, local=local, guard=how)

"""One enforcer: looks when it is called, and says what became of each connection it judged.

Prints nothing, and does not know when it is called or in which namespace.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from unstick.enforce.budget import Budget
from unstick.enforce.endings import Destroyed, Disconnected, End, Ending, Fate, carried_out
from unstick.enforce.settings import Settings, Via
from unstick.live.owners import Holder, holders
from unstick.progress.diag import DiagError, Link
from unstick.progress.listing import Dump, Look
from unstick.progress.rounds import Rounds, Stats
from unstick.progress.watch import Verdict, Watch


class Event(NamedTuple):
    """One verdict and its end. ``holders``: none of an orphan, or where this user may not look."""

    verdict: Verdict
    holders: Sequence[Holder]
    end: End
    at_s: float  # time.time()


class Enforcer:
    """``tick`` looks once and returns the seconds until the next look; ``events`` are what came of
    it, taken once. ``every_s``: looks at least so often.

    ``fates`` counts verdicts by what became of them; ``held`` are those that wait, as of the last
    look, because enough were ended within a minute.
    """

    def __init__(self, settings: Settings, every_s: float | None = None) -> None:
        self.settings = settings
        self.fates: Counter[Fate] = Counter()
        self.held = 0
        self._link = Link()
        self._source = Dump(settings.ports, crowd=settings.policy.crowd is not None)
        self._ending: Ending = (
            Destroyed(self._link) if settings.via is Via.SOCK_DIAG else Disconnected()
        )
        self._budget = Budget(settings.most_a_minute)
        self._events: list[Event] = []
        self._rounds = Rounds(Watch(settings.policy, orphans=True), self._looked, self._carry_out)
        if every_s is not None:
            self._rounds.tick_s = min(self._rounds.tick_s, every_s)
        self.tick = self._rounds.tick

    @property
    def stats(self) -> Stats:
        """``verdicts`` by cause, ``ended``; ``missed``: over before they could be ended."""
        return self._rounds.stats

    @property
    def failure(self) -> Exception | None:
        """Why the last look did not work."""
        return self._rounds.failure

    @property
    def tick_s(self) -> float:
        return self._rounds.tick_s

    @property
    def watched(self) -> int:
        """Connections that owe something and are not judged yet, as of the last look."""
        return self._rounds.watch.waiting

    def ready(self) -> None:
        """Raises CannotEndError if it is to end connections and cannot."""
        if self.settings.ends:
            self._ending.ready()

    def events(self) -> list[Event]:
        taken, self._events = self._events, []
        return taken

    def close(self) -> None:
        self._source.close()
        self._link.close()

    def _looked(self) -> Look:
        self.held = 0
        look = self._source.look()
        return look._replace(owing=[one for one in look.owing if self.settings.concerns(one)])

    def _carry_out(self, verdicts: list[Verdict]) -> None:
        owners = holders({one.seen.inode for one in verdicts})
        for verdict in verdicts:
            held_by = owners.get(verdict.seen.inode, [])
            if not self._is_meant(held_by):
                continue
            end = self._end(verdict, held_by)
            if end is None:
                self.held += 1
                self._rounds.watch.later(verdict.seen)
                continue
            if end.fate is Fate.SPARED:
                self._rounds.watch.again(verdict.seen)
            self.fates[end.fate] += 1
            self._rounds.count(
                verdicts=Counter([str(verdict.outcome.cause)]),
                ended=end.fate is Fate.ENDED,
                missed=end.fate is Fate.GONE,
            )
            self._events.append(Event(verdict, held_by, end, time.time()))

    def _is_meant(self, held_by: Sequence[Holder]) -> bool:
        wanted = self.settings
        if not wanted.by_owner:
            return True
        return any(
            one.pid in wanted.pids or any(map(one.is_called, wanted.programs)) for one in held_by
        )

    def _end(self, verdict: Verdict, held_by: Sequence[Holder]) -> End | None:
        """None: not now, enough were ended within this minute."""
        if not self.settings.ends:
            return End(Fate.WOULD_END)
        now = time.monotonic()
        if not self._budget.has_room(now):
            return None
        try:
            end = carried_out(verdict, held_by, self._link, self._ending)
        except DiagError as error:
            return End(Fate.REFUSED, str(error))
        if end.fate is Fate.ENDED:
            self._budget.spend(now)
        return end

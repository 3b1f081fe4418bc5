"""The guard of ``install``: looks at this process's connections and ends them by their descriptors.

Called by a thread; knows no thread itself. The looking and judging is ``rounds``.
"""

from __future__ import annotations

from collections import Counter

from unstick.progress import books, descriptors
from unstick.progress.diag import DiagError
from unstick.progress.listing import Dump, Look, Source
from unstick.progress.policy import Kill, Policy
from unstick.progress.reporting import Hook, announce, call, place
from unstick.progress.rounds import LOG, Rounds, Stats
from unstick.progress.scanning import Scan
from unstick.progress.watch import Verdict, Watch

NO_DESCRIPTOR = -1
MOST_LINES = 20
"""Log lines of one look; the rest is counted in one more."""


class Guard:
    """Judges the accepted connections of this process each time ``tick`` is called."""

    def __init__(
        self, policy: Policy, ports: frozenset[int] | None, dry_run: bool, hook: Hook | None
    ) -> None:
        self.policy = policy
        self.dry_run = dry_run
        self._ports = ports
        self._hook = hook
        # Who waits must be one of ours: the kernel's list has those of other workers, too.
        self._source: Source = Scan(ports) if policy.crowd else Dump(ports)
        self._grip: descriptors.Grip | None = None
        self._rounds = Rounds(Watch(policy), self._listed, self._carry_out)
        self.tick = self._rounds.tick

    @property
    def stats(self) -> Stats:
        return self._rounds.stats

    def anew(self) -> Guard:
        """The same guard with empty books, for the child of a fork."""
        return Guard(self.policy, self._ports, self.dry_run, self._hook)

    def close(self) -> None:
        """Gives back the descriptors that it keeps; the next tick takes some again."""
        self._source.close()
        if self._grip is not None:
            self._grip.close()
            self._grip = None

    def _listed(self) -> Look:
        """Falls back for good to asking socket by socket where sock_diag is refused."""
        self._grip = self._grip or descriptors.Grip()
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
                    self._rounds.count(missed=1)
                    continue
                told += 1
                if told <= MOST_LINES:  # told first: a process that serves only this one may end
                    tell(verdict, how)
                ended = descriptors.end(sock, how) and how is not Kill.REPORT
            self._rounds.count(verdicts=Counter([str(verdict.outcome.cause)]), ended=ended)
            books.note(books.INSTALL, verdict.outcome)
            call(self._hook, verdict.outcome)
        if told > MOST_LINES:
            LOG.warning("guard=%s and %d more in the same look", how, told - MOST_LINES)


def tell(verdict: Verdict, how: Kill) -> None:
    peer, local = place(verdict.seen.peer), place(verdict.seen.local)
    announce(verdict.outcome, None, peer=peer, local=local, guard=how)

"""``install``: a guard for the server you run, whatever the server.

One thread looks, now and then, at what each accepted connection of this process owes to its client
and ends those that break the policy. It works below the server, on the kernel's sockets, so it
does not matter who opened them, in which language, or in which loop they are polled. It needs no
privilege.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable
from types import TracebackType

from unstick.progress import descriptors
from unstick.progress.abilities import OTHERS, honoured
from unstick.progress.errors import PolicyError
from unstick.progress.guard import Guard
from unstick.progress.policy import DEFAULT, Policy
from unstick.progress.reporting import Hook
from unstick.progress.rounds import Stats
from unstick.progress.tcpinfo import capabilities
from unstick.progress.ticker import Ticker


def install(
    policy: Policy | str = DEFAULT,
    *,
    ports: Iterable[int] | None = None,
    dry_run: bool = False,
    on_outcome: Hook | None = None,
) -> Installed:
    """Guards every accepted TCP connection of this process, from now on.

    ``policy``, or a line that ``Policy.parse`` reads. ``ports``: only connections that came in at
    these; without it, at every port this process listens on, now or later. ``dry_run``: tell, and
    end nothing. ``on_outcome`` is called, in the guard's thread, with each verdict; a line in the
    log ``unstick.progress`` says the same, with addresses.

    Promises: a connection that breaks the policy is ended at its limit plus a quarter of the
    shortest limit, which is how far the looks are apart. (They take 1 % of one core at most: from
    some ten thousand connections on they are further apart than that.) Nothing of it stays in the
    kernel; the server sees a connection that its peer reset. Only a connection that this process
    still holds, and that is the very one that was judged, is ended. Forked children are guarded.

    Does not promise: to see a response. The rules run from when the guard first sees bytes waiting
    until it sees none; so does ``total``. It changes nothing on sockets it does not end: ``lowat``,
    ``drain`` and ``probes`` have no effect. What the server closed itself, unread, is the kernel's.

    Raises PolicyError where this system cannot tell what the policy asks for.
    """
    chosen = Policy.parse(policy) if isinstance(policy, str) else policy
    guarded = None if ports is None else frozenset(ports)
    return Installed(Guard(possible(chosen), guarded, dry_run, on_outcome))


def possible(policy: Policy) -> Policy:
    """The policy as far as this system can honour it; PolicyError if that is not far enough."""
    if not descriptors.has_cookies():
        raise PolicyError("install", None, "needs Linux 4.12, which names sockets (SO_COOKIE)")
    honest = honoured(policy, capabilities() | {OTHERS})
    if not any((honest.idle, honest.silent, honest.min_rate, honest.deadline, honest.expires_at)):
        raise PolicyError("install", None, "a policy without any rule guards nothing")
    return honest


class Installed:
    """A guard at work, until ``stop``. A context manager."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._ticker = Ticker(guard.tick, guard.close)
        _at_work.append(self)
        follow_forks()
        atexit.register(self.stop)
        self._ticker.start()

    @property
    def policy(self) -> Policy:
        return self._guard.policy

    @property
    def stats(self) -> Stats:
        """What it has done so far. A snapshot; never waits."""
        return self._guard.stats

    @property
    def running(self) -> bool:
        return self._ticker.running

    def stop(self) -> None:
        """Ends the guard. Waits for a look that is under way, a second at most."""
        if self in _at_work:
            _at_work.remove(self)
        atexit.unregister(self.stop)
        self._ticker.stop()

    def __enter__(self) -> Installed:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.running else "stopped"
        return f"<guard of {self.policy}: {state}, {self.stats}>"


# --- forks ---------------------------------------------------------------------------------------
# A fork copies the calling thread alone. The guard's thread ends before it, so that no half-done
# look and no lock of a log is copied, and starts again on both sides.

_at_work: list[Installed] = []
"""Changes, and must: a fork gets no arguments."""

_following: list[bool] = []
"""Not empty once the hooks are in place: they cannot be taken back."""


def at_work() -> tuple[Installed, ...]:
    """The guards of this process that have not been stopped."""
    return tuple(_at_work)


def follow_forks() -> None:
    if not _following and hasattr(os, "register_at_fork"):
        _following.append(True)
        os.register_at_fork(before=_pause, after_in_parent=_resume, after_in_child=_begin_anew)


def _pause() -> None:
    for one in _at_work:
        one._ticker.stop()


def _resume() -> None:
    for one in _at_work:
        one._ticker.start()


def _begin_anew() -> None:
    for one in _at_work:
        one._guard = one._guard.anew()
        one._ticker = Ticker(one._guard.tick, one._guard.close)
        one._ticker.start()

"""Looks until it is stopped, or once: for as long as one judgement takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from unstick.enforce.enforcer import Enforcer, Event
from unstick.errors import UnstickError
from unstick.progress.policy import Policy


class CannotLookError(UnstickError):
    """The kernel does not list its sockets here."""


def looks(
    enforcer: Enforcer, stopped: threading.Event, once: bool = False
) -> Iterator[list[Event]]:
    """What came of each look, as they come, until ``stopped``.

    With ``once`` until everything that owes something now can have been judged: the longest limit
    and two ticks, less if nothing owes anything any more. Raises CannotLookError if the first look
    does not work; later ones are tried again.
    """
    ends_at = time.monotonic() + longest_s(enforcer.settings.policy) + 2 * enforcer.tick_s
    while True:
        wait_s = enforcer.tick()
        stats = enforcer.stats
        if stats.failures == stats.looks:
            raise CannotLookError(f"cannot list sockets: {enforcer.failure}", "needs sock_diag")
        yield enforcer.events()
        if once:
            left_s = ends_at - time.monotonic()
            if left_s <= 0 or not (enforcer.watched or enforcer.failure):
                return
            wait_s = min(wait_s, left_s)
        if stopped.wait(wait_s):
            return


def longest_s(policy: Policy) -> float:
    """By then every rule has fired that is going to, of what owes something now."""
    rate = max(policy.window, policy.grace) if policy.min_rate else None
    limits = (policy.idle, policy.silent, rate, policy.deadline)
    return max(limit for limit in limits if limit is not None)

"""Looks until it is stopped, or once: for as long as one judgement takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from unstick.enforce.enforcer import Enforcer, Event
from unstick.errors import UnstickError
from unstick.progress.clocks import FORGIVEN_SHARE
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
    limits = limits_s(enforcer.settings.policy)
    looked_at = time.monotonic()
    ends_at = looked_at + max(limits) + 2 * enforcer.tick_s
    while True:
        wait_s = enforcer.tick()
        stats, before, looked_at = enforcer.stats, looked_at, time.monotonic()
        # A busy machine: of a gap between looks half a limit at most counts against a peer.
        ends_at += max(0.0, looked_at - before - min(limits) * FORGIVEN_SHARE)
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


def limits_s(policy: Policy) -> list[float]:
    """By the longest every rule has fired that is going to, of what owes something now."""
    rate = max(policy.window, policy.grace) if policy.min_rate else None
    limits = (policy.idle, policy.silent, rate, policy.deadline)
    return [limit for limit in limits if limit is not None]

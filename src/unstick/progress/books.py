"""What this process has sent and guarded so far, for whoever counts (``prometheus``).

Sends and guards write themselves in; who guards now, ``aio`` and ``installed`` know. Numbers, no
addresses. A fork begins at zero.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unstick.progress.outcome import Outcome


SEND, GUARD, INSTALL = "send", "guard", "install"

in_flight: set[object] = set()
"""Sends that are under way. Adding to a set and discarding from it needs no lock."""
outcomes: Counter[tuple[str, str]] = Counter()
"""How many ended: who says so (SEND, GUARD or INSTALL), and the cause."""
acked_bytes = [0]
"""Of sends."""


def native_lock() -> Any:
    """A lock of the operating system's also where gevent made greenlets of threads: those who wait
    for a greenlet's lock in a real thread wait for ever."""
    import _thread

    monkey = sys.modules.get("gevent.monkey")
    make = _thread.RLock if monkey is None else monkey.get_original("_thread", "RLock")
    return make()


_lock = native_lock()


def note(by: str, outcome: Outcome) -> None:
    """One more that ended."""
    with _lock:
        outcomes[by, str(outcome.cause)] += 1
        if by == SEND:
            acked_bytes[0] += outcome.acked


def forget() -> None:
    """After a fork, in the child: what is written here was the parent's."""
    global _lock
    _lock = native_lock()
    in_flight.clear()
    outcomes.clear()
    acked_bytes[0] = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)

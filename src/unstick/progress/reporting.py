"""Tells of an outcome: one line in the log ``unstick.progress``, and the hook a program gave.

The line is ``key=value`` words, so that it can be counted with grep and read by any collector.
It has counters, times and states only: no payload, and no address unless the caller names one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unstick.progress.outcome import Outcome

Hook = Callable[[Outcome], Any]
LOGGER = "unstick.progress"


def line(outcome: Outcome, **context: object) -> str:
    """The structured line: ``cause=SILENT offered=... state=ESTABLISHED ... peer=...``."""
    words = [f"{key}={value}" for key, value in outcome.fields()]
    return " ".join([*words, *(f"{key}={value}" for key, value in context.items())])


def announce(outcome: Outcome, hook: Hook | None = None, **context: object) -> None:
    """Logs an end that is not good (level WARNING), then calls the hook with any."""
    if not outcome.ok:
        import logging

        logging.getLogger(LOGGER).warning("%s", line(outcome, **context))
    call(hook, outcome)


def call(hook: Hook | None, outcome: Outcome) -> None:
    """Calls the hook of a program, if it gave one.

    A hook that raises is logged and ends nothing: what became of the bytes is known, and must not
    be hidden behind a broken counter.
    """
    if hook is None:
        return
    try:
        hook(outcome)
    except Exception:
        import logging

        logging.getLogger(LOGGER).exception("on_outcome failed for %s", outcome.cause)


def place(address: tuple[str, int]) -> str:
    """``192.0.2.1:80``, ``[2001:db8::1]:80``."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

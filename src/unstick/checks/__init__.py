"""One file a conclusion. ``CHECKS`` is every check, sorted by code.

A check reads ``tcp.observed`` and yields findings; it does not print, read files or call another.
"""

from __future__ import annotations

from unstick.checks import close_wait_unsendable
from unstick.checks.base import Check

CHECKS: tuple[Check, ...] = (close_wait_unsendable.CHECK,)


def check(code: str) -> Check | None:
    """The check with this code (any case) or name; None if there is none."""
    for one in CHECKS:
        if code.upper() == one.code or code.lower() == one.name:
            return one
    return None

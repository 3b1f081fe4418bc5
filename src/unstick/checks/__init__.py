"""One file a conclusion. ``CHECKS`` is every check, sorted by code.

A check reads ``tcp.observed`` and yields findings; it does not print, read files or call another.
"""

from __future__ import annotations

from unstick.checks import (
    close_wait_leak,
    close_wait_unsendable,
    fin_unanswered,
    fin_wait_2_abandoned,
    response_cut_by_reset,
    syn_ack_unanswered,
    syn_challenged,
    syn_refused,
    syn_unanswered,
)
from unstick.checks.base import Check

CHECKS: tuple[Check, ...] = (
    close_wait_unsendable.CHECK,  # C201
    close_wait_leak.CHECK,
    fin_unanswered.CHECK,
    fin_wait_2_abandoned.CHECK,
    response_cut_by_reset.CHECK,
    syn_unanswered.CHECK,  # H401
    syn_challenged.CHECK,
    syn_refused.CHECK,
    syn_ack_unanswered.CHECK,
)


def check(code: str) -> Check | None:
    """The check with this code (any case) or name; None if there is none."""
    for one in CHECKS:
        if code.upper() == one.code or code.lower() == one.name:
            return one
    return None

"""One file a conclusion. ``CHECKS`` is every check, sorted by code.

A check reads ``tcp.observed`` and yields findings; it does not print, read files or call another.
A file is loaded when its check is wanted: in most captures nothing has anything to say.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unstick.checks.base import Check, Finding
    from unstick.tcp.observed import Connection

    CHECKS: tuple[Check, ...]

OF_CONNECTIONS = {
    "C201": "close-wait-unsendable",
    "C202": "close-wait-leak",
    "C203": "fin-unanswered",
    "C204": "fin-wait-2-abandoned",
    "C205": "response-cut-by-reset",
    "H401": "syn-unanswered",
    "H402": "syn-challenged",
    "H403": "syn-refused",
    "H404": "syn-ack-unanswered",
    "M506": "sequence-rewritten",
    "P301": "peer-silent",
    "P302": "peer-not-reading",
    "P303": "idle-then-forgotten",
    "P304": "keepalive-unanswered",
    "P305": "large-segments-vanish",
    "R101": "reset-refused-silently",
    "R102": "reset-challenged",
    "R103": "challenge-unanswered",
    "R104": "reset-answers-older-segment",
    "R105": "path-forgot-connection",
    "R106": "reset-from-another-host",
    "R107": "reset-carries-unnegotiated-option",
    "R108": "reset-spray",
    "R109": "reset-loop",
}
"""Code to name, of the checks that look at a connection. The file has the name, with ``_``."""

OF_CAPTURES = {
    "M501": "capture-lost-packets",
    "M502": "packets-captured-twice",
    "M503": "clock-went-backwards",
    "M504": "one-direction-only",
    "M505": "capture-damaged",
}
"""The same of those that look at a capture as a whole."""

NAMES = dict(sorted({**OF_CONNECTIONS, **OF_CAPTURES}.items()))
"""Code to name, of every check."""


@cache
def of_captures() -> tuple[Check, ...]:
    """Those that look at a capture as a whole, sorted by code."""
    return tuple(map(_load, OF_CAPTURES.values()))


@cache
def looks() -> tuple[Callable[[Connection], Iterator[Finding]], ...]:
    """How the others look at a connection, sorted by code."""
    found = map(_load, OF_CONNECTIONS.values())
    return tuple(one.in_connection for one in found if one.in_connection is not None)


def check(code: str) -> Check | None:
    """The check with this code (any case) or name; None if there is none."""
    for known, name in NAMES.items():
        if code.upper() == known or code.lower() == name:
            return _load(name)
    return None


def _load(name: str) -> Check:
    found: Check = import_module(f"{__name__}.{name.replace('-', '_')}").CHECK
    return found


@cache
def _all() -> tuple[Check, ...]:
    return tuple(map(_load, NAMES.values()))


def __getattr__(name: str) -> tuple[Check, ...]:
    if name == "CHECKS":
        return _all()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""What is said of a connection that was judged: for people, for programs, for a log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from unstick.enforce.enforcer import Event
from unstick.progress.reporting import announce, place

MOST_HOLDERS = 3
"""Named; a server's forty workers share one socket."""


def heading(event: Event) -> str:
    """``would end 192.0.2.7:44152 at 192.0.2.1:80, nginx[812]``."""
    seen = event.verdict.seen
    words = f"{event.end.fate} {place(seen.peer)} at {place(seen.local)}, {owners(event)}"
    return f"{words}: {event.end.why}" if event.end.why else words


def owners(event: Event) -> str:
    if not event.verdict.seen.inode:
        return "an orphan"
    if not event.holders:
        return "holder not seen"
    named = " ".join(map(str, event.holders[:MOST_HOLDERS]))
    more = len(event.holders) - MOST_HOLDERS
    return f"{named} and {more} more" if more > 0 else named


def record(event: Event) -> dict[str, Any]:
    """One line of NDJSON. Numbers as numbers; what is not known is left out."""
    seen, outcome = event.verdict
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(event.at_s, UTC).isoformat(timespec="milliseconds"),
        "fate": str(event.end.fate),
        "peer": place(seen.peer),
        "local": place(seen.local),
        "cookie": f"{seen.cookie:x}",
        "uid": seen.uid,
        "orphan": not seen.inode,
        "holders": [{"pid": one.pid, "name": one.name} for one in event.holders],
        "says": str(outcome),
    }
    if event.end.why:
        told["why"] = event.end.why
    return told | {name: value_of(text) for name, text in outcome.fields()}


def value_of(text: str) -> str | int | float | bool:
    """As ``Outcome.fields`` wrote it down."""
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def log(event: Event) -> None:
    """The structured line of every guard, with what became of it."""
    seen = event.verdict.seen
    announce(
        event.verdict.outcome,
        None,
        peer=place(seen.peer),
        local=place(seen.local),
        holder=",".join(map(str, event.holders)) or "-",
        enforce=event.end.fate.replace(" ", "-"),
    )

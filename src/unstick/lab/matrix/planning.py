"""Which cells are to be played, from names that a person typed. Pure but for what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from unstick.errors import UsageError
from unstick.lab.matrix.cell import Job
from unstick.lab.matrix.columns import BY_NAME, Asks
from unstick.lab.matrix.outcome import Cell
from unstick.lab.matrix.rows import USUAL, Condition, full_s, rows
from unstick.lab.matrix.table import Matrix
from unstick.lab.needs import installing, lacking
from unstick.lab.servers import SERVERS

WATCH_S = 30.0
SERVED_S = 30.0
"""At least, for a client that reads to the end: it is over when it is served, however slowly."""


def servers(text: str) -> tuple[str, ...]:
    """``nginx,gunicorn``: names, or how names begin; ``usual``, ``all``. Raises UsageError."""
    found: dict[str, None] = {}
    for word in text.split(","):
        if word in ("usual", "all"):
            matching = list(USUAL if word == "usual" else SERVERS)
        elif word in SERVERS:
            matching = [word]
        else:
            matching = [one for one in SERVERS if word and one.startswith(f"{word}-")]
        if not matching:
            raise UsageError(f"there is no server {word!r}", near(word, SERVERS))
        found.update(dict.fromkeys(matching))
    return tuple(one for one in SERVERS if one in found)


def clients(text: str) -> tuple[str, ...]:
    """Raises UsageError."""
    return names(text, "client", list(BY_NAME))


def conditions(text: str) -> tuple[Condition, ...]:
    """Raises UsageError."""
    return tuple(map(Condition, names(text, "condition", [str(one) for one in Condition])))


def names(text: str, what: str, known: Sequence[str]) -> tuple[str, ...]:
    """Of a list with commas, in the order of ``known``; ``all`` is all."""
    words = list(known) if text == "all" else text.split(",")
    for word in words:
        if word not in known:
            raise UsageError(f"there is no {what} {word!r}", near(word, known))
    return tuple(one for one in known if one in words)


def near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, list(known), n=1)
    return f"did you mean {found[0]}?" if found else ", ".join(known)


def jobs(
    chosen: Sequence[str],
    columns: Sequence[str],
    under: Sequence[Condition],
    watch_s: float | None,
    full: bool,
) -> list[Job]:
    """Row by row. ``full``: as long as each server's longest limit takes, or ``watch_s``."""
    made = []
    for condition in under:
        for row in rows(condition, tuple(chosen)):
            longest = full_s(row) if full else WATCH_S
            given = longest if watch_s is None else min(watch_s, longest) if full else watch_s
            for column in (BY_NAME[name] for name in columns):
                served = column.asks is Asks.SERVED
                made.append(Job(row, column, max(given, SERVED_S) if served else given))
    return made


def playable(wanted: Sequence[Job], tell: Callable[[str], None]) -> list[Job]:
    """Without those whose server is not installed: ``tell`` hears which, and what installs them.
    Raises UsageError when none is left."""
    absent: dict[str, list[str]] = {}
    for name in dict.fromkeys(one.row.server for one in wanted):
        if lacking(SERVERS[name]):
            absent.setdefault(installing(SERVERS[name]), []).append(name)
    for command, several in absent.items():
        tell(f"not installed and left out: {', '.join(several)}. {command}")
    gone = {name for several in absent.values() for name in several}
    there = [one for one in wanted if one.row.server not in gone]
    if not there:
        raise UsageError("nothing is left to play", "unstick lab doctor")
    return there


def ordered(about: dict[str, object], wanted: Sequence[Job], done: Iterable[Cell]) -> Matrix:
    """The cells that are done, in the order in which they were wanted."""
    by_key = {one.key: one for one in done}
    keys = [one.empty.key for one in wanted]
    return Matrix(about, [by_key[key] for key in keys if key in by_key])

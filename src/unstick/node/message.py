"""Requests and the heads of responses as plain data. Field names keep their case and order.

Pure: no socket, no clock. What a field means is in ``freshness``, ``conditions`` and ``ranges``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

Fields = tuple[tuple[str, str], ...]

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authentication-info"}
    | {"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""What belongs to one connection (RFC 9110 7.6.1, RFC 9111 3.1) and is never passed on."""

DATES: tuple[tuple[re.Pattern[str], str], ...] = (
    # RFC 9110 5.6.7: what is sent today, and the two obsolete forms that must be understood.
    # strptime() alone would take any number of spaces and digits.
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", re.I), "%a, %d %b %Y %H:%M:%S GMT"),
    (re.compile(r"\w+, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT", re.I), "%A, %d-%b-%y %H:%M:%S GMT"),
    (re.compile(r"\w{3} \w{3} [\d ]\d \d\d:\d\d:\d\d \d{4}"), "%a %b %d %H:%M:%S %Y"),
)


class Asked(NamedTuple):
    """A request. ``target`` is path and query as they came; ``body_bytes`` None: no body."""

    method: str
    target: str
    fields: Fields
    body: BinaryIO | None = None
    body_bytes: int | None = None
    peer: str = ""


class Head(NamedTuple):
    """The head of a response."""

    status: int
    reason: str
    fields: Fields


def values(fields: Fields, name: str) -> list[str]:
    """Every value of a field, in order; ``name`` in lower case."""
    return [value for key, value in fields if key.lower() == name]


def first(fields: Fields, name: str) -> str | None:
    return next(iter(values(fields, name)), None)


def joined(fields: Fields, name: str) -> str:
    """A list field that may come in several lines, as one (RFC 9110 5.3)."""
    return ", ".join(values(fields, name))


def without(fields: Fields, names: Iterable[str]) -> Fields:
    gone = frozenset(names)
    return tuple(field for field in fields if field[0].lower() not in gone)


def end_to_end(fields: Fields) -> Fields:
    """Without what belongs to this connection, also by the word of its Connection field."""
    named = {name.strip().lower() for name in joined(fields, "connection").split(",")}
    return without(fields, HOP_BY_HOP | named)


def words_of(text: str) -> list[str]:
    """The members of a comma-separated list; commas in quoted strings do not separate."""
    members, start, quoted, escaped = [], 0, False, False
    for at, sign in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            members.append(text[start:at].strip())
            start = at + 1
    members.append(text[start:].strip())
    return [member for member in members if member]


def directives(text: str) -> dict[str, str]:
    """``Cache-Control`` as name to value, "" where there is none (RFC 9111 5.2).

    Of a directive that comes twice with two numbers the smaller holds: RFC 9111 4.2.1 allows the
    first or "stale", and the smaller is never fresher than either sender can have meant.
    """
    found: dict[str, str] = {}
    for word in words_of(text):
        name, _, value = word.partition("=")
        name, value = name.lower(), unquoted(value)
        before = found.get(name, value)
        both = before.isdigit() and value.isdigit()
        found[name] = min(before, value, key=int) if both else before
    return found


def unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace("\\", "")
    return text


def date(text: str | None) -> float | None:
    """An HTTP date in seconds since 1970; None if there is none or it is not one."""
    if text is None:
        return None
    for shape, form in DATES:
        if shape.fullmatch(text):
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                return None
    return None


def date_text(seconds: float) -> str:
    """An HTTP date of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).strftime(DATES[0][1])

"""May a response be stored, how long is it fresh, may it be used: RFC 9111 as functions.

1. This is a shared cache: ``private`` keeps out, ``s-maxage`` goes before ``max-age``.
2. What is doubtful is stale, or not stored: asking once more costs time, an old answer is wrong.
3. Times are computed once, when the head comes, and counted on from there by a monotonic clock: a
   step of the wall clock makes nothing fresh.

Pure: clocks' values are passed in.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from unstick.node.message import (
    Asked,
    Fields,
    Head,
    date,
    directives,
    first,
    joined,
    values,
    words_of,
)

LONGEST_S = 1 << 31
"""What a number of seconds that is too large counts as (RFC 9111 1.2.2)."""
HEURISTIC_SHARE = 0.1
HEURISTIC_LONGEST_S = 86_400.0
"""Without a word on freshness: a tenth of the time since it last changed, and a day at most
(RFC 9111 4.2.2: "typical setting", and a warning would have been due after a day in RFC 7234)."""
HEURISTIC_STATUSES = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""RFC 9110 15.1, without 206: parts are not stored."""
UNDERSTOOD = HEURISTIC_STATUSES | {302, 303, 307, 400, 401, 403, 500, 502, 503, 504}
"""Statuses whose caching rules this cache knows, for ``must-understand`` (RFC 9111 5.2.2.3)."""
DELTA = re.compile(r"[0-9]+")
DURATIONS = frozenset({"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"})
MEMBER = re.compile(
    r'[a-z*][a-z0-9_.*-]*(=("[ -~]*"|[A-Za-z0-9*][!-~]*|-?[0-9.]+|\?[01]|:[^:]*:))?'
)
"""Of a dictionary of structured fields (RFC 8941 3.2), parameters left to their values."""


class Use(Enum):
    """What a stored response is good for."""

    FRESH = "fresh"  # as it is
    STALE_WHILE = "stale-while-revalidate"  # as it is, while somebody asks the origin
    VALIDATE = "validate"  # after the origin said so


class Freshness(NamedTuple):
    """Seconds. ``born`` is the monotonic instant at which the response was ``initial_age`` old."""

    lifetime: float
    initial_age: float
    born: float
    while_revalidating: float = 0.0
    if_error: float | None = None  # None: nothing was said
    no_cache: bool = False
    must_revalidate: bool = False

    def age(self, now: float) -> float:
        return self.initial_age + max(0.0, now - self.born)

    def stale_for(self, now: float) -> float:
        """Negative while it is fresh."""
        return self.age(now) - self.lifetime


class Heard(NamedTuple):
    """When a head came: ``wall`` and ``mono`` seconds, ``took`` seconds after it was asked for."""

    wall: float
    mono: float
    took: float


def seconds(text: str | None) -> int | None:
    """A delta-seconds; 0 if it is there and is none; None if it is not there."""
    if text is None:
        return None
    return min(int(text), LONGEST_S) if DELTA.fullmatch(text) and len(text) < 20 else 0


def control(fields: Fields) -> dict[str, str]:
    return directives(joined(fields, "cache-control"))


def targeted(head: Head) -> dict[str, str]:
    """What is said to caches like this one alone (RFC 9213); nothing if it is malformed."""
    text = joined(head.fields, "cdn-cache-control")
    return directives(text) if all(map(is_member, words_of(text))) else {}


def is_member(word: str) -> bool:
    """Is it of a dictionary of structured fields, and of the type that its name asks for?"""
    name, _, value = word.partition("=")
    kind = DELTA if name in DURATIONS else MEMBER
    return kind.fullmatch(value if name in DURATIONS else word) is not None


def said_of(head: Head) -> dict[str, str]:
    """What the origin says; words meant for us go before those for all (RFC 9213 2.1)."""
    return targeted(head) or control(head.fields)


def expires_of(head: Head) -> str | None:
    """``Expires``; two of them are none that can be read."""
    if targeted(head) or not values(head.fields, "expires"):
        return None
    return joined(head.fields, "expires")


# --- storing -------------------------------------------------------------------------------------


def storable(asked: Asked, head: Head) -> bool:
    """RFC 9111 3, for a shared cache that stores whole responses to GET."""
    said, wanted = said_of(head), control(asked.fields)
    understood = head.status in UNDERSTOOD and "must-understand" in said
    refused = (
        asked.method != "GET",
        head.status < 200 or head.status in (206, 304),
        "must-understand" in said and head.status not in UNDERSTOOD,
        "no-store" in said and not understood,
        "no-store" in wanted,
        "private" in said,
        joined(head.fields, "vary").strip() == "*" or "*" in words_of(joined(head.fields, "vary")),
        first(asked.fields, "authorization") is not None
        and not said.keys() & {"must-revalidate", "public", "s-maxage"},  # RFC 9111 3.5
    )
    return not any(refused) and (
        bool(said.keys() & {"public", "max-age", "s-maxage"})
        or expires_of(head) is not None
        or head.status in HEURISTIC_STATUSES
    )


def is_reusable(head: Head, fresh: Freshness) -> bool:
    """Is storing it worth anything: will it be fresh, or can the origin be asked about it?"""
    validator = first(head.fields, "etag") or first(head.fields, "last-modified")
    stale = max(fresh.while_revalidating, fresh.if_error or 0.0)
    return fresh.lifetime + stale > fresh.initial_age or validator is not None


# --- computing, when the head comes --------------------------------------------------------------


def freshness_of(head: Head, heard: Heard) -> Freshness:
    """RFC 9111 4.2."""
    said = said_of(head)
    sent = date(first(head.fields, "date"))
    apparent = max(0.0, heard.wall - sent) if sent is not None else 0.0
    ages = words_of(joined(head.fields, "age"))
    told = (seconds(ages[0]) or 0) if ages else 0
    strict = bool(said.keys() & {"must-revalidate", "proxy-revalidate", "s-maxage"})
    return Freshness(
        lifetime=lifetime_of(head, said, heard.wall if sent is None else sent),
        initial_age=max(apparent, told + heard.took),
        born=heard.mono,
        while_revalidating=seconds(said.get("stale-while-revalidate")) or 0.0,
        if_error=seconds(said.get("stale-if-error")),
        no_cache="no-cache" in said,
        must_revalidate=strict,
    )


def lifetime_of(head: Head, said: dict[str, str], sent: float) -> float:
    """RFC 9111 4.2.1: the first that is there counts, even if it says nothing sensible."""
    for name in ("s-maxage", "max-age"):
        if name in said:
            return seconds(said[name]) or 0
    expires = expires_of(head)
    if expires is not None:
        return max(0.0, (date(expires) or 0.0) - sent)
    changed = date(first(head.fields, "last-modified"))
    if changed is None or not (head.status in HEURISTIC_STATUSES or "public" in said):
        return 0.0
    return min(max(0.0, sent - changed) * HEURISTIC_SHARE, HEURISTIC_LONGEST_S)


# --- using ---------------------------------------------------------------------------------------


def judge(asked: Asked, fresh: Freshness, now: float) -> Use:
    """RFC 9111 4: may a stored response answer this request, at the monotonic instant ``now``?"""
    wanted = control(asked.fields)
    if not wanted and "no-cache" in joined(asked.fields, "pragma").lower():
        return Use.VALIDATE  # RFC 9111 5.4
    if fresh.no_cache or "no-cache" in wanted:
        return Use.VALIDATE
    age, stale = fresh.age(now), fresh.stale_for(now)
    if "max-age" in wanted and age > (seconds(wanted["max-age"]) or 0):
        return Use.VALIDATE
    if stale < 0:
        enough = -stale >= (seconds(wanted.get("min-fresh")) or 0)
        return Use.FRESH if enough else Use.VALIDATE
    if fresh.must_revalidate or "min-fresh" in wanted:
        # s-maxage too: CDNs serve it stale where stale-while-revalidate stands beside it; RFC 9111
        # 5.2.2.10 says MUST NOT, and we follow that.
        return Use.VALIDATE
    if "max-stale" in wanted:
        limit = wanted["max-stale"]
        if not limit or stale <= (seconds(limit) or 0):
            return Use.FRESH
    if fresh.while_revalidating and stale <= fresh.while_revalidating:
        return Use.STALE_WHILE
    return Use.VALIDATE


def serves_errors(fresh: Freshness, now: float, *, disconnected: bool) -> bool:
    """May it be used stale because the origin failed? RFC 5861 4; RFC 9111 4.2.4: also without a
    word, if the origin cannot be reached at all."""
    if fresh.no_cache or fresh.must_revalidate:
        return False
    if fresh.if_error is not None:
        return fresh.stale_for(now) <= fresh.if_error
    return disconnected


# --- variants ------------------------------------------------------------------------------------


def variant_of(asked: Asked, head: Head) -> Fields:
    """The request's fields that Vary names, in a form that compares (RFC 9111 4.1)."""
    names = sorted({name.lower() for name in words_of(joined(head.fields, "vary"))})
    return tuple((name, normal(asked.fields, name)) for name in names)


def matches(asked: Asked, variant: Fields) -> bool:
    """Would the origin have been asked the same, as far as it cares?"""
    return all(normal(asked.fields, name) == value for name, value in variant)


def normal(fields: Fields, name: str) -> str:
    """Whitespace and the splitting of a list into lines do not matter (RFC 9111 4.1)."""
    return ",".join(" ".join(word.split()) for word in words_of(joined(fields, name)))

"""A part of a stored response: one range of bytes (RFC 9110 14). Pure.

Of several ranges at once the whole is sent, as RFC 9110 14.2 allows: a client that is served
``multipart/byteranges`` gains little, and forty overlapping ones have been an attack.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from unstick.node.message import Asked, Head, date, first, joined

ONE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


class Part(NamedTuple):
    """Half open: ``start`` is the first byte, ``end`` the one after the last."""

    start: int
    end: int

    def says(self, length: int) -> str:
        return f"bytes {self.start}-{self.end - 1}/{length}"


UNSATISFIABLE = Part(0, 0)


def part_of(asked: Asked, head: Head, length: int | None) -> Part | None:
    """What to send of ``length`` bytes: None for all of it, UNSATISFIABLE for a 416."""
    range_ = joined(asked.fields, "range")
    found = ONE.fullmatch(range_)
    if asked.method != "GET" or head.status != 200 or length is None or found is None:
        return None
    if not still_holds(first(asked.fields, "if-range"), head):
        return None
    low, high = found.groups()
    if not low:  # the last so many
        if not high:
            return None
        return Part(max(0, length - int(high)), length) if int(high) and length else UNSATISFIABLE
    if high and int(high) < int(low):
        return None  # not a range: RFC 9110 14.1.1
    if int(low) >= length:
        return UNSATISFIABLE
    return Part(int(low), min(int(high) + 1, length) if high else length)


def still_holds(validator: str | None, head: Head) -> bool:
    """RFC 9110 13.1.5: strong comparison; a date must be the very same."""
    if validator is None:
        return True
    tag = first(head.fields, "etag")
    if validator.startswith(('"', "W/")):
        return validator == tag and not validator.startswith("W/")
    changed = date(first(head.fields, "last-modified"))
    return changed is not None and date(validator) == changed

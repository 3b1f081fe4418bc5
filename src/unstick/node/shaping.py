"""From an answer to what is sent: 304, 206, 416, or the whole, and the fields that say so. Pure."""

from __future__ import annotations

from typing import NamedTuple

from unstick.node.cache import Answer
from unstick.node.conditions import head_304, not_modified
from unstick.node.message import Asked, Fields, Head, without
from unstick.node.ranges import UNSATISFIABLE, part_of

BODILESS = frozenset({204, 304})


class Shape(NamedTuple):
    """``start`` and ``end`` are of the object's bytes; ``end`` None: to its end, unknown where."""

    head: Head
    start: int
    end: int | None


def shaped(asked: Asked, answer: Answer) -> Shape:
    """What this client gets of the answer."""
    head, length = answer.head, answer.object.length
    extra: Fields = (("Cache-Status", f"unstick; {answer.note}"), ("Via", "1.1 unstick"))
    if answer.age_s is not None:
        head = head._replace(fields=without(head.fields, ("age",)))
        extra = (("Age", str(int(answer.age_s))), *extra)
    if asked.method in ("GET", "HEAD") and not_modified(asked, head):
        return Shape(added(head_304(head), extra), 0, 0)
    if asked.method == "HEAD" or head.status in BODILESS:
        return Shape(added(head, extra), 0, 0)
    part = part_of(asked, head, length)
    if part is UNSATISFIABLE:
        unsatisfied = (("Content-Range", f"bytes */{length}"), ("Content-Length", "0"))
        kept = without(head.fields, ("content-length", "content-type"))
        return Shape(added(Head(416, "Range Not Satisfiable", kept), unsatisfied + extra), 0, 0)
    plain = without(head.fields, ("content-length",))
    if part is not None and length is not None:
        says = (
            ("Content-Range", part.says(length)),
            ("Content-Length", str(part.end - part.start)),
        )
        return Shape(added(Head(206, "Partial Content", plain), says + extra), *part)
    size = () if length is None else (("Content-Length", str(length)),)
    return Shape(added(Head(head.status, head.reason, plain), size + extra), 0, length)


def added(head: Head, fields: Fields) -> Head:
    return head._replace(fields=head.fields + fields)


def refusal(status: int, reason: str) -> tuple[Head, bytes]:
    """A response of the node's own."""
    body = f"{reason}\n".encode()
    fields = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Status", "unstick"),
    )
    return Head(status, "", fields), body

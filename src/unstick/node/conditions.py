"""Conditional requests answered from what is stored (RFC 9110 13), and heads made new by a 304.

Pure. ``If-Match`` and ``If-Unmodified-Since`` are the origin's to judge: such requests pass.
"""

from __future__ import annotations

from unstick.node.message import Asked, Fields, Head, date, first, joined, values, without, words_of

OURS = ("if-none-match", "if-modified-since", "range", "if-range")
"""What a cache answers itself: a fetch that may be stored asks for the whole thing."""
ORIGINS = ("if-match", "if-unmodified-since")
NOT_RENEWED = frozenset(
    {"content-length", "content-encoding", "content-type", "content-range", "transfer-encoding"}
)
"""What describes the stored bytes and not the state of the resource (RFC 9111 3.2)."""
KEPT_OF_CONTENT = frozenset({"content-location", "content-security-policy"})


def not_modified(asked: Asked, head: Head) -> bool:
    """Does the client have this already? ``If-None-Match`` goes before a date."""
    if head.status != 200:
        return False
    tags = joined(asked.fields, "if-none-match")
    if values(asked.fields, "if-none-match"):
        mine = first(head.fields, "etag")
        return tags.strip() == "*" or (
            mine is not None and opaque(mine) in {opaque(tag) for tag in words_of(tags)}
        )
    since = date(first(asked.fields, "if-modified-since"))
    changed = date(first(head.fields, "last-modified") or first(head.fields, "date"))
    return since is not None and changed is not None and changed <= since  # RFC 9111 4.3.2


def opaque(tag: str) -> str:
    """Weak comparison (RFC 9110 8.8.3.2)."""
    return tag.strip().removeprefix("W/")


def validators(head: Head) -> Fields:
    """The fields that ask the origin whether a stored response still holds."""
    tag, changed = first(head.fields, "etag"), first(head.fields, "last-modified")
    found = [("If-None-Match", tag), ("If-Modified-Since", changed)]
    return tuple((name, value) for name, value in found if value is not None)


def renewed(stored: Head, news: Fields) -> Head:
    """The stored head with what a 304, or the answer to a HEAD, brought (RFC 9111 3.2)."""
    fresh = without(news, NOT_RENEWED)
    replaced = {name.lower() for name, _ in fresh} | {"age"}
    return stored._replace(fields=without(stored.fields, replaced) + fresh)


def is_same(stored: Head, news: Head) -> bool:
    """Does the answer to a HEAD speak of the stored response? (RFC 9111 4.3.5)"""
    for name in ("etag", "last-modified", "content-length"):
        there = first(news.fields, name)
        if there is not None and there != first(stored.fields, name):
            return False
    return True


def head_304(stored: Head) -> Head:
    """RFC 9110 15.4.5: what a 304 carries of the head that a 200 would have had."""
    gone = {name.lower() for name, _ in stored.fields if name.lower().startswith("content-")}
    return Head(304, "Not Modified", without(stored.fields, gone - KEPT_OF_CONTENT))

"""How checks say numbers. One place, so that all findings read alike."""

from __future__ import annotations

from unstick.wire.columns import NANOSECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.tcp.vocabulary import Side


def name(side: Side) -> str:
    """``client`` or ``server``."""
    return side.name.lower()


def plural(count: int, noun: str) -> str:
    """``1 byte``, ``1,460 bytes``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def seconds(ns: int) -> str:
    """``0.35 s``, ``12.4 s``, ``613.9 s``, ``2 h 5 min``: three figures, no more."""
    value = ns / NANOSECONDS
    if value < 1:
        return f"{value:.2g} s"
    if value < 3600:
        return f"{value:.1f} s"
    hours, rest = divmod(round(value), 3600)
    return f"{hours} h {rest // 60} min"

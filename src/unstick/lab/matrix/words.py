"""What a cell says in a table. Pure."""

from __future__ import annotations

from collections.abc import Callable

from unstick.lab.matrix.columns import BY_NAME, HALF_CLOSE_BYTES, LARGE_BYTES, Asks
from unstick.lab.matrix.outcome import Cell, Left

NOTED_BYTES = 8_000_000
"""Growth of a server's processes that is worth a word: more than noise."""


def cell(one: Cell) -> str:
    """Such as ``held 200 s: ESTABLISHED 3.6 MB``, or ``let go after 10.2 s, nothing left``."""
    if one.failure is not None:
        return f"no result: {one.failure}"
    parts = [SAID[BY_NAME[one.client].asks](one)]
    if one.grown_bytes >= NOTED_BYTES:
        parts.append(f"process +{one.grown_bytes / 1e6:.0f} MB")
    if one.next_answer_s is None:
        parts.append("**the next client is not answered**")
    if one.lost_frames:
        parts.append(f"the middlebox lost {one.lost_frames} frames")
    return "; ".join(parts)


def held(one: Cell) -> str:
    if one.let_go_s is None:
        return f"**held** {one.watched_s:.0f} s: {sockets(one.left)}"
    return f"let go after {seconds(one.let_go_s)}, {remains(one)}"


def served(one: Cell) -> str:
    if one.got_bytes >= HALF_CLOSE_BYTES:
        return "served"
    how = f" ({one.told})" if one.told not in (None, "end") else ""
    return f"**dropped** after {amount(one.got_bytes)}{how}"


def alive(one: Cell) -> str:
    if one.let_go_s is None:
        return f"alive after {one.watched_s:.0f} s, {amount(one.got_bytes)} read"
    if one.got_bytes + sum(socket.outstanding_bytes for socket in one.left) >= LARGE_BYTES:
        return f"alive: all was sent after {seconds(one.let_go_s)}"
    read = f"{amount(one.got_bytes)} read"
    return f"**dropped** after {seconds(one.let_go_s)}, {read}, {remains(one)}"


SAID: dict[Asks, Callable[[Cell], str]] = {
    Asks.HELD: held,
    Asks.SERVED: served,
    Asks.ALIVE: alive,
}


def remains(one: Cell) -> str:
    return f"left {sockets(one.left)}" if one.left else "nothing left"


def sockets(left: tuple[Left, ...]) -> str:
    """``FIN-WAIT-1 3.6 MB``, or ``nothing``."""
    told = (f"{one.state} {amount(one.outstanding_bytes)}" for one in left)
    return ", ".join(told) or "nothing"


def amount(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"

"""What a cell of the matrix has seen: plain data, kept as JSON and read again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Left:
    """A socket of the server's host. ``owned``: by a process, else the kernel's alone."""

    state: str
    outstanding_bytes: int
    owned: bool


@dataclass(frozen=True)
class Cell:
    """Seconds count from the client's request. None: not within ``watched_s``.

    ``let_go_s``: no process holds the connection any more. ``gone_s``: nor does the kernel.
    ``got_bytes``: what the client's kernel has received; ``told``: what ended it for the client's
    program (``end``: the end of the stream). ``grown_bytes``: by so much the resident memory of the
    server's processes was at most larger than before. ``next_answer_s``: a healthy client's small
    request, at the end. ``log``: the server's own, before it was stopped; ``guard``: what ``unstick
    enforce`` beside it told. ``lost_frames``: of the middlebox, by no fault but that it was too
    slow. ``failure``: why there is no result.
    """

    server: str
    condition: str
    words: str
    client: str
    watched_s: float = 0.0
    let_go_s: float | None = None
    gone_s: float | None = None
    left: tuple[Left, ...] = ()
    got_bytes: int = 0
    told: str | None = None
    grown_bytes: int = 0
    next_answer_s: float | None = None
    log: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()
    lost_frames: int = 0
    failure: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.server, self.condition, self.words, self.client

    def to_data(self) -> dict[str, Any]:
        return asdict(self)


def from_data(data: Mapping[str, Any]) -> Cell:
    """The mirror of ``to_data``, after JSON. Raises KeyError, TypeError for what is no cell."""
    values = dict(data)
    values["left"] = tuple(Left(**one) for one in values["left"])
    for name in ("log", "guard"):
        values[name] = tuple(values.get(name, ()))
    return Cell(**values)

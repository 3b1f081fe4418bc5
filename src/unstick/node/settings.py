"""How a node is set up: plain data, checked by whoever makes it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from unstick.progress.policy import DEFAULT, Policy

Address = tuple[str, int]


class Mode(StrEnum):
    """How responses are delivered."""

    BLOCKING = "blocking"  # as in 2015
    PROGRESS = "progress"  # cured


class Settings(NamedTuple):
    """``send_timeout_s`` is of ``blocking`` alone, ``policy`` of ``progress`` (in ``blocking`` it
    only says what it would have done). ``control`` is the path of the control socket."""

    origin: str
    listen: Address = ("127.0.0.1", 8080)
    mode: Mode = Mode.PROGRESS
    policy: Policy = DEFAULT
    send_timeout_s: float = 600.0
    memory_bytes: int = 1 << 30
    metrics: Address | None = None
    control: str | None = None

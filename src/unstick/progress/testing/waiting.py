"""Waiting in tests: until something holds, with a limit, and a sentence when it never does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY_S = 0.01

Says = str | Callable[[], str]
"""What to say when it never held: a sentence, or a function that makes it then."""


def eventually(holds: Callable[[], T], within_s: float = 5.0, says: Says = "it never held") -> T:
    """The first true value of ``holds()``.

    Raises AssertionError with ``says`` when there is none within ``within_s`` seconds. Blocks the
    thread: in a test that shares its thread with an event loop use ``eventually_async``.
    """
    deadline = time.monotonic() + within_s
    while not (value := holds()):
        _check(deadline, within_s, says)
        time.sleep(LOOK_EVERY_S)
    return value


async def eventually_async(
    holds: Callable[[], T], within_s: float = 5.0, says: Says = "it never held"
) -> T:
    """``eventually`` for asyncio: the loop goes on meanwhile."""
    import asyncio

    deadline = time.monotonic() + within_s
    while not (value := holds()):
        _check(deadline, within_s, says)
        await asyncio.sleep(LOOK_EVERY_S)
    return value


def _check(deadline: float, within_s: float, says: Says) -> None:
    if time.monotonic() > deadline:
        raise AssertionError(f"{says() if callable(says) else says} (within {within_s:g} s)")

"""The built-in origin, ``--origin demo:SIZE``: objects of any size, and one that never comes.

Every path is an object of SIZE bytes, fresh for an hour; ``/bytes/N`` is one of N, ``/never`` is
never answered, ``/slow/N/R`` comes at R bytes a second. Needs no network: what the lab plays with.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from unstick.errors import UsageError
from unstick.node.message import Asked, Head
from unstick.node.origin import CHUNK_BYTES, Reply
from unstick.progress.errors import PolicyError
from unstick.progress.policy import size

PATTERN = bytes(range(256)) * (CHUNK_BYTES // 256)
"""Byte N of every object is N modulo 256: a reader can tell where it is."""
STEP_S = 0.1


class Demo:
    """Objects out of nothing."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    @classmethod
    def parse(cls, text: str) -> Demo:
        """``100M``, ``64Ki``, ``1000``. Raises UsageError."""
        try:
            return cls(size("demo", text) or 0)
        except PolicyError:
            raise UsageError(f"--origin demo:{text}: not a size", "such as demo:100M") from None

    @contextmanager
    def ask(self, asked: Asked) -> Iterator[Reply]:
        words = asked.target.partition("?")[0].strip("/").split("/")
        if words[0] == "never":
            threading.Event().wait()
        given = [int(word) for word in words[1:] if word.isdigit() and len(word) < 16]
        length = given[0] if words[0] in ("bytes", "slow") and given else self.size_bytes
        rate = given[1] if words[0] == "slow" and len(given) > 1 else 0
        fields = (
            ("Content-Length", str(length)),
            ("Content-Type", "application/octet-stream"),
            ("Cache-Control", "max-age=3600"),
            ("ETag", f'"{length}"'),
        )
        yield Reply(Head(200, "OK", fields), produced(length, rate))


def produced(length: int, rate: int) -> Iterator[bytes]:
    """``length`` bytes, at ``rate`` a second if it is not 0."""
    step = max(1, int(rate * STEP_S)) if rate else CHUNK_BYTES
    for at in range(0, length, step):
        count = min(step, length - at)
        yield pattern(at, count)
        if rate and at + count < length:
            threading.Event().wait(count / rate)


def pattern(start: int, count: int) -> bytes:
    """``count`` bytes of any object, from ``start``."""
    shift = start % 256
    times = (shift + count - 1) // len(PATTERN) + 1
    return (PATTERN * times if times > 1 else PATTERN)[shift : shift + count]

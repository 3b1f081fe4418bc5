"""The WSGI program: ``/small``, ``/bytes/N``, ``/big`` (50 MiB), ``/late`` (after 1 s)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


def length_of(path: str) -> int:
    """``/bytes/N`` is N bytes, as everywhere in the lab."""
    word = path.removeprefix("/bytes/")
    return int(word) if word.isdigit() else BODY_BYTES.get(path, 3)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    path = environ["PATH_INFO"]
    count = length_of(path)
    if path == "/late":
        threading.Event().wait(1.0)
    start_response("200 OK", [("Content-Length", str(count))])
    return body(count)


def body(count: int) -> Iterator[bytes]:
    while count:
        yield CHUNK[:count]
        count -= min(count, len(CHUNK))

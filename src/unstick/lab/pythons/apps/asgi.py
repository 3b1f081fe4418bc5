"""The ASGI program: ``/small``, ``/bytes/N``, ``/big`` (50 MiB), ``/late`` (after 1 s)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


def length_of(path: str) -> int:
    """``/bytes/N`` is N bytes, as everywhere in the lab."""
    word = path.removeprefix("/bytes/")
    return int(word) if word.isdigit() else BODY_BYTES.get(path, 3)


Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    count = length_of(scope["path"])
    if scope["path"] == "/late":
        await a_second()
    length = str(count).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]}
    )
    while count:
        part = CHUNK[:count]
        count -= len(part)
        await send({"type": "http.response.body", "body": part, "more_body": count > 0})


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def a_second() -> None:
    """In whichever loop this server runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import trio

        with trio.move_on_after(1.0):
            await trio.sleep_forever()
    else:
        done = loop.create_future()
        loop.call_later(1.0, done.set_result, None)
        await done

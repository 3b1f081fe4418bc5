"""The aiohttp program: ``/small``, ``/bytes/N``, ``/big`` (50 MiB), ``/late`` (after 1 s)."""

from __future__ import annotations

import asyncio

from aiohttp import web

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


def length_of(path: str) -> int:
    """``/bytes/N`` is N bytes, as everywhere in the lab."""
    word = path.removeprefix("/bytes/")
    return int(word) if word.isdigit() else BODY_BYTES.get(path, 3)


async def answer(request: web.Request) -> web.StreamResponse:
    count = length_of(request.path)
    if request.path == "/late":
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(1.0, done.set_result, None)
        await done
    response = web.StreamResponse()
    response.content_length = count
    await response.prepare(request)
    while count:
        part = CHUNK[:count]
        count -= len(part)
        await response.write(part)
    return response


def application(arguments: list[str]) -> web.Application:
    made = web.Application()
    made.router.add_get("/{path:.*}", answer)
    return made

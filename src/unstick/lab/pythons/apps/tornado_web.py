"""The tornado program: ``/small``, ``/bytes/N``, ``/big`` (50 MiB), ``/late`` (after 1 s)."""

from __future__ import annotations

import asyncio

from tornado.web import Application, RequestHandler

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


def length_of(path: str) -> int:
    """``/bytes/N`` is N bytes, as everywhere in the lab."""
    word = path.removeprefix("/bytes/")
    return int(word) if word.isdigit() else BODY_BYTES.get(path, 3)


async def get(self: RequestHandler) -> None:
    count = length_of(self.request.path)
    if self.request.path == "/late":
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(1.0, done.set_result, None)
        await done
    self.set_header("Content-Length", str(count))
    while count:
        part = CHUNK[:count]
        count -= len(part)
        self.write(part)
        await self.flush()


application = Application([("/.*", type("Answer", (RequestHandler,), {"get": get}))])

"""The tornado program of the server tests: ``/small``, ``/big`` (50 MiB), ``/late`` (after 1 s)."""

from __future__ import annotations

import asyncio

from tornado.web import Application, RequestHandler

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


async def get(self: RequestHandler) -> None:
    count = BODY_BYTES.get(self.request.path, 3)
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

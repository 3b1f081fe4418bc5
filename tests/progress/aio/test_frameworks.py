"""``guarded`` around the protocols of servers that know nothing of it: half-closed clients are
served, stalled ones ended, and nothing stays in the kernel. Plain, all three go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.progress.aio.scene import TEST_S, policy
from unstick.progress import Cause, Outcome, aio
from unstick.progress.testing import Clients, End, leftovers, nothing_left

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning"),
]

ANSWER = b"x" * 100_000
THINKS_S = 0.5

Wrap = Callable[[Any], Any]
Serving = Callable[[Wrap], Any]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that thinks before it answers."""
    await asyncio.wait({asyncio.ensure_future(asyncio.Event().wait())}, timeout=THINKS_S)
    length = [(b"content-length", b"%d" % len(ANSWER))]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": ANSWER})


def uvicorn(module: str, name: str) -> Serving:
    @asynccontextmanager
    async def serving(wrap: Wrap) -> AsyncIterator[Any]:
        uvicorn = pytest.importorskip("uvicorn")
        protocol = getattr(pytest.importorskip(f"uvicorn.protocols.http.{module}"), name)
        config = uvicorn.Config(
            application, port=0, http=wrap(protocol), lifespan="off", log_level="critical"
        )
        server = uvicorn.Server(config)
        task = asyncio.ensure_future(server.serve())
        while not server.started:
            await asyncio.wait({task}, timeout=0.05)
        yield server.servers[0].sockets[0].getsockname()
        server.should_exit = server.force_exit = True
        await task

    return serving


@asynccontextmanager
async def aiohttp(wrap: Wrap) -> AsyncIterator[Any]:
    web = pytest.importorskip("aiohttp.web")

    async def handle(request: Any) -> Any:
        await asyncio.wait({asyncio.ensure_future(asyncio.Event().wait())}, timeout=THINKS_S)
        return web.Response(body=ANSWER)

    manager = web.Server(handle)
    server = await asyncio.get_running_loop().create_server(wrap(manager), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()
    server.close()
    await manager.shutdown(1)


SERVERS = {
    "uvicorn-h11": uvicorn("h11_impl", "H11Protocol"),
    "uvicorn-httptools": uvicorn("httptools_impl", "HttpToolsProtocol"),
    "aiohttp": aiohttp,
}


@pytest.fixture(params=SERVERS)
def serving(request: pytest.FixtureRequest) -> Serving:
    return SERVERS[request.param]


def run(main: Any, loop: str) -> None:
    """Not in debug mode: aiohttp and uvicorn are not ours to keep quiet."""
    if loop == "uvloop":
        import uvloop

        uvloop.run(asyncio.wait_for(main, TEST_S))
    else:
        asyncio.run(asyncio.wait_for(main, TEST_S))


def test_guarded(loop: str, serving: Serving) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        limits = policy("idle=2 silent=5")
        async with serving(lambda made: aio.guarded(made, limits, on_outcome=told.append)) as there:
            with Clients() as clients:
                half = clients.half_closes(there, keep=None)
                whole = clients.reads_all(there, keep=None)
                deaf = clients.never_reads(there, rcvbuf=4096)
                for client in (half, whole):
                    await client.until_async(lambda one: one.bytes_read > len(ANSWER), 20)
                    assert client.response().body == ANSWER
                await deaf.until_async(lambda client: client.end is End.RESET, 20)
                half.close()
                whole.close()
                await asyncio.to_thread(nothing_left, there, 20)
        assert [one.cause for one in told] == [Cause.NOT_READING]

    run(main(), loop)


def test_plain(loop: str, serving: Serving) -> None:
    """The control: the half-closed client gets nothing, the other is the kernel's to keep."""

    async def main() -> None:
        async with serving(lambda made: made) as there:
            with Clients() as clients:
                half = clients.half_closes(there)
                deaf = clients.never_reads(there, rcvbuf=4096)
                await half.until_async(lambda client: client.end, 20)
                assert (half.end, half.bytes_read) == (End.EOF, 0)
                await asyncio.wait({asyncio.ensure_future(asyncio.Event().wait())}, timeout=8)
                assert deaf.end is None
                (left,) = leftovers(there)
                assert left.unacknowledged_bytes > 50_000

    run(main(), loop)

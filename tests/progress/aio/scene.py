"""Where asyncio's sends meet the kit's clients: a server whose connections a test takes one by one.

Loops are asyncio's own and uvloop's, where that is installed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from unstick.progress import Outcome, Policy, ProgressError
from unstick.progress.testing import Client, Clients, nothing_left

T = TypeVar("T")

LOOPS = ("asyncio", "uvloop")
TEST_S = 120.0
"""No test may hang, whatever it tests."""
MB = 1_000_000


def run(main: Coroutine[Any, Any, T], loop: str = "asyncio") -> T:
    """Runs ``main`` in a fresh loop, in debug mode, which notices what is never closed."""
    if loop == "uvloop":
        import uvloop

        runner = asyncio.Runner(debug=True, loop_factory=uvloop.new_event_loop)
    else:
        runner = asyncio.Runner(debug=True)
    with runner:
        return runner.run(asyncio.wait_for(main, TEST_S))


def installed(loop: str) -> bool:
    return loop == "asyncio" or importlib.util.find_spec("uvloop") is not None


Writers = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Scene:
    """``address`` to send clients to, and ``accept`` to get the server's end of each."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.arrived: asyncio.Queue[Writers] = asyncio.Queue()
        self.writers: list[tuple[asyncio.StreamWriter, Any]] = []
        self.address: Any = None

    async def accept(self) -> Writers:
        return await asyncio.wait_for(self.arrived.get(), 20)

    async def met(self, client: Client) -> tuple[asyncio.StreamWriter, Client]:
        """The server's end of the only client that is on its way."""
        return (await self.accept())[1], client

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append((writer, writer.get_extra_info("socket")))
        self.arrived.put_nowait((reader, writer))

    async def nothing_left(self, within_s: float = 2.0) -> None:
        """No socket of the server's side is known to the kernel, not even an orphan."""
        await asyncio.to_thread(nothing_left, self.address, within_s)


@asynccontextmanager
async def streams(context: ssl.SSLContext | None = None, path: str = "") -> AsyncIterator[Scene]:
    """A server of StreamWriters, on loopback or on a path."""
    with Clients() as clients:
        scene = Scene(clients)
        if path:
            server = await asyncio.start_unix_server(scene.take, path=path)
            scene.address = path
        else:
            server = await asyncio.start_server(scene.take, "127.0.0.1", 0, ssl=context)
            scene.address = server.sockets[0].getsockname()
        try:
            yield scene
        finally:
            server.close()
            for writer, sock in scene.writers:
                if sock.fileno() >= 0:
                    writer.transport.abort()
            await turns(5)  # so that what was aborted is closed


@asynccontextmanager
async def protocols(
    factory: Callable[..., asyncio.BaseProtocol], context: ssl.SSLContext | None = None
) -> AsyncIterator[Scene]:
    """A server of protocols, on loopback."""
    with Clients() as clients:
        scene = Scene(clients)
        server = await asyncio.get_running_loop().create_server(
            factory, "127.0.0.1", 0, ssl=context
        )
        scene.address = server.sockets[0].getsockname()
        try:
            yield scene
        finally:
            server.close()
            await turns(5)


async def turns(count: int) -> None:
    """Lets the loop go round: what was ready before has run."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        # Not to_thread(): it does not wait when the thread was quicker (seen on 3.14).
        turned = loop.create_future()
        loop.call_soon(turned.set_result, None)
        await turned


async def passes(seconds: float) -> None:
    """Lets the world go on; for tests that hold "and nothing happens for so long"."""
    try:
        await asyncio.wait_for(asyncio.Event().wait(), seconds)
    except TimeoutError:
        return


async def ended(sending: Coroutine[Any, Any, Outcome]) -> Outcome:
    """The Outcome of a send, good or bad."""
    try:
        return await sending
    except ProgressError as error:
        return error.outcome


async def ends(writer: asyncio.StreamWriter) -> None:
    """``wait_closed()`` comes back, with the verdict if it was one."""
    try:
        await writer.wait_closed()
    except ProgressError:
        return


class Timed:
    """``with Timed() as took: ...``; ``took.seconds``."""

    seconds = 0.0

    def __enter__(self) -> Timed:
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began


def policy(line: str) -> Policy:
    return Policy.parse(line)

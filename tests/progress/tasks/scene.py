"""The server's end of a connection as trio and anyio have it, and a client of the kit at the other.

Three ways to run the same test: trio, anyio on asyncio, anyio on trio.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import anyio
import anyio.lowlevel
import anyio.streams.tls
import trio

import unstick.progress.anyio
import unstick.progress.trio
from unstick.progress import Outcome, Policy
from unstick.progress.reporting import Hook
from unstick.progress.testing import Client, Clients

TEST_S = 60.0
WAYS = ("trio", "anyio-asyncio", "anyio-trio")

Meet = Callable[[Clients, Any], Client]


class Meeting(NamedTuple):
    """``stream`` is the library's; ``address`` the server's."""

    stream: Any
    client: Client
    address: Any


class Way(NamedTuple):
    """One library on one loop."""

    name: str

    def run(self, main: Callable[[], Awaitable[None]]) -> None:
        async def bounded() -> None:
            with anyio.fail_after(TEST_S):
                await main()

        if self.name == "trio":
            trio.run(bounded)
        else:
            anyio.run(bounded, backend=self.name.removeprefix("anyio-"))

    async def send_all(
        self, stream: Any, data: bytes, policy: Policy, on_outcome: Hook | None = None
    ) -> Outcome:
        if self.name == "trio":
            return await unstick.progress.trio.send_all(stream, data, policy, on_outcome=on_outcome)
        return await unstick.progress.anyio.send_all(stream, data, policy, on_outcome=on_outcome)

    @property
    def broken(self) -> type[Exception]:
        return trio.BrokenResourceError if self.name == "trio" else anyio.BrokenResourceError

    async def stream_of(self, accepted: socket.socket, context: ssl.SSLContext | None) -> Any:
        """The accepted socket as a stream, after the handshake if there is one."""
        accepted.setblocking(False)
        if self.name == "trio":
            plain = trio.SocketStream(trio.socket.from_stdlib_socket(accepted))
            if context is None:
                return plain
            tls = trio.SSLStream(plain, context, server_side=True)
            await tls.do_handshake()
            return tls
        stream = await anyio.abc.SocketStream.from_socket(accepted)
        if context is None:
            return stream
        return await anyio.streams.tls.TLSStream.wrap(
            stream, server_side=True, ssl_context=context, standard_compatible=False
        )

    @asynccontextmanager
    async def meets(
        self, meet: Meet, context: ssl.SSLContext | None = None
    ) -> AsyncIterator[Meeting]:
        """``meet`` makes the client; what is yielded is closed afterwards."""
        with Clients() as clients, socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
            client = meet(clients, address)
            listener.settimeout(20)
            accepted, _ = await anyio.to_thread.run_sync(listener.accept)
            stream = await self.stream_of(accepted, context)
            try:
                yield Meeting(stream, client, address)
            finally:
                if self.name == "trio":
                    await trio.aclose_forcefully(stream)
                else:
                    await anyio.aclose_forcefully(stream)
                await anyio.lowlevel.checkpoint()


async def holds(client: Client, within_s: float, of: Callable[[Client], object]) -> None:
    """``client.until`` without stopping the loop."""
    await anyio.to_thread.run_sync(lambda: client.until(of, within_s))


async def passes(seconds: float) -> None:
    """Lets the world go on."""
    with anyio.move_on_after(seconds):
        await anyio.Event().wait()


def policy(line: str) -> Policy:
    return Policy.parse(line)

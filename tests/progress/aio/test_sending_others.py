"""``send`` and ``drain``: ended by this side, and on other sockets than plain TCP."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.progress.aio.scene import MB, Scene, Timed, passes, policy, run, streams
from tests.progress.stage import Lateness
from unstick.progress import (
    Cause,
    ClosedLocally,
    Outcome,
    PeerNotReading,
    PolicyError,
    aio,
)
from unstick.progress.testing.clients import Options

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

BODY = bytes(range(256)) * 40_000  # 10 MB
PACED: Options = {"request": b"", "rate": 10 * MB, "every_s": 0.01, "rcvbuf": 1 << 18}
"""A reader that is slower than loopback, so that asyncio has something to keep."""


# --- ended by this side ---------------------------------------------------------------------------


def test_cancelled(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.never_reads(scene.address, request=b"", rcvbuf=8192)
            writer, _ = await scene.met(client)
            sending = asyncio.ensure_future(aio.send(writer, BODY, on_outcome=told.append))
            await passes(0.2)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            (outcome,) = told
            assert (outcome.cause, outcome.ok) == (Cause.CANCELLED, False)
            assert outcome.offered == len(BODY) > outcome.accepted > 0
            assert not writer.transport.is_closing()

    run(main(), loop)


def test_aborted_by_another_task(loop: str, machine: Lateness) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.never_reads(scene.address, request=b"", rcvbuf=8192)
            writer, _ = await scene.met(client)
            sending = asyncio.ensure_future(aio.send(writer, BODY))
            await passes(0.2)
            writer.transport.abort()
            with Timed() as took, pytest.raises(ClosedLocally):
                await sending
            assert took.seconds < machine.allows(2)

    run(main(), loop)


def test_closed_before(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(scene.clients.never_reads(scene.address, request=b""))
            writer.close()
            with pytest.raises(ClosedLocally):
                await aio.send(writer, b"too late")

    run(main(), loop)


# --- other sockets --------------------------------------------------------------------------------


async def secured(scene: Scene, server: ssl.SSLContext) -> None:
    client = scene.clients.reads_all(scene.address, request=b"", tls=True)
    writer, _ = await scene.met(client)
    outcome = await aio.send(writer, BODY)
    assert outcome.cause is Cause.DELIVERED
    assert outcome.offered == len(BODY) < outcome.acked
    await client.until_async(lambda client: client.bytes_read == len(BODY))


def test_tls_is_delivered(loop: str, server_context: ssl.SSLContext) -> None:
    """Scenario 31."""

    async def main() -> None:
        async with streams(server_context) as scene:
            await secured(scene, server_context)

    run(main(), loop)


@pytest.mark.parametrize("size", [60_000, 3 * MB])
def test_tls_that_nobody_reads(loop: str, server_context: ssl.SSLContext, size: int) -> None:
    """Scenario 31: also what has left TLS, and waits in the layer below it, is waited for."""

    async def main() -> None:
        async with streams(server_context) as scene:
            client = scene.clients.never_reads(scene.address, request=b"", tls=True, rcvbuf=8192)
            writer, _ = await scene.met(client)
            with pytest.raises(PeerNotReading):
                await aio.send(writer, bytes(size), policy=policy("idle=1 silent=none"))
            await scene.nothing_left()
            await asyncio.wait_for(writer.wait_closed(), 5)

    run(main(), loop)


def test_tls_has_no_half_to_end(loop: str, server_context: ssl.SSLContext) -> None:
    async def main() -> None:
        async with streams(server_context) as scene:
            client = scene.clients.reads_all(scene.address, request=b"", tls=True)
            writer, _ = await scene.met(client)
            with pytest.raises(PolicyError, match="TLS"):
                await aio.send(writer, b"x", policy=policy("drain=fin"))
            assert (await aio.send(writer, b"x")).ok

    run(main(), loop)


def test_unix(loop: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with streams(path=str(tmp_path / "socket")) as scene:
            writer, _ = await scene.met(scene.clients.reads_all(scene.address, request=b""))
            assert (await aio.send(writer, BODY)).cause is Cause.DELIVERED
            writer, _ = await scene.met(scene.clients.never_reads(scene.address, request=b""))
            with pytest.raises(PolicyError, match="silent"):
                await aio.send(writer, BODY, policy=policy("silent=5"))
            with pytest.raises(PeerNotReading):
                await aio.send(writer, BODY, policy=policy("idle=1 silent=none"))

    run(main(), loop)

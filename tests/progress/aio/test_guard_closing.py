"""``guard``: closed is not gone; other sockets; guards that only tell."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.progress.aio.scene import MB, ends, passes, policy, run, streams
from unstick.progress import (
    Cause,
    Outcome,
    PolicyError,
    aio,
)
from unstick.progress.testing import End, leftovers
from unstick.progress.testing.clients import Options

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

DEAF: Options = {"request": b"", "rcvbuf": 8192}
SHORT = "idle=1 silent=5"


# --- closed is not gone ---------------------------------------------------------------------------


def test_closed_with_bytes_unread_is_guarded_on(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.never_reads(scene.address, **DEAF)
            writer, _ = await scene.met(client)
            aio.guard(writer.transport, policy(SHORT), on_outcome=told.append)
            writer.write(bytes(100_000))
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 5)
            assert leftovers(scene.address)
            await scene.nothing_left(10)
            assert [one.cause for one in told] == [Cause.NOT_READING]
            assert (await client.until_async(lambda client: client.end)).end is End.RESET

    run(main(), loop)


def test_without_a_guard_the_kernel_keeps_it(loop: str) -> None:
    """The control of the one before: what close() leaves behind."""

    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(scene.clients.never_reads(scene.address, **DEAF))
            writer.write(bytes(100_000))
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 5)
            await passes(3)
            (left,) = leftovers(scene.address)
            assert left.state == "FIN-WAIT-1"
            assert left.unacknowledged_bytes > 50_000

    run(main(), loop)


def test_closed_with_bytes_unread_yet_is_delivered(loop: str) -> None:
    """The look-alike: the client is slow, reads on, and gets the end at once after the last."""

    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.reads_at(scene.address, 60_000, **DEAF)
            writer, _ = await scene.met(client)
            aio.guard(writer.transport, policy(SHORT), on_outcome=told.append)
            writer.write(bytes(200_000))
            writer.close()
            await client.until_async(lambda client: client.end, 20)
            assert (client.end, client.bytes_read) == (End.EOF, 200_000)
            assert not told
            await scene.nothing_left()

    run(main(), loop)


def test_a_short_answer_ends_at_once(loop: str) -> None:
    """The end of the stream does not wait for a look of the guard's."""

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, request=b"")
            writer, _ = await scene.met(client)
            aio.guard(writer.transport)
            writer.write(bytes(100_000))
            writer.close()
            await client.until_async(lambda client: client.end, 5)
            assert (client.end, client.bytes_read) == (End.EOF, 100_000)

    run(main(), loop)


def test_reset_with_bytes_outstanding_is_told(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.aborts(scene.address, 0.7, **DEAF)
            writer, _ = await scene.met(client)
            aio.guard(writer.transport, policy(SHORT), on_outcome=told.append)
            writer.write(bytes(MB))
            await client.until_async(lambda client: client.end)
            await passes(0.5)
            assert [one.cause for one in told] == [Cause.RESET]
            assert not [one for one in caplog.records if one.name == "unstick.progress"]

    run(main(), loop)


def test_report_ends_nothing_and_tells_once(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.pauses(scene.address, 2.5, after_bytes=1, **DEAF)
            writer, _ = await scene.met(client)
            limits = policy("idle=0.5 silent=5 kill=report")
            guard = aio.guard(writer.transport, limits, on_outcome=told.append)
            writer.write(bytes(MB))
            await client.until_async(lambda client: client.bytes_read == MB, 30)
            assert [one.cause for one in told] == [Cause.NOT_READING]
            assert guard.error is None
            assert guard.running

    run(main(), loop)


def test_tls(loop: str, server_context: ssl.SSLContext) -> None:
    """Scenario 31: stalled under TLS, open or closed by the program."""

    async def main() -> None:
        told: list[Outcome] = []
        async with streams(server_context) as scene:
            for closes in (False, True):
                client = scene.clients.never_reads(
                    scene.address, request=b"", rcvbuf=8192, tls=True
                )
                writer, _ = await scene.met(client)
                aio.guard(writer.transport, policy(SHORT), on_outcome=told.append)
                writer.write(bytes(MB))
                if closes:
                    writer.close()
                await asyncio.wait_for(ends(writer), 10)
                await scene.nothing_left()
            assert [one.cause for one in told] == [Cause.NOT_READING] * 2

    run(main(), loop)


def test_unix(loop: str, tmp_path: Path) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams(path=str(tmp_path / "socket")) as scene:
            writer, _ = await scene.met(scene.clients.never_reads(scene.address, request=b""))
            with pytest.raises(PolicyError, match="silent"):
                aio.guard(writer.transport, policy("silent=1"))
            limits = policy("idle=1 silent=none")
            aio.guard(writer.transport, limits, on_outcome=told.append)
            writer.write(bytes(10 * MB))
            await asyncio.wait_for(ends(writer), 10)
            assert [one.cause for one in told] == [Cause.NOT_READING]

    run(main(), loop)


def test_a_policy_without_rules_is_refused() -> None:
    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(scene.clients.reads_all(scene.address, request=b""))
            with pytest.raises(PolicyError, match="guards nothing"):
                aio.guard(writer.transport, policy("idle=none silent=none"))

    run(main())

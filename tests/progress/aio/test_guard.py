"""``guard``: whoever writes to a transport, and however it is closed."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from typing import Any

import pytest

from tests.progress.aio.scene import MB, Timed, ends, passes, policy, run, streams, turns
from tests.progress.stage import wait
from unstick.progress import (
    Cause,
    Outcome,
    PeerNotReading,
    Sample,
    aio,
    sample,
)
from unstick.progress.aio import guards
from unstick.progress.testing import End
from unstick.progress.testing.clients import Options

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

DEAF: Options = {"request": b"", "rcvbuf": 8192}
SHORT = "idle=1 silent=5"


def test_not_reading(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.never_reads(scene.address, **DEAF)
            writer, _ = await scene.met(client)
            guard = aio.guard(writer.transport, policy(SHORT), on_outcome=told.append)
            writer.write(bytes(10 * MB))
            with Timed() as took, pytest.raises(PeerNotReading):
                await writer.drain()
            assert 1 <= took.seconds < 10
            assert [one.cause for one in told] == [Cause.NOT_READING]
            assert guard.outcome is told[0]
            assert not guard.running
            await asyncio.wait_for(ends(writer), 5)
            await scene.nothing_left()
            await client.until_async(lambda client: client.end is End.RESET)
            line = next(one for one in caplog.records if one.name == "unstick.progress")
            assert line.levelno == logging.WARNING
            assert "cause=NOT_READING" in line.getMessage()
            assert "peer=127.0.0.1:" in line.getMessage()
            assert "guard=reset" in line.getMessage()

    run(main(), loop)


def test_silent(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.vanishes(scene.address, request=b"hello")
            writer, _ = await scene.met(client)
            await client.until_async(lambda one: "hold" in one.report().doing)
            aio.guard(writer.transport, policy("idle=none silent=2"), on_outcome=told.append)
            writer.write(bytes(20_000))
            await asyncio.wait_for(ends(writer), 15)
            assert [one.cause for one in told] == [Cause.SILENT]
            await scene.nothing_left()

    run(main(), loop)


@pytest.mark.parametrize(
    ("limits", "cause"), [("total=1", Cause.DEADLINE), ("rate=1M/1s grace=1", Cause.TOO_SLOW)]
)
def test_slow(loop: str, limits: str, cause: Cause) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.reads_at(scene.address, 8000, **DEAF)
            writer, _ = await scene.met(client)
            aio.guard(writer.transport, policy(limits), on_outcome=told.append)
            writer.write(bytes(10 * MB))
            await asyncio.wait_for(ends(writer), 30)
            assert [one.cause for one in told] == [cause]

    run(main(), loop)


def test_slow_but_within_is_left_alone(loop: str) -> None:
    """The same connection that ``test_not_reading`` ends, but for some bytes a second read."""

    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.reads_at(scene.address, 60_000, **DEAF)
            writer, _ = await scene.met(client)
            guard = aio.guard(writer.transport, policy(SHORT), on_outcome=told.append)
            writer.write(bytes(10 * MB))
            await passes(4)
            assert not told
            assert guard.running
            assert client.bytes_read > 100_000
            assert client.end is None

    run(main(), loop)


def test_pauses_of_the_program_are_not_counted(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, request=b"")
            writer, _ = await scene.met(client)
            aio.guard(
                writer.transport, policy("idle=0.4 silent=0.4 total=1"), on_outcome=told.append
            )
            for _ in range(4):
                writer.write(b"event")
                await passes(0.8)
            await client.until_async(lambda client: client.bytes_read == 20)
            assert not told
            assert client.end is None

    run(main(), loop)


@pytest.mark.parametrize("idle", [1, pytest.param(10, marks=pytest.mark.long)])
def test_blocked_loop(loop: str, idle: int) -> None:
    """Scenario 12: the loop stands still for twice as long as idle, and the client has read on as
    far as there was something to read. A timer of the loop's own fires."""

    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.reads_at(scene.address, 0.2 * MB, **DEAF)
            writer, _ = await scene.met(client)
            limits = policy(f"idle={idle} silent=30")
            aio.guard(writer.transport, limits, on_outcome=told.append)
            sending = asyncio.ensure_future(aio.send(writer, bytes(20 * MB), policy=limits))
            await passes(0.5)
            naive = asyncio.ensure_future(asyncio.wait_for(asyncio.Event().wait(), idle))
            await turns(2)
            wait(2 * idle)
            await passes(0.2)
            assert isinstance(naive.exception(), TimeoutError)
            assert not told
            assert not sending.done()
            before = client.bytes_read
            await passes(1)
            assert client.bytes_read > before
            sending.cancel()

    run(main(), loop)


# --- what it costs --------------------------------------------------------------------------------


def test_nothing_outstanding_no_look(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio: not a single look while the connection rests. uvloop: one in the shortest limit."""
    looks: list[object] = []

    def looking(sock: Any) -> Sample:
        looks.append(sock)
        return sample(sock)

    monkeypatch.setattr(guards, "sample", looking)

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, request=b"")
            writer, _ = await scene.met(client)
            guard = aio.guard(writer.transport, policy("idle=0.4"))
            await passes(1.5)  # comes to rest
            looks.clear()
            await passes(2)
            most = {"asyncio": 0, "uvloop": 5}[loop]
            assert len(looks) <= most
            writer.write(b"something")
            await passes(1.5)
            assert len(looks) > 0
            guard.stop()
            looks.clear()
            writer.write(b"more")
            await passes(0.5)
            assert not looks

    run(main(), loop)


def test_a_bell_is_taken_down() -> None:
    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(scene.clients.reads_all(scene.address, request=b""))
            before = dict(vars(writer.transport))
            first = aio.guard(writer.transport)
            second = aio.guard(writer.transport)
            writer.write(b"heard by both")
            second.stop()
            first.stop()
            assert vars(writer.transport).keys() == before.keys()

    run(main())


def test_forgotten_when_closed() -> None:
    """A guard of a connection that was closed in order keeps nothing alive."""

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, request=b"")
            writer, _ = await scene.met(client)
            guard = aio.guard(writer.transport)
            writer.write(b"whole")
            await aio.drain(writer)
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 5)
            assert not guard.running
            assert (await client.until_async(lambda client: client.end)).end is End.EOF

    run(main())


# --- many -----------------------------------------------------------------------------------------


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_two_hundred_stalled_clients(loop: str) -> None:
    """Scenario 25: verdicts, and tasks and descriptors are back to where they were."""
    count = 200

    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            tasks, open_count = len(asyncio.all_tasks()), descriptors()

            async def serve() -> None:
                _, writer = await scene.accept()
                aio.guard(writer.transport, policy("idle=2 silent=8"), on_outcome=told.append)
                kept = writer.get_extra_info("socket")
                kept.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
                writer.write(bytes(MB))
                with pytest.raises(PeerNotReading):
                    await writer.drain()
                writer.close()
                await ends(writer)

            clients = [scene.clients.never_reads(scene.address, **DEAF) for _ in range(count)]
            await asyncio.wait_for(asyncio.gather(*(serve() for _ in clients)), 60)
            assert [one.cause for one in told] == [Cause.NOT_READING] * count
            assert len(asyncio.all_tasks()) == tasks
            await scene.nothing_left(5)
            for client in clients:
                client.close()
            scene.writers.clear()
            gc.collect()
            assert descriptors() <= open_count + 2  # the driver of the clients has two

    run(main(), loop)

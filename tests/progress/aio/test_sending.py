"""``send`` and ``drain`` of a StreamWriter: what they deliver, and how they end."""

from __future__ import annotations

import asyncio

import pytest

from tests.progress.aio.scene import MB, Timed, ended, passes, policy, run, streams
from tests.progress.stage import Lateness
from unstick.progress import (
    Cause,
    ClosedLocally,
    DeadlineExceeded,
    Outcome,
    PeerNotReading,
    PeerReset,
    PeerSilent,
    PeerTooSlow,
    aio,
)
from unstick.progress.testing import End
from unstick.progress.testing.clients import Options

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

BODY = bytes(range(256)) * 40_000  # 10 MB
PACED: Options = {"request": b"", "rate": 10 * MB, "every_s": 0.01, "rcvbuf": 1 << 18}
"""A reader that is slower than loopback, so that asyncio has something to keep."""


# --- delivered ------------------------------------------------------------------------------------


def test_fast_reader(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, request=b"", keep=None)
            writer, _ = await scene.met(client)
            outcome = await aio.send(writer, b"head", BODY)
            assert (outcome.cause, outcome.ok) == (Cause.DELIVERED, True)
            assert outcome.offered == outcome.accepted == outcome.acked == len(BODY) + 4
            await client.until_async(lambda client: client.bytes_read == len(BODY) + 4)
            assert client.received == b"head" + BODY

    run(main(), loop)


def test_flushed_is_not_delivered(loop: str) -> None:
    """What fits into the kernel's buffers is flushed to a client that reads nothing at all."""

    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(
                scene.clients.never_reads(scene.address, request=b"", rcvbuf=4096)
            )
            outcome = await aio.send(writer, bytes(100_000), policy=policy("drain=none"))
            assert (outcome.cause, outcome.accepted) == (Cause.FLUSHED, 100_000)
            with pytest.raises(PeerNotReading) as caught:
                await aio.drain(writer, policy("idle=1 silent=none"))
            assert 0 < caught.value.outcome.last.held_bytes < 100_000

    run(main(), loop)


def test_drain_waits_for_the_peer_where_the_writers_own_does_not(loop: str) -> None:
    """Scenario 30, of asyncio: 60 kB for a client that reads nothing are "drained" in no time."""

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.never_reads(scene.address, request=b"", rcvbuf=4096)
            writer, _ = await scene.met(client)
            writer.write(bytes(60_000))
            await asyncio.wait_for(writer.drain(), 5)
            draining = asyncio.ensure_future(aio.drain(writer, policy("idle=60 silent=60")))
            await passes(0.5)
            assert not draining.done()
            client.do()  # it closes without having read: that is no delivery
            assert (await ended(wait(draining))).cause is Cause.RESET

    run(main(), loop)


async def wait(future: asyncio.Future[Outcome]) -> Outcome:
    return await future


def test_drain_of_nothing(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(scene.clients.never_reads(scene.address, request=b""))
            assert (await aio.drain(writer)).cause is Cause.DELIVERED
            assert (await aio.send(writer)).acked == 0

    run(main(), loop)


def test_what_was_written_before_is_part_of_it(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, **PACED)
            writer, _ = await scene.met(client)
            writer.write(BODY)
            left = writer.transport.get_write_buffer_size()
            assert left > 0
            outcome = await aio.send(writer, b"tail")
            assert outcome.offered == left + 4
            assert client.bytes_read <= len(BODY) + 4
            await client.until_async(lambda client: client.bytes_read == len(BODY) + 4)

    run(main(), loop)


def test_slow_reader_is_delivered_and_costs_no_memory(loop: str) -> None:
    """Ten megabytes at 10 MB/s: never more than a piece of them is asyncio's."""

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, **PACED)
            writer, _ = await scene.met(client)
            most = 0
            sending = asyncio.ensure_future(aio.send(writer, BODY, policy=policy("idle=1")))
            while not sending.done():
                most = max(most, writer.transport.get_write_buffer_size())
                await passes(0.01)
            assert sending.result().acked == len(BODY)
            assert most <= 1 << 18
            assert sending.result().elapsed > 0.5

    run(main(), loop)


def test_two_sends_at_once_keep_the_writers_limits(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, **PACED)
            writer, _ = await scene.met(client)
            before = writer.transport.get_write_buffer_limits()
            outcomes = await asyncio.gather(
                *(aio.send(writer, bytes(5 * MB), policy=policy("")) for _ in range(2))
            )
            assert all(outcome.ok for outcome in outcomes)
            assert writer.transport.get_write_buffer_limits() == before
            await client.until_async(lambda client: client.bytes_read == 10 * MB)

    run(main(), loop)


@pytest.mark.parametrize("level", ["fin", "peer-closed"])
def test_ends(loop: str, level: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, request=b"")
            writer, _ = await scene.met(client)
            outcome = await aio.send(writer, BODY, policy=policy(f"drain={level}"))
            assert (outcome.cause, outcome.acked) == (Cause.DELIVERED, len(BODY))
            assert (await client.until_async(lambda client: client.end)).end is End.EOF

    run(main(), loop)


def test_who_does_not_close_is_waited_for(loop: str) -> None:
    """``peer-closed``: everything is acknowledged, also the end, and the client stays."""

    async def main() -> None:
        async with streams() as scene:
            writer, _ = await scene.met(scene.clients.never_reads(scene.address, request=b""))
            limits = policy("idle=1 silent=none drain=peer-closed")
            with Timed() as took, pytest.raises(PeerNotReading) as caught:
                await aio.send(writer, b"answer", policy=limits)
            assert took.seconds >= 1
            assert caught.value.outcome.acked == 6

    run(main(), loop)


def test_closing_before_draining(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_all(scene.address, **PACED)
            writer, _ = await scene.met(client)
            writer.write(BODY)
            writer.close()
            outcome = await aio.drain(writer)
            assert outcome.cause is Cause.DELIVERED
            assert (await client.until_async(lambda client: client.end)).end is End.EOF
            assert client.bytes_read == len(BODY)
            with pytest.raises(ClosedLocally):
                await aio.drain(writer)

    run(main(), loop)


def test_half_closed_client(loop: str) -> None:
    """Scenario 5: it has shut its side, and gets everything."""

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.half_closes(scene.address, request=b"GET")
            reader, writer = await scene.accept()
            assert await reader.read() == b"GET"
            outcome = await aio.send(writer, BODY)
            assert (outcome.cause, outcome.peer_half_closed) == (Cause.DELIVERED, True)
            await client.until_async(lambda client: client.bytes_read == len(BODY))

    run(main(), loop)


# --- named ----------------------------------------------------------------------------------------


def test_not_reading(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with streams() as scene:
            client = scene.clients.never_reads(scene.address, request=b"", rcvbuf=8192)
            writer, _ = await scene.met(client)
            limits = policy("idle=2 silent=1.5")
            with Timed() as took, pytest.raises(PeerNotReading) as caught:
                await aio.send(writer, BODY, policy=limits, on_outcome=told.append)
            outcome = caught.value.outcome
            assert took.seconds >= 2
            assert outcome.cause is Cause.NOT_READING
            assert outcome.since_heard is not None
            assert outcome.since_heard < 1.5 < outcome.since_progress
            assert outcome.offered == len(BODY) > outcome.accepted > outcome.acked > 0
            assert told == [outcome]
            await asyncio.wait_for(writer.wait_closed(), 5)
            await scene.nothing_left()
            await client.until_async(lambda client: client.end is End.RESET)
            with pytest.raises(PeerNotReading) as again:
                await aio.send(writer, b"more")
            assert again.value.outcome is outcome

    run(main(), loop)


def test_silent(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.vanishes(scene.address, request=b"hello")
            writer, _ = await scene.met(client)
            await client.until_async(lambda one: "hold" in one.report().doing)
            with Timed() as took, pytest.raises(PeerSilent) as caught:
                await aio.send(writer, bytes(20_000), policy=policy("idle=none silent=2"))
            assert took.seconds >= 2
            outcome = caught.value.outcome
            assert outcome.since_heard is not None
            assert outcome.since_heard >= 2
            assert outcome.last.retransmits
            await scene.nothing_left()

    run(main(), loop)


def test_deadline(loop: str, machine: Lateness) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_at(scene.address, 0.5 * MB, request=b"", rcvbuf=65536)
            writer, _ = await scene.met(client)
            with Timed() as took, pytest.raises(DeadlineExceeded) as caught:
                await aio.send(writer, BODY, policy=policy("total=1"))
            assert 1 <= took.seconds < machine.allows(1.3)
            assert caught.value.outcome.accepted > caught.value.outcome.acked > 0
            await scene.nothing_left()

    run(main(), loop)


def test_too_slow(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.reads_at(scene.address, 8000, request=b"", rcvbuf=8192)
            writer, _ = await scene.met(client)
            limits = policy("rate=100k/2s grace=2 idle=30")
            with Timed() as took, pytest.raises(PeerTooSlow) as caught:
                await aio.send(writer, BODY, policy=limits)
            assert took.seconds >= 2
            assert caught.value.outcome.limited_by == "receiver"

    run(main(), loop)


def test_reset(loop: str) -> None:
    """Scenario 18: what was acknowledged before is known although asyncio has closed the socket."""

    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.aborts(
                scene.address, 0.5, request=b"", read_first=1, rcvbuf=8192
            )
            writer, _ = await scene.met(client)
            with pytest.raises(PeerReset) as caught:
                await aio.send(writer, BODY, policy=policy("idle=60"))
            assert caught.value.outcome.acked > 0
            with pytest.raises(ConnectionResetError):
                await aio.send(writer, b"more")

    run(main(), loop)


def test_report_ends_nothing(loop: str) -> None:
    async def main() -> None:
        async with streams() as scene:
            client = scene.clients.pauses(
                scene.address, 2.0, after_bytes=1, request=b"", rcvbuf=8192
            )
            writer, _ = await scene.met(client)
            limits = policy("idle=0.5 kill=report")
            outcome = await aio.send(writer, BODY, policy=limits)
            assert (outcome.cause, outcome.ok) == (Cause.NOT_READING, False)
            assert not writer.transport.is_closing()
            left = len(BODY) - outcome.offered
            assert left == 0
            assert (await aio.drain(writer, policy("idle=30"))).ok

    run(main(), loop)

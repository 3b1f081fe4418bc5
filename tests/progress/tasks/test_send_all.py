"""``send_all`` of trio and of anyio, on both of its backends: the same ends, the same words."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trio
import trio.testing

import unstick.progress.anyio
import unstick.progress.trio
from tests.progress.tasks.scene import WAYS, Way, holds, passes, policy
from unstick.progress import (
    Cause,
    ClosedLocally,
    DeadlineExceeded,
    Outcome,
    PeerNotReading,
    PeerReset,
    PeerSilent,
    PeerTooSlow,
    PolicyError,
)
from unstick.progress.testing import Client, Clients, End, nothing_left
from unstick.progress.testing.clients import Options

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

BODY = bytes(range(256)) * 40_000  # 10 MB
DEAF: Options = {"request": b"", "rcvbuf": 8192}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return Way(request.param)


def reads_all(clients: Clients, address: Any) -> Client:
    return clients.reads_all(address, request=b"", keep=None)


def never_reads(clients: Clients, address: Any) -> Client:
    return clients.never_reads(address, **DEAF)


def over_tls(make: str) -> Callable[[Clients, Any], Client]:
    def meet(clients: Clients, address: Any) -> Client:
        made: Client = getattr(clients, make)(address, tls=True, **DEAF)
        return made

    return meet


# --- delivered ------------------------------------------------------------------------------------


def test_fast_reader(way: Way) -> None:
    async def main() -> None:
        async with way.meets(reads_all) as (stream, client, _):
            outcome = await way.send_all(stream, BODY, policy(""))
            assert outcome.cause is Cause.DELIVERED
            assert outcome.offered == outcome.accepted == outcome.acked == len(BODY)
            await holds(client, 10, lambda client: client.bytes_read == len(BODY))
            assert client.received == BODY

    way.run(main)


def test_flushed_is_not_delivered(way: Way) -> None:
    async def main() -> None:
        async with way.meets(never_reads) as (stream, _, _):
            outcome = await way.send_all(stream, bytes(10_000), policy("drain=none"))
            assert (outcome.cause, outcome.accepted) == (Cause.FLUSHED, 10_000)
            with pytest.raises(PeerNotReading):
                await way.send_all(stream, bytes(60_000), policy("idle=1 silent=none"))

    way.run(main)


@pytest.mark.parametrize("level", ["fin", "peer-closed"])
def test_ends(way: Way, level: str) -> None:
    async def main() -> None:
        async with way.meets(reads_all) as (stream, client, _):
            outcome = await way.send_all(stream, BODY, policy(f"drain={level}"))
            assert (outcome.cause, outcome.acked) == (Cause.DELIVERED, len(BODY))
            await holds(client, 10, lambda client: client.end is End.EOF)

    way.run(main)


def test_half_closed_client(way: Way) -> None:
    def meet(clients: Clients, address: Any) -> Client:
        return clients.half_closes(address, request=b"")

    async def main() -> None:
        async with way.meets(meet) as (stream, client, _):
            await passes(0.2)
            outcome = await way.send_all(stream, BODY, policy(""))
            assert (outcome.cause, outcome.peer_half_closed) == (Cause.DELIVERED, True)
            await holds(client, 10, lambda client: client.bytes_read == len(BODY))

    way.run(main)


def test_slow_but_within_is_left_alone(way: Way) -> None:
    def meet(clients: Clients, address: Any) -> Client:
        return clients.reads_at(address, 60_000, **DEAF)

    async def main() -> None:
        async with way.meets(meet) as (stream, client, _):
            outcome = await way.send_all(stream, bytes(200_000), policy("idle=1 silent=5"))
            assert outcome.cause is Cause.DELIVERED
            assert outcome.elapsed > 1.5
            assert client.end is None

    way.run(main)


# --- named ----------------------------------------------------------------------------------------


def test_not_reading(way: Way) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with way.meets(never_reads) as (stream, client, address):
            began = time.monotonic()
            with pytest.raises(PeerNotReading) as caught:
                await way.send_all(stream, BODY, policy("idle=1 silent=5"), told.append)
            assert time.monotonic() - began >= 1
            outcome = caught.value.outcome
            assert isinstance(caught.value, way.broken)
            assert isinstance(caught.value, TimeoutError)
            assert outcome.offered == len(BODY) > outcome.accepted > outcome.acked > 0
            assert told == [outcome]
            with pytest.raises(PeerNotReading) as again:
                await way.send_all(stream, b"more", policy(""))
            assert again.value.outcome is outcome
            await holds(client, 5, lambda client: client.end is End.RESET)
        await anyio.to_thread.run_sync(nothing_left, address)

    way.run(main)


def test_silent(way: Way) -> None:
    def meet(clients: Clients, address: Any) -> Client:
        return clients.vanishes(address, request=b"hello")

    async def main() -> None:
        async with way.meets(meet) as (stream, client, _):
            await holds(client, 10, lambda client: "hold" in client.report().doing)
            with pytest.raises(PeerSilent):
                await way.send_all(stream, bytes(20_000), policy("idle=none silent=2"))

    way.run(main)


@pytest.mark.parametrize(
    ("limits", "error"),
    [("total=1", DeadlineExceeded), ("rate=1M/1s grace=1 idle=30", PeerTooSlow)],
)
def test_slow(way: Way, limits: str, error: type[Exception]) -> None:
    def meet(clients: Clients, address: Any) -> Client:
        return clients.reads_at(address, 8000, **DEAF)

    async def main() -> None:
        async with way.meets(meet) as (stream, _, _):
            with pytest.raises(error):
                await way.send_all(stream, BODY, policy(limits))

    way.run(main)


def test_reset(way: Way) -> None:
    def meet(clients: Clients, address: Any) -> Client:
        return clients.aborts(address, 0.5, **DEAF)

    async def main() -> None:
        async with way.meets(meet) as (stream, _, _):
            with pytest.raises(PeerReset) as caught:
                await way.send_all(stream, BODY, policy(""))
            assert caught.value.outcome.acked > 0

    way.run(main)


def test_report_ends_nothing(way: Way) -> None:
    async def main() -> None:
        async with way.meets(never_reads) as (stream, client, _):
            outcome = await way.send_all(stream, BODY, policy("idle=0.5 kill=report"))
            assert (outcome.cause, outcome.ok) == (Cause.NOT_READING, False)
            await passes(0.3)
            assert client.end is None

    way.run(main)


# --- ended by this side ---------------------------------------------------------------------------


def test_cancelled(way: Way) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        async with way.meets(never_reads) as (stream, _, _):
            with anyio.move_on_after(0.3) as scope:
                await way.send_all(stream, BODY, policy(""), told.append)
            assert scope.cancelled_caught
            (outcome,) = told
            assert (outcome.cause, outcome.ok) == (Cause.CANCELLED, False)
            assert outcome.offered == len(BODY) > outcome.accepted > 0
            with pytest.raises(ClosedLocally):
                await way.send_all(stream, b"more", policy(""))

    way.run(main)


def test_closed_by_another_task(way: Way) -> None:
    async def main() -> None:
        async with way.meets(never_reads) as (stream, _, _):
            errors: list[BaseException] = []

            async def send() -> None:
                try:
                    await way.send_all(stream, BODY, policy(""))
                except ClosedLocally as error:
                    errors.append(error)

            async with anyio.create_task_group() as group:
                group.start_soon(send)
                await passes(0.3)
                await stream.aclose()
            assert len(errors) == 1

    way.run(main)


def test_two_at_once_are_refused_and_harm_nothing(way: Way) -> None:
    """The library's own error, not in a group, and the first send goes on."""
    busy = (trio.BusyResourceError, anyio.BusyResourceError)

    def meet(clients: Clients, address: Any) -> Client:
        return clients.reads_all(address, request=b"", rate=5_000_000, every_s=0.01, rcvbuf=65536)

    async def main() -> None:
        async with way.meets(meet) as (stream, client, _):
            async with anyio.create_task_group() as group:
                group.start_soon(way.send_all, stream, BODY, policy(""))
                await passes(0.2)
                with pytest.raises(busy):
                    await way.send_all(stream, b"x", policy(""))
            await holds(client, 10, lambda client: client.bytes_read == len(BODY))

    way.run(main)


# --- other streams --------------------------------------------------------------------------------


def test_tls(way: Way, server_context: ssl.SSLContext) -> None:
    async def main() -> None:
        async with way.meets(over_tls("reads_all"), server_context) as (stream, client, _):
            outcome = await way.send_all(stream, BODY[:1_000_000], policy(""))
            assert outcome.cause is Cause.DELIVERED
            assert outcome.acked > outcome.accepted == 1_000_000
            await holds(client, 10, lambda client: client.bytes_read == 1_000_000)
            with pytest.raises(PolicyError, match="drain"):
                await way.send_all(stream, b"x", policy("drain=fin"))
        async with way.meets(over_tls("never_reads"), server_context) as (stream, _, address):
            with pytest.raises(PeerNotReading):
                await way.send_all(stream, BODY, policy("idle=1 silent=none"))
        await anyio.to_thread.run_sync(nothing_left, address)

    way.run(main)


def test_what_has_no_socket_is_refused() -> None:
    async def main() -> None:
        one, _ = trio.testing.memory_stream_pair()
        with pytest.raises(TypeError, match="socket"):
            await unstick.progress.trio.send_all(one, b"x")
        with pytest.raises(TypeError):
            await unstick.progress.trio.send_all(one, "text")  # type: ignore[arg-type]

    trio.run(main)

"""``guarded``: factories of protocols, half-closed clients, and a framework that knows nothing."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import Any

import pytest

from tests.progress.aio.scene import MB, passes, policy, protocols, run
from unstick.progress import Cause, Outcome, PeerNotReading, PolicyError, aio
from unstick.progress.aio import halves
from unstick.progress.testing import Client, End, eventually_async, leftovers
from unstick.progress.testing.clients import Options

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

DEAF: Options = {"request": b"?", "rcvbuf": 8192}
SHORT = "idle=1 silent=5"
ANSWER = b"answer" * 10_000


class Answering:
    """A server's side as most are written: it answers some time after the request."""

    def __init__(self, later_s: float = 0.0, closes: bool = True, answer: bytes = ANSWER) -> None:
        self.later_s = later_s
        self.closes = closes
        self.answer = answer
        self.lost: list[Exception | None] = []
        self.paused = self.received = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def asked(self) -> None:
        self.received += 1
        asyncio.get_running_loop().call_later(self.later_s, self.reply)

    def reply(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.answer)
        if self.closes:
            self.transport.close()

    def eof_received(self) -> None:
        pass

    def pause_writing(self) -> None:
        self.paused += 1

    def resume_writing(self) -> None:
        self.paused -= 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


class Data(Answering, asyncio.Protocol):
    def data_received(self, data: bytes) -> None:
        self.asked()


class Buffers(Answering, asyncio.BufferedProtocol):
    def get_buffer(self, sizehint: int) -> bytearray:
        return bytearray(1024)

    def buffer_updated(self, nbytes: int) -> None:
        self.asked()


KINDS = [Data, Buffers]
Kind = type[Data] | type[Buffers]


async def over(client: Client, within_s: float = 10) -> Client:
    return await client.until_async(lambda client: client.end, within_s)


# --- served ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_half_closed_before_the_answer(loop: str, kind: Kind) -> None:
    """Scenario 6: the client ends its side, the program answers later. Plain, it gets nothing."""

    async def main() -> None:
        def factory() -> Data | Buffers:
            return kind(later_s=1.0)

        async with protocols(factory) as scene:
            client = await over(scene.clients.half_closes(scene.address, request=b"?"))
            assert (client.end, client.bytes_read) == (End.EOF, 0)
        async with protocols(aio.guarded(factory)) as scene:
            client = await over(scene.clients.half_closes(scene.address, request=b"?"))
            assert (client.end, client.bytes_read) == (End.EOF, len(ANSWER))

    run(main(), loop)


def test_half_closed_in_the_middle_of_the_answer(loop: str) -> None:
    class Streaming(Data):
        def reply(self) -> None:
            for number in range(5):
                asyncio.get_running_loop().call_later(number * 0.3, self.piece, number == 4)

        def piece(self, last: bool) -> None:
            if not self.transport.is_closing():
                self.transport.write(b"piece")
            if last:
                self.transport.close()

    async def main() -> None:
        async with protocols(aio.guarded(Streaming)) as scene:
            client = scene.clients.half_closes(scene.address, 0.4, request=b"?")
            assert (await over(client)).bytes_read == 25

    run(main(), loop)


def test_who_is_never_closed_is_in_the_end(loop: str) -> None:
    """A client that has closed for good, and a protocol that relies on asyncio to notice."""

    async def main() -> None:
        factory = aio.guarded(partial(Data, closes=False), half_close=0.5)
        async with protocols(factory) as scene:
            client = scene.clients.reads_all(scene.address, request=b"?")
            await client.until_async(lambda client: client.bytes_read == len(ANSWER))
            client.close()
            await scene.nothing_left(5)
            client = await over(scene.clients.half_closes(scene.address, request=b"?"))
            assert (client.end, client.bytes_read) == (End.EOF, len(ANSWER))

    run(main(), loop)


def test_half_close_may_be_left_to_the_protocol(loop: str) -> None:
    async def main() -> None:
        factory = aio.guarded(partial(Data, 1.0), half_close=False)
        async with protocols(factory) as scene:
            client = await over(scene.clients.half_closes(scene.address, request=b"?"))
            assert client.bytes_read == 0

    run(main(), loop)


@pytest.mark.parametrize(("given", "seen"), [(True, (60, 5)), (7.5, (7.5, 7.5)), (False, None)])
def test_patience(given: bool | float, seen: tuple[float, float] | None) -> None:
    assert halves.patience(given) == seen


@pytest.mark.parametrize("given", [0, -1.0])
def test_no_patience_of_zero(given: float) -> None:
    with pytest.raises(ValueError, match="half_close"):
        aio.guarded(Data, half_close=given)


def test_tls_is_left_to_asyncio(
    loop: str, server_context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    """It warns when a protocol asks to serve one half of TLS: it cannot."""

    async def main() -> None:
        async with protocols(aio.guarded(partial(Data, 0.5)), server_context) as scene:
            client = await over(scene.clients.half_closes(scene.address, request=b"?", tls=True))
            assert client.bytes_read == 0
            assert "has no effect" not in caplog.text
            client = scene.clients.reads_all(scene.address, request=b"?", tls=True)
            assert (await over(client)).bytes_read == len(ANSWER)

    run(main(), loop)


# --- ended ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_not_reading(loop: str, kind: Kind) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        inner: list[Data | Buffers] = []

        def factory() -> Data | Buffers:
            inner.append(kind(closes=False, answer=bytes(10 * MB)))
            return inner[-1]

        guarded = aio.guarded(factory, policy(SHORT), on_outcome=told.append)
        async with protocols(guarded) as scene:
            client = await over(scene.clients.never_reads(scene.address, **DEAF))
            assert client.end is End.RESET
            assert [one.cause for one in told] == [Cause.NOT_READING]
            (error,) = await eventually_async(lambda: inner[0].lost)
            assert isinstance(error, PeerNotReading)
            assert error.outcome is told[0]
            assert inner[0].paused == 1
            await scene.nothing_left()

    run(main(), loop)


def test_closed_by_the_program_is_guarded_on(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        factory = aio.guarded(Data, policy(SHORT), on_outcome=told.append)
        async with protocols(factory) as scene:
            client = scene.clients.never_reads(scene.address, **DEAF)
            await client.until_async(lambda client: client.bytes_sent == 1)
            await passes(0.3)
            assert leftovers(scene.address)
            await scene.nothing_left(10)
            assert [one.cause for one in told] == [Cause.NOT_READING]

    run(main(), loop)


def test_plain_the_kernel_keeps_what_the_program_closed(loop: str) -> None:
    """The control of the one before."""

    async def main() -> None:
        async with protocols(Data) as scene:
            client = scene.clients.never_reads(scene.address, **DEAF)
            await client.until_async(lambda client: client.bytes_sent == 1)
            await passes(3)
            assert [one.state for one in leftovers(scene.address)] == ["FIN-WAIT-1"]

    run(main(), loop)


def test_slow_and_paused_clients_are_served(loop: str) -> None:
    async def main() -> None:
        told: list[Outcome] = []
        limits = policy("idle=2 silent=5")
        factory = aio.guarded(Data, limits, on_outcome=told.append)
        async with protocols(factory) as scene:
            served = [
                scene.clients.reads_at(scene.address, 20_000, **DEAF),
                scene.clients.pauses(scene.address, 1.2, after_bytes=20_000, **DEAF),
                scene.clients.half_closes(scene.address, **DEAF),
            ]
            for client in served:
                assert (await over(client, 30)).bytes_read == len(ANSWER)
            assert not told

    run(main(), loop)


# --- its place among protocols --------------------------------------------------------------------


def test_streams_through_a_factory(loop: str) -> None:
    """asyncio's streams, as a factory of protocols: the writer's drain() raises the verdict."""

    async def main() -> None:
        causes: asyncio.Queue[BaseException] = asyncio.Queue()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            writer.write(bytes(10 * MB))
            try:
                await writer.drain()
            except OSError as error:
                causes.put_nowait(error)
            writer.close()

        def factory() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(), serve)

        async with protocols(aio.guarded(factory, policy(SHORT))) as scene:
            scene.clients.never_reads(scene.address, **DEAF)
            assert isinstance(await asyncio.wait_for(causes.get(), 10), PeerNotReading)

    run(main(), loop)


def test_arguments_and_attributes_go_through() -> None:
    factory = aio.guarded(Data)
    made = factory(3.5, closes=False)
    assert isinstance(made, asyncio.Protocol)
    assert made.later_s == 3.5  # type: ignore[attr-defined]
    assert isinstance(aio.guarded(Buffers)(), asyncio.BufferedProtocol)


def test_what_is_no_protocol_is_refused() -> None:
    with pytest.raises(TypeError, match="DatagramProtocol"):
        aio.guarded(asyncio.DatagramProtocol)()  # type: ignore[arg-type]


def test_a_policy_that_means_nothing_is_refused_at_once() -> None:
    with pytest.raises(PolicyError, match="guards nothing"):
        aio.guarded(Data, policy("idle=none silent=none"))


def test_a_client_of_ours_is_guarded_too(loop: str) -> None:
    """``create_connection`` takes a factory as well: an upload to a server that takes nothing."""

    async def holds(*_both: object) -> None:  # from Python 3.13 on, a writer nobody holds closes
        await passes(30)

    async def main() -> None:
        inner = Data()
        listener = await asyncio.start_server(holds, "127.0.0.1", 0, limit=1)
        factory = aio.guarded(lambda: inner, policy(SHORT))
        address = listener.sockets[0].getsockname()
        transport, _ = await asyncio.get_running_loop().create_connection(factory, *address)
        transport.write(bytes(20 * MB))
        for _ in range(100):
            await passes(0.1)
            if inner.lost:
                break
        assert isinstance(inner.lost[0], PeerNotReading)
        listener.close()

    run(main(), loop)

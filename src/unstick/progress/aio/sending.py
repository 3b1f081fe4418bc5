"""``send`` and ``drain``: a StreamWriter's, with an end and a cause."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstick.progress.calls import FIRST_PAUSE_S, Call, poisoned, refuse_poisoned
from unstick.progress.errors import PolicyError, ProgressError
from unstick.progress.gather import Gather
from unstick.progress.outcome import Cause, Outcome
from unstick.progress.policy import DEFAULT, Drain, Policy
from unstick.progress.reporting import Hook

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PIECE_BYTES = 1 << 18
"""Handed to asyncio at once: what the kernel does not take, asyncio copies."""
ENDS = frozenset({Drain.FIN, Drain.PEER_CLOSED})


async def send(
    writer: asyncio.StreamWriter,
    *buffers: ReadableBuffer,
    policy: Policy = DEFAULT,
    on_outcome: Hook | None = None,
) -> Outcome:
    """Writes all buffers, and waits for the policy's drain level: one response in one call.

    ``Drain.NONE`` returns when asyncio has no byte left (FLUSHED; with TLS the layer below may keep
    up to its high-water mark, 64 KiB), ``ACKED`` when the peer's kernel has acknowledged every one
    (DELIVERED). ``FIN`` and ``PEER_CLOSED`` end our side of the stream, too (``write_eof``); what
    the peer still sends is the program's to read. What was written before, and has not left
    asyncio, is part of the call and of its counts.

    Promises: ends when the policy says so, with the cause; never holds more than 256 KiB of the
    buffers in asyncio; a verdict resets the connection and aborts the transport, so that
    ``wait_closed()`` returns. Raises ProgressError then, and at once in every later call.

    Cancelled, it reports CANCELLED to ``on_outcome`` and the log, and is cancelled: asyncio goes on
    sending what it has, unwatched, and the connection is the program's.

    Raises PolicyError for a policy that cannot be honoured: no end of one side under TLS.
    """
    level = policy.drain
    if level in ENDS and not writer.can_write_eof():
        raise PolicyError("drain", level, "a transport that can end its side alone: TLS cannot")
    gather = Gather(buffers)
    with watched(writer, policy, on_outcome) as call:
        call.offer(gather.left)
        await put(call, writer, gather)
        if level in ENDS and call.line.ending is None:
            writer.write_eof()
            call.line.shut = True
        await settled(call, writer, level)
        return call.outcome(Cause.FLUSHED if level is Drain.NONE else Cause.DELIVERED)


async def drain(
    writer: asyncio.StreamWriter, policy: Policy = DEFAULT, *, on_outcome: Hook | None = None
) -> Outcome:
    """Waits until the peer's kernel has acknowledged every byte written so far (DELIVERED).

    Unlike ``writer.drain()``, which returns while up to 64 KiB are asyncio's and megabytes the
    kernel's. Promises and raises as ``send``. ``writer.close()`` before it is fine.
    """
    with watched(writer, policy, on_outcome) as call:
        await flushed(call, writer)
        await settled(call, writer, Drain.ACKED)
        return call.outcome(Cause.DELIVERED)


@contextlib.contextmanager
def watched(writer: asyncio.StreamWriter, policy: Policy, hook: Hook | None) -> Iterator[Call]:
    """A Call for one writer. Its pending bytes count from the start."""
    transport = writer.transport
    refuse_poisoned(writer)
    owned = transport.get_extra_info("socket")
    if owned is None:
        raise TypeError("this writer has no socket: its progress cannot be measured")
    layered = transport.get_extra_info("sslcontext") is not None
    call = Call(owned, policy, hook, transport.get_write_buffer_size, layered, transport.abort)
    call.offer(transport.get_write_buffer_size())
    try:
        with call:
            yield call
    except ProgressError as error:
        poisoned[writer] = error.outcome
        raise


async def put(call: Call, writer: asyncio.StreamWriter, gather: Gather) -> None:
    """Writes all there is, a piece whenever asyncio has none; returns when it has none, or the send
    has ended."""
    transport = writer.transport
    while call.line.ending is None:
        await flushed(call, writer)
        if not gather.left or call.line.ending is not None:
            return
        if transport.is_closing():  # it would drop what is written
            await closed(call, writer)
            return
        views = piece_of(gather)
        try:
            writer.writelines(views) if len(views) > 1 else writer.write(views[0])
        except OSError as error:
            call.failed(error)
        if gather.left:
            await asyncio.sleep(0)  # a kernel that takes all must not stop the loop


async def flushed(call: Call, writer: asyncio.StreamWriter) -> None:
    """Waits until asyncio has given all it had to the kernel, with the rules running."""
    transport = writer.transport
    if transport.get_write_buffer_size():
        with lowered(transport):
            while transport.get_write_buffer_size() and call.line.ending is None:
                await less_pending(call, writer)
    if transport.is_closing() and call.line.ending is None and not call.left_the_loop():
        await closed(call, writer)


async def less_pending(call: Call, writer: asyncio.StreamWriter) -> None:
    """Waits until asyncio has less, or it is time to look, which it does."""
    try:
        async with asyncio.timeout(call.wait_s()) as limit:
            await writer.drain()
            if writer.transport.get_write_buffer_size():  # it did not wait for all
                await asyncio.sleep(FIRST_PAUSE_S)
    except OSError as error:  # TimeoutError is one, and so are a guard's verdicts
        if not limit.expired():
            call.failed(error)
    if call.wait_s() <= 0:
        call.look()


async def settled(call: Call, writer: asyncio.StreamWriter, level: Drain) -> None:
    for pause in call.pauses(level):
        await asyncio.sleep(pause)
        if writer.transport.is_closing():
            await told(call, writer)


async def told(call: Call, writer: asyncio.StreamWriter) -> None:
    """The transport closes: if the kernel said why, the send has ended."""
    try:
        await writer.drain()
    except OSError as error:
        if error.errno is not None:
            call.failed(error)


async def closed(call: Call, writer: asyncio.StreamWriter) -> None:
    """The transport closes, and bytes are not with the kernel: the send has ended."""
    await told(call, writer)
    call.failed(ConnectionAbortedError())


def piece_of(gather: Gather) -> list[memoryview]:
    """The next buffers, cut to what is handed to asyncio at once."""
    views: list[memoryview] = []
    room = PIECE_BYTES
    for view in gather.batch():
        views.append(view[:room])
        room -= views[-1].nbytes
        if not room:
            break
    gather.advance(PIECE_BYTES - room)
    return views


@contextlib.contextmanager
def lowered(transport: asyncio.WriteTransport) -> Iterator[None]:
    """Lets ``writer.drain()`` wait for the last byte instead of for some.

    Of several sends on one writer the first lowers the marks and puts them back; the others look
    again when it has.
    """
    low, high = transport.get_write_buffer_limits()
    least = 1 if transport.get_extra_info("sslcontext") is not None else 0
    # Of SSLProtocol a buffer of 0 bytes would reach a mark of 0, and writing would stop for ever.
    if high > least:
        transport.set_write_buffer_limits(high=least, low=0)
    try:
        yield
    finally:
        if high > least:
            with contextlib.suppress(RuntimeError):  # of uvloop's, closed meanwhile
                transport.set_write_buffer_limits(high=high, low=low)

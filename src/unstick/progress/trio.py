"""trio: ``send_all`` with an end and a cause. For SocketStream, and SSLStream over one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from unstick.progress.errors import PolicyError
from unstick.progress.outcome import Outcome
from unstick.progress.policy import DEFAULT, Drain, Policy
from unstick.progress.reporting import Hook
from unstick.progress.structured import Library, Stream, deliver

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LIBRARY = Library(
    open_group=trio.open_nursery,
    sleep=trio.sleep,
    cancelled=trio.Cancelled,
    broken=trio.BrokenResourceError,
    over=(trio.BrokenResourceError, trio.ClosedResourceError),
)


async def send_all(
    stream: trio.abc.SendStream,
    data: ReadableBuffer,
    policy: Policy = DEFAULT,
    *,
    on_outcome: Hook | None = None,
) -> Outcome:
    """``stream.send_all(data)``, and waits for the policy's drain level.

    ``Drain.NONE`` returns when the kernel has the bytes (FLUSHED), ``ACKED`` when the peer's has
    (DELIVERED). ``FIN`` and ``PEER_CLOSED`` end our side of the stream (``send_eof``); what the
    peer still sends is the program's to read.

    Promises: ends when the policy says so, with the cause. A verdict resets the connection; the
    stream stays its owner's to close. Raises ProgressError, which is also trio's
    BrokenResourceError, then and in every later call. Cancelled, it reports CANCELLED, and is
    cancelled: which prefix was sent is unknown, so the stream is good for nothing but closing.

    Raises TypeError for a stream without a socket of its own (a memory stream, a StapledStream),
    PolicyError for a policy that cannot be honoured: no end of one side under TLS.
    """
    inner = stream
    while isinstance(inner, trio.SSLStream):
        inner = inner.transport_stream
    if not isinstance(inner, trio.SocketStream):
        raise TypeError(f"progress is measured on a socket: {type(inner).__name__} has none")
    end = stream.send_eof if isinstance(stream, trio.abc.HalfCloseableStream) else None
    if end is None and policy.drain in (Drain.FIN, Drain.PEER_CLOSED):
        raise PolicyError("drain", policy.drain, "a stream that can end its side alone")
    view = memoryview(data).cast("B")
    sent = Stream(stream, inner.socket, inner is not stream, lambda: stream.send_all(view), end)
    return await deliver(LIBRARY, sent, view.nbytes, policy, on_outcome)

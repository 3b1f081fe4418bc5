"""anyio: ``send_all`` with an end and a cause, on asyncio and on trio. For socket streams, and TLS.

``unstick.progress.aio`` is for asyncio's own streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from anyio.abc import ByteSendStream, SocketAttribute
from anyio.streams.tls import TLSAttribute

from unstick.progress.errors import PolicyError
from unstick.progress.outcome import Outcome
from unstick.progress.policy import DEFAULT, Drain, Policy
from unstick.progress.reporting import Hook
from unstick.progress.structured import Library, Stream, deliver

if TYPE_CHECKING:
    from collections.abc import Awaitable


async def send_all(
    stream: ByteSendStream,
    data: bytes,
    policy: Policy = DEFAULT,
    *,
    on_outcome: Hook | None = None,
) -> Outcome:
    """``stream.send(data)``, and waits for the policy's drain level.

    ``Drain.NONE`` returns when the stream has none of the bytes any more (FLUSHED), ``ACKED`` when
    the peer's kernel has them (DELIVERED). ``FIN`` and ``PEER_CLOSED`` end our side of the stream
    (``send_eof``); what the peer still sends is the program's to read.

    Promises: ends when the policy says so, with the cause. A verdict resets the connection; the
    stream stays its owner's to close. Raises ProgressError, which is also anyio's
    BrokenResourceError, then and in every later call. Cancelled, it reports CANCELLED, and is
    cancelled: which prefix was sent is unknown, so the stream is good for nothing but closing.

    Raises TypeError for a stream without a socket, PolicyError for a policy that cannot be
    honoured: no end of one side under TLS.
    """
    owned = stream.extra(SocketAttribute.raw_socket, None)
    if owned is None:
        raise TypeError(f"progress is measured on a socket: {type(stream).__name__} has none")
    layered = stream.extra(TLSAttribute.tls_version, None) is not None
    end = None if layered else getattr(stream, "send_eof", None)
    if end is None and policy.drain in (Drain.FIN, Drain.PEER_CLOSED):
        raise PolicyError("drain", policy.drain, "a stream that can end its side alone")

    def send() -> Awaitable[object]:
        return stream.send(data)

    library = Library(
        open_group=anyio.create_task_group,
        sleep=anyio.sleep,
        cancelled=anyio.get_cancelled_exc_class(),  # the running backend's
        broken=anyio.BrokenResourceError,
        over=(anyio.BrokenResourceError, anyio.ClosedResourceError),
    )
    sent = Stream(stream, owned, layered, send, end)
    return await deliver(library, sent, memoryview(data).nbytes, policy, on_outcome)

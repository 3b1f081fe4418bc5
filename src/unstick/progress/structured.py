"""One send of a library with structured concurrency: what ``trio`` and ``anyio`` share.

The library's own ``send`` does the sending, whatever it does on the way (TLS, several kernels' ways
to wait); beside it, in a task of the same call, stands one who looks.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from unstick.progress.calls import Call, poisoned, refuse_poisoned
from unstick.progress.errors import ProgressError
from unstick.progress.holding import Lent
from unstick.progress.outcome import Cause, Outcome
from unstick.progress.policy import Drain, Policy
from unstick.progress.reporting import Hook

Step = Callable[[], Awaitable[object]]


class Library(NamedTuple):
    """What a library calls its things. ``over``: what its streams raise on a dead connection."""

    open_group: Callable[[], AbstractAsyncContextManager[Any]]
    sleep: Callable[[float], Awaitable[object]]
    cancelled: type[BaseException]
    broken: type[Exception]
    over: tuple[type[Exception], ...]


class Stream(NamedTuple):
    """What is sent on: the library's object, its socket, and how to send on it. ``end`` ends our
    side of the stream; None where that cannot be."""

    stream: object
    socket: Lent
    layered: bool
    send: Step
    end: Step | None


async def deliver(
    library: Library, stream: Stream, count: int, policy: Policy, hook: Hook | None
) -> Outcome:
    """Sends ``count`` bytes by the stream's own means, and waits for the policy's drain level."""
    refuse_poisoned(stream.stream)
    level = policy.drain
    sending = True

    def pending() -> int:
        return max(1, count - (call.kernel_took() or 0)) if sending else 0

    call = Call(stream.socket, policy, hook, pending, stream.layered)
    try:
        with call:
            call.offer(count)
            await beside(library, call, stream)
            sending = False
            for pause in call.pauses(level):
                await library.sleep(pause)
            return call.outcome(Cause.FLUSHED if level is Drain.NONE else Cause.DELIVERED)
    except ProgressError as error:
        poisoned[stream.stream] = error.outcome
        kind = also(type(error), library.broken)  # type: ignore[arg-type]  # 2026-11-23: hashable
        raise kind(error.outcome) from None
    except library.cancelled:
        assert call.line.ending is not None
        poisoned[stream.stream] = call.line.ending  # nobody knows which prefix was sent
        raise


async def beside(library: Library, call: Call, stream: Stream) -> None:
    """Sends, with one who looks beside it. What the library says of a dead connection is the call's
    end; anything else is raised as it is, not in a group."""
    failure: Exception | None = None
    try:
        async with library.open_group() as group:
            group.start_soon(watch, library, call, group.cancel_scope)
            try:
                await send(call, stream)
            except library.over as error:
                call.failed(error.__cause__ or error)
            except Exception as error:
                failure = error
            group.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise alone(group, library.cancelled) from None
    if failure is not None:
        raise failure


async def send(call: Call, stream: Stream) -> None:
    await stream.send()
    if call.policy.drain in (Drain.FIN, Drain.PEER_CLOSED):
        assert stream.end is not None
        await stream.end()
        call.line.shut = True


async def watch(library: Library, call: Call, scope: Any) -> None:
    """Looks when it is time to; ends the sending when the send has ended."""
    while call.line.ending is None:
        await library.sleep(call.wait_s())
        call.look()
    scope.cancel()


def alone(
    group: BaseExceptionGroup[BaseException], cancelled: type[BaseException]
) -> BaseException:
    """The exception that a group of two tasks is about: who looks was only cancelled, too."""
    _, rest = group.split(cancelled)
    error: BaseException = rest or group
    while isinstance(error, BaseExceptionGroup) and (rest is None or len(error.exceptions) == 1):
        error = error.exceptions[0]
    return error


@functools.cache
def also(kind: type[ProgressError], broken: type[Exception]) -> type[ProgressError]:
    """The error as what the library's own code catches, too."""
    return type(kind.__name__, (kind, broken), {"__doc__": kind.__doc__, "__module__": __name__})

"""``guarded``: every connection of a server or client, through the factory of its protocols."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from unstick.progress.abilities import honoured
from unstick.progress.aio.guards import Guard, tick_of
from unstick.progress.aio.halves import Half, both_ended, patience
from unstick.progress.policy import DEFAULT, Policy
from unstick.progress.reporting import Hook
from unstick.progress.tcpinfo import capabilities

if TYPE_CHECKING:
    from typing import ParamSpec, TypeAlias

    P = ParamSpec("P")
    Streaming: TypeAlias = asyncio.Protocol | asyncio.BufferedProtocol


def guarded(
    protocol_factory: Callable[P, Streaming],
    policy: Policy = DEFAULT,
    *,
    half_close: bool | float = True,
    on_outcome: Hook | None = None,
) -> Callable[P, Streaming]:
    """The same factory, with a guard on each connection: for ``loop.create_server``, uvicorn's
    ``http=`` and whoever takes a factory or a class of protocols.

    Each connection has a ``guard``, with its promises; also on uvloop what the program closes is
    guarded on. After a verdict the protocol's ``connection_lost`` gets the ProgressError of it.
    A protocol that is set later (``transport.set_protocol``) keeps the guard alone.

    ``half_close``: a client that has ended its side is served all the same, where asyncio would
    drop it. For whom that end was no request for an answer, its connection stays in CLOSE-WAIT a
    while: 60 s if nothing was sent since its last byte, 5 s after the last byte sent to it (a
    number: that many seconds in both cases), or until the protocol closes it. ``False`` leaves it
    to the protocol. Under TLS it always is: asyncio cannot serve one half there.

    Raises PolicyError for what ``guard`` would; on a socket that cannot honour the policy (AF_UNIX)
    the connection is aborted and PolicyError goes to the loop's exception handler.
    """
    tick_of(honoured(policy, capabilities()))
    waits = patience(half_close)

    def factory(*args: P.args, **kwargs: P.kwargs) -> Streaming:
        inner = protocol_factory(*args, **kwargs)
        if isinstance(inner, asyncio.BufferedProtocol):
            return GuardedBuffers(inner, policy, waits, on_outcome)
        if isinstance(inner, asyncio.Protocol):
            return GuardedData(inner, policy, waits, on_outcome)
        raise TypeError(f"neither a Protocol nor a BufferedProtocol: {type(inner).__name__}")

    return factory


class Guarded(asyncio.BaseProtocol):
    """Passes every call on to the protocol it was made for, and adds a guard."""

    RECEIVES: ClassVar[tuple[str, ...]] = ()

    def __init__(self, inner: Any, policy: Policy, waits: Any, hook: Hook | None) -> None:
        self._inner = inner
        self._policy = policy
        self._waits = waits
        self._hook = hook
        self._guard: Guard | None = None
        self._transport: Any = None
        for name in ("pause_writing", "resume_writing", *self.RECEIVES):
            setattr(self, name, getattr(inner, name))  # not a call more for each piece of data

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        try:
            self._guard = Guard(transport, self._policy, self._hook)
        except BaseException:
            self._transport.abort()
            raise
        self._inner.connection_made(transport)

    def eof_received(self) -> bool | None:
        keep: bool | None = self._inner.eof_received()
        transport = self._transport
        if keep or self._waits is None or self._guard is None or self._guard.layered:
            return keep
        sock = transport.get_extra_info("socket")
        if transport.is_closing() or sock.fileno() < 0 or both_ended(sock):
            return keep
        Half(transport, sock, self._waits)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc if self._guard is None else self._guard.lost(exc))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class GuardedData(Guarded, asyncio.Protocol):
    """For a Protocol."""

    RECEIVES = ("data_received",)


class GuardedBuffers(Guarded, asyncio.BufferedProtocol):
    """For a BufferedProtocol."""

    RECEIVES = ("get_buffer", "buffer_updated")

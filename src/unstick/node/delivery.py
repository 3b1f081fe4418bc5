"""How a response gets to its client: the way of 2015 (``Blocking``), and the cure (``Progress``).

Both take an iovec of any length and return when the kernel has it; both end with an ``End``, which
says what the client's kernel acknowledged. One of them for each response.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple, Protocol

from unstick.node.counting import Count
from unstick.node.memory import LARGE_BYTES, Span
from unstick.node.settings import Mode, Settings
from unstick.node.steps import Steps
from unstick.progress.errors import ProgressError, words_of
from unstick.progress.gather import Gather
from unstick.progress.meter import CAUSES
from unstick.progress.outcome import Outcome
from unstick.progress.policy import Drain
from unstick.progress.sender import Sender
from unstick.progress.tcpinfo import IPPROTO_TCP, TCP_NOTSENT_LOWAT, sample

SO_RCVTIMEO, SO_SNDTIMEO = 20, 21  # include/uapi/asm-generic/socket.h
SPAN_LOWAT_BYTES = 1 << 20
"""Of a file's pages more may wait in the kernel than of copies: they are the store's own, and cost
nothing there. With 128 KiB the thread is woken for each of them, and a reader on a busy machine
waits for it."""
LONG_WRITE_BYTES = 1 << 20
"""What a client may have to be waited for: shorter writes are not worth a word to who watches."""
ASKING_S = 60.0
"""``progress``: how long a connection may be without a request where the policy has no ``idle``."""

Buffers = Sequence[bytes | memoryview]


class End(NamedTuple):
    """What became of a response. ``cause`` is one of ``unstick.progress.Cause``, or SEND_TIMEOUT
    (a writev took nothing), CANCELLED, ORIGIN_FAILED."""

    cause: str
    says: str
    good: bool
    accepted: int
    acked: int


class UndeliveredError(Exception):
    """The response did not get there, and nothing may follow it on this connection."""

    def __init__(self, end: End) -> None:
        super().__init__(end.says)
        self.end = end


class Delivery(Protocol):
    """One response."""

    accepted: int

    def write(self, buffers: Buffers) -> None:
        """Raises UndeliveredError."""
        ...

    def write_span(self, head: Buffers, body: Buffers, span: Span) -> None:
        """As ``write`` of head and body, where the body is part of a file, too."""
        ...

    def finish(self, unread: bool) -> End:
        """After the last write; ``unread``: the client still sends, and nobody will read it.
        Raises UndeliveredError."""
        ...


def settle(sock: socket.socket, settings: Settings) -> None:
    """What is set on an accepted socket, once."""
    sock.setsockopt(IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if settings.mode is Mode.BLOCKING:
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDTIMEO, timeval(settings.send_timeout_s))
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVTIMEO, timeval(settings.send_timeout_s))
        return
    quiet = settings.policy.idle or ASKING_S
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVTIMEO, timeval(quiet))
    if settings.policy.lowat is not None:
        with suppress(OSError):  # Linux < 3.12
            sock.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, settings.policy.lowat)


def timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))


def delivery_of(sock: socket.socket, settings: Settings, steps: Steps) -> Delivery:
    return Blocking(sock, steps) if settings.mode is Mode.BLOCKING else Progress(sock, settings)


class Blocking:
    """Varnish's delivery of 2015: one writev of the whole iovec on a blocking socket.

    A short write is continued, a write that took nothing in SO_SNDTIMEO is the end. So a client
    that takes a byte in ten minutes is kept for ever, and one that is gone for ten minutes at
    least. Afterwards the socket is closed, and the kernel keeps what it has.
    """

    def __init__(self, sock: socket.socket, steps: Steps) -> None:
        self.sock = sock
        self.steps = steps
        self.accepted = 0
        self.count = Count(sample(sock))

    def write(self, buffers: Buffers) -> None:
        gather = Gather(buffers)
        whole, began = gather.left, time.monotonic()
        if whole > LONG_WRITE_BYTES:
            self.steps.tell(f"hands {whole:,} bytes to one writev", writes=whole)
        while gather.left:
            try:
                count = os.writev(self.sock.fileno(), gather.batch())
            except OSError as error:
                self.tell_failure(error, time.monotonic() - began)
                raise UndeliveredError(self.given_up(error)) from error
            self.accepted += count
            gather.advance(count)
            if gather.left:
                self.steps.tell(f"writev took {count:,} bytes and came back short")
        if whole > LONG_WRITE_BYTES:
            waited_s = time.monotonic() - began
            says = f"writev has taken everything after {waited_s:.1f} s: {whole:,} bytes"
            self.steps.tell(says, written=whole, waited_s=round(waited_s, 3))

    def tell_failure(self, error: OSError, waited_s: float) -> None:
        name = errno.errorcode.get(error.errno or 0, "error")
        reason = {
            "EAGAIN": "took nothing in SO_SNDTIMEO",
            "EPIPE": "failed: EPIPE, the connection was reset",
        }.get(name, f"failed: {name}")
        says = f"writev {reason}, after {waited_s:.1f} s"
        self.steps.tell(says, outcome=name, waited_s=round(waited_s, 3))

    def finish(self, unread: bool) -> End:
        acked = self.acked()
        says = f"{self.accepted} B in the kernel, {acked} B of them acknowledged"
        return End("FLUSHED", says, True, self.accepted, acked)

    def write_span(self, head: Buffers, body: Buffers, span: Span) -> None:
        """One writev of everything: this is the delivery of the story."""
        self.write([*head, *body])

    def given_up(self, error: OSError) -> End:
        number = error.errno or 0
        acked = self.acked()
        if number == errno.EAGAIN:
            says = f"writev took nothing in SO_SNDTIMEO; {acked} B acknowledged"
            return End("SEND_TIMEOUT", says, False, self.accepted, acked)
        cause = CAUSES.get(number, "OS_ERROR")
        says = f"{words_of(number)}; {acked} B acknowledged"
        return End(str(cause), says, False, self.accepted, acked)

    def acked(self) -> int:
        try:
            return self.count.acked(sample(self.sock))
        except OSError:
            return 0


class Progress:
    """Delivery by what the client acknowledges: ends when the policy says so, and leaves nothing.

    Waits at the end until everything is acknowledged, by the same rules: the thread would only
    wait for the next request meanwhile, and the log tells the truth.
    """

    def __init__(self, sock: socket.socket, settings: Settings) -> None:
        self.policy = settings.policy
        self.sender = Sender(sock, self.policy)
        self.sock = sock
        self.accepted = 0

    def write(self, buffers: Buffers) -> None:
        try:
            self.sender.write(*buffers)
        except ProgressError as error:
            raise UndeliveredError(self.ended(error.outcome)) from error
        self.accepted += sum(memoryview(one).nbytes for one in buffers)

    def write_span(self, head: Buffers, body: Buffers, span: Span) -> None:
        if span.length < LARGE_BYTES:
            self.write([*head, *body])
            return
        self.write(head)
        if self.policy.lowat is not None and self.policy.lowat < SPAN_LOWAT_BYTES:
            self.sock.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, SPAN_LOWAT_BYTES)
        try:
            self.sender.sendfile(span.readable, span.start, span.length)
        except ProgressError as error:
            raise UndeliveredError(self.ended(error.outcome)) from error
        self.accepted += span.length

    def finish(self, unread: bool) -> End:
        try:
            outcome = self.sender.drain()
            self.sender.close()
            if unread:  # RFC 9112 9.6: closing now would reset, and cut what was just said
                linger = replace(self.policy, drain=Drain.PEER_CLOSED)
                Sender(self.sock, linger).finish()
        except ProgressError as error:
            raise UndeliveredError(self.ended(error.outcome)) from error
        return self.ended(outcome)

    def ended(self, outcome: Outcome) -> End:
        self.sender.close()
        self.accepted = outcome.accepted
        return End(outcome.cause, str(outcome), outcome.ok, outcome.accepted, outcome.acked)

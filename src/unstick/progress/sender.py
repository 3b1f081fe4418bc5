"""Sends that cannot hang, for threads: ``Sender`` and ``send``.

A call that met its level returns its Outcome. Every other end raises the ProgressError that
carries one (with Kill.REPORT it is returned), and poisons the stream: later calls raise the same.
"""

from __future__ import annotations

import _socket
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from unstick.progress import books, ending
from unstick.progress.abilities import honoured
from unstick.progress.errors import error_of
from unstick.progress.files import send_file
from unstick.progress.gather import Gather
from unstick.progress.lanes import Lane, lane_of
from unstick.progress.line import Line
from unstick.progress.outcome import Cause, Outcome
from unstick.progress.policy import DEFAULT, Drain, Kill, Policy
from unstick.progress.reporting import Hook, announce
from unstick.progress.settling import settle
from unstick.progress.tcpinfo import AF_UNIX, IPPROTO_TCP, TCP_NOTSENT_LOWAT, capabilities

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO, Self

    from _typeshed import ReadableBuffer


FRESH_S = 0.1
"""How old a look may be for the Outcome of a good end: a body in small pieces costs no more."""

T = TypeVar("T")


class Socket(Protocol):
    """A connected stream socket: of ``socket``, ``ssl``, gevent, or asyncio's TransportSocket."""

    def fileno(self) -> int: ...
    def close(self) -> None: ...


class Sender:
    """Sends on one connection, or one response on it, under one policy.

    Promises: every call ends, at the latest when the policy says so, with the cause; bytes are
    neither copied nor reordered; ``O_NONBLOCK`` is never changed (TLS: see ``tls``). While a Sender
    is open the socket is its own to write to, reading is free to anybody; SO_SNDTIMEO and
    TCP_RTO_MAX_MS may be changed meanwhile and are put back by ``close``, ``finish`` and ``with``.

    Does not promise: that the peer's program has read what its kernel acknowledged; that a
    ``deadline`` given to a Sender of a whole connection begins with each response (it begins with
    the Sender: use ``until``, or one Sender a response).

    ``owner=True`` hands the socket over: TCP_NOTSENT_LOWAT is set by the policy, and the socket is
    closed by ``close``, ``abort``, a verdict, and at the end of ``with``.

    ``on_outcome`` is called once for a stream that ends badly, and for one that ends well once
    ``finish`` or ``close`` ends it, with the Outcome of the last call.

    Raises PolicyError at once if this socket or system cannot honour a rule of the policy.
    """

    def __init__(
        self,
        sock: Socket,
        policy: Policy = DEFAULT,
        *,
        owner: bool = False,
        on_outcome: Hook | None = None,
    ) -> None:
        raw = raw_of(sock)
        self.policy = honoured(policy, capabilities(raw if raw.family == AF_UNIX else None))
        self.owner = owner
        self._sock = sock
        self._raw = raw
        self._hook = on_outcome
        self._line = Line(raw, self.policy)
        self._lane = lane_of(self._line)
        self._sending = False
        self._last: Outcome | None = None  # of the last call
        self._told = False
        if owner and self.policy.lowat and raw.family != AF_UNIX:
            with contextlib.suppress(OSError):  # Linux < 3.12
                raw.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, self.policy.lowat)

    # --- sending ---------------------------------------------------------------------------------

    def send(self, *buffers: ReadableBuffer) -> Outcome:
        """Sends all buffers; returns when the kernel has them (FLUSHED).

        ``acked`` is true as of the last look, at most 0.1 s ago, and nothing is promised of what is
        on its way: ask ``drain`` or ``finish``. Raises ProgressError; how much of the buffers the
        peer has is then between ``outcome.acked`` and ``outcome.accepted``.
        """
        gather = Gather(buffers)
        ended = self._call(self._lane.put, gather, gather.left)
        return ended or self._good(Cause.FLUSHED)

    def write(self, *buffers: ReadableBuffer) -> Outcome | None:
        """As ``send``, without the Outcome of a good end: for bodies in many small pieces.

        Looks at the socket once a tick only, so that a piece costs one system call.
        """
        lane = self._lane
        if lane.quick and len(buffers) == 1 and not self._sending and self._line.ending is None:
            return self._write_quickly(cast("Lane", lane), buffers[0])
        gather = Gather(buffers)
        return self._call(lane.put, gather, gather.left)

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> Outcome:
        """Sends a file's bytes from ``offset``, ``count`` of them or all; moves its position.

        By sendfile(2) where the kernel can, else by reading. A file that ends before ``count``
        ends the call: compare ``outcome.offered``.
        """
        ended = self._call(lambda lane: send_file(lane, file, offset, count), self._lane)
        return ended or self._good(Cause.FLUSHED)

    # --- ends ------------------------------------------------------------------------------------

    def drain(self) -> Outcome:
        """Waits until the peer's kernel has acknowledged every byte (DELIVERED)."""
        ended = self._call(lambda line: settle(line, Drain.ACKED), self._line)
        return ended or self._good(Cause.DELIVERED)

    def finish(self) -> Outcome:
        """Ends our side of the stream, and waits for the policy's drain level.

        With TLS sends close_notify first. With ``Drain.NONE`` returns at once (FLUSHED). Leaves
        the socket open, for reading.
        """
        none = self.policy.drain is Drain.NONE
        outcome = self._call(self._finish, self._line)
        if outcome is None:
            outcome = self._good(Cause.FLUSHED if none else Cause.DELIVERED)
        self._tell()
        self._restore()
        return outcome

    def abort(self) -> None:
        """Resets the connection now, from any thread; never waits, never raises.

        Whoever is blocked on the socket wakes, also in plain ``sendall``; everyone who shares it,
        other processes too, loses it. A call that is under way raises ClosedLocally.
        """
        self._line.aborted = True
        ending.end(self._raw, Kill.RESET)
        if self.owner and not self._sending:
            self._sock.close()

    def close(self) -> None:
        """Puts the socket's options back, and closes it if it is ours. Does not wait."""
        self._tell()
        self._restore()
        if self.owner:
            self._sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None and self.owner and self._line.ending is None:
            self.abort()  # a cut response must not look whole
        self.close()

    @property
    def outcome(self) -> Outcome | None:
        """The Outcome that ended the stream badly, if one has."""
        return self._line.ending

    @property
    def syscalls(self) -> Counter[str]:
        """System calls on the socket so far, by name."""
        self._line.settle()
        return Counter(self._line.syscalls)

    # --- inside ----------------------------------------------------------------------------------

    def _call(self, work: Callable[[T], object], what: T, offered: int = 0) -> Outcome | None:
        """Does one call's work. None if it went well; else the end, raised or returned."""
        line = self._line
        if line.ending is None:
            if self._sending:
                raise RuntimeError("this Sender is sending in another thread")
            self._sending = True
            books.in_flight.add(self)
            line.meter.offered(offered)
            try:
                work(what)
                line.finish_call()
            except BaseException:
                if line.ending is None:
                    line.cancel()
                raise
            finally:
                self._sending = False
                books.in_flight.discard(self)
                if line.ending is not None:
                    self._buried(line.ending)
        return None if line.ending is None else self._bad(line.ending)

    def _write_quickly(self, lane: Lane, buffer: ReadableBuffer) -> Outcome | None:
        """``write`` of one piece, if the kernel takes it whole; else what is left goes the long
        way, and so does the end of it all."""
        self._sending = True
        try:
            left = lane.put_quickly(buffer)
        except (TypeError, BufferError):  # nothing of it was sent
            raise
        except OSError as error:
            number, interrupt = error.errno, None
        except BaseException as error:
            number, interrupt = None, error
        else:
            if left is None:
                return None
            self._sending = False
            return self._call(lane.put, left)
        finally:
            self._sending = False
        offered = memoryview(buffer).nbytes
        if interrupt is None:
            return self._call(self._line.fail, number, offered)
        return self._call(raised, interrupt, offered)

    def _good(self, cause: Cause) -> Outcome:
        """The Outcome of a good end, unless the last look says otherwise."""
        ended = None if self._line.is_fresh(FRESH_S) else self._call(Line.look, self._line)
        if ended is not None:
            return ended
        self._last = self._line.good(cause)
        return self._last

    def _bad(self, outcome: Outcome) -> Outcome:
        if self.policy.on_verdict is Kill.REPORT:
            return outcome
        raise error_of(outcome)

    def _buried(self, outcome: Outcome) -> None:
        """Once, when the stream has ended badly: what the policy does to the connection."""
        self._restore()
        if outcome.cause is Cause.CANCELLED:
            pass  # nobody's verdict: the connection is its user's
        elif self.policy.on_verdict is not Kill.REPORT:
            ending.end(self._raw, self.policy.on_verdict)
            if self.owner:
                self._sock.close()
        self._last = outcome
        self._tell()

    def _tell(self) -> None:
        """Once, at its end: what became of the stream."""
        if self._last is not None and not self._told:
            self._told = True
            books.note(books.SEND, self._last)
            announce(self._last, self._hook)

    def _finish(self, line: Line) -> None:
        if not line.shut:
            self._lane.say_goodbye()
            if line.ending:
                return
            try:
                _socket.socket.shutdown(self._raw, _socket.SHUT_WR)
            except OSError as error:
                line.fail(error.errno)
                return
            line.shut = True
        settle(line, self.policy.drain)

    def _restore(self) -> None:
        with contextlib.suppress(OSError):  # closed by its owner: nothing to put back
            self._lane.restore()
            self._line.probes.restore(self._line.syscalls)


def send(
    sock: Socket, *buffers: ReadableBuffer, policy: Policy = DEFAULT, on_outcome: Hook | None = None
) -> Outcome:
    """Sends all buffers, and waits for the policy's drain level: one response in one call.

    ``Drain.NONE`` returns when the kernel has the bytes (FLUSHED), ``ACKED`` when the peer's has
    (DELIVERED); ``FIN`` and ``PEER_CLOSED`` end our side of the stream, as ``Sender.finish``.
    """
    with Sender(sock, policy, on_outcome=on_outcome) as sender:
        if policy.drain is Drain.NONE:
            return sender.send(*buffers)
        ended = sender.write(*buffers)
        if ended is not None:
            return ended
        return sender.drain() if policy.drain is Drain.ACKED else sender.finish()


def raised(error: BaseException) -> None:
    raise error


def raw_of(sock: Socket) -> _socket.socket:
    """The socket of the C module behind any wrapper: its calls do what the kernel does."""
    raw = sock if isinstance(sock, _socket.socket) else getattr(sock, "_sock", None)
    if not isinstance(raw, _socket.socket):
        raise TypeError(f"not a socket: {type(sock).__name__}")
    if raw.type != _socket.SOCK_STREAM:
        raise TypeError("not a stream socket: progress is measured in a stream of bytes")
    return raw

"""One connection, from accept to close: a thread that reads requests and delivers their answers."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import h11

from unstick.node.delivery import Buffers, Delivery, End, UndeliveredError, delivery_of, settle
from unstick.node.errors import CancelledError, CutError, GatewayError
from unstick.node.message import Asked, Head
from unstick.node.reading import RefusedError, Requests
from unstick.node.shaping import Shape, refusal, shaped
from unstick.node.steps import Steps, Watcher
from unstick.progress import ending
from unstick.progress.errors import PolicyError
from unstick.progress.policy import Kill
from unstick.progress.reporting import place

if TYPE_CHECKING:
    from unstick.node.cache import Answer, Cache
    from unstick.node.journal import Journal
    from unstick.node.register import Register, Ticket
    from unstick.node.settings import Settings


class Shared(NamedTuple):
    """What all sessions of a node share."""

    settings: Settings
    cache: Cache
    register: Register
    journal: Journal
    stopping: threading.Event
    watcher: Watcher | None = None


class Iovec:
    """Views that go through h11 as one piece of data: it counts them and does not touch them."""

    def __init__(self, views: list[memoryview]) -> None:
        self.views = views

    def __len__(self) -> int:
        return sum(map(len, self.views))


class Session(threading.Thread):
    """Serves one client, also one that has ended its side and only reads."""

    def __init__(self, sock: socket.socket, peer: tuple[str, int], shared: Shared) -> None:
        super().__init__(name=f"session {place(peer)}", daemon=True)
        self.sock = sock
        self.peer = place(peer)
        self.shared = shared
        self.requests = Requests(sock, peer[0])
        self.steps = Steps(shared.watcher, peer[1])
        self.outcome = "closed"  # how the connection ended, for who watches
        self.idle = True  # no request is under way: a stop may end it

    def run(self) -> None:
        says = "closes"
        try:
            self.steps.tell(f"accepts port {self.steps.connection}")
            settle(self.sock, self.shared.settings)
            while self._serve() and not self.shared.stopping.is_set():
                pass
        except OSError as error:
            # Reset, or silent for too long, between two requests: nothing was promised.
            self.outcome = errno.errorcode.get(error.errno or 0, "error")
            says = f"reading failed: {self.outcome}; closes"
        except PolicyError as error:
            says = f"closes: {error}"
        finally:
            self.sock.close()
            self.steps.tell(says, outcome=self.outcome)

    def _serve(self) -> bool:
        """One request; whether another may follow."""
        self.idle = True
        try:
            asked = self.requests.head()
        except RefusedError as refused:
            self._refuse_unasked(refused)
            return False
        if asked is None:
            return False
        self.idle = False
        self.steps.tell(f"is asked for {asked.target}")
        ticket = self.shared.register.open(self.sock, asked._replace(peer=self.peer))
        done = Done(ticket)
        try:
            self._answer(asked, ticket, done)
        except UndeliveredError as undelivered:
            done.end = undelivered.end
            self.outcome = str(done.end.cause)
        except (CancelledError, CutError, OSError) as error:
            done.end = self._broken(error, done)
        finally:
            self.shared.register.close(ticket)
            if ticket.cancelled and not done.end.good:
                acked = max(done.end.acked, ticket.acked)
                says = f"somebody ended it; {acked} B acknowledged"
                done.end = done.end._replace(cause="CANCELLED", says=says, acked=acked)
            self.shared.journal.tell(done, self.peer)
        return done.end.good and not done.unread and self.requests.next()

    def _answer(self, asked: Asked, ticket: Ticket, done: Done) -> None:
        try:
            asked = self.requests.with_body(asked)
            ticket.doing = "waits for the origin"
            with self.shared.cache.answering(asked, ticket) as answer:
                shape = shaped(asked, answer)
                done.status, done.note = shape.head.status, answer.note
                ticket.doing = "sends"
                self._send(answer, shape, ticket, self._delivery(done))
        except GatewayError as failure:
            self._refuse(failure.status, failure.reason, done)
        except RefusedError as refused:
            done.unread = refused.unread
            self._refuse(refused.status, refused.reason, done)
        finally:
            if asked.body is not None:
                asked.body.close()
        ticket.doing = "waits for acknowledgements"
        done.end = self._delivery(done).finish(done.unread)

    def _delivery(self, done: Done) -> Delivery:
        """Begins with the first byte of the response: a slow origin takes none of its time."""
        if done.delivery is None:
            done.delivery = delivery_of(self.sock, self.shared.settings, self.steps)
        return done.delivery

    # --- sending ---------------------------------------------------------------------------------

    def _send(self, answer: Answer, shape: Shape, ticket: Ticket, delivery: Delivery) -> None:
        """Head and body: whatever is there of it in one gather write."""
        http, source = self.requests.http, answer.object
        pending: list[bytes | memoryview] = [self._head(shape.head)]
        at, end = shape.start, shape.end
        while end is None or at < end:
            if pending and not source.is_ready(at):
                delivery.write(pending)
                pending = []
            views = source.views(ticket, at, end)
            if not views:
                break
            iovec = Iovec(views)
            at += len(iovec)
            # h11 measures data and passes it on: "sendfile" in its documentation.
            framed = http.send_with_data_passthrough(h11.Data(data=iovec))  # type: ignore[arg-type]
            pieces: list[bytes | Iovec] = list(framed or ())
            span = source.span(at - len(iovec), at) if pieces == [iovec] else None
            if span is not None:
                delivery.write_span(pending, views, span)
            else:
                delivery.write([*pending, *flat(pieces)])
            pending = []
        tail = http.send(h11.EndOfMessage()) or b""
        if pending or tail:
            delivery.write([*pending, tail])

    def _head(self, head: Head) -> bytes:
        fields = head.fields
        if self.shared.stopping.is_set():
            fields += (("Connection", "close"),)
        pairs = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in fields]
        try:
            response = h11.Response(
                status_code=head.status, headers=pairs, reason=head.reason.encode("latin-1")
            )
        except h11.LocalProtocolError as error:
            raise GatewayError(502, f"the origin's head cannot be passed on: {error}") from error
        return self.requests.http.send(response) or b""

    def _refuse(self, status: int, reason: str, done: Done) -> None:
        """An answer of our own, if none has begun."""
        head, body = refusal(status, reason)
        if done.unread:
            head = head._replace(fields=(*head.fields, ("Connection", "close")))
        done.status, done.note = status, reason
        http = self.requests.http
        said = [self._head(head)]
        if done.asked.method != "HEAD":
            said.append(http.send(h11.Data(data=body)) or b"")
        self._delivery(done).write([*said, http.send(h11.EndOfMessage()) or b""])

    def _refuse_unasked(self, refused: RefusedError) -> None:
        """What cannot even be read as a request."""
        if self.requests.http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        head, body = refusal(refused.status, refused.reason)
        close = head._replace(fields=(*head.fields, ("Connection", "close")))
        delivery = delivery_of(self.sock, self.shared.settings, self.steps)
        try:
            http = self.requests.http
            delivery.write([self._head(close), http.send(h11.Data(data=body)) or b""])
            delivery.finish(unread=True)
        except UndeliveredError:
            pass  # who speaks no HTTP need not hear that

    def _broken(self, error: Exception, done: Done) -> End:
        """The response ends in the middle: it must not look whole, so the connection is reset."""
        ending.end(self.sock, Kill.RESET)
        cause = "ORIGIN_FAILED" if isinstance(error, CutError) else "CANCELLED"
        if isinstance(error, OSError):
            cause = "RESET"
        accepted = done.delivery.accepted if done.delivery else 0
        return End(cause, str(error) or cause, False, accepted, 0)


class Done:
    """What the log tells of a request."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.asked = ticket.asked
        self.began = time.time()
        self.status = 0
        self.note = ""
        self.unread = False
        self.delivery: Delivery | None = None
        self.end = End("OS_ERROR", "it broke", False, 0, 0)


def flat(framed: Iterable[bytes | Iovec]) -> Buffers:
    found: list[bytes | memoryview] = []
    for one in framed:
        found.extend(one.views if isinstance(one, Iovec) else [one])
    return found

"""Requests off a socket, by ``h11``: heads, and bodies into memory or a temporary file.

A body is read before the origin is asked (nginx: proxy_request_buffering on): a slow upload holds
no connection to the origin.
"""

from __future__ import annotations

import socket
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import h11

from unstick.node.message import Asked, Fields, first

RECEIVE_BYTES = 65_536
HEAD_BYTES = 65_536
"""Of a request (nginx: large_client_header_buffers, 4 of 8 KiB; Varnish: http_req_size, 32 KiB)."""
BODY_IN_MEMORY_BYTES = 1 << 20
LARGEST_BODY_BYTES = 64 << 20
CONTINUE = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")


class RefusedError(Exception):
    """A request that is not answered by the cache. ``unread``: some of it is still to come."""

    def __init__(self, status: int, reason: str, *, unread: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.unread = status, reason, unread


class Requests:
    """The requests of one connection, one after the other. A half-closed client's, too."""

    def __init__(self, sock: socket.socket, peer: str) -> None:
        self.sock, self.peer = sock, peer
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)

    def head(self) -> Asked | None:
        """The next request, without its body. None: the client wants no other.

        Raises RefusedError, OSError (BlockingIOError: nothing came in SO_RCVTIMEO).
        """
        event = self._event()
        if not isinstance(event, h11.Request):
            return None
        fields: Fields = tuple(
            (key.decode("latin-1"), value.decode("latin-1"))
            for key, value in event.headers.raw_items()
        )
        target = event.target.decode("latin-1")
        if event.method == b"CONNECT" or not (target.startswith("/") or target == "*"):
            target = self._origin_form(event.method.decode(), target)
        return Asked(event.method.decode(), target, fields, peer=self.peer)

    def with_body(self, asked: Asked) -> Asked:
        """The request with its body, if it has one. Raises RefusedError, OSError."""
        told = first(asked.fields, "content-length")
        if told is not None and int(told) > LARGEST_BODY_BYTES:
            raise RefusedError(413, "a request of more than 64 MiB", unread=True)
        if self.http.they_are_waiting_for_100_continue:
            self.sock.sendall(self.http.send(CONTINUE) or b"")
        body: SpooledTemporaryFile[bytes] | None = None
        length = 0
        while isinstance(event := self._event(), h11.Data):
            if body is None:
                # 2026-11-23: it lives as long as the request, whose session closes it
                body = SpooledTemporaryFile(BODY_IN_MEMORY_BYTES)  # noqa: SIM115
            length += len(event.data)
            if length > LARGEST_BODY_BYTES:
                raise RefusedError(413, "a request of more than 64 MiB", unread=True)
            body.write(event.data)
        if not isinstance(event, h11.EndOfMessage):
            raise RefusedError(400, "the request ends in the middle")
        bodiless = body is None and told is None
        return asked._replace(
            body=cast("BinaryIO | None", body), body_bytes=None if bodiless else length
        )

    def next(self) -> bool:
        """The response is done: may another request follow?"""
        if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
            return False
        self.http.start_next_cycle()
        return True

    def _event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            try:
                event = self.http.next_event()
            except h11.RemoteProtocolError as error:
                raise RefusedError(error.error_status_hint, str(error), unread=True) from error
            if event is not h11.NEED_DATA:
                return cast("h11.Event | type[h11.PAUSED]", event)
            self.http.receive_data(self.sock.recv(RECEIVE_BYTES))

    def _origin_form(self, method: str, target: str) -> str:
        """``GET http://host/path`` is what proxies are asked (RFC 9112 3.2.2)."""
        scheme, found, rest = target.partition("://")
        if method == "CONNECT" or not found or scheme.lower() not in ("http", "https"):
            raise RefusedError(400, "not a target this server has", unread=True)
        return "/" + rest.partition("/")[2]

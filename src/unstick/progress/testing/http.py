"""As little HTTP/1.1 as a test needs: a request to send, a response to look at.

The parser is the standard library's. No redirects, no cookies, no content codings.
"""

from __future__ import annotations

import http.client
import io
from dataclasses import dataclass


def http_get(path: str = "/", host: str = "localhost", *, keep_alive: bool = False) -> bytes:
    """A GET. Without ``keep_alive`` the server is asked to close after its response."""
    connection = "keep-alive" if keep_alive else "close"
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Response:
    """``headers`` have lower-case names; of repeated ones the last counts.

    ``complete``: as many bytes came as the head announced; None when it announced no number and
    only the end of the connection tells.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool | None


class _Bytes:
    """What ``http.client`` asks of a socket."""

    def __init__(self, received: bytes) -> None:
        self.received = received

    def makefile(self, mode: str) -> io.BufferedIOBase:
        return io.BytesIO(self.received)


def parse_response(received: bytes) -> Response:
    """Reads the first response in ``received``, as far as it came.

    Raises ``http.client.HTTPException`` when its head is not there in full, or is not HTTP.
    """
    if b"\r\n\r\n" not in received:
        raise http.client.HTTPException(f"no whole head in {len(received)} B")
    response = http.client.HTTPResponse(_Bytes(received))  # type: ignore[arg-type]
    response.begin()
    announced = response.chunked or response.length is not None
    try:
        body, complete = response.read(), True
    except http.client.IncompleteRead as cut:
        body, complete = cut.partial, False
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, headers, body, complete if announced else None)

"""The origin: ``httpcore`` to a server, or the one that is built in (``demo``).

Bytes pass as they come: nothing is decoded, no redirect is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from unstick.errors import UsageError
from unstick.node.errors import GatewayError
from unstick.node.message import Asked, Head, end_to_end

if TYPE_CHECKING:
    import httpcore

CONNECT_S = 10.0
READ_S = 60.0
"""Of silence of the origin, at any point of its response (nginx: proxy_read_timeout)."""
CONNECTIONS = 1000
CHUNK_BYTES = 65_536
GONE = "Server disconnected"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Reply(NamedTuple):
    """A response as it comes in."""

    head: Head
    chunks: Iterator[bytes]


class Origin(Protocol):
    """Where answers come from."""

    def ask(self, asked: Asked) -> AbstractContextManager[Reply]:
        """Sends a request and reads the head of its response. Raises GatewayError, also while
        ``chunks`` are read."""
        ...


def origin_of(text: str) -> Origin:
    """``http://host:port/base`` or ``demo:SIZE``. Raises UsageError."""
    if text.startswith("demo:"):
        from unstick.node.demo import Demo

        return Demo.parse(text.removeprefix("demo:"))
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--origin {text}: not an origin", "http://HOST:PORT or demo:SIZE")
    return Remote(parts.scheme, parts.hostname, parts.port, parts.path.rstrip("/"))


class Remote:
    """One server, over connections that are kept."""

    def __init__(self, scheme: str, host: str, port: int | None, base: str) -> None:
        import httpcore

        self.scheme, self.host, self.port, self.base = scheme, host, port, base
        self.pool = httpcore.ConnectionPool(
            max_connections=CONNECTIONS, max_keepalive_connections=64, keepalive_expiry=30.0
        )
        timeouts = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": READ_S}
        self.extensions = {"timeout": timeouts}

    def request(self, asked: Asked) -> httpcore.Request:
        import httpcore

        name = f"[{self.host}]" if ":" in self.host else self.host
        host = name if self.port is None else f"{name}:{self.port}"
        fields = [("Host", host), *asked.fields]
        if asked.body_bytes is not None:
            fields.append(("Content-Length", str(asked.body_bytes)))
        target = self.base + asked.target if asked.target.startswith("/") else asked.target
        return httpcore.Request(
            asked.method.encode(),
            httpcore.URL(
                scheme=self.scheme.encode(),
                host=self.host.encode(),
                port=self.port,
                target=target.encode("latin-1"),
            ),
            headers=[(key.encode("latin-1"), value.encode("latin-1")) for key, value in fields],
            content=pieces(asked),
            extensions=self.extensions,
        )

    @contextmanager
    def ask(self, asked: Asked) -> Iterator[Reply]:
        with translated():
            response = self.send(asked)
        try:
            yield Reply(head_of(response), self.chunks(response))
        finally:
            response.close()

    def send(self, asked: Asked) -> httpcore.Response:
        """Once more if a kept connection was closed just then: nothing of it was done."""
        import httpcore

        try:
            return self.pool.handle_request(self.request(asked))
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError) as error:
            # A malformed response has the same class as none at all, and only other words.
            bad = isinstance(error, httpcore.RemoteProtocolError) and GONE not in str(error)
            if bad or asked.method not in SAFE:
                raise
        return self.pool.handle_request(self.request(asked))

    def chunks(self, response: httpcore.Response) -> Iterator[bytes]:
        with translated():
            yield from response.iter_stream()


def pieces(asked: Asked) -> Iterator[bytes] | None:
    if asked.body is None:
        return None
    asked.body.seek(0)
    return iter(lambda body=asked.body: body.read(CHUNK_BYTES), b"")  # type: ignore[misc]


def head_of(response: httpcore.Response) -> Head:
    fields = tuple(
        (key.decode("latin-1"), value.decode("latin-1")) for key, value in response.headers
    )
    reason = response.extensions.get("reason_phrase", b"")
    return Head(response.status, reason.decode("latin-1"), end_to_end(fields))


@contextmanager
def translated() -> Iterator[None]:
    """httpcore's errors as ours."""
    import httpcore

    try:
        yield
    except httpcore.TimeoutException as error:
        raise GatewayError(
            504, f"the origin does not answer: {error}", disconnected=True
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise GatewayError(502, f"the origin fails: {error}", disconnected=True) from error

"""``served_within`` tells a server that serves from one that does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.progress.testing.server import Server
from unstick.progress.testing import Clients, http_get, served_within
from unstick.progress.testing.http import parse_response


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def http_server() -> Iterator[tuple[str, int]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
        thread.start()
        yield ("127.0.0.1", serving.server_address[1])
        serving.shutdown()
        thread.join()


def test_served_and_closed() -> None:
    with http_server() as address:
        response = served_within(address, 10)
        assert (response.status, response.body) == (200, b"hello")


def test_served_and_kept_alive() -> None:
    with http_server() as address:
        response = served_within(address, 10, request=http_get("/no", keep_alive=True))
        assert (response.status, response.body) == (404, b"hello")


def test_accepted_and_never_answered(server: Server) -> None:
    with pytest.raises(AssertionError, match=r"not served: .*read 0 B.*within 0.2 s"):
        served_within(server.address, 0.2)


def test_a_drip_does_not_stretch_the_limit(server: Server, unstick_client: Clients) -> None:
    stop = threading.Event()

    def drip() -> None:
        connection = server.accepts()
        while not stop.wait(0.05):
            connection.sock.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(AssertionError, match="not served"):
        served_within(server.address, 0.5, unstick_client)
    stop.set()
    thread.join()


def test_cut_in_the_middle(server: Server, unstick_client: Clients) -> None:
    def cut() -> None:
        connection = server.accepts()
        connection.reads()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        connection.sock.close()

    thread = threading.Thread(target=cut)
    thread.start()
    with pytest.raises(AssertionError, match=r"not served: .*the server closed"):
        served_within(server.address, 10, unstick_client)
    thread.join()


@pytest.mark.parametrize(
    ("received", "body", "complete"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", b"hi", True),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"hi", None),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", b"hi", False),
    ],
)
def test_responses(received: bytes, body: bytes, complete: bool | None) -> None:
    response = parse_response(received)
    assert (response.body, response.complete) == (body, complete)


@pytest.mark.parametrize("received", [b"", b"HTTP/1.1 200 OK\r\nConte", b"hello\r\n\r\n"])
def test_no_response(received: bytes) -> None:
    from http.client import HTTPException

    with pytest.raises(HTTPException):
        parse_response(received)

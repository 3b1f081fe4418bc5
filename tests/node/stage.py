"""A node, a small real origin behind it, and a client: all on loopback, none of them simulated."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from unstick.node.journal import Entry
from unstick.node.server import Node
from unstick.node.settings import Mode, Settings
from unstick.node.steps import Watcher
from unstick.progress.policy import DEFAULT, Policy
from unstick.progress.testing import eventually

SOON_S = 20.0
"""Long enough for a loaded machine: what must come, comes within it."""


class Handler(BaseHTTPRequestHandler):
    """Plays the route of the path that was asked for."""

    protocol_version = "HTTP/1.1"
    server: Origin

    def play(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        asked = Seen(self.command, self.path, dict(self.headers), body)
        with self.server.lock:
            self.server.seen.append(asked)
        self.server.routes[path](self)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.play
        raise AttributeError(name)

    def say(self, body: bytes = b"", status: int = 200, /, **fields: str) -> None:
        """A whole response; ``_`` in names of fields is ``-``."""
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Tests look at ``seen``."""


class Seen(NamedTuple):
    """A request as the origin got it."""

    method: str
    path: str
    fields: dict[str, str]
    body: bytes


Route = Callable[[Handler], None]


class Origin(ThreadingHTTPServer):
    """Each path is a function; ``seen`` is what was asked, in order."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.routes: dict[str, Route] = {}
        self.seen: list[Seen] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of an origin may go: tests look at what they got."""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Response(NamedTuple):
    """What a client got. ``cache`` is Cache-Status without the cache's name."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def cache(self) -> str:
        return self.fields["Cache-Status"].removeprefix("unstick; ")


class Stage(NamedTuple):
    """The node, its origin, and what its journal has told so far."""

    node: Node
    origin: Origin
    told: list[Entry]

    @property
    def address(self) -> tuple[str, int]:
        return self.node.address

    def get(self, path: str = "/", method: str = "GET", **fields: str) -> Response:
        """One request on a connection of its own."""
        names = {name.replace("_", "-"): value for name, value in fields.items()}
        body = names.pop("body", None)
        client = http.client.HTTPConnection(*self.address, timeout=SOON_S)
        try:
            client.request(method, path, body=body, headers=names)
            got = client.getresponse()
            return Response(got.status, dict(got.getheaders()), got.read())
        finally:
            client.close()

    def entry(self, count: int = 1) -> Entry:
        """The journal's last entry, once there are ``count``."""
        eventually(lambda: len(self.told) >= count, SOON_S)
        return self.told[-1]

    def asked(self, path: str) -> int:
        """How often the origin was asked for it."""
        with self.origin.lock:
            return sum(one.path == path for one in self.origin.seen)


@contextmanager
def staged(
    folder: Path,
    *,
    mode: Mode = Mode.PROGRESS,
    policy: Policy = DEFAULT,
    send_timeout_s: float = 600.0,
    memory_bytes: int = 64 << 20,
    demo: str | None = None,
    watcher: Watcher | None = None,
) -> Iterator[Stage]:
    """A node that serves, stopped and reset at the end."""
    origin = Origin()
    settings = Settings(
        f"demo:{demo}" if demo else origin.url,
        ("127.0.0.1", 0),
        mode,
        policy,
        send_timeout_s,
        memory_bytes,
        control=str(folder / "control.sock"),
    )
    node = Node(settings, watcher=watcher)
    told: list[Entry] = []
    node.journal.hooks = (*node.journal.hooks, told.append)
    node.start()
    try:
        yield Stage(node, origin, told)
    finally:
        node.stop(0.0)
        origin.stop()

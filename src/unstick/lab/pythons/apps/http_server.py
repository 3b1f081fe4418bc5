"""The http.server program: ``/small``, ``/bytes/N``, ``/big`` (50 MiB), ``/late`` (after 1 s)."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


def length_of(path: str) -> int:
    """``/bytes/N`` is N bytes, as everywhere in the lab."""
    word = path.removeprefix("/bytes/")
    return int(word) if word.isdigit() else BODY_BYTES.get(path, 3)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        count = length_of(self.path)
        if self.path == "/late":
            threading.Event().wait(1.0)
        self.send_response(200)
        self.send_header("Content-Length", str(count))
        self.end_headers()
        while count:
            part = CHUNK[:count]
            count -= len(part)
            self.wfile.write(part)

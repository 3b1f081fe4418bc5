"""The http.server program of the server tests: ``/small``, ``/big`` (50 MiB), ``/late``."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        count = BODY_BYTES.get(self.path, 3)
        if self.path == "/late":
            threading.Event().wait(1.0)
        self.send_response(200)
        self.send_header("Content-Length", str(count))
        self.end_headers()
        while count:
            part = CHUNK[:count]
            count -= len(part)
            self.wfile.write(part)

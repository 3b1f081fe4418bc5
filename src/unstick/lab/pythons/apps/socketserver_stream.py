"""The program for socketserver: the least HTTP that answers, a thread or a process a connection.

``/small``, ``/bytes/N``, ``/big`` (50 MiB), ``/late`` (after 1 s).
"""

from __future__ import annotations

import threading
from socketserver import StreamRequestHandler

CHUNK = b"x" * 65536
BODY_BYTES = {"/big": 800 * 65536, "/late": 102_400}


def length_of(path: str) -> int:
    """``/bytes/N`` is N bytes, as everywhere in the lab."""
    word = path.removeprefix("/bytes/")
    return int(word) if word.isdigit() else BODY_BYTES.get(path, 3)


class Handler(StreamRequestHandler):
    def handle(self) -> None:
        request = self.rfile.readline().split()
        if not request:
            return  # connected and left, to see whether we are up
        path = request[1].decode()
        while self.rfile.readline().strip():
            pass
        count = length_of(path)
        if path == "/late":
            threading.Event().wait(1.0)
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % count)
        while count:
            part = CHUNK[:count]
            count -= len(part)
            self.wfile.write(part)

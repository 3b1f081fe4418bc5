"""A small peer for what the cache node does not do: TLS, and closing with bytes unread.

A thread for each session. Blocking sockets with SO_SNDTIMEO and SO_RCVTIMEO. The whole object goes
to the kernel in one ``writev``; a short write is continued, a write that took nothing is the end.

``/bytes/N`` is an object of N bytes. ``/never`` is never answered: its backend does not come back.
``POST /refuse`` is answered before its body is read. Not a cache, and not for the open network.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import time
from typing import Any

from unstick.lab.agent import tell

SEGMENT_BYTES = 1 << 20
"""An object is stored in segments: an iovec of them is what writev gets."""

SO_RCVTIMEO, SO_SNDTIMEO = 20, 21  # asm-generic/socket.h
REQUEST_BYTES = 65536
REFUSED = b"the server does not want this much\n" * 4096


class HangupError(Exception):
    """The session is over; the sentence says how."""

    def __init__(self, says: str, outcome: str) -> None:
        super().__init__(says)
        self.says = says
        self.outcome = outcome


class Session(threading.Thread):
    """One connection, from accept to close."""

    def __init__(self, sock: socket.socket, number: int, options: dict[str, Any]) -> None:
        super().__init__(name=f"session {number}", daemon=True)
        self.sock, self.number, self.options = sock, number, options
        self.buffer = b""
        self.tls: Any = None

    def say(self, says: str, **values: object) -> None:
        tell(says=says, connection=self.number, **values)

    def run(self) -> None:
        self.settle()
        outcome, says = "closed", "closes"
        try:
            while self.serve():
                pass
        except HangupError as over:
            outcome, says = over.outcome, over.says
        except OSError as error:
            outcome = errno.errorcode.get(error.errno or 0, "error")
            says = f"reading failed: {error}"
        self.sock.close()
        self.say(says, outcome=outcome)

    def settle(self) -> None:
        for option, name in ((SO_SNDTIMEO, "send_timeout_s"), (SO_RCVTIMEO, "receive_timeout_s")):
            self.sock.setsockopt(
                socket.SOL_SOCKET, option, struct.pack("ll", self.options[name], 0)
            )
        if self.options["tls"]:
            from unstick.lab.tls import Wrapped

            self.tls = Wrapped()

    def serve(self) -> bool:
        """One request; False when the client wants no other."""
        head = self.request().decode("latin-1")
        _method, path, *_ = head.split(" ", 2)
        self.say(f"is asked for {path}")
        if path == "/never":
            threading.Event().wait()  # the backend that does not come back
        if path == "/refuse":
            self.deliver(b"413 Content Too Large", REFUSED)
            return False
        self.deliver(b"200 OK", bytes(int(path.removeprefix("/bytes/"))))
        return "connection: close" not in head.lower()

    def request(self) -> bytes:
        """The head of a request. Raises HangupError at the end of the stream."""
        while b"\r\n\r\n" not in self.buffer:
            try:
                data = self.sock.recv(REQUEST_BYTES)
            except BlockingIOError:
                raise HangupError("hears nothing: its receive timeout ended it", "EAGAIN") from None
            if not data:
                raise HangupError("reads the end of the stream and closes", "closed")
            if self.tls is not None:
                data = self.tls.unwrap(data)
                if answer := self.tls.to_send():
                    self.sock.sendall(answer)
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head

    def deliver(self, status: bytes, body: bytes) -> None:
        """All of it in one writev, continued while anything is taken. Raises HangupError."""
        head = b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        whole = head + body
        if self.tls is not None:
            whole = self.tls.wrap(whole)
        began = time.monotonic()
        if len(whole) > SEGMENT_BYTES:
            self.say(f"hands {len(whole):,} bytes to one writev", writes=len(whole))
        done = 0
        while done < len(whole):
            view = memoryview(whole)[done:]
            iovec = [view[at : at + SEGMENT_BYTES] for at in range(0, len(view), SEGMENT_BYTES)]
            try:
                taken = os.writev(self.sock.fileno(), iovec)
            except OSError as error:
                self.give_up(error, time.monotonic() - began, done)
            done += taken
            if done < len(whole):
                self.say(f"writev took {taken:,} bytes and came back short")
        waited_s = time.monotonic() - began
        self.say(
            f"writev has taken everything after {waited_s:.1f} s: {done:,} bytes",
            written=done,
            waited_s=round(waited_s, 3),
        )

    def give_up(self, error: OSError, waited_s: float, done: int) -> None:
        name = errno.errorcode.get(error.errno or 0, str(error))
        reason = {
            "EAGAIN": "took nothing in SO_SNDTIMEO",
            "EPIPE": "failed: EPIPE, the connection was reset",
        }.get(name, f"failed: {name}")
        self.say(f"writev {reason}, after {waited_s:.1f} s", waited_s=round(waited_s, 3))
        raise HangupError("gives the request up and closes", name)


def main(options: dict[str, Any]) -> None:
    """``address``, and how: ``send_timeout_s``, ``receive_timeout_s``, ``tls``."""
    host, port = options["address"]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(64)
    tell(says=f"listens on port {port}")
    tell(ready=True)
    for number in range(1, 1_000_000):
        sock, peer = listener.accept()
        tell(says=f"accepts port {peer[1]}", connection=number)
        Session(sock, number, options).start()

"""A client's end of the connection: blocking, one step after the other, telling what it does."""

from __future__ import annotations

import errno
import socket
import struct
import subprocess
import time
from typing import Any

from unstick.lab.agent import tell
from unstick.lab.hosts import INTERFACE

TCP_REPAIR = 19  # linux/tcp.h
READ_BYTES = 65536
ACK_DELAY_S = 0.1
EVERY_S = 0.1
"""How often a slow reader reads."""


class Talk:
    """Steps raise OSError where the connection has ended; ``clients`` tells that and goes home."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.host, self.port = options["address"]
        self.with_tls: bool = options["tls"]
        self.round_trip_s: float = options["round_trip_s"]
        self.sock = socket.socket()
        self.tls: Any = None
        self.read_bytes = 0
        self.last_port = 0

    def say(self, says: str, **values: object) -> None:
        tell(says=says, **values)

    # --- opening ----------------------------------------------------------------------------------

    def connect(self, *, port: int = 0, rcvbuf: int = 0) -> None:
        """From ``port`` of this host, or one the kernel chooses. Waits as long as the kernel."""
        self.sock.close()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        if port:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind(("", port))
        began = time.monotonic()
        try:
            self.sock.connect((self.host, self.port))
        except OSError as error:
            self.say(f"cannot connect: {name_of(error)}", outcome=name_of(error))
            raise
        took = time.monotonic() - began
        self.last_port = self.sock.getsockname()[1]
        self.say(f"is connected from port {self.last_port} after {took:.2f} s", connected=took)
        if self.with_tls:
            self._handshake()

    def _handshake(self) -> None:
        from unstick.lab.tls import context
        from unstick.progress.testing.tls import Tls

        self.tls = Tls(context(server=False), None)
        while not self.tls.handshake():
            self.sock.sendall(self.tls.to_send())
            received = self.sock.recv(READ_BYTES)
            if not received:
                raise OSError(errno.EPROTO, "the server closed during the handshake")
            self.tls.feed(memoryview(received))
        if rest := self.tls.to_send():
            self.sock.sendall(rest)
        self.say("has agreed on TLS")

    # --- bytes ------------------------------------------------------------------------------------

    def ask(
        self,
        path: str,
        *,
        close: bool = False,
        method: str = "GET",
        more: str = "",
        bytes_least: int = 0,
    ) -> None:
        """One request; a field of no meaning makes it as long as it is to be."""
        self.say(f"asks for {path}")
        request = self.request(path, close=close, method=method, more=more)
        lacking = bytes_least - len(request) - len("X: \r\n")
        if lacking > 0:
            more += f"X: {'x' * lacking}\r\n"
            request = self.request(path, close=close, method=method, more=more)
        self.send(request)

    def request(
        self, path: str, *, close: bool = False, method: str = "GET", more: str = ""
    ) -> bytes:
        last = "Connection: close\r\n" if close else ""
        return f"{method} {path} HTTP/1.1\r\nHost: lab\r\n{more}{last}\r\n".encode()

    def send(self, data: bytes) -> None:
        self.sock.sendall(self.tls.wrap(data) if self.tls else data)

    def read(self, count: int | None = None, rate: float | None = None) -> int:
        """So many bytes, or to the end of the stream; at most ``rate`` bytes a second."""
        began, start = time.monotonic(), self.read_bytes
        while count is None or self.read_bytes - start < count:
            most = READ_BYTES
            if rate is not None:
                time.sleep(EVERY_S)
                most = int((time.monotonic() - began) * rate) - (self.read_bytes - start)
                if most <= 0:
                    continue
            got = len(self.sock.recv(most))
            if not got:
                self.say(f"has read everything: {self.read_bytes:,} bytes", read=self.read_bytes)
                return self.read_bytes - start
            self.read_bytes += got
        self.say(f"has read {self.read_bytes:,} bytes", read=self.read_bytes)
        return self.read_bytes - start

    # --- doing nothing ----------------------------------------------------------------------------

    def pause(self, seconds: float) -> None:
        self.say(f"does nothing for {seconds:g} s")
        time.sleep(seconds)

    def hold(self) -> None:
        """For ever; the run ends it."""
        while True:
            time.sleep(3600)

    # --- ending -----------------------------------------------------------------------------------

    def half_close(self) -> None:
        self.say("closes its sending half and wants the rest")
        self.sock.shutdown(socket.SHUT_WR)

    def abort(self, last_words: bytes = b"", close_notify: bool = False) -> None:
        """Goes away in the middle: FIN, and a little later a reset for what still comes.

        With the receiving half shut, too, Linux resets on the first byte that comes
        (tcp_rcv_state_process(), FIN-WAIT with RCV_SHUTDOWN), as it does for an orphan. With
        ``close()`` the order would hang on whether a byte is unread at that moment.
        """
        data = self.tls.close_notify() if close_notify else last_words
        if data:
            what = "close_notify" if close_notify else "one more request"
            self.say(f"sends {what} ({len(data)} bytes)")
            self.sock.send(data)
        self.say("closes in the middle", aborted=True)
        self.sock.shutdown(socket.SHUT_WR)
        # Longer than the server may delay the ACK of the FIN (40 ms), so that it is sent before the
        # reset comes; shorter than what is on its way to us (scenario.LINE), so that the reset
        # answers a segment from before the server had heard of the FIN.
        time.sleep(ACK_DELAY_S)
        self.sock.shutdown(socket.SHUT_RD)
        time.sleep(self.round_trip_s + 0.1)  # until the first byte has ended the socket
        self.sock.close()

    def close(self, says: str = "closes") -> None:
        self.say(says, closed=True)
        self.sock.close()

    def unplug(self) -> None:
        """Its interface goes down: nothing is heard, nothing is said."""
        self.say("is out of reach", gone=True)
        subprocess.run(["ip", "link", "set", INTERFACE, "down"], check=True, timeout=10)

    def forget(self) -> None:
        """Loses the connection without a word, as a machine does that is switched off."""
        self.say("is switched off: it knows nothing of the connection any more", gone=True)
        self.sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        self.sock.close()

    def reset(self) -> None:
        self.say("resets")
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def name_of(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "error")

"""The process that captures on one host: every frame from the first, with the kernel's own times.

It writes the blocks of a pcapng file without their head: the head holds the story and the truth as
comments, and the truth is known when all is over (``captures``).
"""

from __future__ import annotations

import selectors
import signal
import socket
import struct
from typing import Any, BinaryIO

from unstick.lab import packet_sockets
from unstick.lab.agent import tell
from unstick.lab.captures import SNAPLEN, interface_block, packet_block
from unstick.lab.hosts import INTERFACE

SO_TIMESTAMPNS = 35  # asm-generic/socket.h
CONTROL_BYTES = socket.CMSG_SPACE(16) if hasattr(socket, "CMSG_SPACE") else 32
NANOSECONDS = 1_000_000_000


class Recorder:
    """Takes frames from the kernel and writes them down until it is told to end.

    With ``rotate_s`` a new file begins so long after the first packet of the one before.
    """

    def __init__(self, path: str, rotate_s: float | None) -> None:
        self.base = path
        self.rotate_ns = None if rotate_s is None else int(rotate_s * NANOSECONDS)
        self.ended = False
        self.packets = 0
        self.sock = packet_sockets.opened(INTERFACE)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.buffer = bytearray(SNAPLEN)
        self.parts: list[str] = []
        self.first_ns: int | None = None
        self.file = self.begin()

    def begin(self) -> BinaryIO:
        self.parts.append(f"{self.base}{len(self.parts)}")
        file = open(self.parts[-1], "wb")  # noqa: SIM115 - lives as long as the recorder
        file.write(interface_block(INTERFACE))
        self.first_ns = None
        return file

    def end(self, *_: object) -> None:
        self.ended = True

    def drain(self) -> None:
        """Writes down all that waits."""
        while True:
            try:
                size, control, _, _ = self.sock.recvmsg_into(
                    [self.buffer], CONTROL_BYTES, socket.MSG_TRUNC
                )
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # the interface went down: told once
                continue
            seconds, below = struct.unpack("=qq", control[0][2][:16])
            kept = bytes(self.buffer[: min(size, SNAPLEN)])
            self.write(seconds * NANOSECONDS + below, kept, size)

    def write(self, time_ns: int, kept: bytes, length: int) -> None:
        if self.first_ns is None:
            self.first_ns = time_ns
        elif self.rotate_ns is not None and time_ns - self.first_ns >= self.rotate_ns:
            self.file.close()
            self.file = self.begin()
            self.first_ns = time_ns
        self.file.write(packet_block(time_ns, kept, length))
        self.packets += 1

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            tell(ready=True)
            while not self.ended:
                selector.select(0.2)
                self.drain()
        self.drain()
        self.file.close()


def main(options: dict[str, Any]) -> None:
    """``path``: where the blocks go, with a number behind it; ``rotate_s``."""
    recorder = Recorder(options["path"], options["rotate_s"])
    signal.signal(signal.SIGTERM, recorder.end)
    recorder.run()
    _, dropped = packet_sockets.counted(recorder.sock)
    tell(done=True, packets=recorder.packets, dropped=dropped, parts=recorder.parts)

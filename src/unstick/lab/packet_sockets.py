"""AF_PACKET sockets: every frame of one interface, and how many came too fast (packet(7))."""

from __future__ import annotations

import socket
import struct

SOL_PACKET = 263
STATISTICS = 6
IGNORE_OUTGOING = 23  # Linux 4.20
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
BUFFER_BYTES = 256 << 20
"""Of kernel memory, only when it is needed: 100,000 frames of a burst wait here."""


def opened(interface: str) -> socket.socket:
    """Non-blocking, bound to an interface of the namespace the calling thread is in."""
    # Protocol 0 until it is bound: nothing of another interface gets in between.
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    sock.bind((interface, ETH_P_ALL))
    return sock


def counted(sock: socket.socket) -> tuple[int, int]:
    """Frames the kernel had for this socket since this was asked last, and how many it dropped."""
    data = sock.getsockopt(SOL_PACKET, STATISTICS, 8)
    seen, dropped = struct.unpack("=II", data)
    return seen, dropped

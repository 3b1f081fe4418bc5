"""What the kit asks of one socket of its own: its state, its queues, a filter on what it hears.

Nothing here needs root. Where a system cannot tell, the answer is None; where it cannot do, it is
refused with a sentence.
"""

from __future__ import annotations

import array
import socket
import struct
import sys
from contextlib import suppress

from unstick.errors import UnstickError, UsageError

STATES = (
    # linux/include/net/tcp_states.h, in its order; names as RFC 9293 prints them.
    "?",
    "ESTABLISHED",
    "SYN-SENT",
    "SYN-RECEIVED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    "CLOSED",
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    "SYN-RECEIVED",  # TCP_NEW_SYN_RECV: a request socket
)

UNIX_STATE = "CONNECTED"
"""A stream of AF_UNIX has no TCP states."""

FIONREAD = 0x541B
"""Bytes that wait to be read (linux/sockios.h: SIOCINQ)."""

SIOCOUTQ = 0x5411
"""Bytes the peer has not acknowledged, sent or not; a FIN counts one."""

# asm-generic/socket.h; parisc, which differs, is not supported.
SO_ATTACH_FILTER = 26
SO_DETACH_FILTER = 27

# linux/filter.h: code, jump if true, jump if false, number.
DROP = (0x06, 0, 0, 0)  # BPF_RET | BPF_K: keep 0 bytes
KEEP = (0x06, 0, 0, 0xFFFFFFFF)
CHANCE = (0x20, 0, 0, 0xFFFFF000 + 56)  # BPF_LD | BPF_W | BPF_ABS of SKF_AD_RANDOM
IF_BELOW = 0x35  # BPF_JMP | BPF_JGE | BPF_K: true if chance >= number

Instruction = tuple[int, int, int, int]


class NotPossibleError(UnstickError):
    """A client cannot do this on this kind of socket, or on this system."""


def open_socket(address: object, rcvbuf: int | None = None) -> socket.socket:
    """A stream socket for ``address``, non-blocking, not connected.

    ``(host, port, ...)`` with a numeric host is IPv4 or IPv6; a str or bytes is a path.
    """
    sock = socket.socket(family_of(address), socket.SOCK_STREAM)
    sock.setblocking(False)
    if rcvbuf is not None:  # before connecting: the window scale is fixed there
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    return sock


def family_of(address: object) -> socket.AddressFamily:
    if isinstance(address, (str, bytes)):
        return socket.AF_UNIX
    if isinstance(address, tuple) and len(address) >= 2:
        return socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET
    raise UsageError(f"{address!r} is no address: (host, port) or a path")


def refuse_reset(address: object) -> None:
    """Raises NotPossibleError where there are no resets."""
    if family_of(address) is socket.AF_UNIX:
        raise NotPossibleError(
            "a client of AF_UNIX cannot reset", "closes_unread is the nearest: the server is told"
        )


def refuse_deafness(address: object) -> None:
    """Raises NotPossibleError where ``deafen`` would."""
    if family_of(address) is socket.AF_UNIX:
        raise NotPossibleError(
            "a client of AF_UNIX cannot vanish",
            "both ends share one kernel, which always knows: use never_reads or closes_unread",
        )
    if not sys.platform.startswith("linux"):
        raise NotPossibleError(
            f"a client cannot vanish on {sys.platform}", "its socket filter needs Linux"
        )


def state_of(sock: socket.socket) -> str | None:
    """The TCP state of the socket; ``CONNECTED`` for AF_UNIX, None where the system cannot tell."""
    if sock.fileno() < 0:
        return "CLOSED"
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return UNIX_STATE
    if not sys.platform.startswith("linux"):
        return None
    try:
        return STATES[sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]]
    except OSError:  # closed by another thread a moment ago
        return "CLOSED"


def unread_bytes(sock: socket.socket) -> int | None:
    """Bytes in this socket's receive queue."""
    return _asked(sock, FIONREAD)


def unacknowledged_bytes(sock: socket.socket) -> int | None:
    """Bytes this socket still owes to its peer's kernel, an unacknowledged FIN included."""
    return _asked(sock, SIOCOUTQ)


def _asked(sock: socket.socket, request: int) -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    import fcntl

    try:
        return int(struct.unpack("@i", fcntl.ioctl(sock.fileno(), request, b"\0\0\0\0"))[0])
    except (OSError, ValueError):  # closed
        return None


def deafen(sock: socket.socket, share: float = 1.0) -> None:
    """Drops this share of the segments that arrive, before TCP sees them (Linux ``tcp_filter()``).

    Raises NotPossibleError where that is not possible: AF_UNIX, not Linux.
    """
    refuse_deafness(sock.getsockname())
    if share <= 0:
        hear_again(sock)
        return
    _attach(sock, [DROP] if share >= 1 else _dropping(share))


def hear_again(sock: socket.socket) -> None:
    """Takes the filter off; nothing happens when there is none."""
    with suppress(FileNotFoundError):
        sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def _dropping(share: float) -> list[Instruction]:
    kept_from = int(share * 0xFFFFFFFF)
    return [CHANCE, (IF_BELOW, 0, 1, kept_from), KEEP, DROP]


def _attach(sock: socket.socket, program: list[Instruction]) -> None:
    code = array.array("B", b"".join(struct.pack("@HBBI", *one) for one in program))
    address, _ = code.buffer_info()
    # struct sock_fprog: length, and a pointer that must stay alive during this call only.
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(program), address))

"""One look at a socket: ``sample``, and what this system can tell at all: ``capabilities``.

``struct tcp_info`` (include/uapi/linux/tcp.h) only ever grows, so it is read by the length that
the kernel returned, never by its version: what lies beyond is ``None``.
"""

from __future__ import annotations

import struct
import sys
from errno import EBADF
from functools import cache
from typing import Any, Protocol

from unstick.progress.outcome import NOTHING, Sample

IPPROTO_TCP = 6
AF_UNIX = 1
TCP_INFO = 11  # include/uapi/linux/tcp.h, as the two below
TCP_NOTSENT_LOWAT = 25
TCP_RTO_MAX_MS = 44  # Linux 6.15
SIOCINQ = 0x541B  # include/uapi/linux/sockios.h: FIONREAD
SIOCOUTQ = 0x5411  # include/uapi/linux/sockios.h: TIOCOUTQ, the same number on x86 and arm
ROOM = 512
"""Bytes to ask for; Linux 6.18 returns 280."""

FIELDS: tuple[tuple[str, int, str], ...] = (
    # field of Sample, offset, format; first kernel where it is later than 2.6
    ("state", 0, "B"),
    ("retransmits", 2, "B"),
    ("probes", 3, "B"),
    ("backoff", 4, "B"),
    ("wscales", 6, "B"),
    ("snd_mss", 16, "I"),
    ("unacked", 24, "I"),
    ("last_data_sent_ms", 44, "I"),
    ("last_data_recv_ms", 52, "I"),
    ("last_ack_recv_ms", 56, "I"),
    ("rtt_us", 68, "I"),
    ("total_retrans", 100, "I"),
    ("bytes_acked", 120, "Q"),  # 4.1
    ("bytes_received", 128, "Q"),  # 4.1
    ("notsent_bytes", 144, "I"),  # 4.6
    ("busy_time_us", 168, "Q"),  # 4.10
    ("rwnd_limited_us", 176, "Q"),  # 4.10
    ("sndbuf_limited_us", 184, "Q"),  # 4.10
    ("bytes_sent", 200, "Q"),  # 4.19
    ("bytes_retrans", 208, "Q"),  # 4.19
    ("snd_wnd", 228, "I"),  # 5.4
)
NAMES = tuple(name for name, _, _ in FIELDS)


def layout(fields: tuple[tuple[str, int, str], ...]) -> struct.Struct:
    """One format for all fields, with the gaps as padding."""
    text, end = "=", 0
    for _, offset, kind in fields:
        text += f"{offset - end}x{kind}"
        end = offset + struct.calcsize("=" + kind)
    return struct.Struct(text)


WHOLE = layout(FIELDS)


def decode(data: bytes) -> Sample:
    """A ``struct tcp_info`` of any age (also as sock_diag's INET_DIAG_INFO) as a Sample."""
    if len(data) >= WHOLE.size:
        return Sample("tcp_info", *WHOLE.unpack_from(data))
    there = [field for field in FIELDS if field[1] + struct.calcsize(field[2]) <= len(data)]
    values = layout(tuple(there)).unpack_from(data)
    return Sample("tcp_info", **dict(zip((name for name, _, _ in there), values, strict=True)))


class Asks(Protocol):
    """What a socket, an asyncio ``TransportSocket`` and a socket of gevent all have."""

    def fileno(self) -> int: ...
    @property
    def family(self) -> Any: ...
    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...


def sample(fd: int | Asks) -> Sample:
    """Looks once at a socket, given as a descriptor or an object: one getsockopt(TCP_INFO).

    On anything but TCP, and where TCP_INFO has no ``bytes_acked`` (Linux < 4.1), SIOCOUTQ is asked
    as well. Never raises for what a system lacks: it returns a Sample of source "none". Raises
    OSError (EBADF) for a descriptor that is closed.
    """
    if isinstance(fd, int):
        import socket

        lent = socket.socket(fileno=fd)
        try:
            return sample(lent)
        finally:
            lent.detach()
    look = NOTHING
    if fd.family != AF_UNIX:
        try:
            look = decode(fd.getsockopt(IPPROTO_TCP, TCP_INFO, ROOM))
        except OSError as error:
            if error.errno == EBADF:
                raise
    if look.bytes_acked is not None and look.snd_mss:
        return look
    held = outq(fd.fileno())
    return look._replace(source="none" if held is None else "outq", outq=held)


def outq(fd: int) -> int | None:
    """Bytes that the peer has not acknowledged, with a FIN counting one (tcp(7), SIOCOUTQ).

    On AF_UNIX: memory that its reader has not freed. None where the system cannot tell. A
    connection that was reset keeps its number, so look at the state as well.
    """
    return _asked(fd, SIOCOUTQ)


def inq(fd: int) -> int:
    """Bytes received that the process has not read (tcp(7), SIOCINQ); 0 where nobody can tell."""
    return _asked(fd, SIOCINQ) or 0


def _asked(fd: int, number: int) -> int | None:
    if sys.platform != "linux":
        return None
    import fcntl

    try:
        return int.from_bytes(fcntl.ioctl(fd, number, bytes(4)), sys.byteorder)
    except OSError as error:
        if error.errno == EBADF:
            raise
        return None


# --- what can be told at all ---------------------------------------------------------------------


def capabilities(fd: Asks | None = None) -> frozenset[str]:
    """What this system, or this socket, can tell and do.

    Names of Sample's fields that are filled, and ``tcp_info``, ``outq``, ``notsent_lowat``,
    ``rto_max_ms``. Empty on a system that this package knows nothing about.
    """
    return of_system() if fd is None else of_socket(fd)


@cache
def of_system() -> frozenset[str]:
    """Of a fresh TCP socket: the running kernel does not change."""
    import socket

    if sys.platform != "linux":
        return frozenset()
    with socket.socket(socket.AF_INET6 if not has_ipv4() else socket.AF_INET) as fresh:
        return of_socket(fresh)


def has_ipv4() -> bool:
    import socket

    try:
        socket.socket(socket.AF_INET).close()
    except OSError:
        return False
    return True


def of_socket(fd: Asks) -> frozenset[str]:
    look = sample(fd)
    found = {name for name, value in look._asdict().items() if value is not None} - {"source"}
    if look.source == "tcp_info":
        found |= {"tcp_info", "outq"}
    for name, option in (("notsent_lowat", TCP_NOTSENT_LOWAT), ("rto_max_ms", TCP_RTO_MAX_MS)):
        try:
            fd.getsockopt(IPPROTO_TCP, option, 4)
        except OSError:
            continue
        found.add(name)
    return frozenset(found)

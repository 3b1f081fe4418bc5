"""The TCP sockets of this network namespace, by one netlink dump each family. Any user may ask.

``request`` and ``decode`` are pure and never read past what a length says; ``Link`` is the one
place that talks to the kernel. It asks and reads: nothing here ends a socket, and nothing here
knows whose a socket is. Structures: linux/sock_diag.h, linux/inet_diag.h, linux/netlink.h.

``_socket`` instead of ``socket``: a program that replaces ``socket.socket`` by a cooperative one
(gevent) would otherwise run its event loop in the guard's thread.
"""

from __future__ import annotations

import _socket
import errno
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
SOCK_DESTROY = 21
NLM_F_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
NLM_F_REQUEST_ACK = 0x5
NLMSG_ERROR = 2
NLMSG_DONE = 3

INET_DIAG_REQ_BYTECODE = 1
INET_DIAG_INFO = 2
"""Attribute number of ``struct tcp_info``; the request asks with the bit ``1 << (number - 1)``."""

ESTABLISHED, FIN_WAIT_1, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = 1, 4, 8, 9, 10, 11
SENDING_STATES = (ESTABLISHED, FIN_WAIT_1, CLOSE_WAIT, LAST_ACK, CLOSING)
"""Where a socket can have bytes the peer has not acknowledged (linux/net/tcp_states.h)."""

HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length with header, type, flags, sequence, sender."""
QUERY = struct.Struct("=BBBBI")
ANY_SOCKET = bytes(48)
"""struct inet_diag_req_v2: family, protocol, extensions, pad, states; then a name or none."""
GLANCE = struct.Struct("=IH10xBB54xII")
"""Of one message: its length and type, then family, state, unread and unacknowledged bytes.
What lies before the filter of ``decode`` is one read, for 10,000 sockets that owe nothing."""
SOCKET = struct.Struct("=4x2H16s16sIII4xIIII")
"""struct inet_diag_msg: ports (big endian), addresses, interface, cookie (sock_diag_save_cookie():
the low word first), receive and send queue, user, inode."""
NAME = struct.Struct("=2H16s16sIII")
"""struct inet_diag_sockid: which socket, down to its cookie."""
ATTRIBUTE = struct.Struct("=HH")
ERROR = struct.Struct("=i")

MESSAGE_BYTES = HEADER.size + 72
"""A header and one struct inet_diag_msg."""
RECEIVE_BYTES = 1 << 16
"""More than the kernel puts into one answer of a dump (netlink_dump(): at most 32 KiB)."""

JUMP = struct.Struct("=BBH")
"""struct inet_diag_bc_op: code, ``yes``, ``no`` (bytes from here)."""
COMPARE = struct.Struct("=BBHBBH")
"""The same, followed by one more whose ``no`` is the port."""
JUMP_ALWAYS, PORT_AT_LEAST, PORT_AT_MOST, PORT_IS = 1, 2, 3, 11  # INET_DIAG_BC_JMP, _S_GE, ...
MOST_PORTS = 64
"""The kernel runs the filter over every socket: more ports than that are asked by their range."""

ANSWER_WITHIN_S = 5.0
"""The kernel answers at once or not at all; a guard that waits for ever guards nothing."""


REFUSALS = frozenset(
    {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EOPNOTSUPP, errno.EPERM, errno.EACCES}
    | {errno.ENOENT, errno.ENOSYS, errno.EINVAL}
)
"""What a sandbox, a kernel without inet_diag (ENOENT) or an imitation of one answers."""


class DiagError(OSError):
    """The kernel refused the dump (``errno`` says why) or did not answer."""

    @property
    def for_good(self) -> bool:
        """There is no point in asking again."""
        return self.errno in REFUSALS


class Seen(NamedTuple):
    """One socket as the kernel told it. ``cookie`` names it for as long as the kernel runs, also
    after its addresses, its inode and its descriptor are used again (``SO_COOKIE``)."""

    family: int
    state: int
    local: tuple[str, int]
    peer: tuple[str, int]
    cookie: int
    inode: int  # 0: no descriptor in any process refers to it
    outstanding_bytes: int  # unacknowledged, sent or not; a FIN counts one. LISTEN: the backlog
    info: bytes  # struct tcp_info, as long as this kernel's is; b"" if it was not asked for
    interface: int = 0  # index of the one it is bound to; 0: none
    unread_bytes: int = 0  # received, and not read by its process; a FIN counts one
    uid: int = 0  # whose it is


class Answer(NamedTuple):
    """What one read from the kernel said."""

    sockets: list[Seen]
    passed: int  # all sockets it named, those left out included
    done: bool
    errno: int


def request(family: int, states: Sequence[int], ports: Sequence[int], with_info: bool) -> bytes:
    """The question: sockets of ``family`` in ``states`` whose own port is one of ``ports``.

    Without ``ports``, all. More than MOST_PORTS are asked for by their range: the answer then
    names sockets between them, too.
    """
    extensions = 1 << (INET_DIAG_INFO - 1) if with_info else 0
    mask = sum(1 << state for state in states)
    body = QUERY.pack(family, socket.IPPROTO_TCP, extensions, 0, mask) + ANY_SOCKET
    if ports:
        code = bytecode(sorted(ports))
        body += ATTRIBUTE.pack(ATTRIBUTE.size + len(code), INET_DIAG_REQ_BYTECODE) + code
    return framed(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, body)


def about(seen: Seen, kind: int = SOCK_DIAG_BY_FAMILY) -> bytes:
    """The question for one socket, by addresses, interface and cookie: how is it? With SOCK_DESTROY
    no question: end it.

    The kernel refuses (ENOENT, ESTALE) where these addresses are another socket's by now. The
    TIME-WAIT of a connection has its cookie, too (inet_twsk_alloc()).
    """
    extensions = 1 << (INET_DIAG_INFO - 1)
    body = QUERY.pack(seen.family, socket.IPPROTO_TCP, extensions, 0, 0) + NAME.pack(
        *(socket.htons(port) for _, port in (seen.local, seen.peer)),
        *(_socket.inet_pton(seen.family, host) for host, _ in (seen.local, seen.peer)),
        *(seen.interface, seen.cookie & 0xFFFFFFFF, seen.cookie >> 32),
    )
    return framed(kind, NLM_F_REQUEST_ACK, body)


def framed(kind: int, flags: int, body: bytes) -> bytes:
    return HEADER.pack(HEADER.size + len(body), kind, flags, 1, 0) + body


def bytecode(ports: Sequence[int]) -> bytes:
    """The kernel's filter for sorted ``ports``. A jump to the end of the code says yes, one four
    bytes further says no (inet_diag_bc_run()); ``no`` may only lead where ``yes`` passes by
    (inet_diag_bc_audit()), so a match goes on to a jump that leads to the end."""
    if len(ports) > MOST_PORTS:
        at_most = COMPARE.pack(PORT_AT_MOST, COMPARE.size, COMPARE.size + 4, 0, 0, ports[-1])
        no = COMPARE.size + len(at_most) + 4
        return COMPARE.pack(PORT_AT_LEAST, COMPARE.size, no, 0, 0, ports[0]) + at_most
    code = b""
    for port in reversed(ports):
        jump = JUMP.pack(JUMP_ALWAYS, JUMP.size, JUMP.size + len(code)) if code else b""
        no = COMPARE.size + (len(jump) or 4)
        code = COMPARE.pack(PORT_IS, COMPARE.size, no, 0, 0, port) + jump + code
    return code


def decode(data: memoryview | bytes, owing_only: bool = False, unread_too: bool = False) -> Answer:
    """What ``data``, one datagram of the kernel, says. Damaged data ends the answer early.

    With ``owing_only``, sockets whose bytes are all acknowledged are counted, not made; with
    ``unread_too`` as well, those are made whose process has something to read.
    """
    sockets: list[Seen] = []
    at = passed = 0
    end = len(data)
    glance = GLANCE.unpack_from
    while end - at >= HEADER.size:
        if end - at < MESSAGE_BYTES:
            length, kind, *_ = HEADER.unpack_from(data, at)
            outstanding = unread = 0
        else:
            length, kind, _family, _state, unread, outstanding = glance(data, at)
        if not HEADER.size <= length <= end - at:
            break
        if kind in (NLMSG_DONE, NLMSG_ERROR):  # both end with an errno, 0 or below
            return Answer(sockets, passed, True, _errno(data[at : at + length]))
        if kind == SOCK_DIAG_BY_FAMILY and length >= MESSAGE_BYTES:
            passed += 1
            if outstanding or not owing_only or (unread_too and unread):
                sockets.append(_socket_of(data[at : at + length]))
        at += (length + 3) & ~3
    return Answer(sockets, passed, False, 0)


def _errno(message: memoryview | bytes) -> int:
    if len(message) < HEADER.size + ERROR.size:
        return 0
    return -int(ERROR.unpack_from(message, HEADER.size)[0])


def _socket_of(message: memoryview | bytes) -> Seen:
    family, state = message[HEADER.size], message[HEADER.size + 1]
    fields = SOCKET.unpack_from(message, HEADER.size)
    source_port, destination_port, source, destination, interface, low, high = fields[:7]
    unread, outstanding, uid, inode = fields[7:]
    return Seen(
        family,
        state,
        (_address(family, source), socket.ntohs(source_port)),
        (_address(family, destination), socket.ntohs(destination_port)),
        low | (high << 32),
        inode,
        outstanding,
        _info(message),
        interface,
        unread,
        uid,
    )


def _address(family: int, address: bytes) -> str:
    if family == socket.AF_INET:
        return _socket.inet_ntop(family, address[:4])
    return _socket.inet_ntop(socket.AF_INET6, address)


def _info(message: memoryview | bytes) -> bytes:
    at = MESSAGE_BYTES
    while len(message) - at >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(message, at)
        if not ATTRIBUTE.size <= length <= len(message) - at:
            break
        if kind == INET_DIAG_INFO:
            return bytes(message[at + ATTRIBUTE.size : at + length])
        at += (length + 3) & ~3
    return b""


class Link:
    """A netlink socket that is kept: who looks after a server that has run out of descriptors must
    not need one. Opened by the first question, and again after one that failed."""

    def __init__(self) -> None:
        self._socket: _socket.socket | None = None
        self._buffer = memoryview(bytearray(RECEIVE_BYTES))

    def ask(
        self, question: bytes, owing_only: bool = False, unread_too: bool = False
    ) -> Iterator[Answer]:
        """Yields the kernel's answers as they come. Raises DiagError.

        Not a snapshot: sockets may come and go while the kernel walks its table.
        """
        done = False
        try:
            link = self._open()
            link.send(question)
            while not done:
                data = self._buffer[: link.recv_into(self._buffer)]
                answer = decode(data, owing_only, unread_too)
                if answer.errno:
                    raise DiagError(answer.errno, "the kernel refused to list its sockets")
                done = answer.done
                yield answer
        except DiagError:
            raise
        except OSError as error:
            raise DiagError(error.errno, f"listing sockets: {error}") from error
        finally:
            if not done:  # what is still to come would answer the next question
                self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> _socket.socket:
        if self._socket is None:
            netlink = getattr(socket, "AF_NETLINK", None)
            if netlink is None:
                raise DiagError(errno.EAFNOSUPPORT, "no netlink on this system")
            self._socket = _socket.socket(netlink, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
            self._socket.settimeout(ANSWER_WITHIN_S)
        return self._socket


def dump(question: bytes, owing_only: bool = False) -> Iterator[Answer]:
    """One question, with a socket of its own."""
    link = Link()
    try:
        yield from link.ask(question, owing_only)
    finally:
        link.close()

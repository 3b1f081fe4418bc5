"""The guard's eyes where sock_diag is not to be had: every socket of this process, one by one.

Some sandboxes refuse netlink (systemd's RestrictAddressFamilies, seccomp, gVisor). It costs a few
system calls for each open connection instead of one for all, and sees this process alone.
"""

from __future__ import annotations

import _socket
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from unstick.progress import descriptors
from unstick.progress.diag import LISTEN, SENDING_STATES, Seen
from unstick.progress.listing import FAMILIES, Look, waits
from unstick.progress.outcome import PEER_ENDED
from unstick.progress.tcpinfo import ROOM, TCP_INFO, decode, inq, outq

GETSOCKOPT = "getsockopt"
NOBODY = ("", 0)
HELD = 1
"""In place of the inode: a process holds it, this one."""


class Scan:
    """Asks each socket for itself. Without ``ports``: those this process listens on, and those it
    was seen to listen on while connections of them are open."""

    def __init__(self, ports: frozenset[int] | None) -> None:
        self._given = ports
        self._ports: set[int] = set()
        self._queued: dict[int, int] = {}

    def close(self) -> None:
        """It holds nothing."""

    def look(self) -> Look:
        listeners: list[Seen] = []
        connections: list[Seen] = []
        for cookie, number in descriptors.sockets():
            try:
                one = seen(number, cookie)
            except OSError:  # no socket, or closed meanwhile
                continue
            if one is None:
                continue
            if one.state in SENDING_STATES:
                connections.append(one)
            elif one.state == LISTEN:
                listeners.append(one)
        listening = {one.local[1] for one in listeners}
        ports = self._ports | listening if self._given is None else self._given
        accepted = {one.cookie: one for one in connections if one.local[1] in ports}
        self._ports = listening | {one.local[1] for one in accepted.values()}
        owing = [one for one in accepted.values() if one.outstanding_bytes]
        waiting = sum(map(waits, accepted.values())) + self._not_accepted(listeners, ports)
        return Look(len(accepted), owing, GETSOCKOPT, waiting)

    def _not_accepted(self, listeners: list[Seen], ports: Collection[int]) -> int:
        """Connections that nobody has accepted since the last look: every worker is taken."""
        queued = {one.cookie: decode(one.info).unacked or 0 for one in listeners}
        before, self._queued = self._queued, queued
        return sum(
            min(before.get(one.cookie, 0), queued[one.cookie])
            for one in listeners
            if one.local[1] in ports
        )


def seen(number: int, cookie: int) -> Seen | None:
    """What one descriptor is; None if it is no TCP socket."""
    with borrowed(number) as sock:
        if sock.family not in FAMILIES or sock.type != socket.SOCK_STREAM:
            return None
        info = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, ROOM)
        state = info[0]
        local = sock.getsockname()[:2]
        if state not in SENDING_STATES:
            # Of a listener tcpi_unacked is its queue of connections (tcp_get_info()).
            return Seen(sock.family, state, local, NOBODY, cookie, HELD, 0, info)
        owed = outq(number) or 0
        unread = inq(number) + (state in PEER_ENDED)
        one = Seen(sock.family, state, local, sock.getpeername()[:2], cookie, HELD, owed, info)
        return one._replace(unread_bytes=unread)


@contextmanager
def borrowed(number: int) -> Iterator[_socket.socket]:
    """A socket object over a descriptor that stays its owner's."""
    lent = _socket.socket(fileno=number)
    try:
        yield lent
    finally:
        lent.detach()

"""The bench: a namespace with one kernel in it and a wire that ends in this process.

The wire is a TUN device. A packet that is written to it goes all the way up the stack before the
write returns, and what the kernel answers is in the queue by then: an answer is read, not waited
for, and silence is certain at once. Nothing but timers of the kernel comes later, and those are set
far away (``SETTINGS``), or known (the delayed ACK: ``connection.STEP_WITHIN_S``).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from unstick.lab import netns, state, sysctls
from unstick.lab.counters import Counters, positions
from unstick.lab.errors import LabError
from unstick.lab.probe.craft import Ends, Segment, packed, read
from unstick.progress import diag

TUN = "/dev/net/tun"
TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TUN_NO_PI = 0x1001
INTERFACE = "probe"
KERNEL = "10.9.0.1"
PEERS = "10.8.0.0"
"""Every address from here on, by its /16, is a peer."""

PORT, NARROW_PORT, CLOSED_PORT = 8080, 8081, 8082
"""Listeners: as usual; with the smallest receive buffer there is; and nobody."""
NARROW_BYTES = 2304  # SOCK_MIN_RCVBUF
PACKET_BYTES = 65536

SETTINGS: dict[str, str] = {
    # No limit on answers: a cell shall tell what the law is, not that it was used up.
    "net.ipv4.tcp_invalid_ratelimit": "0",
    "net.ipv4.tcp_challenge_ack_limit": "2147483647",
    # No timer of the sender within a cell's time, no loss recovery by time.
    "net.ipv4.tcp_rto_min_us": "5000000",
    "net.ipv4.tcp_early_retrans": "0",
    # A SACK at once, not with the next few.
    "net.ipv4.tcp_comp_sack_nr": "0",
    "net.ipv4.tcp_ecn": "0",
    "net.ipv4.tcp_autocorking": "0",
    "net.ipv4.tcp_moderate_rcvbuf": "0",
    "net.ipv4.tcp_max_tw_buckets": "1000000",
    "net.ipv4.tcp_max_syn_backlog": "65536",
    "net.ipv4.tcp_syncookies": "0",
    "net.ipv4.tcp_abort_on_overflow": "0",
    "net.core.somaxconn": "65536",
    "net.ipv6.conf.all.disable_ipv6": "1",
}
"""Set and read back, beside those of every lab (``sysctls.PLAIN``)."""

QUERY = struct.Struct("=BBBBI2s2s16s16sIII")
"""struct inet_diag_req_v2 with the socket's own addresses."""
NO_COOKIE = 0xFFFFFFFF
GONE = 7  # TCP_CLOSE


class Bench:
    """One namespace, entered by nobody: its sockets are made by ``opened`` and kept here."""

    def __init__(self, namespace: str, settings: dict[str, str]) -> None:
        self.namespace = namespace
        self.settings = settings
        with netns.inside(namespace):
            self._tun = _tun()
            self.listeners = {
                PORT: _listener(PORT, None),
                NARROW_PORT: _listener(NARROW_PORT, NARROW_BYTES),
            }
            self._diag = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, diag.NETLINK_SOCK_DIAG)
            self._diag.settimeout(diag.ANSWER_WITHIN_S)
            self._counters = [
                open(f"/proc/thread-self/net/{name}", encoding="ascii")  # noqa: SIM115
                for name in ("snmp", "netstat")
            ]
        self._positions: list[str] = []
        self._numbers = count(1)
        self.foreign = 0  # packets heard that belong to no connection asked for

    def close(self) -> None:
        os.close(self._tun)
        for sock in (*self.listeners.values(), self._diag):
            sock.close()
        for file in self._counters:
            file.close()

    def fresh_ends(self, port: int) -> Ends:
        """A peer that was never heard of, for a connection to ``port`` of the kernel."""
        number = next(self._numbers)
        address = int.from_bytes(socket.inet_aton(PEERS), "big") + 1 + (number // 60000) % 65000
        return Ends(
            address.to_bytes(4, "big"), 1024 + number % 60000, socket.inet_aton(KERNEL), port
        )

    def send(self, segment: Segment, ends: Ends) -> None:
        """The segment reaches the kernel, which is done with it when this returns."""
        os.write(self._tun, packed(segment, ends))

    def hear(self, ends: Ends) -> list[Segment]:
        """What the kernel has sent on this connection since it was asked last."""
        found: list[Segment] = []
        while True:
            try:
                data = os.read(self._tun, PACKET_BYTES)
            except BlockingIOError:
                return found
            heard = read(data)
            if heard is not None and heard[0] == ends:
                found.append(heard[1])
            else:
                self.foreign += 1

    def connecting(self) -> tuple[socket.socket, Ends]:
        """A socket of the kernel that has sent its SYN to a fresh peer."""
        ends = self.fresh_ends(0)
        with netns.inside(self.namespace):
            sock = socket.socket()
        sock.setblocking(False)
        with suppress(BlockingIOError):
            sock.connect((socket.inet_ntoa(ends.peer), ends.peer_port))
        return sock, ends._replace(kernel_port=sock.getsockname()[1])

    def adopted(self, ends: Ends) -> socket.socket | None:
        """The socket a program gets for this connection; others that wait there are undone."""
        found = None
        while True:
            try:
                sock, peer = self.listeners[ends.kernel_port].accept()
            except (BlockingIOError, KeyError):
                return found
            if peer == (socket.inet_ntoa(ends.peer), ends.peer_port):
                found = sock
            else:
                undo(sock)

    def state_of(self, ends: Ends) -> int:
        """The state the kernel says, by the numbers of linux/net/tcp_states.h; CLOSE if it knows
        no such connection. Mini-sockets of SYN-RECEIVED and TIME-WAIT are told, too."""
        body = QUERY.pack(
            socket.AF_INET,
            socket.IPPROTO_TCP,
            0,
            0,
            0xFFFFFFFF,
            ends.kernel_port.to_bytes(2, "big"),
            ends.peer_port.to_bytes(2, "big"),
            ends.kernel,
            ends.peer,
            0,
            NO_COOKIE,
            NO_COOKIE,
        )
        length = diag.HEADER.size + len(body)
        self._diag.send(diag.HEADER.pack(length, diag.SOCK_DIAG_BY_FAMILY, 1, 1, 0) + body)
        answer = diag.decode(self._diag.recv(diag.RECEIVE_BYTES))
        # Where there is no connection the kernel may name the listener instead.
        found = [one.state for one in answer.sockets if one.state != diag.LISTEN]
        return found[0] if found else GONE

    def counters(self) -> list[str]:
        """All counters of the namespace, as words: ``moved`` names them."""
        found: list[str] = []
        for file in self._counters:
            file.seek(0)
            found += file.read().split()
        return found

    def moved(self, before: list[str]) -> Counters:
        """By how much each has grown since."""
        if not self._positions:
            for file in self._counters:
                file.seek(0)
                self._positions += positions(file.read())
        return {
            name: int(new) - int(old)
            for name, old, new in zip(self._positions, before, self.counters(), strict=True)
            if old != new and name
        }


def undo(sock: socket.socket) -> None:
    """Nothing of it stays in the kernel."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=II", 1, 0))
    sock.close()


@contextmanager
def built(wanted: dict[str, str] | None = None) -> Iterator[Bench]:
    """A bench; nothing of it is left afterwards. Raises LabError."""
    state.clean()
    with state.registered(("probe",)) as run:
        (name,) = run.namespaces
        netns.add(name)
        settings = sysctls.settle(name, SETTINGS | (wanted or {}))
        bench = Bench(name, settings)
        try:
            yield bench
        finally:
            bench.close()


def _tun() -> int:
    """The wire of the namespace the calling thread is in."""
    try:
        descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise LabError(f"{TUN}, the probe's wire: {error.strerror}", "modprobe tun") from error
    try:
        wanted = struct.pack("16sH22x", INTERFACE.encode(), IFF_TUN_NO_PI)
        fcntl.ioctl(descriptor, TUNSETIFF, wanted)
        for words in (
            f"address add {KERNEL}/32 dev {INTERFACE}",
            f"link set {INTERFACE} txqueuelen 10000 gso_max_segs 1 up",
            f"route add {PEERS}/16 dev {INTERFACE}",
        ):
            netns.run("ip", *words.split())
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _listener(port: int, receive_bytes: int | None) -> socket.socket:
    sock = socket.socket()
    if receive_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes // 2)
    sock.setblocking(False)
    sock.bind((KERNEL, port))
    sock.listen(65536)
    return sock

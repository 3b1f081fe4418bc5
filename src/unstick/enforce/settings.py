"""What an enforcer is told: whose connections, by which policy, and how it ends them. Values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from unstick.errors import UsageError
from unstick.progress.diag import Seen
from unstick.progress.policy import Kill, Policy

Net = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_A_MINUTE = 60
"""Ended by default: enough for stalled clients, which come one by one, and little enough for a
policy that is wrong to be noticed before it has emptied the house."""
LAST_PORT = 65535


class Via(StrEnum):
    """How a connection is ended. Both send a reset and leave nothing in the kernel.

    ``SOCK_DIAG``: the kernel is asked to (CAP_NET_ADMIN, CONFIG_INET_DIAG_DESTROY); the owner reads
    ECONNABORTED. Reaches orphans, which no process holds. ``PIDFD``: through a copy of the
    descriptor of its owner, whom one must be allowed to trace; the owner reads ECONNRESET.
    """

    SOCK_DIAG = "sock_diag"
    PIDFD = "pidfd"


@dataclass(frozen=True, slots=True)
class Settings:
    """``ports``: the local ones, at least one. ``local`` and ``peer``: within any of these nets, if
    there are any. ``programs``, ``pids``, ``uids``: held by one of these; orphans are nobody's.
    ``kill``: False only tells. ``most_a_minute``: ended in any minute; None: no limit."""

    policy: Policy
    ports: frozenset[int]
    local: tuple[Net, ...] = ()
    peer: tuple[Net, ...] = ()
    programs: frozenset[str] = frozenset()
    pids: frozenset[int] = frozenset()
    uids: frozenset[int] = frozenset()
    kill: bool = False
    via: Via = Via.SOCK_DIAG
    most_a_minute: int | None = MOST_A_MINUTE

    def __post_init__(self) -> None:
        policy = self.policy
        if not self.ports:
            raise UsageError("enforce: --port is missing", "--port 80, or --port 80,443,8000-8010")
        if not any((policy.idle, policy.silent, policy.min_rate, policy.deadline)):
            raise UsageError("enforce: a policy without any rule ends nothing", "idle=60 silent=30")
        if policy.on_verdict is Kill.CLOSE:
            raise UsageError("enforce: kill=close is for programs", "an enforcer resets")

    @property
    def ends(self) -> bool:
        """Does it end what it finds, or only tell?"""
        return self.kill and self.policy.on_verdict is Kill.RESET

    @property
    def by_owner(self) -> bool:
        return bool(self.programs or self.pids)

    def concerns(self, seen: Seen) -> bool:
        """By what the kernel says of it; who holds it is asked later."""
        return (
            within(seen.local[0], self.local)
            and within(seen.peer[0], self.peer)
            and (not self.uids or (seen.inode != 0 and seen.uid in self.uids))
        )


def within(host: str, nets: tuple[Net, ...]) -> bool:
    """An IPv4 address mapped into IPv6 (a server that listens to both) is the IPv4 address."""
    if not nets:
        return True
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in net or address in net for net in nets)


def ports_of(text: str) -> frozenset[int]:
    """``80``, ``80,443``, ``8000-8010``. Raises UsageError."""
    found: set[int] = set()
    for word in text.split(","):
        first, dash, last = word.partition("-")
        ends = [one for one in (first, last if dash else first) if one.isascii() and one.isdigit()]
        if len(ends) != 2 or not 0 < int(ends[0]) <= int(ends[1]) <= LAST_PORT:
            raise UsageError(f"--port {text}: not a port", "80, or 80,443,8000-8010")
        found.update(range(int(ends[0]), int(ends[1]) + 1))
    return frozenset(found)


def net_of(text: str) -> Net:
    """``192.0.2.7``, ``192.0.2.0/24``, ``2001:db8::/32``. Raises UsageError."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{text}: not a network", "192.0.2.7 or 192.0.2.0/24") from None

"""A NAT: the server sees another address and port than the client has."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, instead, on
from unstick.lab.packets import CLIENT, Packet, changed

FIRST_PORT = 61_000
PORTS = 4_000

Inside = tuple[bytes, int]


@dataclass
class Memory:
    """Which port of the NAT stands for which end inside."""

    ports: dict[Inside, int] = field(default_factory=dict)
    inside: dict[int, Inside] = field(default_factory=dict)


def nat(address: str) -> Fault:
    """Rewrites the client's end to ``address`` and a port of its own; drops answers to none."""
    outside = ip_address(address).packed

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        if not packet.tcp or len(packet.source) != len(outside):
            return on(packet)
        if packet.sender == CLIENT:
            port = port_of((packet.source, packet.source_port), memory, chance)
            return instead(packet, changed(packet, source=outside, source_port=port))
        end = memory.inside.get(packet.target_port)
        if packet.target != outside or end is None:
            return NOTHING
        return instead(packet, changed(packet, target=end[0], target_port=end[1]))

    return Fault(f"shows the server {address} in place of the client", judge, Memory)


def port_of(end: Inside, memory: Memory, chance: Random) -> int:
    """A random free port, the same for every packet of that end."""
    if end not in memory.ports:
        free = [port for port in range(FIRST_PORT, FIRST_PORT + PORTS) if port not in memory.inside]
        memory.ports[end] = chance.choice(free)
        memory.inside[memory.ports[end]] = end
    return memory.ports[end]

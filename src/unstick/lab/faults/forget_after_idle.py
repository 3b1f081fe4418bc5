"""A NAT or firewall with an idle timeout: after so much silence it knows the connection no more."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet
from unstick.wire.columns import SYN

Memory = dict[tuple[bytes, int, bytes, int], float]
"""When each connection was last seen; those forgotten are not in it."""


def forget_after_idle(seconds: float) -> Fault:
    """Drops what belongs to no connection it knows. Only a SYN makes it know one."""

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        if not packet.tcp:
            return on(packet)
        seen = memory.get(packet.connection)
        if seen is not None and packet.time_s - seen > seconds:
            del memory[packet.connection]
            seen = None
        if seen is None and not packet.flags & SYN:
            return NOTHING
        memory[packet.connection] = packet.time_s
        return on(packet)

    return Fault(f"forgets a connection that is silent for {seconds:g} s", judge, dict)

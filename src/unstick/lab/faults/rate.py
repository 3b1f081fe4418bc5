"""A slow line with a buffer: packets leave one after another, and what does not fit is dropped."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet, Side

Memory = dict[Side, float]
"""When the line towards each end is free again."""


def rate(bytes_per_s: float, buffer_bytes: int = 1_000_000) -> Fault:
    """Each direction carries ``bytes_per_s`` and holds ``buffer_bytes`` that wait."""

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        begins = max(packet.time_s, memory.get(packet.receiver, 0.0))
        waits_s = begins - packet.time_s
        if waits_s * bytes_per_s + len(packet.data) > buffer_bytes:
            return NOTHING
        ends = begins + len(packet.data) / bytes_per_s
        memory[packet.receiver] = ends
        return on(packet, ends - packet.time_s)

    return Fault(f"carries {bytes_per_s:,.0f} bytes a second", judge, dict)

"""The firewall of the story: it passes a connection's first reset, and then knows it no more."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet

Memory = set[tuple[bytes, int, bytes, int]]
"""Connections it has forgotten."""


def forward_first_reset_then_forget() -> Fault:
    """After the first reset of either end nothing of that connection passes, in no direction."""
    return Fault("forwards the first reset of a connection, then forgets it", judge, set)


def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
    if not packet.tcp:
        return on(packet)
    if packet.connection in memory:
        return NOTHING
    if packet.is_reset:
        memory.add(packet.connection)
    return on(packet)

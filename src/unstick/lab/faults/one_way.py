"""A route that works in one direction only: what one end sends never arrives."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet, Side


def one_way(lost: Side) -> Fault:
    """Drops everything that ``lost`` sends."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        return NOTHING if packet.sender == lost else on(packet)

    return Fault(f"lets nothing of the {lost} pass", judge)

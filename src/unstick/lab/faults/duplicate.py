"""A line that delivers some packets twice."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import Emissions, Fault, on
from unstick.lab.packets import Packet


def duplicate(share: float, after_s: float = 0.0) -> Fault:
    """Each packet comes a second time with probability ``share``, ``after_s`` behind the first."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        twice = chance.random() < share
        return (*on(packet), *on(packet, after_s)) if twice else on(packet)

    return Fault(f"delivers {share:.1%} of all packets twice", judge)

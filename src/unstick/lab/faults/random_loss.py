"""A line that loses packets, each by chance and for itself."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet


def random_loss(share: float) -> Fault:
    """Each packet is lost with probability ``share``, in both directions."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        return NOTHING if chance.random() < share else on(packet)

    return Fault(f"loses {share:.1%} of all packets", judge)

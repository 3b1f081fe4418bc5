"""A line with two ways of different length: some packets come later than those behind them."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import Emissions, Fault, on
from unstick.lab.packets import Packet


def reorder(share: float, late_s: float = 0.005) -> Fault:
    """Each packet is ``late_s`` late with probability ``share``."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        return on(packet, late_s if chance.random() < share else 0.0)

    return Fault(f"delivers {share:.1%} of all packets {late_s * 1000:g} ms late", judge)

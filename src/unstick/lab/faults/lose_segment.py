"""One particular segment with data is lost, once; its copies pass."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet, Side


@dataclass
class Memory:
    """How many segments with data the end has sent."""

    seen: int = 0


def lose_segment(sender: Side, number: int) -> Fault:
    """Loses the ``number``-th segment with data of ``sender``, counted from 1."""

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        if not packet.sent_by(sender) or not packet.payload_bytes:
            return on(packet)
        memory.seen += 1
        return NOTHING if memory.seen == number else on(packet)

    return Fault(f"loses segment {number} of the {sender}", judge, Memory)

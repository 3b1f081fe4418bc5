"""A box that changes the sequence number of resets: what the story's engineers took it for."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import Emissions, Fault, instead, on
from unstick.lab.packets import Packet, changed


def rewrite_reset(seq_offset: int) -> Fault:
    """Adds ``seq_offset`` to the number of every reset, of both ends."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        if not packet.is_reset:
            return on(packet)
        return instead(packet, changed(packet, seq=packet.seq + seq_offset))

    return Fault(f"moves the number of every reset by {seq_offset}", judge)

"""A firewall that lets no reset through: "nobody shall end our connections"."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet, Side


def drop_resets(sender: Side | None = None) -> Fault:
    """Drops resets of ``sender``, or of both ends."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        eaten = packet.is_reset and sender in (None, packet.sender)
        return NOTHING if eaten else on(packet)

    return Fault(f"drops every reset of {f'the {sender}' if sender else 'both ends'}", judge)

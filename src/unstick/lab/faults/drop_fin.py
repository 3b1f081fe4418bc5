"""A box that eats every FIN of one end: that end believes it is waiting for an answer."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet, Side
from unstick.wire.columns import FIN


def drop_fin(sender: Side) -> Fault:
    """Drops segments of ``sender`` that carry FIN, with the bytes they carry."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        eaten = packet.sent_by(sender) and packet.flags & FIN
        return NOTHING if eaten else on(packet)

    return Fault(f"drops every FIN of the {sender}", judge)

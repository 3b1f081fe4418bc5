"""A "bandwidth manager" that slows a sender down by making its peer's window smaller."""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import Emissions, Fault, instead, on
from unstick.lab.packets import Packet, Side, changed
from unstick.wire.columns import RST, SYN


def shrink_window(sender: Side, most: int) -> Fault:
    """The window field of ``sender`` is at most ``most`` (as written, before its scale)."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        shrinks = packet.sent_by(sender) and not packet.flags & (SYN | RST) and packet.window > most
        return instead(packet, changed(packet, window=most)) if shrinks else on(packet)

    return Fault(f"makes the window of the {sender} {most} at most", judge)

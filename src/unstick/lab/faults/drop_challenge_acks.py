"""A firewall that has seen a reset and takes the ACK that questions it (RFC 5961 3.2) for stray.

A challenge ACK is known by its place: a pure ACK to the end that has sent a reset or a SYN into
a connection that stands. Nothing in the segment itself says so.
"""

from __future__ import annotations

from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import Packet, Side
from unstick.wire.columns import ACK_FLAG as ACK
from unstick.wire.columns import SYN

Memory = dict[tuple[bytes, int, bytes, int], set[Side]]
"""For each connection that stands, the ends that have sent what may be challenged."""


def drop_challenge_acks() -> Fault:
    """Drops every pure ACK to an end that has reset the connection, or opened it a second time."""
    return Fault("drops the ACKs that question a reset", judge, dict)


def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
    if not packet.tcp:
        return on(packet)
    known = packet.connection in memory
    suspects = memory.setdefault(packet.connection, set())
    if packet.is_reset or (known and (packet.flags & (SYN | ACK)) == SYN):
        suspects.add(packet.sender)
    if packet.receiver in suspects and packet.is_pure_ack:
        return NOTHING
    return on(packet)

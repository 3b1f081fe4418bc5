"""A firewall that hides one end's sequence numbers, and may forget that SACK blocks hold them, too.

Cisco's ASA did so ("set connection random-sequence-number"): the numbers of one end are moved by a
random amount in everything that end sends, and moved back in what acknowledges it. Where the SACK
blocks are left alone they speak of bytes that, to that end, do not exist.
"""

from __future__ import annotations

import struct
from random import Random

from unstick.lab.faults.base import Emissions, Fault, instead, on
from unstick.lab.packets import (
    MASK,
    OPTION_SACK,
    SERVER,
    Packet,
    Side,
    changed,
    option_bytes,
    options_of,
)
from unstick.wire.columns import ACK_FLAG as ACK

Memory = dict[tuple[bytes, int, bytes, int], int]
"""By how much each connection is moved."""


def randomise_sequence_numbers(rewrite_sack: bool, sender: Side = SERVER) -> Fault:
    """Moves the numbers of ``sender``; with ``rewrite_sack`` as it must, without as it was."""

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        if not packet.tcp:
            return on(packet)
        if packet.connection not in memory:
            memory[packet.connection] = chance.getrandbits(32)
        moved = memory[packet.connection]
        if packet.sender == sender:
            return instead(packet, changed(packet, seq=packet.seq + moved))
        if not packet.flags & ACK:
            return on(packet)
        options = packet.options
        if rewrite_sack:
            options = option_bytes([moved_back(one, moved) for one in options_of(options)])
        return instead(packet, changed(packet, ack=packet.ack - moved, options=options))

    said = "in SACK blocks, too" if rewrite_sack else "but not in SACK blocks"
    return Fault(f"moves the sequence numbers of the {sender}, {said}", judge, dict)


def moved_back(option: tuple[int, bytes], moved: int) -> tuple[int, bytes]:
    """A SACK option with its edges where they belong; others as they are."""
    kind, value = option
    if kind != OPTION_SACK:
        return option
    edges = struct.unpack(f">{len(value) // 4}I", value)
    return kind, struct.pack(f">{len(edges)}I", *((edge - moved) & MASK for edge in edges))

"""A link in the middle carries less than both ends believe: a path MTU black hole, or not.

With ``icmp`` the box says so, as RFC 1191 4 and RFC 4443 3.2 ask; without, large packets are gone.
"""

from __future__ import annotations

import struct
from random import Random

from unstick.lab.faults.base import NOTHING, Emission, Emissions, Fault, on
from unstick.lab.packets import ICMP, Packet
from unstick.wire.writer import checksum

QUOTED_BYTES = {4: 28 + 520, 6: 1232}
"""How much of the packet the message quotes: RFC 1812 4.3.2.3 (576 in all), RFC 4443 2.4 (1280)."""


def large_segments_vanish(mtu: int, icmp: bool) -> Fault:
    """Drops packets of more than ``mtu`` bytes, of both ends."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        if len(packet.data) <= mtu or not packet.version:
            return on(packet)
        return (Emission(too_big(packet, mtu), packet.sender),) if icmp else NOTHING

    said = "and says so by ICMP" if icmp else "and says nothing"
    return Fault(f"drops packets of more than {mtu} bytes {said}", judge)


def too_big(packet: Packet, mtu: int) -> bytes:
    """The ICMP message, from the address the packet was for: this box has none of its own."""
    quoted = packet.data[: QUOTED_BYTES[packet.version]]
    if packet.version == 4:
        body = struct.pack(">BBHHH", 3, 4, 0, 0, mtu) + quoted  # fragmentation needed, and DF set
        body = body[:2] + checksum(body).to_bytes(2, "big") + body[4:]
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, ICMP[4], 0)
        head += packet.target + packet.source
        return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + body
    body = struct.pack(">BBHI", 2, 0, 0, mtu) + quoted  # packet too big
    ends = packet.target + packet.source
    total = checksum(ends + struct.pack(">II", len(body), ICMP[6]) + body)
    body = body[:2] + total.to_bytes(2, "big") + body[4:]
    return struct.pack(">IHBB", 6 << 28, len(body), ICMP[6], 64) + ends + body

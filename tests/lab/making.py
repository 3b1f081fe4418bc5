"""Packets for tests of the lab: made by ``wire.writer``, which knows nothing of the lab's code."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from unstick.lab.packets import CLIENT, SERVER, Packet, Side, parse
from unstick.wire.columns import ACK_FLAG as ACK
from unstick.wire.writer import PacketSpec, ip_bytes

ENDS: dict[int, dict[Side, str]] = {
    4: {CLIENT: "10.9.1.2", SERVER: "10.9.2.2"},
    6: {CLIENT: "2001:db8:9:1::2", SERVER: "2001:db8:9:2::2"},
}
PORTS = {CLIENT: 40_000, SERVER: 8080}


def spec(sender: Side, family: int = 4, **fields: object) -> PacketSpec:
    """A segment of ``sender`` with these fields; an ACK unless ``flags`` say otherwise."""
    target = SERVER if sender == CLIENT else CLIENT
    ends = ENDS[family]
    plain = PacketSpec(
        0,
        ip_address(ends[sender]),
        ip_address(ends[target]),
        PORTS[sender],
        PORTS[target],
        1000,
        ACK,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def packet(sender: Side, time_s: float = 0.0, family: int = 4, **fields: object) -> Packet:
    """The same, as the middlebox sees it."""
    return parse(ip_bytes(spec(sender, family, **fields)), sender, time_s)

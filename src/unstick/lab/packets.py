"""IP packets as the middlebox sees them: fields read, fields changed, checksums right again. Pure.

A packet is the bytes from its IP header on. Only whole, unfragmented packets are understood; others
pass unread (``tcp`` is False).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from unstick.wire.columns import ACK_FLAG as ACK
from unstick.wire.columns import FIN, RST, SYN
from unstick.wire.writer import checksum

Side = str
"""``"client"`` or ``"server"``: who sent a packet, or whom it is for."""

CLIENT: Side = "client"
SERVER: Side = "server"

MASK = 0xFFFFFFFF
TCP = 6
ICMP = {4: 1, 6: 58}
FRAGMENT_BITS = 0x3FFF
"""More fragments, and the offset (RFC 791 3.1)."""

OPTION_END, OPTION_NOP, OPTION_SACK, OPTION_MD5 = 0, 1, 5, 19

ADDRESS_BYTES = {4: 4, 6: 16}
ADDRESS_AT = {4: 12, 6: 8}


def other(side: Side) -> Side:
    """The opposite end."""
    return SERVER if side == CLIENT else CLIENT


class Packet(NamedTuple):
    """One packet. Numbers of TCP are raw; for what is not TCP they are 0 and ``tcp`` is False."""

    sender: Side
    time_s: float  # since the path began to forward
    data: bytes
    version: int = 0
    source: bytes = b""
    target: bytes = b""
    ttl: int = 0
    tcp: bool = False
    tcp_at: int = 0
    source_port: int = 0
    target_port: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    options: bytes = b""
    payload_bytes: int = 0

    @property
    def receiver(self) -> Side:
        return other(self.sender)

    @property
    def connection(self) -> tuple[bytes, int, bytes, int]:
        """The client's address and port, the server's."""
        if self.sender == CLIENT:
            return self.source, self.source_port, self.target, self.target_port
        return self.target, self.target_port, self.source, self.source_port

    @property
    def end_seq(self) -> int:
        """The number after the last octet; SYN and FIN count."""
        length = self.payload_bytes + bool(self.flags & SYN) + bool(self.flags & FIN)
        return (self.seq + length) & MASK

    @property
    def is_reset(self) -> bool:
        return bool(self.flags & RST)

    @property
    def is_pure_ack(self) -> bool:
        """An ACK and nothing else."""
        return self.tcp and (self.flags & (ACK | SYN | FIN | RST)) == ACK and not self.payload_bytes

    def sent_by(self, side: Side) -> bool:
        """A TCP segment of that end."""
        return self.tcp and self.sender == side


def parse(data: bytes, sender: Side, time_s: float) -> Packet:
    """Reads what is there; never raises."""
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 20:
        header = (data[0] & 15) * 4
        whole = not int.from_bytes(data[6:8], "big") & FRAGMENT_BITS
        length, ttl, protocol = int.from_bytes(data[2:4], "big"), data[8], data[9]
    elif version == 6 and len(data) >= 40:
        header, whole = 40, True
        length, ttl, protocol = 40 + int.from_bytes(data[4:6], "big"), data[7], data[6]
    else:
        return Packet(sender, time_s, data)
    data = data[:length]  # Ethernet pads short packets
    at, size = ADDRESS_AT[version], ADDRESS_BYTES[version]
    source, target = data[at : at + size], data[at + size : at + 2 * size]
    if protocol != TCP or not whole or len(data) < header + 20:
        return Packet(sender, time_s, data, version, source, target, ttl)
    fields = struct.unpack_from(">HHIIHH", data, header)
    offset = (fields[4] >> 12) * 4
    if offset < 20 or header + offset > len(data):
        return Packet(sender, time_s, data, version, source, target, ttl)
    return Packet(
        sender, time_s, data, version, source, target, ttl,
        tcp=True,
        tcp_at=header,
        source_port=fields[0],
        target_port=fields[1],
        seq=fields[2],
        ack=fields[3],
        flags=fields[4] & 0xFFF,
        window=fields[5],
        options=data[header + 20 : header + offset],
        payload_bytes=len(data) - header - offset,
    )  # fmt: skip


CHANGEABLE = frozenset(
    {"source", "target", "ttl", "source_port", "target_port", "seq", "ack", "flags", "window"}
    | {"options"}
)


def changed(packet: Packet, **fields: object) -> bytes:
    """The same packet with other values in some fields, lengths and checksums right.

    ``fields`` are names of Packet: those of CHANGEABLE, and ``payload`` (bytes).
    """
    payload = packet.data[len(packet.data) - packet.payload_bytes :]
    given = fields.pop("payload", payload)
    assert isinstance(given, bytes)
    assert fields.keys() <= CHANGEABLE, fields
    values = packet._asdict() | fields
    options: bytes = values["options"] + bytes(-len(values["options"]) % 4)
    tcp = struct.pack(
        ">HHIIHHHH",
        values["source_port"],
        values["target_port"],
        values["seq"] & MASK,
        values["ack"] & MASK,
        ((20 + len(options)) << 10) | values["flags"],
        values["window"],
        0,
        int.from_bytes(packet.data[packet.tcp_at + 18 : packet.tcp_at + 20], "big"),
    )
    tcp += options + given
    head = packet.data[: packet.tcp_at]
    return sealed(head, values["source"], values["target"], values["ttl"], tcp)


def sealed(head: bytes, source: bytes, target: bytes, ttl: int, tcp: bytes) -> bytes:
    """IP header ``head`` with other addresses, TTL and length before ``tcp``; both checksums."""
    made = bytearray(head)
    if head[0] >> 4 == 4:
        made[8], made[2:4] = ttl, (len(head) + len(tcp)).to_bytes(2, "big")
        made[12:20] = source + target
        made[10:12] = b"\0\0"
        made[10:12] = checksum(bytes(made)).to_bytes(2, "big")
    else:
        made[7], made[4:6] = ttl, len(tcp).to_bytes(2, "big")
        made[8:40] = source + target
    pseudo = source + target + struct.pack(">II", len(tcp), TCP)
    blank = tcp[:16] + b"\0\0" + tcp[18:]
    return bytes(made) + tcp[:16] + checksum(pseudo + blank).to_bytes(2, "big") + tcp[18:]


def one_hop_less(data: bytes) -> bytes | None:
    """What a router does to TTL or hop limit; None when that was the last hop (RFC 1812 5.3.1)."""
    if data[0] >> 4 == 6:
        return None if data[7] <= 1 else data[:7] + bytes([data[7] - 1]) + data[8:]
    if data[8] <= 1:
        return None
    # RFC 1624: the sum of the header falls by 0x0100, so its complement grows by it.
    total = int.from_bytes(data[10:12], "big") + 0x0100
    total = (total + (total >> 16)) & 0xFFFF
    return data[:8] + bytes([data[8] - 1, data[9]]) + total.to_bytes(2, "big") + data[12:]


def options_of(options: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value of each TCP option, padding left out; stops where they are damaged."""
    at = 0
    while at < len(options) and options[at] != OPTION_END:
        if options[at] == OPTION_NOP:
            at += 1
            continue
        if at + 2 > len(options) or not 2 <= options[at + 1] <= len(options) - at:
            return
        yield options[at], options[at + 2 : at + options[at + 1]]
        at += options[at + 1]


def option_bytes(options: list[tuple[int, bytes]]) -> bytes:
    """The mirror of ``options_of``, padded to four bytes."""
    data = b"".join(bytes([kind, len(value) + 2]) + value for kind, value in options)
    return data + bytes([OPTION_NOP]) * (-len(data) % 4)


def segment_from(
    packet: Packet, side: Side, seq: int, flags: int, *, ack: int = 0, ttl: int = 64
) -> Packet:
    """A bare segment of the connection of ``packet``, as if ``side`` had sent it.

    No options, window 0; who wants others uses ``changed``.
    """
    ends = [(packet.source, packet.source_port), (packet.target, packet.target_port)]
    if side != packet.sender:
        ends.reverse()
    (source, source_port), (target, target_port) = ends
    if packet.version == 4:
        head = struct.pack(">BBHHHBBH8x", 0x45, 0, 0, 0, 0x4000, ttl, TCP, 0)
    else:
        head = struct.pack(">IHBB32x", 6 << 28, 0, TCP, ttl)
    numbers = (source_port, target_port, seq & MASK, ack & MASK, (20 << 10) | flags)
    tcp = struct.pack(">HHIIHHHH", *numbers, 0, 0, 0)
    return parse(sealed(head, source, target, ttl, tcp), side, packet.time_s)

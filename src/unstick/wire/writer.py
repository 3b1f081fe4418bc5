"""Segments to capture files: one trace in every container, byte order, resolution and link type.

The mirror of the readers, for tests, bug reports and demonstrations: payload is zeros unless bytes
are given, checksums are right, and reading gives back what was written. Not for copying captures:
what a ``PacketSpec`` does not name is not kept. Opens no file: bytes come out, or go to a file
that the caller opened.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import BinaryIO, Literal

from unstick.wire.columns import (
    NANOSECONDS,
    OPTION_AO,
    OPTION_FAST_OPEN,
    OPTION_MD5,
    OPTION_MPTCP,
    OPTION_OTHER,
    OPTION_SACK_PERMITTED,
    OPTION_USER_TIMEOUT,
)

Address = IPv4Address | IPv6Address

LINKS: dict[str, int] = {
    # name of a style: LINKTYPE_ number
    "ethernet": 1,
    "vlan": 1,
    "cooked": 113,
    "cooked2": 276,
    "raw": 101,
    "null": 0,
}

UNIT_NS: dict[str, int] = {"us": 1000, "ns": 1}
"""Nanoseconds in one unit of time of the file."""

MARKS: tuple[tuple[int, bytes], ...] = (
    # options without a value of their own in PacketSpec: bit, an example of the shortest use
    (OPTION_SACK_PERMITTED, b"\x04\x02"),
    (OPTION_USER_TIMEOUT, b"\x1c\x04\x00\x1e"),
    (OPTION_FAST_OPEN, b"\x22\x02"),
    (OPTION_MPTCP, b"\x1e\x04\x00\x00"),
    (OPTION_AO, b"\x1d\x10" + bytes(14)),
    (OPTION_MD5, b"\x13\x12" + bytes(16)),
    (OPTION_OTHER, b"\xfd\x04\x00\x00"),  # RFC 6994, an experiment nobody runs
)

OPTION_SPACE = 40
"""Bytes of options that fit in a TCP header (RFC 9293 3.1)."""

VLAN_ID = 7
CLIENT_MAC = bytes.fromhex("020000000001")
SERVER_MAC = bytes.fromhex("020000000002")


@dataclass(frozen=True, slots=True)
class PacketSpec:
    """One TCP segment in one IP packet. ``flags`` and ``marks`` are bit sets of columns.py:
    FIN ..., and OPTION_* for options that have no field here."""

    time_ns: int
    source: Address
    target: Address
    source_port: int
    target_port: int
    seq: int
    flags: int
    ack: int = 0
    window: int = 65535
    payload: int | bytes = 0
    mss: int | None = None
    window_scale: int | None = None
    timestamps: tuple[int, int] | None = None
    sacks: tuple[tuple[int, int], ...] = ()
    marks: int = 0
    urgent: int = 0
    ttl: int = 64
    ip_id: int = 0


@dataclass(frozen=True, slots=True)
class CaptureStyle:
    """How a capture is written. ``snaplen`` cuts packets; ``comments`` go into pcapng only."""

    container: Literal["pcap", "pcapng"] = "pcap"
    byte_order: Literal["little", "big"] = "little"
    resolution: Literal["us", "ns"] = "us"
    link: Literal["ethernet", "vlan", "cooked", "cooked2", "raw", "null"] = "ethernet"
    snaplen: int = 262_144
    comments: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The byte order as struct wants it."""
        return "<" if self.byte_order == "little" else ">"


def checksum(data: bytes) -> int:
    """RFC 1071."""
    padded = data if len(data) % 2 == 0 else data + b"\0"
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def option_bytes(packet: PacketSpec) -> bytes:
    """The TCP options, padded to four bytes. ValueError if they do not fit in a header."""
    data = b""
    if packet.mss is not None:
        data += struct.pack(">BBH", 2, 4, packet.mss)
    if packet.window_scale is not None:
        data += struct.pack(">BBB", 3, 3, packet.window_scale)
    for bit, option in MARKS:
        if packet.marks & bit:
            data += option
    if packet.timestamps is not None:
        data += struct.pack(">BBII", 8, 10, *packet.timestamps)
    if packet.sacks:
        data += struct.pack(">BB", 5, 2 + 8 * len(packet.sacks))
        data += b"".join(struct.pack(">II", *block) for block in packet.sacks)
    data += b"\x01" * (-len(data) % 4)
    if len(data) > OPTION_SPACE:
        raise ValueError(f"{len(data)} bytes of options, {OPTION_SPACE} fit in a TCP header")
    return data


def tcp_bytes(packet: PacketSpec) -> bytes:
    """TCP header, options and payload, with the checksum over the pseudo header."""
    options = option_bytes(packet)
    payload = bytes(packet.payload) if isinstance(packet.payload, int) else packet.payload
    header = struct.pack(
        ">HHIIHH",
        packet.source_port,
        packet.target_port,
        packet.seq,
        packet.ack,
        ((20 + len(options)) << 10) | packet.flags,
        packet.window,
    )
    after = struct.pack(">H", packet.urgent) + options + payload
    length = len(header) + 2 + len(after)
    if packet.source.version == 4:
        pseudo = struct.pack(">HH", 6, length)
    else:
        pseudo = struct.pack(">IHBB", length, 0, 0, 6)
    pseudo = packet.source.packed + packet.target.packed + pseudo
    total = checksum(pseudo + header + b"\0\0" + after)
    return header + struct.pack(">H", total) + after


def ip_bytes(packet: PacketSpec) -> bytes:
    """The whole packet from its IP header on. ValueError if it is longer than IP allows."""
    tcp = tcp_bytes(packet)
    addresses = packet.source.packed + packet.target.packed
    if len(tcp) + 40 > 65535:
        raise ValueError(f"{len(tcp)} bytes of TCP do not fit in an IP packet")
    if packet.source.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(tcp), 6, packet.ttl) + addresses + tcp
    length = 20 + len(tcp)
    head = struct.pack(">BBHHHBB", 0x45, 0, length, packet.ip_id, 0x4000, packet.ttl, 6)
    total = checksum(head + b"\0\0" + addresses)
    return head + struct.pack(">H", total) + addresses + tcp


def frame_bytes(packet: PacketSpec, style: CaptureStyle) -> bytes:
    """The packet with the link header of the style. Ethernet frames are padded to 60 bytes."""
    ip = ip_bytes(packet)
    version = packet.source.version
    ethertype = struct.pack(">H", 0x0800 if version == 4 else 0x86DD)
    if style.link == "raw":
        return ip
    if style.link == "null":
        return struct.pack(style.mark + "I", 2 if version == 4 else 30) + ip
    if style.link == "cooked":
        return struct.pack(">HHH6sxx", 0, 1, 6, CLIENT_MAC) + ethertype + ip
    if style.link == "cooked2":
        return ethertype + struct.pack(">HIHBB6sxx", 0, 1, 1, 0, 6, CLIENT_MAC) + ip
    tag = struct.pack(">HH", 0x8100, VLAN_ID) if style.link == "vlan" else b""
    frame = SERVER_MAC + CLIENT_MAC + tag + ethertype + ip
    return frame + bytes(max(0, 60 - len(frame)))


def pcap_pieces(packets: Iterable[PacketSpec], style: CaptureStyle) -> Iterator[bytes]:
    """A pcap file: its header, then two pieces a packet."""
    unit = UNIT_NS[style.resolution]
    magic = 0xA1B2C3D4 if unit == 1000 else 0xA1B23C4D
    link = LINKS[style.link]
    yield struct.pack(style.mark + "IHHiIII", magic, 2, 4, 0, 0, style.snaplen, link)
    for packet in packets:
        frame = frame_bytes(packet, style)
        seconds, below = divmod(packet.time_ns, NANOSECONDS)
        kept = frame[: style.snaplen]
        yield struct.pack(style.mark + "IIII", seconds, below // unit, len(kept), len(frame))
        yield kept


def block(style: CaptureStyle, kind: int, body: bytes) -> bytes:
    """One pcapng block around ``body``, which is a multiple of four bytes long."""
    size = struct.pack(style.mark + "I", len(body) + 12)
    return struct.pack(style.mark + "I", kind) + size + body + size


def option(style: CaptureStyle, code: int, value: bytes) -> bytes:
    """One pcapng option, padded."""
    return struct.pack(style.mark + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pcapng_pieces(packets: Iterable[PacketSpec], style: CaptureStyle) -> Iterator[bytes]:
    """A pcapng file: one section with one interface, then one block a packet."""
    comments = b"".join(option(style, 1, text.encode()) for text in style.comments)
    section = struct.pack(style.mark + "IHHq", 0x1A2B3C4D, 1, 0, -1)
    yield block(style, 0x0A0D0D0A, section + comments + option(style, 0, b""))
    unit = UNIT_NS[style.resolution]
    interface = struct.pack(style.mark + "HHI", LINKS[style.link], 0, style.snaplen)
    resolution = option(style, 9, bytes([6 if unit == 1000 else 9]))
    yield block(style, 1, interface + resolution + option(style, 0, b""))
    for packet in packets:
        frame = frame_bytes(packet, style)
        kept = frame[: style.snaplen]
        high, low = divmod(packet.time_ns // unit, 1 << 32)
        head = struct.pack(style.mark + "IIIII", 0, high, low, len(kept), len(frame))
        yield block(style, 6, head + kept + bytes(-len(kept) % 4))


def capture_pieces(packets: Iterable[PacketSpec], style: CaptureStyle) -> Iterator[bytes]:
    """The file in pieces, in order. Times are cut to the resolution of the style."""
    return (pcap_pieces if style.container == "pcap" else pcapng_pieces)(packets, style)


def write_capture(
    file: BinaryIO, packets: Iterable[PacketSpec], style: CaptureStyle | None = None
) -> None:
    """Write a capture into an open file. ValueError names a packet that cannot be written; what
    was written before it stays."""
    file.writelines(capture_pieces(packets, style or CaptureStyle()))

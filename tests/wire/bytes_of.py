"""Capture files made by hand, byte by byte, for what the writer does not write."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from unstick.wire.writer import PacketSpec, ip_bytes

SECOND = 1_700_000_000


def spec(**changes: Any) -> PacketSpec:
    """A segment of one connection, with what a test wants different."""
    defaults: dict[str, Any] = {
        "time_ns": SECOND * 1_000_000_000,
        "source": IPv4Address("192.0.2.1"),
        "target": IPv4Address("192.0.2.2"),
        "source_port": 40000,
        "target_port": 80,
        "seq": 1000,
        "ack": 2000,
        "flags": 0x10,
        "payload": 5,
    }
    return PacketSpec(**(defaults | changes))


def ipv4(**changes: Any) -> bytes:
    """An IPv4 packet with a TCP segment."""
    return ip_bytes(spec(**changes))


def ipv6(**changes: Any) -> bytes:
    """An IPv6 packet with a TCP segment."""
    ends = {"source": IPv6Address("2001:db8::1"), "target": IPv6Address("2001:db8::2")}
    return ip_bytes(spec(**(ends | changes)))


def ip4(protocol: int, body: bytes, fragment: int = 0, length: int | None = None) -> bytes:
    """An IPv4 header (addresses 198.51.100.1 and .2) around any body. ``fragment``: flags and
    offset as they stand in the header."""
    total = 20 + len(body) if length is None else length
    head = struct.pack(">BBHHHBBH", 0x45, 0, total, 77, fragment, 60, protocol, 0)
    return head + bytes((198, 51, 100, 1, 198, 51, 100, 2)) + body


def ip6(following: int, body: bytes, length: int | None = None) -> bytes:
    """An IPv6 header around any body."""
    size = len(body) if length is None else length
    ends = bytes.fromhex("20010db8" + "00" * 11 + "03") + bytes.fromhex(
        "20010db8" + "00" * 11 + "04"
    )
    return struct.pack(">IHBB", 6 << 28, size, following, 60) + ends + body


def tcp(options: bytes = b"", payload: bytes = b"") -> bytes:
    """A TCP header with these options, which must be a multiple of four bytes."""
    word = ((20 + len(options)) << 10) | 0x10
    return struct.pack(">HHIIHHHH", 1, 2, 3, 4, word, 5, 6, 7) + options + payload


LINUX_TIMESTAMPS = b"\1\1\x08\x0a" + struct.pack(">II", 7, 8)
"""As Linux writes them (RFC 7323 appendix A); the writer puts padding last."""


def udp(port: int, body: bytes) -> bytes:
    return struct.pack(">HHHH", 5555, port, 8 + len(body), 0) + body


def ethernet(ethertype: int, body: bytes) -> bytes:
    return bytes(12) + struct.pack(">H", ethertype) + body


def pcap(
    packets: Sequence[bytes],
    link: int = 101,
    *,
    mark: str = "<",
    magic: int = 0xA1B2C3D4,
    minor: int = 4,
    extra: bytes = b"",
    swapped: bool = False,
    snaplen: int = 262_144,
) -> bytes:
    """A pcap file, a second between packets. ``extra`` stands after each record header."""
    pieces = [struct.pack(mark + "IHHiIII", magic, 2, minor, 0, 0, snaplen, link)]
    for index, packet in enumerate(packets):
        lengths = [len(packet[:snaplen]), len(packet)]
        if swapped:
            lengths.reverse()
        pieces.append(struct.pack(mark + "IIII", SECOND + index, 5, *lengths))
        pieces.append(extra + packet[:snaplen])
    return b"".join(pieces)


def block(kind: int, body: bytes, mark: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(mark + "I", len(body) + 12)
    return struct.pack(mark + "I", kind) + size + body + size


def option(code: int, value: bytes, mark: str = "<") -> bytes:
    return struct.pack(mark + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(mark: str = "<", options: bytes = b"") -> bytes:
    return block(0x0A0D0D0A, struct.pack(mark + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, mark)


def interface(link: int = 101, mark: str = "<", options: bytes = b"", snaplen: int = 0) -> bytes:
    return block(1, struct.pack(mark + "HHI", link, 0, snaplen) + options, mark)


def enhanced(packet: bytes, units: int = 0, number: int = 0, mark: str = "<") -> bytes:
    """An enhanced packet block. ``units``: the time in units of the interface."""
    high, low = divmod(units, 1 << 32)
    head = struct.pack(mark + "IIIII", number, high, low, len(packet), len(packet))
    return block(6, head + packet, mark)

"""Segments as the probe writes and reads them: IPv4, small, with the options that laws look at.

A segment here is numbers; ``packed`` makes the packet of it that the wire carries, ``read`` is the
way back. Pure.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from unstick.lab.packets import CLIENT, TCP, Packet, option_bytes, options_of, parse, sealed
from unstick.wire.columns import FIN, MASK, SYN

OPTION_MSS, OPTION_SCALE, OPTION_SACK_OK, OPTION_SACK = 2, 3, 4, 5
OPTION_TIMESTAMPS, OPTION_MD5 = 8, 19

HEAD = struct.pack(">BBHHHBBH8x", 0x45, 0, 0, 0, 0x4000, 64, TCP, 0)
NUMBERS = struct.Struct(">HHIIHHHH")
STAMPS = struct.Struct(">II")
STAMPS_HEAD = bytes([1, 1, OPTION_TIMESTAMPS, 2 + STAMPS.size])


class Ends(NamedTuple):
    """The addresses of a connection: the peer, which is the probe, and the kernel."""

    peer: bytes
    peer_port: int
    kernel: bytes
    kernel_port: int


class Opening(NamedTuple):
    """What a SYN offers. ``scale`` None: no window scaling."""

    mss: int = 1000
    scale: int | None = 7
    sack: bool = True


class Segment(NamedTuple):
    """Numbers are absolute, modulo 2**32; ``window`` is the raw field; ``length`` is the payload,
    without SYN and FIN. ``signed``: with an MD5 option that nobody negotiated."""

    flags: int
    seq: int
    ack: int = 0
    length: int = 0
    window: int = 512
    timestamps: tuple[int, int] | None = None
    sacks: tuple[tuple[int, int], ...] = ()
    opening: Opening | None = None
    signed: bool = False

    @property
    def end(self) -> int:
        """The number after the last octet; SYN and FIN count."""
        return (self.seq + self.length + bool(self.flags & SYN) + bool(self.flags & FIN)) & MASK


def packed(segment: Segment, ends: Ends) -> bytes:
    """The packet of it, from the peer to the kernel."""
    options = option_bytes(_options(segment))
    if segment.timestamps is not None:
        # The layout that header prediction looks for (RFC 7323 A).
        options = STAMPS_HEAD + STAMPS.pack(*segment.timestamps) + options
    tcp = NUMBERS.pack(
        ends.peer_port,
        ends.kernel_port,
        segment.seq & MASK,
        segment.ack & MASK,
        ((20 + len(options)) << 10) | segment.flags,
        segment.window,
        0,
        0,
    )
    return sealed(HEAD, ends.peer, ends.kernel, 64, tcp + options + bytes(segment.length))


def _options(segment: Segment) -> list[tuple[int, bytes]]:
    found = []
    if segment.opening is not None:
        found.append((OPTION_MSS, segment.opening.mss.to_bytes(2, "big")))
        if segment.opening.scale is not None:
            found.append((OPTION_SCALE, bytes([segment.opening.scale])))
        if segment.opening.sack:
            found.append((OPTION_SACK_OK, b""))
    if segment.signed:
        found.append((OPTION_MD5, bytes(16)))
    return found


def read(data: bytes) -> tuple[Ends, Segment] | None:
    """A packet of the kernel; None for what is not TCP."""
    packet = parse(data, CLIENT, 0.0)
    if not packet.tcp:
        return None
    ends = Ends(packet.target, packet.target_port, packet.source, packet.source_port)
    return ends, segment_of(packet)


def segment_of(packet: Packet) -> Segment:
    """The numbers of a packet, with the options the probe knows."""
    mss = scale = None
    sack = False
    timestamps = None
    sacks: tuple[tuple[int, int], ...] = ()
    for kind, value in options_of(packet.options):
        if kind == OPTION_TIMESTAMPS and len(value) == STAMPS.size:
            timestamps = STAMPS.unpack(value)
        elif kind == OPTION_SACK:
            edges = struct.unpack(f">{len(value) // 4}I", value[: len(value) // 4 * 4])
            sacks = tuple(zip(edges[::2], edges[1::2], strict=False))
        elif kind == OPTION_MSS:
            mss = int.from_bytes(value, "big")
        elif kind == OPTION_SCALE and value:
            scale = value[0]
        elif kind == OPTION_SACK_OK:
            sack = True
    opening = Opening(mss or 536, scale, sack) if packet.flags & SYN else None
    return Segment(
        packet.flags,
        packet.seq,
        packet.ack,
        packet.payload_bytes,
        packet.window,
        timestamps,
        sacks,
        opening,
    )

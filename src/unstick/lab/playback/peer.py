"""The played end: segments as they were captured, with numbers that fit this kernel's.

A raw socket on a cable: what is written goes out, what comes in is read and counted. It answers
nothing by itself.
"""

from __future__ import annotations

import time
from ipaddress import IPv4Address
from typing import NamedTuple

from unstick.lab import packet_sockets
from unstick.lab.hosts import INTERFACE
from unstick.lab.packets import SERVER, options_of, parse
from unstick.lab.playback.pair import ADDRESS, MAC, PEER, PEER_MAC
from unstick.wire.columns import ACK_FLAG, FIN, MASK, RST, SYN
from unstick.wire.notation import TracePacket
from unstick.wire.writer import PacketSpec, ip_bytes

ISN = 1_000_000
"""Of the played end."""

TYPE = bytes.fromhex("0800")
HEAD_OUT = bytes.fromhex((MAC + PEER_MAC).replace(":", "")) + TYPE
HEAD_BYTES = len(HEAD_OUT)
OPTION_TIMESTAMPS = 8


class Frame(NamedTuple):
    """For the capture of the play."""

    time_ns: int
    data: bytes


class Peer:
    """Opened in the namespace of the calling thread. ``ports``: its own, the kernel's.

    What it has heard of the kernel, relative to the kernel's SYN: ``sent`` is the highest number,
    ``acked`` the last ACK number, ``acks`` how many segments were an ACK and nothing else,
    ``probes`` how many came below ``sent`` while its own window was closed.
    """

    def __init__(self, ports: tuple[int, int]) -> None:
        self.own_port, self.port = ports
        self.sock = packet_sockets.opened(INTERFACE)
        self.sock.setsockopt(packet_sockets.SOL_PACKET, packet_sockets.IGNORE_OUTGOING, 1)
        self.frames: list[Frame] = []
        self.isn: int | None = None
        self.sent = 0
        self.acked: int | None = None
        self.acks = 0
        self.resets = 0
        self.copies = self.probes = 0
        self.window_closed = False
        self.stamp = 0

    def close(self) -> None:
        self.sock.close()

    def send(self, segment: TracePacket, ack: int | None) -> None:
        """The segment, with another ACK number where the kernel has not sent so much."""
        base = self.isn or 0
        self.window_closed = not segment.window and not segment.flags & (SYN | RST)
        stamps = segment.timestamps
        spec = PacketSpec(
            0,
            IPv4Address(PEER),
            IPv4Address(ADDRESS),
            self.own_port,
            self.port,
            seq=(segment.seq + ISN) & MASK,
            flags=segment.flags & 0xFF,
            ack=0 if ack is None else (ack + base) & MASK,
            window=segment.window,
            payload=segment.length,
            mss=segment.mss,
            window_scale=segment.window_scale,
            timestamps=None if stamps is None else (stamps[0], self.stamp if stamps[1] else 0),
            sacks=tuple(
                ((left + base) & MASK, (right + base) & MASK) for left, right in segment.sacks
            ),
            marks=segment.marks & ~(1 << 31),
        )
        data = HEAD_OUT + ip_bytes(spec)
        self.frames.append(Frame(time.time_ns(), data))
        self.sock.send(data)

    def hear(self) -> bool:
        """Reads all that waits; whether there was something of this connection."""
        heard = False
        while True:
            try:
                data = self.sock.recv(1 << 17)
            except (BlockingIOError, InterruptedError):
                return heard
            if data[12:14] != TYPE:
                continue
            self.frames.append(Frame(time.time_ns(), data))
            packet = parse(data[HEAD_BYTES:], SERVER, 0.0)
            if packet.tcp and (packet.source_port, packet.target_port) == (
                self.port,
                self.own_port,
            ):
                heard = True
                self.book(packet.seq, packet.ack, packet.flags, packet.payload_bytes)
                self.stamp = timestamp_of(packet.options) or self.stamp

    def book(self, seq: int, ack: int, flags: int, length: int) -> None:
        if flags & RST:
            self.resets += 1
            return
        if flags & SYN and self.isn is None:
            self.isn = seq
        begin = (seq - (self.isn or 0)) & MASK
        end = begin + length + bool(flags & SYN) + bool(flags & FIN)
        if end > begin and end <= self.sent:
            self.copies += 1
        elif end == begin:
            self.probes += self.window_closed and end < self.sent
            self.acks += end >= self.sent
        self.sent = max(self.sent, end)
        if flags & ACK_FLAG:
            self.acked = (ack - ISN) & MASK


def timestamp_of(options: bytes) -> int | None:
    for kind, value in options_of(options):
        if kind == OPTION_TIMESTAMPS and len(value) == 8:
            return int.from_bytes(value[:4], "big")
    return None

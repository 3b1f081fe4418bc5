"""Segments for tests of flows: as rows of the segment table, and as a capture tshark can read."""

from __future__ import annotations

import importlib.util
import ipaddress
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from unstick.flows import kernels
from unstick.wire import columns as c
from unstick.wire.tables import zeros

TSHARK = shutil.which("tshark")


@dataclass(frozen=True, slots=True)
class Packet:
    """One segment; ``notices`` only matter to flows, they are not written to captures."""

    source: str
    source_port: int
    target: str
    target_port: int
    flags: int
    seq: int = 0
    ack: int = 0
    notices: int = 0


def halves(address: str) -> tuple[int, int]:
    """An address as two signed 64-bit halves, as the segment table holds it."""
    number = int(ipaddress.ip_address(address))
    high, low = number >> 64, number & ((1 << 64) - 1)
    return (high ^ (1 << 63)) - (1 << 63), (low ^ (1 << 63)) - (1 << 63)


def segment_table(packets: Sequence[Packet]) -> memoryview:
    """The rows that the readers would give for these packets."""
    table = zeros(len(packets) * c.SEGMENT_WIDTH)
    for row, packet in enumerate(packets):
        base = row * c.SEGMENT_WIDTH
        table[base + c.FRAME] = row + 1
        table[base + c.IP_VERSION] = ipaddress.ip_address(packet.source).version
        table[base + c.SOURCE_HIGH], table[base + c.SOURCE_LOW] = halves(packet.source)
        table[base + c.TARGET_HIGH], table[base + c.TARGET_LOW] = halves(packet.target)
        table[base + c.SOURCE_PORT] = packet.source_port
        table[base + c.TARGET_PORT] = packet.target_port
        table[base + c.FLAGS] = packet.flags
        table[base + c.SEQ] = packet.seq
        table[base + c.ACK] = packet.ack
        table[base + c.NOTICES] = packet.notices
    return table


def slots_and_sides(table: memoryview) -> list[tuple[int, int]]:
    """What flows wrote, row by row."""
    rows = range(0, len(table), c.SEGMENT_WIDTH)
    return [(table[base + c.SLOT], table[base + c.SIDE]) for base in rows]


def raw_packet(packet: Packet) -> bytes:
    """The packet from its IP header on, without payload. Checksums are left 0."""
    tcp = struct.pack(
        ">HHIIHHHH",
        packet.source_port,
        packet.target_port,
        packet.seq,
        packet.ack,
        (5 << 12) | packet.flags,
        1000,
        0,
        0,
    )
    source = ipaddress.ip_address(packet.source)
    target = ipaddress.ip_address(packet.target)
    if source.version == 4:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
    else:
        head = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64)
    return head + source.packed + target.packed + tcp


def write_capture(path: Path, packets: Sequence[Packet]) -> None:
    """A pcap of raw IP packets (LINKTYPE_RAW), a millisecond apart."""
    blocks = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
    for row, packet in enumerate(packets):
        data = raw_packet(packet)
        blocks.append(struct.pack("<IIII", row // 1000, (row % 1000) * 1000, len(data), len(data)))
        blocks.append(data)
    path.write_bytes(b"".join(blocks))


def tshark_streams(path: Path) -> dict[int, list[int]]:
    """Frame number to the stream numbers tshark gives it (several if TCP stands inside TCP's ICMP
    error or the like); frames without TCP are absent."""
    assert TSHARK is not None
    fields = ("-T", "fields", "-e", "frame.number", "-e", "tcp.stream")
    # Name resolution and checksums cost time and change nothing.
    done = subprocess.run(
        [TSHARK, "-n", "-r", str(path), *fields],
        check=False,  # a damaged file gives what could be read, and status 2
        capture_output=True,
        text=True,
        timeout=120,
    )
    streams: dict[int, list[int]] = {}
    for line in done.stdout.splitlines():
        frame, _, numbers = line.partition("\t")
        if numbers:
            streams[int(frame)] = [int(number) for number in numbers.split(",")]
    return streams


def plain_kernels() -> ModuleType:
    """The uncompiled ``flows.kernels``, also where a compiled one shadows it."""
    path = Path(kernels.__file__).parent / "kernels.py"
    spec = importlib.util.spec_from_file_location("plain_flow_kernels", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

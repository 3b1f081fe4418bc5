"""No byte outside the bytes at hand is read: buffers exactly as large as what is in them.

Python itself refuses a read past the end, so the plain engine shows what both would do; a build
with checks (tests/fuzz/README.md) shows it of the compiled one.
"""

from __future__ import annotations

import random

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import compiled, plain, sources
from tests.wire.test_hostile_input import SAMPLES, long_capture
from unstick.wire.anomalies import new_table
from unstick.wire.columns import SEGMENT_WIDTH
from unstick.wire.frames import SegmentTable
from unstick.wire.kernels import WireKernels
from unstick.wire.pcap import PcapReader
from unstick.wire.pcapng import PcapngReader
from unstick.wire.recognise import recognise

CAPACITY = 50

SACK = b"\1\1\5\x0a" + bytes(8)
EVERY_OPTION = {"mss": 1460, "timestamps": (7, 8), "sacks": ((3, 4), (9, 12))}
PACKETS: dict[str, bytes] = {
    "ipv4": b.ethernet(0x0800, b.ipv4()),
    "ipv4 timestamps": b.ethernet(0x0800, b.ip4(6, b.tcp(b.LINUX_TIMESTAMPS, b"hello"))),
    "ipv4 sack": b.ethernet(0x0800, b.ip4(6, b.tcp(b.LINUX_TIMESTAMPS + SACK))),
    "ipv4 options": b.ethernet(0x0800, b.ipv4(**EVERY_OPTION)),
    "ipv6": b.ethernet(0x86DD, b.ipv6()),
    "ipv6 options": b.ethernet(0x86DD, b.ipv6(**EVERY_OPTION)),
    "vlan": b.ethernet(0x8100, b"\0\7\x08\0" + b.ipv4()),
    "vlan ipv6": b.ethernet(0x8100, b"\0\7\x86\xdd" + b.ipv6()),
    "udp": b.ethernet(0x0800, b.ip4(17, b.udp(53, bytes(20)))),
    "vxlan": b.ethernet(0x0800, b.ip4(17, b.udp(4789, bytes(8) + b.ethernet(0x0800, b.ipv4())))),
    "icmp": b.ethernet(0x0800, b.ip4(1, b"\3\1" + bytes(6) + b.ipv4())),
}


def rows_of(data: bytes, kernels: WireKernels, final: bool) -> list[list[int]]:
    """The rows of what a reader is given at once, in a buffer of that size; then what was odd."""
    buf = memoryview(bytearray(data))
    odd = new_table()
    table = SegmentTable(kernels, odd, True, CAPACITY)
    is_pcap = recognise(data)[0] == "pcap"
    reader = PcapReader(buf, kernels, odd) if is_pcap else PcapngReader(kernels, odd)
    if final:
        reader.last_bytes()
    rows: list[list[int]] = []
    filled = CAPACITY
    while filled == CAPACITY:
        filled = reader.walk(buf, len(buf), table, 0, CAPACITY)
        numbers = table.segments[: filled * SEGMENT_WIDTH].tolist()
        rows += [numbers[at : at + SEGMENT_WIDTH] for at in range(0, len(numbers), SEGMENT_WIDTH)]
    return [*rows, list(odd), list(reader.state)]


def damaged(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(12)):
        changed[chance.randrange(4, len(changed))] = chance.choice(
            (0, 1, 4, 6, 0x45, 127, 128, 255, chance.randrange(256))
        )
    return bytes(changed[: chance.choice((len(changed), chance.randrange(24, len(changed))))])


def agree(data: bytes, final: bool) -> None:
    if recognise(data[:1024])[0] is None:
        return
    fast = rows_of(data, compiled(), final)
    assert rows_of(data, plain(), final) == fast
    assert rows_of(data, sources(), final) == fast


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_samples_stay_inside(name: str) -> None:
    chance = random.Random(7)
    agree(SAMPLES[name], True)
    for _ in range(40):
        agree(damaged(chance, SAMPLES[name]), chance.random() < 0.5)


@pytest.mark.parametrize("name", PACKETS)
def test_packets_cut_anywhere_stay_inside(name: str) -> None:
    """The packet is the last of the file, and the buffer ends where it was cut."""
    packet = PACKETS[name]
    for size in range(len(packet) + 1):
        agree(b.pcap([b.ethernet(0x0800, b.ipv4()), packet], 1, snaplen=size), True)


@pytest.mark.parametrize("pcapng", [False, True])
def test_every_cut_of_the_last_blocks_stays_inside(pcapng: bool) -> None:
    data = long_capture(random.Random(8), 40, pcapng)
    for size in range(len(data) - 300, len(data) + 1):
        agree(data[:size], False)

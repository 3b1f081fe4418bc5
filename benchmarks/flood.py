"""A capture of a flood: SYNs from as many sources, or connections that stay half open.

    python -m benchmarks.flood syn 10_000_000 | unstick explain -
    python -m benchmarks.flood half 5_000_000 | unstick explain -

``half``: each SYN has its SYN-ACK, and then nothing. A packet every microsecond; Ethernet, IPv4.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from struct import Struct

PCAP = Struct("<IHHiIII")
RECORD = Struct("<IIII")
PACKET = Struct(">12sH BBHHHBBH4s4s HHIIBBHHH")
"""Ethernet, IPv4 and TCP headers without options; nothing verifies the checksums, which are 0."""

BEGUN_S = 1_700_000_000
SERVER = bytes((192, 0, 2, 80))
SYN, SYN_ACK = 0x02, 0x12
ISS = 1_000_000
FIRST_SOURCE = 0x0A000000  # 10.0.0.0: there are 16 million from there
CHUNK = 10_000


def packet(number: int, flags: int, at_us: int) -> bytes:
    """The SYN of source ``number`` (its port follows from it), or what the server answers."""
    source = (FIRST_SOURCE + (number % (1 << 24))).to_bytes(4, "big")
    port = 1024 + (number % 60_000)
    ends = (source, SERVER, port, 80, ISS, 0)
    if flags == SYN_ACK:
        ends = (SERVER, source, 80, port, 3 * ISS, ISS + 1)
    ip = (0x45, 0, 40, number & 0xFFFF, 0x4000, 64, 6, 0)
    octets = PACKET.pack(bytes(12), 0x0800, *ip, *ends, 0x50, flags, 65_535, 0, 0)
    seconds, below = divmod(at_us, 1_000_000)
    return RECORD.pack(BEGUN_S + seconds, below, len(octets), len(octets)) + octets


def flood(kind: str, count: int) -> Iterator[bytes]:
    """The file, in pieces."""
    yield PCAP.pack(0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
    held: list[bytes] = []
    for number in range(count):
        if kind == "syn":
            held.append(packet(number, SYN, number))
        else:
            held += (packet(number, SYN, 2 * number), packet(number, SYN_ACK, (2 * number) + 1))
        if len(held) >= CHUNK:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flood",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=("syn", "half"))
    parser.add_argument("count", type=int, help="connections")
    options = parser.parse_args()
    if sys.stdout.isatty():
        parser.error("standard output is a terminal: send it to a file or to unstick")
    for piece in flood(options.kind, options.count):
        sys.stdout.buffer.write(piece)
    return 0


if __name__ == "__main__":
    sys.exit(main())

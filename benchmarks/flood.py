"""A capture of a flood: SYNs from as many sources, or connections that stay half open.

    python -m benchmarks.flood syn 10_000_000 | unstick explain -
    python -m benchmarks.flood half 5_000_000 | unstick explain -

``half``: each SYN has its SYN-ACK, and then nothing. A packet every microsecond; Ethernet, IPv4.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address

from unstick.wire.columns import ACK_FLAG, SYN
from unstick.wire.writer import CaptureStyle, PacketSpec, pcap_pieces

BEGUN_NS = 1_700_000_000_000_000_000
SERVER = IPv4Address("192.0.2.80")
FIRST_SOURCE = IPv4Address("10.0.0.0")
SOURCES = 1 << 24
PORTS = range(1024, 61_024)
ISS = 1_000_000


def packets(kind: str, count: int) -> Iterator[PacketSpec]:
    """The SYN of each source, and of half-open connections what the server answers."""
    now = BEGUN_NS
    for number in range(count):
        source, port = FIRST_SOURCE + (number % SOURCES), PORTS[number % len(PORTS)]
        yield PacketSpec(now, source, SERVER, port, 80, ISS, SYN)
        now += 1000
        if kind == "half":
            yield PacketSpec(now, SERVER, source, 80, port, ISS, SYN | ACK_FLAG, ISS + 1)
            now += 1000


def flood(kind: str, count: int) -> Iterator[bytes]:
    """The file, in pieces."""
    return pcap_pieces(packets(kind, count), CaptureStyle())


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
    sys.stdout.buffer.writelines(flood(options.kind, options.count))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes a pcap many times over, as one long capture: later copies come later, from other networks.

    python -m benchmarks.repeat web.pcap --copies 90 | unstick explain -

Every copy has its own connections: one octet of both addresses moves on by one for each (by
``--same`` it does not, and then the connections are the same ones). Needs NumPy. Only
little-endian Ethernet captures in microseconds, as ``make_captures.sh`` records them.
"""

from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

try:
    import numpy as np
except ImportError:
    sys.exit("benchmarks.repeat: needs NumPy: pip install numpy")

FILE_HEADER = 24
RECORD_HEADER = 16
ETHERTYPE = RECORD_HEADER + 12  # its first octet
SOURCE = RECORD_HEADER + 14 + 13  # second octet of the IPv4 source address
TARGET = SOURCE + 4
SOURCE_6 = RECORD_HEADER + 14 + 8 + 2  # third octet of the IPv6 source address
TARGET_6 = SOURCE_6 + 16


def offsets_of(data: bytes) -> np.ndarray:
    """Where each record begins."""
    found = []
    at = FILE_HEADER
    unpack = struct.Struct("<I").unpack_from
    while at + RECORD_HEADER <= len(data):
        found.append(at)
        at += RECORD_HEADER + unpack(data, at + 8)[0]
    return np.array(found, dtype=np.int64)


def seconds_of(array: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    parts = [array[offsets + byte].astype(np.uint32) << np.uint32(8 * byte) for byte in range(4)]
    return np.bitwise_or.reduce(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("capture", type=Path)
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--same", action="store_true", help="the same addresses in every copy")
    options = parser.parse_args()
    data = options.capture.read_bytes()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        parser.error(f"{options.capture} is no little-endian pcap in microseconds")
    array = np.frombuffer(bytearray(data), dtype=np.uint8)
    offsets = offsets_of(data)
    ipv4 = offsets[array[offsets + ETHERTYPE] == 0x08]
    ipv6 = offsets[array[offsets + ETHERTYPE] == 0x86]
    seconds = seconds_of(array, offsets)
    lasts = int(seconds.max() - seconds.min()) + 60
    sys.stdout.buffer.write(array[:FILE_HEADER].tobytes())
    for copy in range(options.copies):
        if copy:
            seconds += np.uint32(lasts)
            for byte in range(4):
                array[offsets + byte] = (seconds >> np.uint32(8 * byte)) & np.uint32(0xFF)
            if not options.same:
                for place in (ipv4 + SOURCE, ipv4 + TARGET, ipv6 + SOURCE_6, ipv6 + TARGET_6):
                    array[place] += np.uint8(1)
        sys.stdout.buffer.write(array[FILE_HEADER:].data)


if __name__ == "__main__":
    main()

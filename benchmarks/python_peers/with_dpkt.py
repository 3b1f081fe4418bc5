"""Packets and bytes of each connection in a dict, by dpkt (``pip install dpkt``)."""

import sys

import dpkt


def flows(path: str) -> dict[tuple[bytes, int, bytes, int], list[int]]:
    """By both ends, of Ethernet captures."""
    found: dict[tuple[bytes, int, bytes, int], list[int]] = {}
    with open(path, "rb") as file:
        for _, frame in dpkt.pcap.UniversalReader(file):
            packet = dpkt.ethernet.Ethernet(frame).data
            segment = getattr(packet, "data", None)
            if not isinstance(segment, dpkt.tcp.TCP):
                continue
            ends = sorted(((packet.src, segment.sport), (packet.dst, segment.dport)))
            flow = found.setdefault((*ends[0], *ends[1]), [0, 0])
            flow[0] += 1
            flow[1] += len(segment.data)
    return found


if __name__ == "__main__":
    print(len(flows(sys.argv[1])))

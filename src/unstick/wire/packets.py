"""One captured packet becomes a row of segments, or none. A hot file: see packets.pxd.

``quick`` knows the shapes that nearly all packets have and reads them at one go; whatever is
different, or odd, it leaves untouched to ``decode``, which takes header after header (links.py,
internet.py, tunnels.py) and counts what is odd. What quick takes, decode would write the same.
"""

from __future__ import annotations

from unstick.wire.columns import (
    BRIEF,
    COMPILED,
    ENCAPSULATION,
    FRAME,
    INTERFACE,
    NOTICES,
    RECORD_AT,
    RECORD_DEPTH,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAGMENT,
    RECORD_FRAME,
    RECORD_INTERFACE,
    RECORD_IP,
    RECORD_LAYER,
    RECORD_LENGTH,
    RECORD_NOTICES,
    RECORD_OFFSET,
    RECORD_STOP,
    RECORD_TIME_NS,
    SEGMENT_WIDTH,
    TIME_NS,
)
from unstick.wire.internet import walk_ip
from unstick.wire.layers import (
    HEADER_AT,
    LAYER_FIRST_TUNNEL,
    LAYER_FRAGMENT,
    LAYER_IPV4,
    LAYER_LAST_LINK,
    LAYER_LAST_NETWORK,
    LAYER_NOTHING,
    LAYER_RAW,
    LAYER_TCP,
    TYPE_INDEX_AT,
    UDP_PORT_AT,
)
from unstick.wire.links import VLAN_TAG, peel
from unstick.wire.octets import ask_to_write, u16
from unstick.wire.segments import (
    SHORTEST,
    bears_timestamps,
    fill,
    put_ipv4,
    put_ipv4_at_once,
    put_ipv6,
    put_ipv6_at_once,
    put_tcp,
)
from unstick.wire.tunnels import open_tunnel

OTHER = -1
"""quick: not one of its shapes. decode: a fragment of TCP, which fragments.py takes on."""

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_IPV6 = 0x86DD
ETHERTYPE_VLAN = 0x8100
PROTOCOL_TCP = 6
PROTOCOL_UDP = 17

ROWS_AHEAD = 16
"""So many rows are as long as it takes to get lines back from another core."""


def quick(
    buf: memoryview,
    lookup: memoryview,
    at: int,
    end: int,
    stop: int,
    layer: int,
    segments: memoryview,
    base: int,
    detail: int,
) -> int:
    """The packet from ``at`` to ``end`` (to ``stop`` on the wire), of a link of this layer: 1 if
    its row is written but for FRAME, TIME_NS and INTERFACE, 0 if it cannot carry TCP, or OTHER."""
    encapsulation = 0
    size = lookup[HEADER_AT + layer]
    if at + size + 20 > end:
        return OTHER
    if size:
        index = at + lookup[TYPE_INDEX_AT + layer]
        ethertype = u16(buf, index)
        at += size
        if ethertype == ETHERTYPE_VLAN and at + 24 <= end:
            encapsulation = VLAN_TAG | ((buf[at] & 0x0F) << 8) | buf[at + 1]
            ethertype = u16(buf, at + 2)
            at += 4
        if ethertype == ETHERTYPE_IPV4:
            took = quick_ipv4(buf, lookup, at, end, stop, segments, base, detail)
        elif ethertype == ETHERTYPE_IPV6:
            took = quick_ipv6(buf, lookup, at, end, stop, segments, base, detail)
        else:
            return OTHER
    elif layer != LAYER_RAW:
        return OTHER
    elif (buf[at] >> 4) == 4:
        took = quick_ipv4(buf, lookup, at, end, stop, segments, base, detail)
    else:
        took = quick_ipv6(buf, lookup, at, end, stop, segments, base, detail)
    segments[base + ENCAPSULATION] = encapsulation
    return took


def quick_ipv4(
    buf: memoryview,
    lookup: memoryview,
    at: int,
    end: int,
    stop: int,
    segments: memoryview,
    base: int,
    detail: int,
) -> int:
    """IPv4 without options, whole, with a length that fits (RFC 791); 20 bytes are there."""
    after = at + u16(buf, at + 2)
    # Anything in flags and offset but "don't fragment" and the reserved bit makes a fragment.
    if buf[at] != 0x45 or after > stop or after < at + 20 or (buf[at + 6] & 0x3F) | buf[at + 7]:
        return OTHER
    if buf[at + 9] != PROTOCOL_TCP:
        return quick_other(buf, lookup, at + 20, end, after, buf[at + 9])
    usual = detail == BRIEF and bears_timestamps(buf, at + 20, end, after)
    if usual and put_ipv4_at_once(buf, at, segments, base):
        return 1
    put_ipv4(buf, at, segments, base)
    return quick_tcp(buf, at + 20, end, after, segments, base, detail)


def quick_ipv6(
    buf: memoryview,
    lookup: memoryview,
    at: int,
    end: int,
    stop: int,
    segments: memoryview,
    base: int,
    detail: int,
) -> int:
    """IPv6 without extension headers, with a length that fits (RFC 8200 3)."""
    if at + 40 > end:
        return OTHER
    after = at + 40 + u16(buf, at + 4)
    if (buf[at] >> 4) != 6 or after > stop or after == at + 40:
        return OTHER
    if buf[at + 6] != PROTOCOL_TCP:
        return quick_other(buf, lookup, at + 40, end, after, buf[at + 6])
    usual = detail == BRIEF and bears_timestamps(buf, at + 40, end, after)
    if usual and put_ipv6_at_once(buf, at, segments, base):
        return 1
    put_ipv6(buf, at, segments, base)
    return quick_tcp(buf, at + 40, end, after, segments, base, detail)


def quick_other(
    buf: memoryview, lookup: memoryview, at: int, end: int, stop: int, protocol: int
) -> int:
    """UDP between ports of which none is a tunnel's carries no TCP."""
    if protocol != PROTOCOL_UDP or at + 8 > end or at + 8 > stop:
        return OTHER
    if lookup[UDP_PORT_AT + u16(buf, at)] != LAYER_NOTHING:
        return OTHER
    if lookup[UDP_PORT_AT + u16(buf, at + 2)] != LAYER_NOTHING:
        return OTHER
    return 0


def quick_tcp(
    buf: memoryview, at: int, end: int, stop: int, segments: memoryview, base: int, detail: int
) -> int:
    """A TCP header of which enough is there and whose length fits."""
    if end > stop:
        end = stop  # what follows is padding of Ethernet
    if at + SHORTEST > end:
        return OTHER
    header = (u16(buf, at + 12) >> 12) * 4
    if header < 20 or at + header > stop:
        return OTHER
    segments[base + NOTICES] = 0
    put_tcp(buf, at, end, stop, segments, base, detail)
    return 1


def place(
    record: memoryview,
    frame: int,
    time_ns: int,
    offset: int,
    captured: int,
    length: int,
    layer: int,
    interface: int,
) -> None:
    """Write what ``decode`` starts from."""
    record[RECORD_FRAME] = frame
    record[RECORD_TIME_NS] = time_ns
    record[RECORD_OFFSET] = offset
    record[RECORD_LENGTH] = length
    record[RECORD_INTERFACE] = interface
    record[RECORD_LAYER] = layer
    record[RECORD_AT] = offset
    record[RECORD_END] = offset + captured
    record[RECORD_STOP] = offset + (length if length > captured else captured)
    record[RECORD_ENCAPSULATION] = 0
    record[RECORD_IP] = offset
    record[RECORD_NOTICES] = 0
    record[RECORD_FRAGMENT] = 0
    record[RECORD_DEPTH] = 0


def decode(
    buf: memoryview,
    lookup: memoryview,
    record: memoryview,
    segments: memoryview,
    filled: int,
    detail: int,
    anomalies: memoryview,
) -> int:
    """Take header after header of a packet, up to row ``filled``: how many rows it gave, 0 or 1,
    or OTHER if it is a fragment. Every layer of links and IP counts as depth, so this ends."""
    layer = record[RECORD_LAYER]
    while layer != LAYER_TCP:
        if layer == LAYER_FRAGMENT:
            return OTHER
        if 0 < layer <= LAYER_LAST_LINK:
            layer = peel(buf, lookup, record, anomalies)
        elif LAYER_IPV4 <= layer <= LAYER_LAST_NETWORK:
            layer = walk_ip(buf, lookup, record, anomalies)
        elif layer >= LAYER_FIRST_TUNNEL:
            layer = open_tunnel(buf, lookup, record, anomalies)
        else:
            return 0
    return fill(buf, record, segments, filled, detail, anomalies) - filled


def take(
    buf: memoryview,
    lookup: memoryview,
    record: memoryview,
    frame: int,
    time_ns: int,
    at: int,
    captured: int,
    length: int,
    layer: int,
    interface: int,
    segments: memoryview,
    filled: int,
    detail: int,
    anomalies: memoryview,
) -> int:
    """Write the row of the packet at ``at``, if it is a TCP segment, as row ``filled``: how many
    rows it gave, 0 or 1, or OTHER if it is a fragment, which is then left in ``record``."""
    base = filled * SEGMENT_WIDTH
    if COMPILED:
        ask_to_write(segments, base + (ROWS_AHEAD * SEGMENT_WIDTH))
    stop = at + (length if length > captured else captured)
    took = quick(buf, lookup, at, at + captured, stop, layer, segments, base, detail)
    if took == OTHER:
        place(record, frame, time_ns, at, captured, length, layer, interface)
        return decode(buf, lookup, record, segments, filled, detail, anomalies)
    if took:
        segments[base + FRAME] = frame
        segments[base + TIME_NS] = time_ns
        segments[base + INTERFACE] = interface
    return took

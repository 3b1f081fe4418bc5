"""Walks IP headers until a transport, a tunnel or nothing stands first. A hot file: internet.pxd.

IPv4, IPv6 with its extension headers, IP in IP, AH. Fragments of TCP end as LAYER_FRAGMENT
(fragments.py takes them from there); of other protocols only the first goes on. The end on the
wire (RECORD_STOP) becomes what the IP length says, so that Ethernet padding is nobody's payload.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    ANOMALY_COUNT,
    ANOMALY_DETAIL,
    ANOMALY_FIRST_FRAME,
    ANOMALY_WIDTH,
    ENCRYPTED,
    IP_CUT,
    IP_FRAGMENTS,
    IP_HEADER_LENGTH,
    IP_LENGTH_LONG,
    IP_LENGTH_SHORT,
    IP_VERSION_ODD,
    NESTED_TOO_DEEP,
)
from unstick.wire.columns import (
    MASK,
    NOTICE_IN_ICMP,
    NOTICE_TSO,
    RECORD_AT,
    RECORD_DEPTH,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAGMENT,
    RECORD_FRAME,
    RECORD_IP,
    RECORD_LAYER,
    RECORD_LENGTH,
    RECORD_NOTICES,
    RECORD_OFFSET,
    RECORD_STOP,
    RECORD_WIDTH,
)
from unstick.wire.layers import (
    LAYER_AUTHENTICATION,
    LAYER_ENCRYPTED,
    LAYER_EXTENSION,
    LAYER_FIRST_TUNNEL,
    LAYER_FRAGMENT,
    LAYER_FRAGMENT_HEADER,
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_LAST_NETWORK,
    LAYER_NOTHING,
    LAYER_TCP,
    PROTOCOL_AT,
)

DEPTH_LIMIT = 24
"""Headers before TCP, as in links.py: IPv6 extension headers count, too."""

IP_IN_IP_TAG = 0x200000  # folded into ENCAPSULATION with the inner version


def note(anomalies: memoryview, kind: int, frame: int, detail: int) -> None:
    """Count an anomaly (anomalies.py)."""
    at = kind * ANOMALY_WIDTH
    if anomalies[at + ANOMALY_COUNT] == 0:
        anomalies[at + ANOMALY_FIRST_FRAME] = frame
        anomalies[at + ANOMALY_DETAIL] = detail
    anomalies[at + ANOMALY_COUNT] += 1


def limit(records: memoryview, base: int, at: int, length: int, anomalies: memoryview) -> None:
    """The packet that starts at ``at`` ends ``length`` bytes later, on the wire and here.

    A length beyond the end of the frame is believed: tools that cut packets and forget their length
    are common, and the sender counts by the IP header. A length beyond what an outer header allows
    (PPPoE, an outer IP) is not. Quotes in ICMP are always cut.
    """
    stop = at + length
    outer = records[base + RECORD_STOP]
    if stop > outer and not (records[base + RECORD_NOTICES] & NOTICE_IN_ICMP):
        note(anomalies, IP_LENGTH_LONG, records[base + RECORD_FRAME], stop - outer)
        if outer < records[base + RECORD_OFFSET] + records[base + RECORD_LENGTH]:
            stop = outer
    records[base + RECORD_STOP] = stop
    if records[base + RECORD_END] > stop:
        records[base + RECORD_END] = stop


def next_layer(
    lookup: memoryview, records: memoryview, base: int, protocol: int, anomalies: memoryview
) -> int:
    """The layer that a protocol number names, once fragments are set apart."""
    layer = lookup[PROTOCOL_AT + protocol]
    if records[base + RECORD_FRAGMENT]:
        if layer == LAYER_TCP:
            note(anomalies, IP_FRAGMENTS, records[base + RECORD_FRAME], 0)
            return LAYER_FRAGMENT
        if records[base + RECORD_FRAGMENT] > 1:
            return LAYER_NOTHING  # not the first: no header here
        records[base + RECORD_FRAGMENT] = 0  # what it carries is not itself a fragment
    if layer in (LAYER_IPV4, LAYER_IPV6):
        encapsulation = records[base + RECORD_ENCAPSULATION] * 131
        records[base + RECORD_ENCAPSULATION] = (encapsulation + (IP_IN_IP_TAG | layer)) & MASK
    elif layer == LAYER_ENCRYPTED:
        note(anomalies, ENCRYPTED, records[base + RECORD_FRAME], 0)
        return LAYER_NOTHING
    return layer


def step_ipv4(
    buf: memoryview, lookup: memoryview, records: memoryview, base: int, anomalies: memoryview
) -> int:
    """RFC 791."""
    at = records[base + RECORD_AT]
    frame = records[base + RECORD_FRAME]
    if at + 20 > records[base + RECORD_END]:
        note(anomalies, IP_CUT, frame, 0)
        return LAYER_NOTHING
    if (buf[at] >> 4) != 4:
        note(anomalies, IP_VERSION_ODD, frame, buf[at] >> 4)
        return LAYER_NOTHING
    header = (buf[at] & 0x0F) * 4
    if header < 20:
        note(anomalies, IP_HEADER_LENGTH, frame, header)
        return LAYER_NOTHING
    length = (buf[at + 2] << 8) | buf[at + 3]
    if length == 0:
        # Segmentation offload on the sender: the card will write the length.
        records[base + RECORD_NOTICES] |= NOTICE_TSO
    elif length < header:
        note(anomalies, IP_LENGTH_SHORT, frame, length)
        return LAYER_NOTHING
    else:
        limit(records, base, at, length, anomalies)
    if at + header > records[base + RECORD_END]:
        note(anomalies, IP_CUT, frame, 0)
        return LAYER_NOTHING
    fragment = (buf[at + 6] << 8) | buf[at + 7]
    # bits: reserved, don't fragment, more fragments, 13 bits of offset in units of 8 bytes
    records[base + RECORD_FRAGMENT] = ((fragment & 0x1FFF) << 4) | ((fragment >> 13) & 1)
    records[base + RECORD_IP] = at
    records[base + RECORD_AT] = at + header
    layer = next_layer(lookup, records, base, buf[at + 9], anomalies)
    if layer in (LAYER_EXTENSION, LAYER_FRAGMENT_HEADER):
        return LAYER_NOTHING  # headers of IPv6 only
    return layer


def step_ipv6(
    buf: memoryview, lookup: memoryview, records: memoryview, base: int, anomalies: memoryview
) -> int:
    """RFC 8200 3."""
    at = records[base + RECORD_AT]
    frame = records[base + RECORD_FRAME]
    if at + 40 > records[base + RECORD_END]:
        note(anomalies, IP_CUT, frame, 0)
        return LAYER_NOTHING
    if (buf[at] >> 4) != 6:
        note(anomalies, IP_VERSION_ODD, frame, buf[at] >> 4)
        return LAYER_NOTHING
    length = (buf[at + 4] << 8) | buf[at + 5]
    if length == 0:
        records[base + RECORD_NOTICES] |= NOTICE_TSO  # offload, or a jumbogram (RFC 2675)
    else:
        limit(records, base, at, length + 40, anomalies)
    records[base + RECORD_FRAGMENT] = 0
    records[base + RECORD_IP] = at
    records[base + RECORD_AT] = at + 40
    return next_layer(lookup, records, base, buf[at + 6], anomalies)


def step_extension(
    buf: memoryview,
    lookup: memoryview,
    records: memoryview,
    base: int,
    layer: int,
    anomalies: memoryview,
) -> int:
    """IPv6 extension headers (RFC 8200 4) and AH (RFC 4302): next header, then a length."""
    at = records[base + RECORD_AT]
    end = records[base + RECORD_END]
    if at + 8 > end:
        note(anomalies, IP_CUT, records[base + RECORD_FRAME], 0)
        return LAYER_NOTHING
    size = 8
    if layer == LAYER_FRAGMENT_HEADER:
        fragment = (buf[at + 2] << 8) | buf[at + 3]
        # 13 bits of offset in units of 8 bytes, two reserved, more fragments. An "atomic"
        # fragment (RFC 6946) is both first and last: not a fragment.
        records[base + RECORD_FRAGMENT] = ((fragment & 0xFFF8) << 1) | (fragment & 1)
        if (fragment & 0xFFF8) and lookup[PROTOCOL_AT + buf[at]] != LAYER_TCP:
            return LAYER_NOTHING
    elif layer == LAYER_AUTHENTICATION:
        size = (buf[at + 1] + 2) * 4
    else:
        size = (buf[at + 1] + 1) * 8
    if at + size > end:
        note(anomalies, IP_CUT, records[base + RECORD_FRAME], 0)
        return LAYER_NOTHING
    records[base + RECORD_AT] = at + size
    return next_layer(lookup, records, base, buf[at], anomalies)


def walk(
    buf: memoryview, lookup: memoryview, records: memoryview, count: int, anomalies: memoryview
) -> int:
    """Bring every record that stands at IP to what IP carries; returns how many now stand at what
    may be a tunnel."""
    tunnels = 0
    for row in range(count):
        base = row * RECORD_WIDTH
        layer = records[base + RECORD_LAYER]
        while LAYER_IPV4 <= layer <= LAYER_LAST_NETWORK:
            depth = records[base + RECORD_DEPTH] + 1
            records[base + RECORD_DEPTH] = depth
            if depth > DEPTH_LIMIT:
                note(anomalies, NESTED_TOO_DEEP, records[base + RECORD_FRAME], DEPTH_LIMIT)
                layer = LAYER_NOTHING
            elif layer == LAYER_IPV4:
                layer = step_ipv4(buf, lookup, records, base, anomalies)
            elif layer == LAYER_IPV6:
                layer = step_ipv6(buf, lookup, records, base, anomalies)
            else:
                layer = step_extension(buf, lookup, records, base, layer, anomalies)
        records[base + RECORD_LAYER] = layer
        if layer >= LAYER_FIRST_TUNNEL or 0 < layer < LAYER_IPV4:
            tunnels += 1
    return tunnels

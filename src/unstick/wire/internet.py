"""Walks IP headers until a transport, a tunnel or nothing stands first. A hot file: internet.pxd.

IPv4, IPv6 with its extension headers, IP in IP, AH. Fragments of TCP end as LAYER_FRAGMENT
(fragments.py takes them from there); of other protocols only the first goes on. The end on the
wire (RECORD_STOP) becomes what the IP length says, so that Ethernet padding is nobody's payload.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
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
)
from unstick.wire.layers import (
    LAYER_AUTHENTICATION,
    LAYER_ENCRYPTED,
    LAYER_EXTENSION,
    LAYER_FRAGMENT,
    LAYER_FRAGMENT_HEADER,
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_LAST_NETWORK,
    LAYER_NOTHING,
    LAYER_TCP,
    PROTOCOL_AT,
)
from unstick.wire.octets import note

DEPTH_LIMIT = 24
"""Headers before TCP, as in links.py: IPv6 extension headers count, too."""

IP_IN_IP_TAG = 0x200000  # folded into ENCAPSULATION with the inner version


def limit(record: memoryview, at: int, length: int, anomalies: memoryview) -> None:
    """The packet that starts at ``at`` ends ``length`` bytes later, on the wire and here.

    A length beyond the end of the frame is believed: tools that cut packets and forget their length
    are common, and the sender counts by the IP header. A length beyond what an outer header allows
    (PPPoE, an outer IP) is not. Quotes in ICMP are always cut.
    """
    stop = at + length
    outer = record[RECORD_STOP]
    if stop > outer and not (record[RECORD_NOTICES] & NOTICE_IN_ICMP):
        note(anomalies, IP_LENGTH_LONG, record[RECORD_FRAME], stop - outer)
        if outer < record[RECORD_OFFSET] + record[RECORD_LENGTH]:
            stop = outer
    record[RECORD_STOP] = stop
    if record[RECORD_END] > stop:
        record[RECORD_END] = stop


def next_layer(lookup: memoryview, record: memoryview, protocol: int, anomalies: memoryview) -> int:
    """The layer that a protocol number names, once fragments are set apart."""
    layer = lookup[PROTOCOL_AT + protocol]
    if record[RECORD_FRAGMENT]:
        if layer == LAYER_TCP:
            note(anomalies, IP_FRAGMENTS, record[RECORD_FRAME], 0)
            return LAYER_FRAGMENT
        if record[RECORD_FRAGMENT] > 1:
            return LAYER_NOTHING  # not the first: no header here
        record[RECORD_FRAGMENT] = 0  # what it carries is not itself a fragment
    if layer in (LAYER_IPV4, LAYER_IPV6):
        encapsulation = record[RECORD_ENCAPSULATION] * 131
        record[RECORD_ENCAPSULATION] = (encapsulation + (IP_IN_IP_TAG | layer)) & MASK
    elif layer == LAYER_ENCRYPTED:
        note(anomalies, ENCRYPTED, record[RECORD_FRAME], 0)
        return LAYER_NOTHING
    return layer


def step_ipv4(
    buf: memoryview, lookup: memoryview, record: memoryview, anomalies: memoryview
) -> int:
    """RFC 791."""
    at = record[RECORD_AT]
    frame = record[RECORD_FRAME]
    if at + 20 > record[RECORD_END]:
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
        record[RECORD_NOTICES] |= NOTICE_TSO
    elif length < header:
        note(anomalies, IP_LENGTH_SHORT, frame, length)
        return LAYER_NOTHING
    else:
        limit(record, at, length, anomalies)
    if at + header > record[RECORD_END]:
        note(anomalies, IP_CUT, frame, 0)
        return LAYER_NOTHING
    fragment = (buf[at + 6] << 8) | buf[at + 7]
    # bits: reserved, don't fragment, more fragments, 13 bits of offset in units of 8 bytes
    record[RECORD_FRAGMENT] = ((fragment & 0x1FFF) << 4) | ((fragment >> 13) & 1)
    record[RECORD_IP] = at
    record[RECORD_AT] = at + header
    layer = next_layer(lookup, record, buf[at + 9], anomalies)
    if layer in (LAYER_EXTENSION, LAYER_FRAGMENT_HEADER):
        return LAYER_NOTHING  # headers of IPv6 only
    return layer


def step_ipv6(
    buf: memoryview, lookup: memoryview, record: memoryview, anomalies: memoryview
) -> int:
    """RFC 8200 3."""
    at = record[RECORD_AT]
    frame = record[RECORD_FRAME]
    if at + 40 > record[RECORD_END]:
        note(anomalies, IP_CUT, frame, 0)
        return LAYER_NOTHING
    if (buf[at] >> 4) != 6:
        note(anomalies, IP_VERSION_ODD, frame, buf[at] >> 4)
        return LAYER_NOTHING
    length = (buf[at + 4] << 8) | buf[at + 5]
    if length == 0:
        record[RECORD_NOTICES] |= NOTICE_TSO  # offload, or a jumbogram (RFC 2675)
    else:
        limit(record, at, length + 40, anomalies)
    record[RECORD_FRAGMENT] = 0
    record[RECORD_IP] = at
    record[RECORD_AT] = at + 40
    return next_layer(lookup, record, buf[at + 6], anomalies)


def step_extension(
    buf: memoryview,
    lookup: memoryview,
    record: memoryview,
    layer: int,
    anomalies: memoryview,
) -> int:
    """IPv6 extension headers (RFC 8200 4) and AH (RFC 4302): next header, then a length."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if at + 8 > end:
        note(anomalies, IP_CUT, record[RECORD_FRAME], 0)
        return LAYER_NOTHING
    size = 8
    if layer == LAYER_FRAGMENT_HEADER:
        fragment = (buf[at + 2] << 8) | buf[at + 3]
        # 13 bits of offset in units of 8 bytes, two reserved, more fragments. An "atomic"
        # fragment (RFC 6946) is both first and last: not a fragment.
        record[RECORD_FRAGMENT] = ((fragment & 0xFFF8) << 1) | (fragment & 1)
        if (fragment & 0xFFF8) and lookup[PROTOCOL_AT + buf[at]] != LAYER_TCP:
            return LAYER_NOTHING
    elif layer == LAYER_AUTHENTICATION:
        size = (buf[at + 1] + 2) * 4
    else:
        size = (buf[at + 1] + 1) * 8
    if at + size > end:
        note(anomalies, IP_CUT, record[RECORD_FRAME], 0)
        return LAYER_NOTHING
    record[RECORD_AT] = at + size
    return next_layer(lookup, record, buf[at], anomalies)


def walk_ip(buf: memoryview, lookup: memoryview, record: memoryview, anomalies: memoryview) -> int:
    """Bring a record that stands at IP to what IP carries; returns that layer."""
    layer = record[RECORD_LAYER]
    while LAYER_IPV4 <= layer <= LAYER_LAST_NETWORK:
        depth = record[RECORD_DEPTH] + 1
        record[RECORD_DEPTH] = depth
        if depth > DEPTH_LIMIT:
            note(anomalies, NESTED_TOO_DEEP, record[RECORD_FRAME], DEPTH_LIMIT)
            layer = LAYER_NOTHING
        elif layer == LAYER_IPV4:
            layer = step_ipv4(buf, lookup, record, anomalies)
        elif layer == LAYER_IPV6:
            layer = step_ipv6(buf, lookup, record, anomalies)
        else:
            layer = step_extension(buf, lookup, record, layer, anomalies)
    record[RECORD_LAYER] = layer
    return layer

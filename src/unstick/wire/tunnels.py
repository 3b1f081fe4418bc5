"""Opens tunnels: what a record carries becomes the next packet to decode. A hot file: tunnels.pxd.

UDP tunnels by port (VXLAN, Geneve, GTP-U, Teredo, MPLS), GRE with ERSPAN and PPTP, EtherIP, and
packets quoted by ICMP errors. What is not a tunnel ends as LAYER_NOTHING. Which tunnel it was, and
its network number, are folded into RECORD_ENCAPSULATION.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    TUNNEL_DAMAGED,
)
from unstick.wire.columns import (
    MASK,
    NOTICE_IN_ICMP,
    RECORD_AT,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAME,
    RECORD_LAYER,
    RECORD_NOTICES,
)
from unstick.wire.layers import (
    ETHERTYPE_AT,
    LAYER_ERSPAN,
    LAYER_ERSPAN_3,
    LAYER_ETHERIP,
    LAYER_ETHERNET,
    LAYER_GENEVE,
    LAYER_GRE,
    LAYER_GTP,
    LAYER_ICMP,
    LAYER_ICMPV6,
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_MPLS,
    LAYER_NOTHING,
    LAYER_PPP,
    LAYER_RAW,
    LAYER_TEREDO,
    LAYER_UDP,
    LAYER_VXLAN,
    LAYER_VXLAN_GPE,
    UDP_PORT_AT,
)
from unstick.wire.octets import note

TUNNEL_TAG = 0x1000000
"""Weight of the tunnel kind when it is folded into ENCAPSULATION; below it the network number."""


def wrap(record: memoryview, at: int, kind: int, number: int) -> None:
    """Go on at ``at``, inside a tunnel of this kind and network number."""
    record[RECORD_AT] = at
    encapsulation = record[RECORD_ENCAPSULATION] * 131
    record[RECORD_ENCAPSULATION] = (encapsulation + (kind * TUNNEL_TAG) + number) & MASK


def open_udp(buf: memoryview, lookup: memoryview, record: memoryview) -> int:
    """RFC 768; a tunnel if either port is one of a tunnel. -1: its header is damaged."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if at + 8 > end:
        return LAYER_NOTHING
    kind = lookup[UDP_PORT_AT + ((buf[at + 2] << 8) | buf[at + 3])]
    if kind == LAYER_NOTHING:
        kind = lookup[UDP_PORT_AT + ((buf[at] << 8) | buf[at + 1])]
    at += 8
    if kind == LAYER_NOTHING:
        return LAYER_NOTHING
    if kind == LAYER_TEREDO:
        return open_teredo(buf, record, at)
    if kind == LAYER_MPLS:
        wrap(record, at, kind, 0)
        return LAYER_MPLS
    if at + 8 > end:
        return -1
    if kind in (LAYER_VXLAN, LAYER_VXLAN_GPE):
        return open_vxlan(buf, record, at, kind)
    if kind == LAYER_GENEVE:
        number = (buf[at + 4] << 16) | (buf[at + 5] << 8) | buf[at + 6]
        if buf[at] & 0xC0:  # RFC 8926 3.4: version 0
            return -1
        wrap(record, at + 8 + ((buf[at] & 0x3F) * 4), kind, number)
        return lookup[ETHERTYPE_AT + ((buf[at + 2] << 8) | buf[at + 3])]
    return open_gtp(buf, record, at)


def open_vxlan(buf: memoryview, record: memoryview, at: int, kind: int) -> int:
    """RFC 7348 5; the "generic protocol extension" names what is inside."""
    number = (buf[at + 4] << 16) | (buf[at + 5] << 8) | buf[at + 6]
    wrap(record, at + 8, kind, number)
    if kind == LAYER_VXLAN or buf[at + 3] == 3:
        return LAYER_ETHERNET
    if buf[at + 3] == 1:
        return LAYER_IPV4
    if buf[at + 3] == 2:
        return LAYER_IPV6
    return LAYER_NOTHING


def open_gtp(buf: memoryview, record: memoryview, at: int) -> int:
    """3GPP TS 29.281 5.1: a user packet (type 255) after a chain of extension headers."""
    end = record[RECORD_END]
    if (buf[at] & 0xF0) != 0x30 or buf[at + 1] != 255:
        return LAYER_NOTHING  # signalling, or GTP'
    number = (buf[at + 5] << 16) | (buf[at + 6] << 8) | buf[at + 7]
    size = 8
    if buf[at] & 0x07:
        if at + 12 > end:
            return -1
        size = 12
        following = buf[at + 11] if buf[at] & 0x04 else 0
        while following:
            if at + size >= end or buf[at + size] == 0:
                return -1
            size += buf[at + size] * 4
            if at + size > end:
                return -1
            following = buf[at + size - 1]
    wrap(record, at + size, LAYER_GTP, number)
    return LAYER_RAW


def open_teredo(buf: memoryview, record: memoryview, at: int) -> int:
    """RFC 4380 5.1.1: authentication and origin indication may stand before IPv6."""
    end = record[RECORD_END]
    if at + 4 <= end and buf[at] == 0 and buf[at + 1] == 1:
        at += 13 + buf[at + 2] + buf[at + 3]
    if at + 8 <= end and buf[at] == 0 and buf[at + 1] == 0:
        at += 8
    if at >= end or (buf[at] >> 4) != 6:
        return LAYER_NOTHING
    wrap(record, at, LAYER_TEREDO, 0)
    return LAYER_IPV6


def open_gre(buf: memoryview, lookup: memoryview, record: memoryview) -> int:
    """RFC 2784, RFC 2890 (key, sequence), RFC 2637 (PPTP, version 1), ERSPAN."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if at + 4 > end:
        return -1
    flags = (buf[at] << 8) | buf[at + 1]
    layer = lookup[ETHERTYPE_AT + ((buf[at + 2] << 8) | buf[at + 3])]
    sequence = 4 if flags & 0x1000 else 0
    number = 0
    size = 4
    if (flags & 0x0007) == 1:
        if layer != LAYER_PPP:
            return LAYER_NOTHING
        size = 8 + sequence + (4 if flags & 0x0080 else 0)
        if at + size >= end:
            return LAYER_NOTHING  # an acknowledgment without a packet
    else:
        if flags & 0x4007:  # source routing, deprecated by RFC 2784; an unknown version
            return LAYER_NOTHING
        size += 4 if flags & 0x8000 else 0
        if flags & 0x2000:
            if at + size + 4 > end:
                return -1
            number = (buf[at + size + 1] << 16) | (buf[at + size + 2] << 8) | buf[at + size + 3]
            size += 4
        size += sequence
    if layer == LAYER_ERSPAN:
        size += 8 if sequence else 0  # type I has no header of its own
        layer = LAYER_ETHERNET
    elif layer == LAYER_ERSPAN_3:
        if at + size + 12 > end:
            return -1
        size += 20 if buf[at + size + 11] & 1 else 12
        layer = LAYER_ETHERNET
    wrap(record, at + size, LAYER_GRE, number)
    return layer


def open_icmp(buf: memoryview, record: memoryview, layer: int) -> int:
    """The packet that an ICMP error quotes (RFC 792, RFC 4443 3). Redirects quote, too, but are not
    about a failure, and Wireshark gives what they quote no stream."""
    at = record[RECORD_AT]
    if at + 8 > record[RECORD_END]:
        return LAYER_NOTHING
    kind = buf[at]
    quoting = kind in (3, 4, 11, 12) if layer == LAYER_ICMP else 1 <= kind <= 4
    if not quoting:
        return LAYER_NOTHING
    record[RECORD_NOTICES] |= NOTICE_IN_ICMP
    record[RECORD_AT] = at + 8
    return LAYER_IPV4 if layer == LAYER_ICMP else LAYER_IPV6


def open_one(buf: memoryview, lookup: memoryview, record: memoryview, layer: int) -> int:
    """The layer inside one tunnel, LAYER_NOTHING if it is none, -1 if its header is damaged."""
    if layer == LAYER_UDP:
        return open_udp(buf, lookup, record)
    if layer == LAYER_GRE:
        return open_gre(buf, lookup, record)
    if layer in (LAYER_ICMP, LAYER_ICMPV6):
        return open_icmp(buf, record, layer)
    if layer == LAYER_ETHERIP:
        wrap(record, record[RECORD_AT] + 2, layer, 0)
        return LAYER_ETHERNET
    return LAYER_NOTHING


def open_tunnel(
    buf: memoryview, lookup: memoryview, record: memoryview, anomalies: memoryview
) -> int:
    """Open the tunnel that a record stands at; returns the layer inside."""
    layer = open_one(buf, lookup, record, record[RECORD_LAYER])
    if layer < 0:
        note(anomalies, TUNNEL_DAMAGED, record[RECORD_FRAME], 0)
        layer = LAYER_NOTHING
    record[RECORD_LAYER] = layer
    return layer

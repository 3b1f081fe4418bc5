"""Peels link layers, tags and labels off packets until IP stands first. A hot file: links.pxd.

One step per header; what follows comes from the tables of layers.py. A packet that cannot lead to
TCP ends with LAYER_NOTHING. Every byte is tested to be captured before it is read.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    LINK_CUT,
    LINK_PROTECTED,
    NESTED_TOO_DEEP,
)
from unstick.wire.columns import (
    MASK,
    RECORD_AT,
    RECORD_DEPTH,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAME,
    RECORD_LAYER,
    RECORD_STOP,
)
from unstick.wire.layers import (
    ETHERTYPE_AT,
    FAMILY_AT,
    HEADER_AT,
    LAYER_ARCNET_LINUX,
    LAYER_ETHERNET,
    LAYER_FDDI,
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_LAST_LINK,
    LAYER_LLC,
    LAYER_MPLS,
    LAYER_NFLOG,
    LAYER_NOTHING,
    LAYER_NULL,
    LAYER_PKTAP,
    LAYER_PPP,
    LAYER_PPPOE,
    LAYER_RADIOTAP,
    LAYER_RAW,
    LAYER_VLAN,
    LAYER_WLAN,
    LINK_TYPE_AT,
    LINK_TYPE_SIZE,
    PPP_AT,
    PPP_SIZE,
    TYPE_INDEX_AT,
)
from unstick.wire.octets import note

DEPTH_LIMIT = 24
"""Headers before TCP: twice what real stacks of tags and tunnels have."""

VLAN_TAG = 0x1000  # folded into ENCAPSULATION with the 12 bits of the VLAN id
MPLS_TAG = 0x100000  # and with the 20 bits of a label


def tagged(encapsulation: int, tag: int) -> int:
    """ENCAPSULATION with one more wrapping folded in (the same wrapping gives the same number)."""
    return ((encapsulation * 131) + tag) & MASK


def step_fixed(buf: memoryview, lookup: memoryview, record: memoryview, layer: int) -> int:
    """A header of fixed size with an ethertype in it. -1: the header is cut."""
    at = record[RECORD_AT]
    size = lookup[HEADER_AT + layer]
    if at + size > record[RECORD_END]:
        return -1
    index = at + lookup[TYPE_INDEX_AT + layer]
    ethertype = (buf[index] << 8) | buf[index + 1]
    if layer == LAYER_VLAN:
        record[RECORD_ENCAPSULATION] = tagged(
            record[RECORD_ENCAPSULATION],
            VLAN_TAG | ((buf[at] & 0x0F) << 8) | buf[at + 1],
        )
    record[RECORD_AT] = at + size
    if ethertype <= 1500 and layer in (LAYER_ETHERNET, LAYER_VLAN):
        return LAYER_LLC  # IEEE 802.3: a length, not a type
    return lookup[ETHERTYPE_AT + ethertype]


def step_llc(buf: memoryview, lookup: memoryview, record: memoryview) -> int:
    """IEEE 802.2, with or without SNAP (RFC 1042)."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if at + 3 > end:
        return -1
    if buf[at] == 0x06:  # IP by its own SAP
        record[RECORD_AT] = at + 3
        return LAYER_IPV4
    if buf[at] != 0xAA or buf[at + 2] != 0x03:
        return LAYER_NOTHING
    if at + 8 > end:
        return -1
    record[RECORD_AT] = at + 8
    if buf[at + 3] | buf[at + 4] | buf[at + 5]:  # another organisation's numbers
        return LAYER_NOTHING
    return lookup[ETHERTYPE_AT + ((buf[at + 6] << 8) | buf[at + 7])]


def step_mpls(buf: memoryview, record: memoryview) -> int:
    """Labels up to the bottom of the stack; then IP by its version, or Ethernet (RFC 4448)."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    bottom = 0
    while not bottom:
        if at + 4 > end:
            return -1
        label = (buf[at] << 12) | (buf[at + 1] << 4) | (buf[at + 2] >> 4)
        record[RECORD_ENCAPSULATION] = tagged(record[RECORD_ENCAPSULATION], MPLS_TAG | label)
        bottom = buf[at + 2] & 1
        at += 4
    if at >= end:
        return -1
    record[RECORD_AT] = at
    version = buf[at] >> 4
    if version == 4:
        return LAYER_IPV4
    if version == 6:
        return LAYER_IPV6
    if version == 0 and at + 4 <= end:  # pseudo-wire control word, RFC 4385
        record[RECORD_AT] = at + 4
        return LAYER_ETHERNET
    return LAYER_NOTHING


def step_ppp(buf: memoryview, lookup: memoryview, record: memoryview) -> int:
    """PPP with or without address and control bytes; the protocol has one byte or two
    (RFC 1661 6.5)."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if at + 2 <= end and buf[at] == 0xFF and buf[at + 1] == 0x03:
        at += 2
    if at >= end:
        return -1
    protocol = buf[at]
    at += 1
    if (protocol & 1) == 0:
        if at >= end:
            return -1
        protocol = (protocol << 8) | buf[at]
        at += 1
    record[RECORD_AT] = at
    if protocol >= PPP_SIZE:
        return LAYER_NOTHING
    return lookup[PPP_AT + protocol]


def step_null(buf: memoryview, lookup: memoryview, record: memoryview) -> int:
    """NULL and LOOP: an address family in the byte order of whoever wrote it."""
    at = record[RECORD_AT]
    if at + 4 > record[RECORD_END]:
        return -1
    record[RECORD_AT] = at + 4
    if (buf[at] | buf[at + 1] | buf[at + 2]) == 0:
        return lookup[FAMILY_AT + buf[at + 3]]
    if (buf[at + 1] | buf[at + 2] | buf[at + 3]) == 0:
        return lookup[FAMILY_AT + buf[at]]
    return LAYER_NOTHING


def step_raw(buf: memoryview, record: memoryview) -> int:
    """No link header: IP by its version."""
    at = record[RECORD_AT]
    if at >= record[RECORD_END]:
        return -1
    version = buf[at] >> 4
    if version == 4:
        return LAYER_IPV4
    if version == 6:
        return LAYER_IPV6
    return LAYER_NOTHING


def step_short(buf: memoryview, lookup: memoryview, record: memoryview, layer: int) -> int:
    """PPPoE (RFC 2516), FDDI, ARCNET (RFC 1051, RFC 1201): short headers without an ethertype."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if layer == LAYER_PPPOE:
        record[RECORD_AT] = at + 6
        if at + 6 > end:
            return -1
        stop = at + 6 + ((buf[at + 4] << 8) | buf[at + 5])
        if stop < record[RECORD_STOP]:  # its length: Ethernet may have padded
            record[RECORD_STOP] = stop
        if stop < end:
            record[RECORD_END] = stop
        return LAYER_PPP
    if layer == LAYER_FDDI:
        record[RECORD_AT] = at + 13
        if at + 13 > end:
            return -1
        return LAYER_LLC if (buf[at] & 0xC0) == 0x40 else LAYER_NOTHING
    at += 4 if layer == LAYER_ARCNET_LINUX else 2
    if at + 1 > end:
        return -1
    if buf[at] == 240:  # RFC 1051: IP follows
        record[RECORD_AT] = at + 1
        return LAYER_IPV4
    if buf[at] != 212:  # RFC 1201: a split flag and a sequence number, then IP
        return LAYER_NOTHING
    record[RECORD_AT] = at + 4
    if at + 4 > end:
        return -1
    return LAYER_IPV4 if buf[at + 1] == 0 else LAYER_NOTHING


def step_nflog(buf: memoryview, record: memoryview) -> int:
    """LINKTYPE_NFLOG: attributes (length, type), each padded to four bytes; number 9 is the
    packet. Numbers are in the byte order of the host: the one with small types is taken."""
    at = record[RECORD_AT] + 4
    end = record[RECORD_END]
    while at + 4 <= end:
        size = buf[at] | (buf[at + 1] << 8)
        kind = buf[at + 2] | (buf[at + 3] << 8)
        if kind > 255:
            size = (buf[at] << 8) | buf[at + 1]
            kind = (buf[at + 2] << 8) | buf[at + 3]
        if size < 4:
            return -1
        if kind == 9:
            record[RECORD_AT] = at + 4
            return LAYER_RAW
        at += (size + 3) & 0x1FFFC  # 17 bits: a size of 65535 must not become 0
    return -1


def step_wlan(buf: memoryview, record: memoryview) -> int:
    """IEEE 802.11 data frames. -2: protected or aggregated, which is not decoded."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if at + 24 > end:
        return -1 if at + 2 > end or (buf[at] & 0x0C) == 0x08 else LAYER_NOTHING
    control = buf[at]
    flags = buf[at + 1]
    if (control & 0x0F) != 0x08 or (control & 0x40):
        return LAYER_NOTHING  # not data, or data without a body
    if flags & 0x40:
        return -2
    size = 24
    if (flags & 0x03) == 0x03:  # to and from a distribution system: a fourth address
        size += 6
    if control & 0x80:
        if at + size + 2 > end:
            return -1
        if buf[at + size] & 0x80:
            return -2
        size += 2
        if flags & 0x80:
            size += 4
    record[RECORD_AT] = at + size
    return LAYER_LLC


def step_prefixed(buf: memoryview, lookup: memoryview, record: memoryview, layer: int) -> int:
    """Radiotap and PKTAP: a header that tells its own size, little-endian."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    if layer == LAYER_RADIOTAP:
        if at + 4 > end:
            return -1
        record[RECORD_AT] = at + (buf[at + 2] | (buf[at + 3] << 8))
        return LAYER_WLAN
    if at + 12 > end or buf[at + 2] | buf[at + 3] | buf[at + 10] | buf[at + 11]:
        return -1
    record[RECORD_AT] = at + (buf[at] | (buf[at + 1] << 8))
    inner = buf[at + 8] | (buf[at + 9] << 8)
    if inner >= LINK_TYPE_SIZE or lookup[LINK_TYPE_AT + inner] == LAYER_PKTAP:
        return LAYER_NOTHING
    return lookup[LINK_TYPE_AT + inner]


def step(buf: memoryview, lookup: memoryview, record: memoryview, layer: int) -> int:
    """One header: the layer after it, -1 if it is cut, -2 if its content is protected."""
    if lookup[HEADER_AT + layer]:
        return step_fixed(buf, lookup, record, layer)
    if layer == LAYER_LLC:
        return step_llc(buf, lookup, record)
    if layer == LAYER_MPLS:
        return step_mpls(buf, record)
    if layer == LAYER_PPP:
        return step_ppp(buf, lookup, record)
    if layer == LAYER_NULL:
        return step_null(buf, lookup, record)
    if layer == LAYER_RAW:
        return step_raw(buf, record)
    if layer == LAYER_NFLOG:
        return step_nflog(buf, record)
    if layer == LAYER_WLAN:
        return step_wlan(buf, record)
    if layer in (LAYER_RADIOTAP, LAYER_PKTAP):
        return step_prefixed(buf, lookup, record, layer)
    return step_short(buf, lookup, record, layer)


def peel(buf: memoryview, lookup: memoryview, record: memoryview, anomalies: memoryview) -> int:
    """Bring a record that stands at a link layer to what no link layer is; returns that layer."""
    layer = record[RECORD_LAYER]
    while 0 < layer <= LAYER_LAST_LINK:
        depth = record[RECORD_DEPTH] + 1
        record[RECORD_DEPTH] = depth
        if depth > DEPTH_LIMIT:
            note(anomalies, NESTED_TOO_DEEP, record[RECORD_FRAME], DEPTH_LIMIT)
            layer = LAYER_NOTHING
            break
        layer = step(buf, lookup, record, layer)
        if layer == -1:
            note(anomalies, LINK_CUT, record[RECORD_FRAME], 0)
            layer = LAYER_NOTHING
        elif layer == -2:
            note(anomalies, LINK_PROTECTED, record[RECORD_FRAME], 0)
            layer = LAYER_NOTHING
    record[RECORD_LAYER] = layer
    return layer

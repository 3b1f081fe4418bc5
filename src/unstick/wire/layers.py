"""What may stand inside what: link types, ethertypes, protocol and port numbers as one table.

Data only. ``LOOKUP`` is the rows below turned into bytes, so that the hot stages can ask "which
layer follows?" with one read: ``lookup[ETHERTYPE_AT + number]`` is a ``LAYER_*``, 0 for "nothing
that could carry TCP". Layers are numbered in groups, and the stages rely on the borders:
links up to ``LAYER_LAST_LINK``, network up to ``LAYER_LAST_NETWORK``, then TCP and fragments,
tunnels from ``LAYER_FIRST_TUNNEL``.
"""

from __future__ import annotations

from collections.abc import Mapping

LAYER_NOTHING = 0

# --- links, and what may stand between a link and IP -------------------------------------------
LAYER_ETHERNET = 1
LAYER_SLL = 2
LAYER_SLL2 = 3
LAYER_CHDLC = 4
LAYER_IPOIB = 5
LAYER_VLAN = 6
LAYER_ETAG = 7
LAYER_BACKBONE = 8
LAYER_MPLS = 9
LAYER_PPPOE = 10
LAYER_PPP = 11
LAYER_LLC = 12
LAYER_NULL = 13
LAYER_RAW = 14
LAYER_FDDI = 15
LAYER_ARCNET = 16
LAYER_ARCNET_LINUX = 17
LAYER_NFLOG = 18
LAYER_WLAN = 19
LAYER_RADIOTAP = 20
LAYER_PKTAP = 21
LAYER_LAST_LINK = 21

# --- network -----------------------------------------------------------------------------------
LAYER_IPV4 = 24
LAYER_IPV6 = 25
LAYER_EXTENSION = 26
LAYER_FRAGMENT_HEADER = 27
LAYER_AUTHENTICATION = 28
LAYER_LAST_NETWORK = 28

# --- where decoding ends -----------------------------------------------------------------------
LAYER_TCP = 32
LAYER_FRAGMENT = 33  # a fragment of a TCP packet: fragments.py
LAYER_ENCRYPTED = 34

# --- tunnels, and what may carry one -----------------------------------------------------------
LAYER_FIRST_TUNNEL = 40
LAYER_UDP = 40
LAYER_GRE = 41
LAYER_ICMP = 42
LAYER_ICMPV6 = 43
LAYER_ETHERIP = 44
LAYER_VXLAN = 45
LAYER_VXLAN_GPE = 46
LAYER_GENEVE = 47
LAYER_GTP = 48
LAYER_TEREDO = 49
LAYER_ERSPAN = 50
LAYER_ERSPAN_3 = 51

LINK_TYPES: Mapping[int, tuple[str, int]] = {
    # tcpdump.org/linktypes.html; the name is the one reports use
    0: ("null", LAYER_NULL),
    1: ("ethernet", LAYER_ETHERNET),
    6: ("token-ring", LAYER_NOTHING),
    7: ("arcnet", LAYER_ARCNET),
    8: ("slip", LAYER_NOTHING),
    9: ("ppp", LAYER_PPP),
    10: ("fddi", LAYER_FDDI),
    12: ("raw", LAYER_RAW),  # DLT_RAW of most systems, found in files of old libpcap
    14: ("raw", LAYER_RAW),  # DLT_RAW of OpenBSD
    50: ("ppp-hdlc", LAYER_PPP),
    51: ("pppoe", LAYER_PPPOE),
    100: ("llc", LAYER_LLC),
    101: ("raw", LAYER_RAW),
    104: ("chdlc", LAYER_CHDLC),
    105: ("802.11", LAYER_WLAN),
    107: ("frame-relay", LAYER_NOTHING),
    108: ("loop", LAYER_NULL),
    109: ("enc", LAYER_NOTHING),
    113: ("linux-sll", LAYER_SLL),
    114: ("localtalk", LAYER_NOTHING),
    117: ("pflog", LAYER_NOTHING),
    119: ("802.11-prism", LAYER_NOTHING),
    122: ("ip-over-fc", LAYER_NOTHING),
    127: ("802.11-radiotap", LAYER_RADIOTAP),
    129: ("arcnet-linux", LAYER_ARCNET_LINUX),
    143: ("docsis", LAYER_NOTHING),
    149: ("pktap", LAYER_PKTAP),  # DLT_USER2: what tcpdump of macOS writes
    163: ("802.11-avs", LAYER_NOTHING),
    187: ("bluetooth-hci", LAYER_NOTHING),
    189: ("usb-linux", LAYER_NOTHING),
    192: ("ppi", LAYER_NOTHING),
    195: ("802.15.4", LAYER_NOTHING),
    197: ("erf", LAYER_NOTHING),
    201: ("bluetooth-hci", LAYER_NOTHING),
    204: ("ppp-with-direction", LAYER_NOTHING),
    220: ("usb-linux", LAYER_NOTHING),
    227: ("socketcan", LAYER_NOTHING),
    228: ("ipv4", LAYER_IPV4),
    229: ("ipv6", LAYER_IPV6),
    239: ("nflog", LAYER_NFLOG),
    242: ("ipoib", LAYER_IPOIB),
    249: ("usbpcap", LAYER_NOTHING),
    251: ("bluetooth-le", LAYER_NOTHING),
    253: ("netlink", LAYER_NOTHING),
    255: ("bluetooth-bredr-bb", LAYER_NOTHING),
    258: ("pktap", LAYER_PKTAP),
    271: ("vsock", LAYER_NOTHING),
    276: ("linux-sll2", LAYER_SLL2),
    281: ("dsa-brcm", LAYER_NOTHING),
    282: ("dsa-brcm-prepend", LAYER_NOTHING),
    283: ("802.15.4-tap", LAYER_NOTHING),
    284: ("dsa", LAYER_NOTHING),
    285: ("dsa-ethertype", LAYER_NOTHING),
}

ETHERTYPES: Mapping[int, int] = {
    # IANA "IEEE 802 Numbers"; what is absent carries no TCP that we decode
    0x0004: LAYER_LLC,  # Linux cooked: an 802.2 frame (linux/if_ether.h ETH_P_802_2)
    0x0800: LAYER_IPV4,
    0x22EB: LAYER_ERSPAN_3,  # ERSPAN type III over GRE
    0x6558: LAYER_ETHERNET,  # Transparent Ethernet Bridging: NVGRE, Geneve, GRE tap
    0x8100: LAYER_VLAN,  # IEEE 802.1Q
    0x86DD: LAYER_IPV6,
    0x880B: LAYER_PPP,  # RFC 2637 (PPTP)
    0x8847: LAYER_MPLS,  # RFC 5332
    0x8848: LAYER_MPLS,
    0x8864: LAYER_PPPOE,  # RFC 2516, session stage
    0x88A8: LAYER_VLAN,  # IEEE 802.1ad (QinQ)
    0x88BE: LAYER_ERSPAN,  # ERSPAN type I and II over GRE
    0x88E7: LAYER_BACKBONE,  # IEEE 802.1ah
    0x893F: LAYER_ETAG,  # IEEE 802.1BR
    0x9100: LAYER_VLAN,  # QinQ before 802.1ad
    0x9200: LAYER_VLAN,
}

PROTOCOLS: Mapping[int, int] = {
    # IANA "Protocol Numbers"
    0: LAYER_EXTENSION,  # IPv6 hop-by-hop options, RFC 8200 4.3
    1: LAYER_ICMP,
    4: LAYER_IPV4,  # RFC 2003
    6: LAYER_TCP,
    17: LAYER_UDP,
    41: LAYER_IPV6,  # RFC 4213
    43: LAYER_EXTENSION,  # routing
    44: LAYER_FRAGMENT_HEADER,
    47: LAYER_GRE,
    50: LAYER_ENCRYPTED,  # ESP
    51: LAYER_AUTHENTICATION,  # RFC 4302
    58: LAYER_ICMPV6,
    60: LAYER_EXTENSION,  # destination options
    97: LAYER_ETHERIP,  # RFC 3378
    135: LAYER_EXTENSION,  # mobility, RFC 6275
    137: LAYER_MPLS,  # RFC 4023
    139: LAYER_EXTENSION,  # HIP, RFC 7401
    140: LAYER_EXTENSION,  # Shim6, RFC 5533
}

UDP_PORTS: Mapping[int, int] = {
    # IANA "Service Name and Port Number"; the ports at which Wireshark looks, too, so that
    # streams get the same numbers. Either port may be the one named.
    2152: LAYER_GTP,  # 3GPP TS 29.281
    3544: LAYER_TEREDO,  # RFC 4380
    4789: LAYER_VXLAN,  # RFC 7348
    4790: LAYER_VXLAN_GPE,  # draft-ietf-nvo3-vxlan-gpe
    6081: LAYER_GENEVE,  # RFC 8926
    6635: LAYER_MPLS,  # RFC 7510
}

PPP_PROTOCOLS: Mapping[int, int] = {
    # IANA "PPP DLL Protocol Numbers"
    0x0021: LAYER_IPV4,
    0x0057: LAYER_IPV6,
    0x0281: LAYER_MPLS,
    0x0283: LAYER_MPLS,
}

FAMILIES: Mapping[int, int] = {
    # AF_ values that files of NULL and LOOP hold, by the system that wrote them
    2: LAYER_IPV4,
    10: LAYER_IPV6,  # Linux
    24: LAYER_IPV6,  # NetBSD, OpenBSD
    28: LAYER_IPV6,  # FreeBSD
    30: LAYER_IPV6,  # macOS
}

FIXED_HEADERS: Mapping[int, tuple[int, int]] = {
    # layer: (bytes of its header, index of the ethertype in it)
    LAYER_ETHERNET: (14, 12),
    LAYER_SLL: (16, 14),  # LINKTYPE_LINUX_SLL
    LAYER_SLL2: (20, 0),  # LINKTYPE_LINUX_SLL2
    LAYER_CHDLC: (4, 2),  # LINKTYPE_C_HDLC
    LAYER_IPOIB: (44, 40),  # LINKTYPE_IPOIB: global routing header, then RFC 4391
    LAYER_VLAN: (4, 2),
    LAYER_ETAG: (8, 6),
    LAYER_BACKBONE: (18, 16),  # service tag, then a customer Ethernet header
}

ETHERTYPE_AT = 0
UDP_PORT_AT = 65536
PROTOCOL_AT = UDP_PORT_AT + 65536
PPP_AT = PROTOCOL_AT + 256
PPP_SIZE = 1024
FAMILY_AT = PPP_AT + PPP_SIZE
LINK_TYPE_AT = FAMILY_AT + 256
LINK_TYPE_SIZE = 512
HEADER_AT = LINK_TYPE_AT + LINK_TYPE_SIZE
TYPE_INDEX_AT = HEADER_AT + 64
LOOKUP_SIZE = TYPE_INDEX_AT + 64


def build_lookup() -> bytes:
    """All tables above as one run of bytes."""
    lookup = bytearray(LOOKUP_SIZE)
    for start, table in (
        (ETHERTYPE_AT, ETHERTYPES),
        (UDP_PORT_AT, UDP_PORTS),
        (PROTOCOL_AT, PROTOCOLS),
        (PPP_AT, PPP_PROTOCOLS),
        (FAMILY_AT, FAMILIES),
        (LINK_TYPE_AT, {number: layer for number, (_, layer) in LINK_TYPES.items()}),
        (HEADER_AT, {layer: size for layer, (size, _) in FIXED_HEADERS.items()}),
        (TYPE_INDEX_AT, {layer: index for layer, (_, index) in FIXED_HEADERS.items()}),
    ):
        for number, value in table.items():
            lookup[start + number] = value
    return bytes(lookup)


def link_name(link_type: int) -> str:
    """The name of a LINKTYPE_ number, or its number if it has no row."""
    return LINK_TYPES[link_type][0] if link_type in LINK_TYPES else f"linktype-{link_type}"


def link_layer(link_type: int) -> int:
    """The layer a packet of this link type starts with; 0 if it is not decoded."""
    return LINK_TYPES[link_type][1] if link_type in LINK_TYPES else LAYER_NOTHING

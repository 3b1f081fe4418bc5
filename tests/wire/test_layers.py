"""Link layers, tags, tunnels, extension headers, fragments and quotes, each around one segment."""

from __future__ import annotations

import struct

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import Read, Row, compiled, plain, read_bytes
from unstick.wire.columns import (
    FIN,
    NOTICE_CUT_HEADER,
    NOTICE_FRAGMENT,
    NOTICE_FRAGMENT_REST,
    NOTICE_IN_ICMP,
    NOTICE_TSO,
)
from unstick.wire.layers import ETHERTYPES, LINK_TYPES, PROTOCOLS, UDP_PORTS

V4 = b.ipv4(seq=4444)
V6 = b.ipv6(seq=6666)

ETHER_4 = b.ethernet(0x0800, V4)
ETHER_6 = b.ethernet(0x86DD, V6)
SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"


def nflog(packet: bytes, mark: str) -> bytes:
    """NFLOG: a prefix attribute, then the packet."""
    prefix = struct.pack(mark + "HH", 5, 10) + b"x" + bytes(3)
    return b"\2\0\0\1" + prefix + struct.pack(mark + "HH", 4 + len(packet), 9) + packet


def gre(ethertype: int, body: bytes, flags: int = 0, after: bytes = b"") -> bytes:
    return b.ip4(47, struct.pack(">HH", flags, ethertype) + after + body)


LINKS: dict[str, tuple[int, bytes]] = {
    # what stands around the segment: link type, packet
    "ethernet": (1, ETHER_4),
    "ethernet ipv6": (1, ETHER_6),
    "vlan": (1, b.ethernet(0x8100, b"\0\7\x08\0" + V4)),
    "qinq": (1, b.ethernet(0x88A8, b"\0\7\x81\0\0\x08\x86\xdd" + V6)),
    "old qinq": (1, b.ethernet(0x9100, b"\0\7\x81\0\0\x08\x08\0" + V4)),
    "mpls": (1, b.ethernet(0x8847, b"\0\1\0\x40\0\2\1\x40" + V4)),
    "mpls ipv6": (1, b.ethernet(0x8847, b"\0\2\1\x40" + V6)),
    "ethernet over mpls": (1, b.ethernet(0x8847, b"\0\2\1\x40\0\0\0\0" + ETHER_4)),
    "pppoe": (
        1,
        b.ethernet(0x8864, b"\x11\0\0\1" + struct.pack(">H", 2 + len(V4)) + b"\0\x21" + V4),
    ),
    "802.3 snap": (1, b.ethernet(8 + len(V4), SNAP + V4)),
    "802.3 by sap": (1, b.ethernet(3 + len(V4), b"\6\6\3" + V4)),
    "provider backbone": (1, b.ethernet(0x88E7, bytes(4) + ETHER_4)),
    "e-tag": (1, b.ethernet(0x893F, bytes(6) + b"\x08\0" + V4)),
    "null little": (0, b"\2\0\0\0" + V4),
    "null big": (0, b"\0\0\0\2" + V4),
    "null ipv6 freebsd": (0, b"\x1c\0\0\0" + V6),
    "null ipv6 macos": (0, b"\x1e\0\0\0" + V6),
    "loop": (108, b"\0\0\0\x18" + V6),
    "raw": (101, V6),
    "raw of openbsd": (14, V4),
    "ipv4": (228, V4),
    "ipv6": (229, V6),
    "ppp": (9, b"\xff\3\0\x21" + V4),
    "ppp short": (9, b"\x21" + V4),
    "ppp ipv6": (50, b"\xff\3\0\x57" + V6),
    "pppoe link": (51, b"\x11\0\0\1" + struct.pack(">H", 2 + len(V4)) + b"\0\x21" + V4),
    "chdlc": (104, b"\x0f\0\x08\0" + V4),
    "cooked": (113, bytes(14) + b"\x08\0" + V4),
    "cooked 802.2": (113, bytes(14) + b"\0\4" + SNAP + V4),
    "cooked 2": (276, b"\x86\xdd" + bytes(18) + V6),
    "fddi": (10, b"\x50" + bytes(12) + SNAP + V4),
    "arcnet rfc1051": (7, b"\1\2\xf0" + V4),
    "arcnet linux rfc1201": (129, b"\1\2\0\0\xd4\0\0\1" + V4),
    "ipoib": (242, bytes(40) + b"\x08\0\0\0" + V4),
    "nflog little": (239, nflog(V4, "<")),
    "nflog big": (239, nflog(V6, ">")),
    "802.11": (105, b"\x08\1" + bytes(22) + SNAP + V4),
    "802.11 qos": (105, b"\x88\1" + bytes(24) + SNAP + V4),
    "802.11 four addresses": (105, b"\x08\3" + bytes(28) + SNAP + V4),
    "radiotap": (127, b"\0\0\x0a\0" + bytes(6) + b"\x08\1" + bytes(22) + SNAP + V4),
    "llc": (100, SNAP + V4),
    "pktap": (258, struct.pack("<III", 16, 1, 1) + bytes(4) + ETHER_4),
}

TUNNELS: dict[str, bytes] = {
    # IP packets that carry the segment
    "ip in ip": b.ip4(4, V4),
    "6in4": b.ip4(41, V6),
    "4in6": b.ip6(4, V4),
    "gre": gre(0x0800, V4),
    "gre key and sequence": gre(0x86DD, V6, 0x3000, bytes(8)),
    "gre checksum": gre(0x0800, V4, 0x8000, bytes(4)),
    "gre tap": gre(0x6558, ETHER_4),
    "pptp": gre(0x880B, b"\xff\3\0\x21" + V4, 0x3081, bytes(12)),
    "erspan 1": gre(0x88BE, ETHER_4),
    "erspan 2": gre(0x88BE, bytes(8) + ETHER_4, 0x1000, bytes(4)),
    "erspan 3": gre(0x22EB, bytes(12) + ETHER_6, 0x1000, bytes(4)),
    "erspan 3 long": gre(0x22EB, bytes(11) + b"\1" + bytes(8) + ETHER_6, 0x1000, bytes(4)),
    "vxlan": b.ip4(17, b.udp(4789, b"\x08" + bytes(7) + ETHER_4)),
    "vxlan gpe": b.ip4(17, b.udp(4790, b"\x0c\0\0\2" + bytes(4) + V6)),
    "geneve": b.ip4(17, b.udp(6081, b"\2\0\x65\x58" + bytes(12) + ETHER_4)),
    "geneve ipv6": b.ip6(17, b.udp(6081, b"\0\0\x86\xdd" + bytes(4) + V6)),
    "gtp": b.ip4(17, b.udp(2152, b"\x30\xff" + bytes(6) + V4)),
    "gtp sequence": b.ip4(17, b.udp(2152, b"\x32\xff" + bytes(10) + V6)),
    "gtp extension": b.ip4(17, b.udp(2152, b"\x34\xff" + bytes(9) + b"\x85\1\0\0\0" + V4)),
    "teredo": b.ip4(17, b.udp(3544, V6)),
    "teredo origin": b.ip4(17, b.udp(3544, bytes(8) + V6)),
    "teredo authentication": b.ip4(17, b.udp(3544, b"\0\1\0\0" + bytes(9) + V6)),
    "mpls in udp": b.ip4(17, b.udp(6635, b"\0\2\1\x40" + V4)),
    "mpls in ip": b.ip4(137, b"\0\2\1\x40" + V6),
    "ethernet in ip": b.ip4(97, b"\x30\0" + ETHER_4),
    "authentication header": b.ip4(51, b"\4\4" + bytes(22) + V4),
    "six levels": b.ip4(4, b.ip4(41, b.ip6(4, b.ip4(4, gre(0x0800, b.ip4(4, V4)))))),
}


def only_row(data: bytes) -> Row:
    """The one row of a capture, equal for both engines, and nothing odd about it."""
    result = read_bytes(data, compiled())
    assert result.numbers == read_bytes(data, plain()).numbers
    assert not result.anomalies
    [row] = result.rows
    return row


@pytest.mark.parametrize("name", LINKS)
def test_segment_is_found_behind_every_link(name: str) -> None:
    link, packet = LINKS[name]
    row = only_row(b.pcap([packet], link))
    assert row["SEQ"] == (6666 if row["IP_VERSION"] == 6 else 4444)
    assert (row["LENGTH"], row["CAPTURED"], row["TTL"]) == (5, 5, 64)


@pytest.mark.parametrize("name", TUNNELS)
def test_segment_is_found_in_every_tunnel(name: str) -> None:
    row = only_row(b.pcap([TUNNELS[name]]))
    assert row["SEQ"] == (6666 if row["IP_VERSION"] == 6 else 4444)
    assert (row["LENGTH"], row["CAPTURED"], row["TTL"]) == (5, 5, 64)
    assert row["ENCAPSULATION"] != 0


def test_every_decoded_link_type_has_a_test() -> None:
    tested = {link for link, _ in LINKS.values()} | {12, 149}  # other numbers of raw and pktap
    assert {link for link, (_, layer) in LINK_TYPES.items() if layer} == tested


@pytest.mark.parametrize("size", [0, 3, 4, 65532, 65533, 65535])
def test_attributes_of_any_size_end(size: int) -> None:
    packet = b"\2\0\0\1" + struct.pack("<HH", size, 1) + bytes(70_000)
    for kernels in (compiled(), plain()):
        assert read_bytes(b.pcap([packet], 239), kernels).kinds == {"link-cut": 1}


def test_encapsulation_tells_wrappings_apart() -> None:
    packets = [b.ethernet(0x8100, bytes((0, vlan)) + b"\x08\0" + V4) for vlan in (1, 2, 1)]
    first, second, third = (row["ENCAPSULATION"] for row in read_bytes(b.pcap(packets, 1)).rows)
    assert first == third != second


@pytest.mark.parametrize("levels", [30, 1000])
def test_nesting_ends(levels: int) -> None:
    packet = V4
    for _ in range(levels):
        packet = b.ip4(4, packet)
    result = read_bytes(b.pcap([packet]))
    assert result.rows == []
    assert result.kinds == {"nested-too-deep": 1}


@pytest.mark.parametrize("table", [ETHERTYPES, PROTOCOLS, UDP_PORTS, LINK_TYPES], ids=len)
def test_tables_are_sorted_where_people_read_them(table: dict[int, object]) -> None:
    numbers = list(table)
    assert numbers == sorted(numbers)


# --- IP -----------------------------------------------------------------------------------------

HOP = b"\6\0" + bytes(6)


@pytest.mark.parametrize(
    ("first", "chain"),
    [
        (0, HOP),
        (43, b"\6\1" + bytes(14)),
        (60, b"\x2b\0" + bytes(6) + b"\6\0" + bytes(6)),
        (44, b"\6\0\0\0" + bytes(4)),  # an atomic fragment, RFC 6946
        (51, b"\6\4" + bytes(22)),
        (135, HOP),
    ],
)
def test_extension_headers_are_walked(first: int, chain: bytes) -> None:
    row = only_row(b.pcap([b.ip6(first, chain + V6[40:])]))
    assert (row["SEQ"], row["LENGTH"], row["NOTICES"]) == (6666, 5, 0)


def test_offloaded_segments_take_their_length_from_the_frame() -> None:
    four = bytearray(b.ethernet(0x0800, b.ipv4(payload=9000)))
    six = bytearray(b.ethernet(0x86DD, b.ipv6(payload=9000)))
    four[16:18] = six[18:20] = b"\0\0"
    for data in (four, six):
        row = only_row(b.pcap([bytes(data)], 1))
        assert (row["LENGTH"], row["NOTICES"]) == (9000, NOTICE_TSO)


def test_a_length_beyond_the_frame_is_believed_and_counted() -> None:
    packet = bytearray(V4)
    packet[2:4] = struct.pack(">H", len(V4) + 100)
    result = read_bytes(b.pcap([bytes(packet)]))
    assert (result.rows[0]["LENGTH"], result.rows[0]["CAPTURED"]) == (105, 5)
    assert result.kinds == {"ip-length-long": 1}


def test_a_length_beyond_an_outer_packet_is_not_believed() -> None:
    inner = bytearray(V4)
    inner[2:4] = struct.pack(">H", len(V4) + 100)
    result = read_bytes(b.pcap([b.ethernet(0x0800, b.ip4(4, bytes(inner))) + bytes(200)], 1))
    assert (result.rows[0]["LENGTH"], result.rows[0]["CAPTURED"]) == (5, 5)


ODD_IP = {
    "ip-cut": [V4[:19], V6[:39], b.ip6(0, b"\6\1")],
    "ip-version": [b.ethernet(0x0800, V6), b.ethernet(0x86DD, V4)],
    "ip-header-length": [b"\x44" + V4[1:]],
    "ip-length-short": [V4[:2] + b"\0\x13" + V4[4:]],
    "encrypted": [b.ip4(50, bytes(40))],
    "tcp-cut": [b.ip4(6, bytes(15)), b.ip6(6, bytes(3))],
    "tcp-header-length": [b.ip4(6, bytes(20)), b.ip4(6, bytes(12) + b"\x60" + bytes(7))],
    "tunnel-damaged": [b.ip4(47, b"\0\0"), b.ip4(17, b.udp(4789, bytes(7)))],
}


@pytest.mark.parametrize("kind", ODD_IP)
def test_odd_packets_are_counted_by_kind(kind: str) -> None:
    for packet in ODD_IP[kind]:
        link = 1 if packet.startswith(bytes(12)) else 101
        result = read_bytes(b.pcap([packet], link))
        assert result.rows == []
        assert result.kinds == {kind: 1}
        assert result.anomalies[0].first_frame == 1


def test_encrypted_wireless_frames_are_counted() -> None:
    packets = [b"\x08\x41" + bytes(60), b"\x88\1" + bytes(22) + b"\x80" + bytes(60)]
    assert read_bytes(b.pcap(packets, 105)).kinds == {"link-protected": 2}


def test_sixteen_bytes_of_header_make_a_segment_and_fifteen_do_not() -> None:
    result = read_bytes(b.pcap([V4], snaplen=36))
    assert result.rows[0]["NOTICES"] == NOTICE_CUT_HEADER
    assert (result.rows[0]["SEQ"], result.rows[0]["LENGTH"]) == (4444, 5)
    assert read_bytes(b.pcap([V4], snaplen=35)).kinds == {"tcp-cut": 1}


# --- ICMP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [3, 4, 11, 12])
def test_a_quoted_segment_is_marked_as_quoted(kind: int) -> None:
    row = only_row(b.pcap([b.ip4(1, bytes((kind, 0)) + bytes(6) + V4)]))
    assert (row["NOTICES"], row["SEQ"], row["LENGTH"]) == (NOTICE_IN_ICMP, 4444, 5)


def test_quotes_in_icmp_of_ipv6_and_short_ones() -> None:
    row = only_row(b.pcap([b.ip6(58, b"\2\0" + bytes(6) + V6)]))
    assert (row["NOTICES"], row["SEQ"]) == (NOTICE_IN_ICMP, 6666)
    short = read_bytes(b.pcap([b.ip4(1, b"\3\0" + bytes(6) + V4[:28])]))
    assert short.rows == []
    assert not short.anomalies


def test_echoes_and_redirects_are_not_opened() -> None:
    packets = [b.ip4(1, bytes((kind, 0)) + bytes(6) + V4) for kind in (0, 5, 8)]
    assert read_bytes(b.pcap(packets)).rows == []


def test_a_quote_in_a_quote_is_a_quote() -> None:
    quote = b.ip4(1, b"\3\0" + bytes(6) + V4)
    row = only_row(b.pcap([b.ip4(1, b"\3\0" + bytes(6) + quote)]))
    assert (row["NOTICES"], row["SEQ"]) == (NOTICE_IN_ICMP, 4444)


# --- fragments ----------------------------------------------------------------------------------


def cut(packet: bytes, *edges: int) -> list[bytes]:
    """The IPv4 fragments of a packet, cut at these offsets of its payload."""
    body = packet[20:]
    ends = [*edges, len(body)]
    starts = [0, *edges]
    return [
        b.ip4(6, body[start:end], (start // 8) | (0x2000 if end < len(body) else 0))
        for start, end in zip(starts, ends, strict=True)
    ]


def cut6(packet: bytes, edge: int) -> list[bytes]:
    body = packet[40:]
    heads = (struct.pack(">BBHI", 6, 0, 1, 9), struct.pack(">BBHI", 6, 0, edge, 9))
    return [b.ip6(44, heads[0] + body[:edge]), b.ip6(44, heads[1] + body[edge:])]


WHOLE = b.ipv4(seq=4444, payload=100, flags=0x19)
FIRST = {"FRAME": 1, "SEQ": 4444, "LENGTH": 20, "FLAGS": 0x18, "NOTICES": NOTICE_FRAGMENT}
REST = {"SEQ": 4464, "LENGTH": 80, "FLAGS": 0x19, "NOTICES": NOTICE_FRAGMENT_REST}
ALONE = {"SEQ": 4444, "LENGTH": 100, "FLAGS": 0x19, "NOTICES": 0}


def shown(result: Read, *wanted: dict[str, int]) -> list[dict[str, int | None]]:
    return [{key: row[key] for key in want} for row, want in zip(result.rows, wanted, strict=True)]


def test_the_header_gives_a_row_and_the_last_fragment_one_for_the_rest() -> None:
    result = read_bytes(b.pcap(cut(WHOLE, 40, 80)))
    wanted = [FIRST, REST | {"FRAME": 3}]
    assert shown(result, *wanted) == wanted
    assert result.kinds == {"ip-fragments": 3}


def test_fragments_of_ipv6() -> None:
    result = read_bytes(b.pcap(cut6(b.ipv6(seq=4444, payload=100, flags=0x19), 40)))
    wanted = [FIRST, REST | {"FRAME": 2}]
    assert shown(result, *wanted) == wanted


def test_a_first_fragment_that_comes_last_gives_one_row() -> None:
    one, two, three = cut(WHOLE, 40, 80)
    result = read_bytes(b.pcap([three, two, one]))
    wanted = [ALONE | {"FRAME": 3, "CAPTURED": 100}]
    assert shown(result, *wanted) == wanted


def test_a_header_in_pieces_is_put_together() -> None:
    result = read_bytes(b.pcap(cut(WHOLE, 8, 16, 24)))
    wanted = [ALONE | {"FRAME": 4}]
    assert shown(result, *wanted) == wanted


def test_rows_around_fragments_keep_their_order() -> None:
    one, two, three = cut(WHOLE, 40, 80)
    result = read_bytes(b.pcap([V4, one, V4, two, three, V4]))
    assert [row["FRAME"] for row in result.rows] == [1, 2, 3, 5, 6]


def test_missing_fragments_are_counted() -> None:
    one, two, _ = cut(WHOLE, 40, 80)
    result = read_bytes(b.pcap([one]))
    assert result.kinds == {"ip-fragments": 1, "fragment-rest-missing": 1}
    assert [row["FLAGS"] & FIN for row in result.rows if row["FLAGS"]] == [0]
    assert read_bytes(b.pcap([two])).kinds == {"ip-fragments": 1, "fragment-header-elsewhere": 1}


def test_many_open_packets_stay_bounded() -> None:
    firsts = []
    for number in range(300):
        packet = bytearray(cut(WHOLE, 40)[0])
        packet[4:6] = struct.pack(">H", number)
        firsts.append(bytes(packet))
    result = read_bytes(b.pcap(firsts))
    assert len(result.rows) == 300
    assert result.kinds == {"ip-fragments": 300, "fragment-rest-missing": 300}

"""Packets are read as they were made, and what is changed has right lengths and checksums."""

from __future__ import annotations

import struct

import pytest

from tests.lab.making import packet, spec
from unstick.lab.packets import (
    CLIENT,
    SERVER,
    Packet,
    changed,
    one_hop_less,
    option_bytes,
    options_of,
    parse,
    segment_from,
)
from unstick.wire.columns import ACK_FLAG as ACK
from unstick.wire.columns import FIN, RST, SYN
from unstick.wire.writer import checksum, ip_bytes

FAMILIES = pytest.mark.parametrize("family", [4, 6])


def sums_are_right(data: bytes) -> bool:
    """By the definition: the sum over everything, the checksum included, is zero (RFC 1071)."""
    if data[0] >> 4 == 4:
        ends, at = data[12:20], 20
        if checksum(data[:20]):
            return False
        assert int.from_bytes(data[2:4], "big") == len(data)
    else:
        ends, at = data[8:40], 40
        assert int.from_bytes(data[4:6], "big") == len(data) - 40
    tcp = data[at:]
    return checksum(ends + struct.pack(">II", len(tcp), 6) + tcp) == 0


@FAMILIES
def test_fields_are_read(family: int) -> None:
    one = packet(
        CLIENT, 1.5, family, seq=7, ack=9, flags=ACK | FIN, window=77, payload=3, mss=1460, ttl=9
    )
    assert (one.seq, one.ack, one.flags, one.window, one.ttl) == (7, 9, ACK | FIN, 77, 9)
    assert (one.payload_bytes, one.end_seq, one.time_s) == (3, 11, 1.5)
    assert list(options_of(one.options)) == [(2, struct.pack(">H", 1460))]
    assert one.connection == packet(SERVER, 0, family).connection


@FAMILIES
def test_changed_packets_have_right_checksums(family: int) -> None:
    one = packet(SERVER, 0, family, payload=b"odd", timestamps=(1, 2))
    assert sums_are_right(one.data)
    for fields in (
        {"seq": 2**32 + 5},
        {"ack": 1, "window": 0},
        {"source_port": 1, "target_port": 2},
        {"source": one.target, "ttl": 3},
        {"options": b""},
        {"payload": b""},
        {"flags": RST},
    ):
        data = changed(one, **fields)
        assert sums_are_right(data), fields
        again = parse(data, SERVER, 0)
        for name, value in fields.items():
            if name == "payload":
                assert again.payload_bytes == 0
            else:
                wanted = value & 0xFFFFFFFF if isinstance(value, int) else value
                assert getattr(again, name) == wanted
    assert changed(one) == one.data


@FAMILIES
def test_a_hop_costs_one(family: int) -> None:
    data = packet(CLIENT, 0, family, ttl=2).data
    less = one_hop_less(data)
    assert less is not None
    assert sums_are_right(less)
    assert parse(less, CLIENT, 0).ttl == 1
    assert one_hop_less(less) is None


def test_a_hop_keeps_the_sum_for_every_header() -> None:
    for ip_id in range(0, 65536, 251):
        less = one_hop_less(ip_bytes(spec(CLIENT, ip_id=ip_id, ttl=64)))
        assert less is not None
        assert sums_are_right(less)


@FAMILIES
@pytest.mark.parametrize("side", [CLIENT, SERVER])
def test_segment_in_the_name_of_an_end(family: int, side: str) -> None:
    seen = packet(SERVER, 0, family)
    made = segment_from(seen, side, 5, RST | ACK, ack=6, ttl=33)
    assert sums_are_right(made.data)
    assert made.sent_by(side)
    assert made.connection == seen.connection
    assert (made.seq, made.ack, made.ttl, made.payload_bytes) == (5, 6, 33, 0)


def test_what_is_no_whole_tcp_is_left_alone() -> None:
    whole = packet(CLIENT, payload=20).data
    fragment = whole[:6] + b"\x20\x00" + whole[8:]
    for data in (b"", b"\x45", whole[:30], fragment, b"\x60" + bytes(39), b"\x10" + bytes(60)):
        assert not parse(data, CLIENT, 0).tcp


def test_padding_of_short_frames_is_no_payload() -> None:
    one = packet(CLIENT)
    assert parse(one.data + bytes(6), CLIENT, 0) == one


def test_options_mirror() -> None:
    options = [(3, b"\x07"), (4, b""), (8, bytes(8))]
    assert list(options_of(option_bytes(options))) == options
    assert list(options_of(b"\x08\x0a")) == []  # damaged: says 10 bytes, has 2
    assert list(options_of(b"\x08\x00")) == []


def test_pure_ack() -> None:
    assert packet(CLIENT).is_pure_ack
    for fields in (
        {"payload": 1},
        {"flags": ACK | FIN},
        {"flags": SYN | ACK},
        {"flags": RST | ACK},
    ):
        assert not packet(CLIENT, **fields).is_pure_ack
    assert not Packet(CLIENT, 0.0, b"").is_pure_ack

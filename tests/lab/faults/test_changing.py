"""Faults that change packets or make new ones: what must be different, and what must not."""

from __future__ import annotations

import struct

import pytest

from tests.lab.faults.stage import Box, read
from tests.lab.making import packet
from tests.lab.test_packets import sums_are_right
from unstick.lab.faults.inject_resets import PATTERNS, SANDVINE_STEP
from unstick.lab.packets import CLIENT, SERVER, Packet, options_of
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN

FAMILIES = pytest.mark.parametrize("family", [4, 6])
M = 0xFFFFFFFF


@FAMILIES
def test_reset_is_moved(family: int) -> None:
    box = Box("rewrite_reset", seq_offset=-1)
    moved = box.on(packet(CLIENT, 0, family, flags=RST, seq=0))
    assert moved is not None
    assert moved.seq == M
    assert sums_are_right(moved.data)
    assert box.passes(packet(CLIENT, 0, family, flags=ACK_FLAG | FIN))


@FAMILIES
def test_window_is_made_small(family: int) -> None:
    box = Box("shrink_window", sender=CLIENT, most=10)
    small = box.on(packet(CLIENT, 0, family, window=500, payload=3))
    assert small is not None
    assert (small.window, small.payload_bytes) == (10, 3)
    assert sums_are_right(small.data)
    assert box.passes(packet(CLIENT, 0, family, window=9))
    assert box.passes(packet(SERVER, 0, family, window=500))
    assert box.passes(packet(CLIENT, 0, family, window=500, flags=SYN))


@FAMILIES
def test_options_are_stripped(family: int) -> None:
    box = Box("strip_options", kinds=[3, 8])
    one = packet(CLIENT, 0, family, flags=SYN, mss=1460, window_scale=7, timestamps=(1, 0))
    stripped = box.on(one)
    assert stripped is not None
    assert [kind for kind, _ in options_of(stripped.options)] == [2]
    assert len(stripped.options) == len(one.options)
    assert sums_are_right(stripped.data)
    assert box.passes(packet(CLIENT, 0, family, flags=SYN, mss=1460))


def nat_address(family: int) -> str:
    return {4: "192.0.2.77", 6: "2001:db8:77::1"}[family]


@FAMILIES
def test_nat_and_back(family: int) -> None:
    box = Box("nat", address=nat_address(family))
    out = box.on(packet(CLIENT, 0, family, flags=SYN))
    assert out is not None
    assert sums_are_right(out.data)
    assert out.source != packet(CLIENT, 0, family).source
    again = box.on(packet(CLIENT, 0, family, payload=4))
    assert again is not None
    assert again.source_port == out.source_port
    another = box.on(packet(CLIENT, 0, family, source_port=40_001))
    assert another is not None
    assert another.source_port != out.source_port

    answer = answered(packet(SERVER, 0, family, payload=7), out)
    back = box.on(answer)
    assert back == packet(SERVER, 0, family, payload=7)


def answered(plain: Packet, seen: Packet) -> Packet:
    """The server's packet, to the end that it has seen."""
    from unstick.lab.packets import changed, parse

    data = changed(plain, target=seen.source, target_port=seen.source_port)
    return parse(data, SERVER, plain.time_s)


def test_nat_drops_what_nobody_asked_for() -> None:
    box = Box("nat", address=nat_address(4))
    out = box.on(packet(CLIENT, flags=SYN))
    assert out is not None
    assert box.on(packet(SERVER)) is None  # to the client's inside address
    stranger = answered(packet(SERVER), out._replace(source_port=out.source_port + 1))
    assert box.on(stranger) is None


@FAMILIES
@pytest.mark.parametrize("rewrite_sack", [True, False])
def test_sequence_numbers_are_moved_and_back(family: int, rewrite_sack: bool) -> None:
    box = Box("randomise_sequence_numbers", rewrite_sack=rewrite_sack)
    data = packet(SERVER, 0, family, seq=M - 1, payload=5, timestamps=(1, 2))
    moved = box.on(data)
    assert moved is not None
    by = (moved.seq - data.seq) & M
    assert by
    assert sums_are_right(moved.data)
    assert moved._replace(data=b"", seq=0) == data._replace(data=b"", seq=0)

    holes = (((moved.seq + 5) & M, (moved.seq + 9) & M),)
    ack = packet(CLIENT, 0, family, ack=(moved.seq + 5) & M, sacks=holes)
    back = box.on(ack)
    assert back is not None
    assert back.ack == (data.seq + 5) & M
    assert sums_are_right(back.data)
    ((kind, value),) = options_of(back.options)
    edges = struct.unpack(">II", value)
    right = tuple((one - by) & M for one in holes[0])
    assert kind == 5
    assert edges == (right if rewrite_sack else holes[0])


def test_every_connection_is_moved_by_its_own_amount() -> None:
    box = Box("randomise_sequence_numbers", rewrite_sack=True)
    first, second = box.on(packet(SERVER)), box.on(packet(SERVER, target_port=40_001))
    assert first is not None
    assert second is not None
    assert first.seq != second.seq
    syn = packet(CLIENT, flags=SYN, ack=0, target_port=1)
    assert box.passes(syn)  # it acknowledges nothing


def injected(pattern: str, family: int = 4, **given: int) -> list[Packet]:
    """What the box says after 1,000 bytes of the server; before that, nothing."""
    box = Box("inject_resets", pattern=pattern, after_bytes=1000, **given)
    assert box.passes(packet(CLIENT, 0, family, seq=500, ack=77, payload=20))
    assert len(box.all(packet(SERVER, 0, family, payload=1000))) == 1
    first, *others = box.all(packet(SERVER, 0, family, payload=1))
    assert first.to == CLIENT
    assert len(box.all(packet(SERVER, 0, family, payload=1))) == 1  # it speaks once
    assert {one.to for one in others} == {SERVER}
    assert all(sums_are_right(one.data) for one in others)
    return [read(one) for one in others]


@FAMILIES
def test_single_reset(family: int) -> None:
    (one,) = injected("a single reset", family, offset=-1, ttl=9)
    assert (one.seq, one.flags, one.ttl) == (519, RST, 9)
    assert one.connection == packet(CLIENT, 0, family).connection


def test_spray_walks_and_never_hits() -> None:
    spray = injected("a blind spray of resets", count=50)
    assert len(spray) == 50
    assert all(one.flags == RST and one.seq != 520 for one in spray)
    assert len({one.seq for one in spray}) == 50
    inside = [one for one in spray if 0 < ((one.seq - 520) & M) < 40_000]
    assert len(inside) >= 3


def test_pair() -> None:
    near, far = injected("a forged pair of resets", ttl=200)
    assert (near.seq, far.seq) == (520, 520 + SANDVINE_STEP)
    assert (near.ack, near.flags, near.ttl) == (77, RST | ACK_FLAG, 200)


def test_signed() -> None:
    (one,) = injected("a reset with an MD5 option")
    assert one.seq == 520
    assert [kind for kind, _ in options_of(one.options)] == [19]


def test_syn() -> None:
    (one,) = injected("a SYN")
    assert one.flags == SYN


def test_every_pattern_is_tested() -> None:
    assert len(PATTERNS) == 5

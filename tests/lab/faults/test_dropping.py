"""Faults that let some packets through and others not: a case and a look-alike of each."""

from __future__ import annotations

import struct

import pytest

from tests.lab.faults.stage import Box, read
from tests.lab.making import packet
from tests.lab.test_packets import sums_are_right
from unstick.lab.packets import CLIENT, ICMP, SERVER, parse
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN
from unstick.wire.writer import checksum

SIDES = pytest.mark.parametrize("side", [CLIENT, SERVER])
FAMILIES = pytest.mark.parametrize("family", [4, 6])

NOT_TCP = parse(b"\x60" + bytes(60), CLIENT, 0.0)


@SIDES
def test_first_reset_passes_then_nothing(side: str) -> None:
    box = Box("forward_first_reset_then_forget")
    assert box.passes(packet(CLIENT, payload=10))
    assert box.passes(packet(side, flags=RST))
    for sender in (CLIENT, SERVER):
        assert box.on(packet(sender, flags=RST)) is None
        assert box.on(packet(sender, payload=10)) is None
    # Another connection is not forgotten.
    port = "source_port" if side == CLIENT else "target_port"
    assert box.passes(packet(side, payload=10, **{port: 40_001}))
    assert box.passes(NOT_TCP)


def test_idle_connection_is_forgotten_until_it_opens_anew() -> None:
    box = Box("forget_after_idle", seconds=30)
    assert box.passes(packet(CLIENT, 0.0, flags=SYN))
    assert box.passes(packet(SERVER, 29.0))
    assert box.passes(packet(CLIENT, 58.5))  # never silent for 30 s
    assert box.on(packet(CLIENT, 90.0)) is None
    assert box.on(packet(SERVER, 90.1, flags=RST)) is None
    assert box.passes(packet(CLIENT, 91.0, flags=SYN))
    assert box.passes(packet(SERVER, 91.1))
    assert box.passes(NOT_TCP)


def test_vanishes_at_a_time() -> None:
    box = Box("vanish_at", seconds=2)
    assert box.passes(packet(CLIENT, 100.0))  # the clock starts with the first segment
    assert box.passes(packet(SERVER, 101.9))
    assert box.passes(NOT_TCP)
    assert box.on(packet(SERVER, 102.0)) is None
    assert box.on(packet(CLIENT, 102.1)) is None
    assert box.on(NOT_TCP) is None


def test_vanishes_after_bytes_of_the_server() -> None:
    box = Box("vanish_at", bytes_sent=1000)
    assert box.passes(packet(CLIENT, payload=1400))  # the client's do not count
    assert box.passes(packet(SERVER, payload=1000))
    assert box.on(packet(SERVER, payload=1)) is None
    assert box.on(packet(CLIENT)) is None


def test_vanishes_behind_a_closed_window() -> None:
    box = Box("vanish_at", closing_window=True)
    assert box.passes(packet(CLIENT, window=1))
    assert box.passes(packet(SERVER, window=0))
    assert box.passes(packet(CLIENT, window=0, flags=RST))  # a reset has none
    assert box.passes(packet(CLIENT, window=0))
    assert box.on(packet(SERVER)) is None


def test_fins_of_one_end_are_dropped() -> None:
    box = Box("drop_fin", sender=SERVER)
    assert box.on(packet(SERVER, flags=ACK_FLAG | FIN)) is None
    assert box.passes(packet(CLIENT, flags=ACK_FLAG | FIN))
    assert box.passes(packet(SERVER, payload=5))


def test_one_way() -> None:
    box = Box("one_way", lost=SERVER)
    assert box.on(packet(SERVER)) is None
    assert box.passes(packet(CLIENT))


def test_resets_are_dropped() -> None:
    box = Box("drop_resets")
    assert box.on(packet(SERVER, flags=RST)) is None
    assert box.on(packet(CLIENT, flags=RST | ACK_FLAG)) is None
    assert box.passes(packet(CLIENT, flags=FIN | ACK_FLAG))
    of_client = Box("drop_resets", sender=CLIENT)
    assert of_client.on(packet(CLIENT, flags=RST)) is None
    assert of_client.passes(packet(SERVER, flags=RST))


def test_challenge_acks_are_dropped() -> None:
    box = Box("drop_challenge_acks")
    assert box.passes(packet(CLIENT, flags=SYN))
    assert box.passes(packet(SERVER))  # a plain ACK: nobody has reset
    assert box.passes(packet(CLIENT, flags=RST))
    assert box.on(packet(SERVER)) is None
    assert box.passes(packet(SERVER, payload=5))  # data is no challenge
    assert box.passes(packet(CLIENT))  # it goes to the end that sent no reset


def test_challenge_of_a_second_syn_is_dropped() -> None:
    box = Box("drop_challenge_acks")
    assert box.passes(packet(SERVER))
    assert box.passes(packet(CLIENT, flags=SYN))
    assert box.on(packet(SERVER)) is None
    fresh = Box("drop_challenge_acks")
    assert fresh.passes(packet(CLIENT, flags=SYN))
    assert fresh.passes(packet(SERVER))


@FAMILIES
def test_large_segments_vanish_without_a_word(family: int) -> None:
    box = Box("large_segments_vanish", mtu=1300, icmp=False)
    most = 1300 - {4: 40, 6: 60}[family]
    assert box.passes(packet(SERVER, 0, family, payload=most))
    assert box.all(packet(SERVER, 0, family, payload=most + 1)) == []


@FAMILIES
def test_large_segments_are_answered_by_icmp(family: int) -> None:
    box = Box("large_segments_vanish", mtu=1300, icmp=True)
    large = packet(SERVER, 0, family, payload=1400)
    (answer,) = box.all(large)
    assert answer.to == SERVER
    said = read(answer)
    assert (said.source, said.target) == (large.target, large.source)
    if family == 4:
        assert answer.data[9] == ICMP[4]
        assert checksum(answer.data[:20]) == 0
        body, told = answer.data[20:], 6
        assert checksum(body) == 0
        assert body[:2] == b"\x03\x04"
    else:
        assert answer.data[6] == ICMP[6]
        body, told = answer.data[40:], 4
        pseudo = answer.data[8:40] + struct.pack(">II", len(body), ICMP[6])
        assert checksum(pseudo + body) == 0
        assert body[:2] == b"\x02\x00"
    assert int.from_bytes(body[told : told + (8 - told)], "big") == 1300
    assert body[8 : 8 + 60] == large.data[:60]
    assert len(answer.data) <= 1280


def test_loss_is_a_share_and_seeded() -> None:
    lost = [Box("random_loss", seed=3, share=0.1).on(packet(CLIENT)) is None for _ in range(2)]
    assert lost[0] == lost[1]
    box = Box("random_loss", seed=3, share=0.1)
    count = sum(box.on(packet(CLIENT)) is None for _ in range(10_000))
    assert 850 < count < 1150
    assert all(Box("random_loss", share=0.0).passes(packet(CLIENT)) for _ in range(10))


def test_one_segment_is_lost_and_its_copy_is_not() -> None:
    box = Box("lose_segment", sender=CLIENT, number=2)
    assert box.passes(packet(CLIENT, payload=5))
    assert box.passes(packet(CLIENT))  # no data: does not count
    assert box.passes(packet(SERVER, payload=5))
    assert box.on(packet(CLIENT, seq=1005, payload=5)) is None
    assert box.passes(packet(CLIENT, seq=1005, payload=5))


def test_line_of_a_rate_delays_and_overflows() -> None:
    box = Box("rate", bytes_per_s=10_000, buffer_bytes=3500)
    full = packet(SERVER, 1.0, payload=960)  # 1,000 bytes: 0.1 s on the line
    late = [one.after_s for _ in range(5) for one in box.all(full)]
    assert late == pytest.approx([0.1, 0.2, 0.3])  # the fourth does not fit
    (other_way,) = box.all(packet(CLIENT, 1.0, payload=960))
    assert other_way.after_s == pytest.approx(0.1)
    (rested,) = box.all(packet(SERVER, 9.0, payload=960))
    assert rested.after_s == pytest.approx(0.1)


def test_duplicates_and_late_ones() -> None:
    one = packet(SERVER, payload=9)
    twice = Box("duplicate", share=1.0, after_s=0.2).all(one)
    assert [(out.data, out.after_s) for out in twice] == [(one.data, 0.0), (one.data, 0.2)]
    assert len(Box("duplicate", share=0.0).all(one)) == 1
    assert [out.after_s for out in Box("reorder", share=1.0, late_s=0.1).all(one)] == [0.1]
    assert [out.after_s for out in Box("reorder", share=0.0).all(one)] == [0.0]


def test_checksums_survive_the_boxes_that_do_not_touch() -> None:
    one = packet(SERVER, payload=9)
    for name in ("reorder", "duplicate"):
        assert all(sums_are_right(out.data) for out in Box(name, share=1.0).all(one))

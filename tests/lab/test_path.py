"""Boxes in a row: directions, answers, delays, hops, seeds."""

from __future__ import annotations

from tests.lab.making import packet
from unstick.lab.faults import FAULTS
from unstick.lab.packets import CLIENT, SERVER, parse
from unstick.lab.path import Path
from unstick.wire.columns import RST


def test_an_empty_path_is_one_hop_and_takes_its_time() -> None:
    path = Path([], 0.03, 1)
    (out,) = path.arrive(packet(CLIENT, ttl=64).data, CLIENT, 2.0)
    assert (out.to, out.due_s) == (SERVER, 2.03)
    assert parse(out.data, CLIENT, 0).ttl == 63
    assert path.arrive(packet(CLIENT, ttl=1).data, CLIENT, 2.0) == []


def test_boxes_stand_from_client_to_server() -> None:
    """The NAT stands first: the box behind it sees the outside address, from both directions."""
    names = [FAULTS["nat"](address="192.0.2.77"), FAULTS["forward_first_reset_then_forget"]()]
    path = Path(names, 0.0, 1)
    (out,) = path.arrive(packet(CLIENT, flags=RST).data, CLIENT, 0.0)
    assert parse(out.data, CLIENT, 0).source != packet(CLIENT).source
    assert path.arrive(packet(CLIENT).data, CLIENT, 0.1) == []


def test_an_answer_goes_back_the_way_the_packet_came() -> None:
    boxes = [FAULTS["random_loss"](share=1.0), FAULTS["large_segments_vanish"](mtu=600, icmp=True)]
    path = Path(boxes, 0.01, 1)
    (told,) = path.arrive(packet(SERVER, payload=1000).data, SERVER, 0.0)
    assert told.to == SERVER  # from the second box; the first, which loses all, is not on its way
    assert Path(boxes[::-1], 0.01, 1).arrive(packet(SERVER, payload=1000).data, SERVER, 0.0) == []


def test_delays_of_boxes_and_path_add_up() -> None:
    boxes = [FAULTS["reorder"](share=1.0, late_s=0.1), FAULTS["reorder"](share=1.0, late_s=0.2)]
    (out,) = Path(boxes, 0.03, 1).arrive(packet(CLIENT).data, CLIENT, 1.0)
    assert abs(out.due_s - 1.33) < 1e-9


def test_same_seed_same_path() -> None:
    def lost(seed: int) -> list[bool]:
        path = Path([FAULTS["random_loss"](share=0.5)], 0.0, seed)
        return [not path.arrive(packet(CLIENT).data, CLIENT, 0.0) for _ in range(64)]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)


def test_what_is_no_ip_passes() -> None:
    arp_like = bytes(28)
    assert Path([], 0.0, 1).arrive(arp_like, CLIENT, 0.0) in ([], [(0.0, SERVER, arp_like)])

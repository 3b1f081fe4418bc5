"""Two vantage points: what was lost and when a path stopped; and what only looks so."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.compare.network import (
    MS,
    Box,
    Captures,
    Packet,
    Run,
    Talk,
    both_ends,
    late,
    lost,
    only,
    ordered,
    quiet,
    talk,
)
from unstick.compare import compare
from unstick.compare.pairing import BY_NUMBERS, BY_STRETCH
from unstick.wire.columns import ACK_FLAG, RST
from unstick.wire.writer import CaptureStyle, PacketSpec


def test_two_ends_of_a_healthy_path(run: Run) -> None:
    found = run(both_ends(talk().packets))
    quiet(found)
    pair = only(found)
    assert (pair.matched_by, pair.near_client) == (BY_NUMBERS, "A")
    assert found.headlines == ("Everything that was sent arrived, and nothing else did.",)
    client, server = pair.directions
    assert client.sent == {"SYN": 1, "data": 1, "ACK": 12, "FIN": 1, "RST": 0}
    assert (client.near, server.near) == ("A", "B")
    assert not pair.rewritten


def test_exchanged_captures_say_the_same(run: Run) -> None:
    captures = both_ends(resets().packets, first_only())
    straight = run(captures)
    exchanged = run(Captures(captures.server, captures.client))
    names = {"A": "B", "B": "A"}
    for one, other in zip(only(straight).directions, only(exchanged).directions, strict=True):
        assert (names[one.near], one.sent, one.lost) == (other.near, other.sent, other.lost)
        assert one.unjudged == other.unjudged
        assert (one.stop is None) == (other.stop is None)
    assert straight.exit_status == exchanged.exit_status == 1


def test_one_capture_compared_with_itself(run: Run) -> None:
    packets = both_ends(talk().packets).client
    quiet(run(Captures(packets, packets)))


def test_ipv6_without_identification_and_timestamps(run: Run) -> None:
    made = Talk(ids=False)
    made.stamps = False
    made.ends = ((ip_address("2001:db8::1"), 4000), (ip_address("2001:db8::2"), 80))
    made.open()
    made.serve(5)
    made.close()
    quiet(run(both_ends(made.packets)))


# --- loss and silence ----------------------------------------------------------------------------


def resets(count: int = 46, after_ms: float = 400) -> Talk:
    """A client that is gone answers the data still arriving, each time with the same reset. The
    server hears nothing and goes on."""
    made = Talk()
    made.open()
    made.serve(5)
    for _ in range(count):
        made.send(0, RST, ip_id=0)
        made.wait(0.5)
    for _ in range(3):
        made.wait(after_ms)
        made.send(1, ACK_FLAG, 1000, seq=made.next[1])
    return made


def first_only() -> Box:
    """The middlebox of the story: one reset passes, then nothing of this connection."""
    forgotten: list[Packet] = []

    def box(packet: Packet) -> list[Packet]:
        if forgotten:
            return []
        if packet.spec.flags & RST:
            forgotten.append(packet)
        return [packet]

    return box


def test_resets_that_never_came_are_counted(run: Run) -> None:
    captures = both_ends(resets().packets, first_only())
    found = run(captures)
    assert found.exit_status == 1
    client = only(found).directions[0]
    assert (client.sent["RST"], client.arrived["RST"], client.lost["RST"]) == (46, 1, 45)
    assert found.headlines[0] == "The client sent 46 resets; the server saw 1."
    assert client.stop is not None
    assert client.stop.proven
    first_reset = 1 + next(at for at, one in enumerate(captures.client) if one.flags & RST)
    assert client.stop.last_near is not None
    assert client.stop.last_near.frame == first_reset
    assert client.stop.judged["RST"] == 45


def test_data_after_the_end_of_the_far_capture_is_not_called_lost(run: Run) -> None:
    """The client's capture ends with its last reset: what the server sent later may have come."""
    found = run(both_ends(resets().packets, first_only()))
    _, server = only(found).directions
    assert not lost(server)
    assert server.unjudged["data"] == 3
    assert server.stop is not None
    assert not server.stop.proven


def test_path_that_stops_both_ways(run: Run) -> None:
    made = Talk()
    made.open()
    made.serve(5)
    cut = len(made.packets)
    for wait in (200, 400, 800, 1600):
        made.send(1, ACK_FLAG, 1000, seq=made.next[1])
        made.send(0, ACK_FLAG, 1, seq=made.next[0])
        made.wait(wait)
    late_packets = {id(one) for one in made.packets[cut:]}
    found = run(both_ends(made.packets, lambda one: [] if id(one) in late_packets else [one]))
    assert [each.stop is not None and each.stop.proven for each in only(found).directions] == [
        True,
        True,
    ]
    assert found.headlines[0].startswith("The path stopped forwarding client → server after frame")


def test_lost_data_that_was_sent_again_is_no_difference(run: Run) -> None:
    made = Talk()
    made.open()
    missing = made.send(1, ACK_FLAG, 1000)
    made.wait(300)
    made.send(1, ACK_FLAG, 1000, seq=missing.spec.seq)
    made.wait(40)
    made.serve(5)
    made.close()
    found = run(both_ends(made.packets, lambda one: [] if one is missing else [one]))
    _, server = only(found).directions
    assert lost(server) == {"data": 1}
    assert server.examples["data"] == (frame_of(both_ends(made.packets).server, missing.spec),)
    assert found.exit_status == 0


def frame_of(packets: list[PacketSpec], wanted: PacketSpec) -> int:
    return packets.index(wanted) + 1


@pytest.mark.parametrize("ids", [True, False])
def test_lost_original_without_timestamps_is_the_earlier_copy(run: Run, ids: bool) -> None:
    made = Talk(ids=ids)
    made.stamps = False
    made.open()
    made.serve(5)
    missing = made.send(1, ACK_FLAG, 1000)
    made.wait(300)
    made.send(1, ACK_FLAG, 1000, seq=missing.spec.seq)
    made.wait(40)
    made.serve(5)
    found = run(both_ends(made.packets, lambda one: [] if one is missing else [one]))
    _, server = only(found).directions
    assert lost(server) == {"data": 1}
    assert found.exit_status == 0


# --- what only looks like loss -------------------------------------------------------------------


@pytest.mark.parametrize("start", [1, 4, 9])
def test_capture_that_began_later(run: Run, start: int) -> None:
    captures = both_ends(talk().packets)
    for here, there in ((0, start), (start, 0)):
        found = run(Captures(captures.client[here:], captures.server[there:]))
        quiet(found)
        assert only(found).matched_by in (BY_NUMBERS, BY_STRETCH)


@pytest.mark.parametrize("kept", [5, 12, 20])
def test_capture_that_ended_earlier(run: Run, kept: int) -> None:
    captures = both_ends(talk(20).packets)
    quiet(run(Captures(captures.client[:kept], captures.server)))
    quiet(run(Captures(captures.client, captures.server[:kept])))


def test_kernel_drops_at_the_far_capture(run: Run) -> None:
    captures = both_ends(talk(30).packets)
    dropped = [one for one in captures.client if not (one.payload and one.ip_id % 5 == 0)]
    assert len(dropped) < len(captures.client)
    found = run(Captures(dropped, captures.server))
    quiet(found)
    _, server = only(found).directions
    assert server.missed_by_far == len(captures.client) - len(dropped)


def test_kernel_drops_at_the_near_capture(run: Run) -> None:
    captures = both_ends(talk(30).packets)
    dropped = [one for one in captures.server if not (one.payload and one.ip_id % 5 == 0)]
    found = run(Captures(captures.client, dropped))
    quiet(found)
    _, server = only(found).directions
    assert server.missed_by_near == len(captures.server) - len(dropped)


def test_far_capture_off_the_path_of_one_direction(run: Run) -> None:
    """Asymmetric routing: the client's packets reach the server by another way."""
    captures = both_ends(talk(20).packets)
    returning = [one for one in captures.server if one.source_port == 80]
    found = run(Captures(captures.client, returning))
    assert found.exit_status == 0, found.headlines


def test_snaplen_cuts_nothing_but_payload(run: Run) -> None:
    captures = both_ends(talk().packets)
    short = run.file("short", captures.client, CaptureStyle(snaplen=72))
    quiet(compare(short, run.file("long", captures.server)))
    tiny = run.file("tiny", captures.client, CaptureStyle(snaplen=54))
    found = compare(tiny, run.file("long", captures.server))
    quiet(found)
    assert not only(found).rewritten, "options that a snaplen cut away were not stripped"


def test_packets_captured_twice(run: Run) -> None:
    captures = both_ends(talk().packets)
    twice = ordered([copy for one in captures.server for copy in (one, late(one, 5000))])
    quiet(run(Captures(captures.client, twice)))


def test_jitter_and_reordering(run: Run) -> None:
    made = Talk()
    made.open()
    for _ in range(30):
        made.send(1, ACK_FLAG, 1000)
        made.wait(0.1)
    made.wait(100)
    made.close()
    captures = both_ends(made.packets)
    shaken = [late(one, (one.ip_id % 4) * MS) for one in captures.client if one.source_port == 80]
    rest = [one for one in captures.client if one.source_port != 80]
    quiet(run(Captures(ordered(shaken + rest), captures.server)))


# --- offload -------------------------------------------------------------------------------------


def joined(packets: list[PacketSpec], count: int) -> list[PacketSpec]:
    """As segmentation offload shows it before, or receive offload after: ``count`` data segments
    of one burst are one."""
    made: list[PacketSpec] = []
    for one in packets:
        last = made[-1] if made else None
        grows = (
            last is not None
            and isinstance(last.payload, bytes)
            and isinstance(one.payload, bytes)
            and 0 < len(last.payload) < count * 1000
            and len(one.payload) == 1000
            and last.source_port == one.source_port
            and last.timestamps == one.timestamps
        )
        if grows and last is not None:
            made[-1] = replace(last, payload=last.payload + one.payload)  # type: ignore[operator]
        else:
            made.append(one)
    return made


def bursts() -> Talk:
    made = Talk()
    made.open()
    for _ in range(5):
        for _ in range(6):
            made.send(1, ACK_FLAG, 1000)
        made.wait(30)
        made.send(0, ACK_FLAG)
        made.wait(30)
    made.close()
    return made


@pytest.mark.parametrize(("here", "there"), [(3, 1), (1, 3), (6, 1), (6, 4), (4, 6), (2, 3)])
def test_offload_at_either_end(run: Run, here: int, there: int) -> None:
    captures = both_ends(bursts().packets)
    found = run(Captures(joined(captures.client, here), joined(captures.server, there)))
    quiet(found)
    _, server = only(found).directions
    assert server.regrouped > 0
    assert server.arrived["data"] == server.sent["data"]
    assert (server.missed_by_far, server.missed_by_near, server.partly) == (0, 0, 0)


def test_part_of_an_offloaded_segment_is_lost(run: Run) -> None:
    made = bursts()
    missing = next(one for one in made.packets if one.side == 1 and one.spec.payload)
    resent = missing.but(time_ns=missing.spec.time_ns + 20 * MS, ip_id=1)
    packets = sorted([*made.packets, resent], key=lambda one: one.spec.time_ns)
    captures = both_ends(packets, lambda one: [] if one is missing else [one])
    found = run(Captures(captures.client, joined(captures.server, 6)))
    assert found.exit_status == 0
    _, server = only(found).directions
    assert server.partly + sum(server.lost.values()) == 1


# --- limits --------------------------------------------------------------------------------------


def test_more_segments_than_are_kept_is_said(run: Run) -> None:
    found = run(both_ends(talk(30).packets), most_segments=20)
    assert len(found.limits) == 2
    assert "beyond the limit" in found.limits[0]


def test_only_shared_connections_count_against_the_limit(run: Run) -> None:
    other = talk(30, isns=(5, 6))
    others = [
        one.but(source_port=50000) if one.side == 0 else one.but(target_port=50000)
        for one in other.packets
    ]
    mine = both_ends(talk(10).packets)
    more = both_ends(others)
    captures = Captures(ordered([*mine.client, *more.client]), mine.server)
    found = run(captures, most_segments=40)
    assert not found.limits
    assert (found.only_a, found.only_b) == (1, 0)
    quiet(found)


def test_many_connections_one_of_them_in_trouble(run: Run) -> None:
    healthy = talk(5, isns=(7, 8))
    moved = [
        one.but(source_port=50000) if one.side == 0 else one.but(target_port=50000)
        for one in healthy.packets
    ]
    bad = both_ends(resets().packets, first_only())
    good = both_ends(moved)
    found = run(
        Captures(ordered([*bad.client, *good.client]), ordered([*bad.server, *good.server]))
    )
    assert [pair.troubled for pair in found.pairs] in ([True, False], [False, True])
    assert found.headlines[0] == "The client sent 46 resets; the server saw 1."

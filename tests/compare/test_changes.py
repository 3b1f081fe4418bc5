"""What a box between two captures adds and rewrites, and how far their clocks are apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.compare.network import (
    CLIENT_ISN,
    GAP_NS,
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
from unstick.compare.model import Pair
from unstick.compare.pairing import BY_NAT, BY_STAMP, BY_TIME
from unstick.wire.columns import ACK_FLAG, PSH, RST, SYN
from unstick.wire.writer import PacketSpec

# --- forged --------------------------------------------------------------------------------------


def test_forged_reset_is_told_from_the_sender(run: Run) -> None:
    made = talk()
    captures = both_ends(made.packets)
    model = next(one for one in captures.server if one.source_port == 40000 and one.payload)
    forged = replace(
        model,
        time_ns=model.time_ns + 60 * MS,
        flags=RST,
        payload=0,
        timestamps=None,
        ttl=200,
        ip_id=9,
    )
    found = run(Captures(captures.client, ordered([*captures.server, forged])))
    assert found.exit_status == 1
    [one] = only(found).directions[0].injected
    assert (one.kind, one.count, one.certain, one.contradicted) == ("RST", 1, True, True)
    assert (one.ttl, one.usual_ttl) == (200, 64)
    assert found.headlines == (
        "1 reset that the client never sent reached the server in its name.",
    )


def test_reset_the_near_capture_began_too_late_for(run: Run) -> None:
    made = talk()
    captures = both_ends(made.packets)
    model = next(one for one in captures.server if one.source_port == 40000 and one.payload)
    early = replace(
        model, time_ns=captures.server[0].time_ns - 5 * MS, flags=RST, payload=0, ip_id=9
    )
    quiet(run(Captures(captures.client, ordered([*captures.server, early]))))


def test_segment_doubled_by_the_path(run: Run) -> None:
    captures = both_ends(talk().packets)
    again = [
        late(one, 300 * MS) for one in captures.client if one.source_port == 80 and one.payload
    ][:2]
    found = run(Captures(ordered([*captures.client, *again]), captures.server))
    quiet(found)
    assert only(found).directions[1].duplicated == 2


def test_other_bytes_in_the_same_place_are_injected(run: Run) -> None:
    captures = both_ends(talk().packets)
    model = next(one for one in captures.client if one.source_port == 80 and one.payload)
    forged = replace(model, time_ns=model.time_ns - 10 * MS, payload=b"moved" * 20, ip_id=9)
    found = run(Captures(ordered([*captures.client, forged]), captures.server))
    assert found.exit_status == 1


# --- rewritten -----------------------------------------------------------------------------------


def nat(packet: Packet) -> list[Packet]:
    outside = {"source": ip_address("192.0.2.1"), "source_port": 61000}
    if packet.side == 0:
        return [packet.but(**outside, ttl=63)]
    return [packet]


def natted(captures: Captures) -> Captures:
    """The server answers the outside address; the box turns that back."""
    outside = ip_address("192.0.2.1")
    server = [
        replace(one, target=outside, target_port=61000) if one.source_port == 80 else one
        for one in captures.server
    ]
    return Captures(captures.client, server)


def what(pair: Pair) -> dict[tuple[str, str | None], tuple[str, str, bool]]:
    return {(one.what, one.sender): (one.a, one.b, one.matters) for one in pair.rewritten}


def test_address_translation_is_seen_through(run: Run) -> None:
    found = run(natted(both_ends(talk().packets, nat)))
    quiet(found)
    pair = only(found)
    assert pair.matched_by == BY_NAT
    assert what(pair) == {
        ("address", "client"): ("10.0.0.1", "192.0.2.1", False),
        ("port", "client"): ("40000", "61000", False),
        ("TTL", "client"): ("64", "63", False),
    }


def renumbering(shift: int) -> tuple[Box, Callable[[PacketSpec], PacketSpec]]:
    """A box that moves the client's numbers; and what turns the server's ACKs back behind it."""

    def box(packet: Packet) -> list[Packet]:
        if packet.side == 0:
            return [packet.but(seq=(packet.spec.seq + shift) % 2**32)]
        return [packet]

    def behind(one: PacketSpec) -> PacketSpec:
        if one.source_port == 80 and one.flags & ACK_FLAG:
            return replace(one, ack=(one.ack + shift) % 2**32)
        return one

    return box, behind


@pytest.mark.parametrize("stamps", [True, False])
def test_rewritten_sequence_numbers(run: Run, stamps: bool) -> None:
    made = Talk()
    made.stamps = stamps
    made.open()
    made.serve(10)
    made.close()
    box, behind = renumbering(123_456_789)
    captures = both_ends(made.packets, box)
    found = run(Captures(captures.client, [behind(one) for one in captures.server]))
    pair = only(found)
    assert pair.matched_by == (BY_STAMP if stamps else BY_TIME)
    assert found.exit_status == 1
    assert what(pair) == {
        ("sequence numbers", "client"): (str(CLIENT_ISN), str(CLIENT_ISN + 123_456_789), True)
    }
    assert not any(lost(each) or each.injected for each in pair.directions)
    assert found.headlines == ("Rewritten on the way: sequence numbers.",)


def test_stripped_option_and_clamped_mss(run: Run) -> None:
    def box(packet: Packet) -> list[Packet]:
        if packet.spec.flags & SYN:
            return [packet.but(marks=0, mss=1400)]
        return [packet]

    found = run(both_ends(talk().packets, box))
    changed = what(only(found))
    assert changed["SACK option of the SYN", "client"] == ("present", "absent", True)
    assert changed["SACK option of the SYN", "server"] == ("absent", "present", True)
    assert changed["MSS", "client"] == ("1460", "1400", False)
    assert changed["MSS", "server"] == ("1400", "1460", False)
    assert found.exit_status == 1


def test_clamped_mss_alone_is_what_routers_do(run: Run) -> None:
    def box(packet: Packet) -> list[Packet]:
        return [packet.but(mss=1400)] if packet.spec.flags & SYN else [packet]

    assert run(both_ends(talk().packets, box)).exit_status == 0


def test_rewritten_payload_and_window(run: Run) -> None:
    def box(packet: Packet) -> list[Packet]:
        if packet.spec.flags & PSH:
            return [packet.but(payload=b"x" * 100)]
        return [packet.but(window=1000)] if packet.side == 1 else [packet]

    changed = what(only(run(both_ends(talk().packets, box))))
    assert ("payload", "client") in changed
    assert ("window", "server") in changed


# --- clocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset_ms", [0, 5000, -5000, 3_600_000])
def test_clock_offset_and_its_bounds(run: Run, offset_ms: int) -> None:
    found = run(both_ends(talk().packets, offset_ns=offset_ms * MS))
    quiet(found)
    clocks = found.clocks
    assert clocks is not None
    assert clocks.offset_ns == offset_ms * MS
    assert clocks.gap_ns == GAP_NS
    assert (clocks.low_ns, clocks.high_ns) == (offset_ms * MS - GAP_NS, offset_ms * MS + GAP_NS)


def test_offset_has_one_bound_if_packets_go_one_way(run: Run) -> None:
    """A router on the way counts the TTL down, so that it is known which way they go."""
    captures = both_ends(talk().packets, lambda one: [one.but(ttl=63)])
    one_way = Captures(
        [one for one in captures.client if one.source_port == 40000],
        [one for one in captures.server if one.source_port == 40000],
    )
    found = run(one_way)
    clocks = found.clocks
    assert clocks is not None
    assert (clocks.offset_ns, clocks.gap_ns, clocks.low_ns) == (None, None, None)
    assert clocks.high_ns == GAP_NS


def test_nothing_is_said_of_clocks_if_nothing_tells_which_end_is_which(run: Run) -> None:
    captures = both_ends(talk().packets)
    one_way = Captures(
        [one for one in captures.client if one.source_port == 40000],
        [one for one in captures.server if one.source_port == 40000],
    )
    found = run(one_way)
    quiet(found)
    assert found.clocks is None
    assert only(found).near_client is None


def test_drifting_clock_is_told(run: Run) -> None:
    captures = both_ends(talk(600).packets)
    begin = captures.server[0].time_ns
    fast = [
        replace(one, time_ns=begin + (one.time_ns - begin) * 10002 // 10000)
        for one in captures.server
    ]
    found = run(Captures(captures.client, fast))
    assert found.clocks is not None
    assert found.clocks.drift_ppm == pytest.approx(200, rel=0.1)

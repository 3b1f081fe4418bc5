"""A good and a bad path: which connections are compared, and where their endings part."""

from __future__ import annotations

import pytest

from tests.compare.network import MS, Captures, Packet, Run, Talk, both_ends, ordered, talk
from unstick.compare.model import NOT_COMPARABLE, TWO_PATHS
from unstick.errors import UsageError
from unstick.wire.columns import ACK_FLAG, FIN, RST
from unstick.wire.writer import PacketSpec


def server_of(made: Talk, port: int = 40000, later_ms: int = 0) -> list[PacketSpec]:
    """What the capture at the server sees of it, from another client port."""
    packets = [
        one.but(source_port=port) if one.side == 0 else one.but(target_port=port)
        for one in made.packets
    ]
    late = [one.but(time_ns=one.spec.time_ns + later_ms * MS) for one in packets]
    return both_ends(late).server


def left_open(isns: tuple[int, int]) -> Talk:
    """The client closes; the server answers the FIN and is never heard to close."""
    made = Talk(isns=isns)
    made.open()
    made.serve(5)
    made.send(0, FIN | ACK_FLAG)
    made.wait(40)
    made.send(1, ACK_FLAG)
    made.wait(40)
    return made


def cut_off(isns: tuple[int, int]) -> Talk:
    """The client resets at the exact number."""
    made = Talk(isns=isns)
    made.open()
    made.serve(5)
    made.send(0, RST | ACK_FLAG)
    made.wait(40)
    return made


def test_same_request_on_other_connections_is_two_paths(run: Run) -> None:
    found = run(Captures(server_of(talk()), server_of(talk(isns=(77, 88)), 50000, 3000)))
    assert found.kind == TWO_PATHS
    assert found.exit_status == 0
    assert found.headlines == ("Both connections end alike.",)


def test_port_used_again_is_another_connection(run: Run) -> None:
    """The same client port and the same request a minute later, with new numbers."""
    found = run(Captures(server_of(talk()), server_of(talk(isns=(77, 88)), 40000, 60_000)))
    assert found.kind == TWO_PATHS


def test_first_difference_is_named(run: Run) -> None:
    found = run(Captures(server_of(left_open((1, 2))), server_of(talk(isns=(7, 8)), 50000)))
    assert found.exit_status == 1
    assert found.paths is not None
    assert found.paths.difference is not None
    assert found.paths.difference.startswith("in both the client sends FIN; then in A the client")
    assert "but in B the server sends FIN (frame" in found.paths.difference


def test_counts_and_times_are_no_difference(run: Run) -> None:
    found = run(Captures(server_of(talk(5)), server_of(talk(50, isns=(7, 8)), 50000)))
    assert found.exit_status == 0


def many(makers: list[Talk]) -> list[PacketSpec]:
    captures = [server_of(made, 41000 + at, 5000 * at) for at, made in enumerate(makers)]
    return ordered([one for each in captures for one in each])


def test_many_that_end_alike_are_one_ending(run: Run) -> None:
    good = many([talk(isns=(at, at + 1)) for at in range(100, 400, 100)])
    found = run(Captures(good, server_of(cut_off((7, 8)), 50000)))
    assert found.kind == TWO_PATHS
    assert found.paths is not None
    assert found.paths.alike == (3, 1)
    assert found.exit_status == 1


def test_several_endings_cannot_be_compared(run: Run) -> None:
    mixed = many([talk(isns=(100, 101)), cut_off((200, 201)), left_open((300, 301))])
    found = run(Captures(mixed, server_of(talk(isns=(7, 8)), 50000)))
    assert found.kind == NOT_COMPARABLE
    assert found.exit_status == 2
    assert found.because is not None
    assert "A holds 3 connections that end in 3 ways" in found.because


def test_capture_without_tcp_cannot_be_compared(run: Run) -> None:
    found = run(Captures([], server_of(talk())))
    assert found.exit_status == 2
    assert found.because is not None
    assert "A holds no TCP connection" in found.because


def test_standard_input_is_refused(run: Run) -> None:
    from unstick.compare import compare

    with pytest.raises(UsageError):
        compare("-", run.file("b", server_of(talk())))


def test_packet_helper_changes_one_field() -> None:
    one = talk().packets[0]
    assert isinstance(one, Packet)
    assert one.but(ttl=3).spec.ttl == 3

"""What belongs to an older connection, or to another packet, does not become this one's number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook import VARIANTS, write_variant
from tests.tcp.segments import connections, table_of, walked
from unstick.tcp.observed import Connection, NoteKind
from unstick.tcp.vocabulary import State
from unstick.wire.notation_reader import parse_trace

ENGINES = ("compiled", "plain")

CHALLENGED = """
 0.000  C  S   0:0(0)                       win 64240  <mss 1460,sackOK>
 0.030  S  .   900000:900000(0)  ack 860000  win 500
 0.030  C  R   860000:860000(0)             win 0
 3.000  C  S   0:0(0)                       win 64240  <mss 1460,sackOK>
"""
OPENED = """
 3.030  S  S.  0:0(0)      ack 1            win 65160  <mss 1460,sackOK>
 3.030  C  .   1:1(0)      ack 1            win 64240
 3.031  C  P.  1:100(99)   ack 1            win 64240
 3.062  S  .   1:1(0)      ack 100          win 65160
"""
LADDER = """
  0.000  C  S   0:0(0)                      win 64240  <mss 1460,sackOK>
  0.030  S  S.  0:0(0)     ack 1            win 65160  <mss 1460,sackOK>
  0.030  C  .   1:1(0)     ack 1            win 64240
  0.031  C  P.  1:100(99)  ack 1            win 64240
  0.062  S  .   1:1(0)     ack 100          win 65160
 90.000  S  P.  1:50(49)   ack 100          win 65160
 90.300  S  P.  1:50(49)   ack 100          win 65160
 90.900  S  P.  1:50(49)   ack 100          win 65160
"""


def seen(folder: Path, trace: str, engine: str) -> Connection:
    path = folder / "trace.pcap"
    write_variant(path, parse_trace(trace), VARIANTS[0])
    table = table_of(path)
    assert table is not None
    (connection,) = connections(table, walked(table, engine))
    return connection


@pytest.mark.parametrize("engine", ENGINES)
def test_challenge_of_an_older_connection_teaches_no_numbers(tmp_path: Path, engine: str) -> None:
    connection = seen(tmp_path, CHALLENGED + OPENED, engine)
    server = connection.server
    assert server.syn is not None
    assert server.iss is not None
    assert server.snd_nxt == server.iss + 1
    assert connection.client.state is server.state is State.ESTABLISHED
    assert [note.frame for note in connection.notes_of(NoteKind.ODD_ACK)] == [2]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lines", [3, 4, 5])
def test_a_server_that_only_challenges_has_no_state_here(
    tmp_path: Path, engine: str, lines: int
) -> None:
    """Its socket is the older connection's: SYN-RECEIVED would be of this one."""
    connection = seen(tmp_path, "\n".join(CHALLENGED.split("\n")[:lines]), engine)
    assert connection.client.state is State.SYN_SENT
    assert connection.server.state is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_has_only_been_asked_is_in_syn_received(tmp_path: Path, engine: str) -> None:
    connection = seen(tmp_path, CHALLENGED.split("\n")[1], engine)
    assert connection.server.state is State.SYN_RECEIVED


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reset_for_an_older_connection_does_not_end_syn_sent(tmp_path: Path, engine: str) -> None:
    assert seen(tmp_path, CHALLENGED, engine).client.state is State.SYN_SENT


@pytest.mark.parametrize("engine", ENGINES)
def test_a_ladder_begins_with_payload_not_with_a_bare_ack(tmp_path: Path, engine: str) -> None:
    ladder = seen(tmp_path, LADDER, engine).server.ladder
    assert ladder is not None
    assert ladder.original is not None
    assert ladder.original.frame == 6

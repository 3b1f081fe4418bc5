"""What the walk counts, so that nothing is concluded from what did not happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook import VARIANTS, write_variant
from tests.tcp.segments import connections, table_of, walked
from unstick.tcp import columns as c
from unstick.tcp.observed import SECOND, Connection
from unstick.tcp.vocabulary import State
from unstick.tcp.walker import Walker
from unstick.wire.notation_reader import parse_trace

pytestmark = pytest.mark.parametrize("engine", ["compiled", "plain"])

HANDSHAKE = """
 0.000  C  S   0:0(0)                 win 64240  <mss 1460,sackOK,wscale 10>
 0.001  S  S.  0:0(0)       ack 1     win 65160  <mss 1460,sackOK,wscale 10>
 0.040  C  .   1:1(0)       ack 1     win 63
"""


def seen(folder: Path, trace: str, engine: str) -> tuple[Connection, Walker]:
    path = folder / "trace.pcap"
    write_variant(path, parse_trace(trace), VARIANTS[0])
    table = table_of(path)
    assert table is not None
    walker = walked(table, engine)
    (connection,) = connections(table, walker)
    return connection, walker


# --- retransmissions -----------------------------------------------------------------------------


def test_a_syn_after_its_answer_is_not_sent_again(tmp_path: Path, engine: str) -> None:
    trace = """
 0.000  S  S.  0:0(0)       ack 1     win 65160  <mss 1460>
 0.001  C  S   0:0(0)                 win 64240  <mss 1460>
 0.002  C  .   1:1(0)       ack 1     win 63
"""
    connection, _ = seen(tmp_path, trace, engine)
    assert connection.client.retransmitted == 0
    assert connection.client.syn_count == 1


def test_first_sight_of_old_numbers_is_not_sent_again(tmp_path: Path, engine: str) -> None:
    """Joined in the middle: the server's ACK was captured before the segment it covers."""
    trace = """
 0.000  S  .   1:1(0)       ack 101   win 64
 0.001  C  P.  1:101(100)   ack 1     win 63
"""
    connection, _ = seen(tmp_path, trace, engine)
    assert connection.client.retransmitted == 0


def test_a_syn_ack_is_believed_although_an_older_connection_spoke(
    tmp_path: Path, engine: str
) -> None:
    """The server still retransmits data of a connection its client has forgotten. The client
    resets it and asks again; what is sent then is new."""
    trace = """
 0.000  C  S   0:0(0)                       win 64240  <mss 1460>
 0.100  S  P.  900000:900500(500)  ack 860000  win 500
 0.101  C  R   860000:860000(0)             win 0
 1.000  C  S   0:0(0)                       win 64240  <mss 1460>
 1.030  S  S.  0:0(0)       ack 1           win 65160  <mss 1460>
 1.060  C  .   1:1(0)       ack 1           win 64240
 1.061  C  P.  1:101(100)   ack 1           win 64240
 1.091  S  .   1:1(0)       ack 101         win 65160
"""
    connection, _ = seen(tmp_path, trace, engine)
    client, server = connection.sides
    assert client.retransmitted == 1  # the SYN
    assert server.iss is not None
    assert server.snd_nxt == server.iss + 1
    assert client.state is server.state is State.ESTABLISHED
    assert client.outstanding_bytes == server.outstanding_bytes == 0


# --- what was never captured ---------------------------------------------------------------------


def test_acks_of_the_unseen_are_counted_once_both_spoke(tmp_path: Path, engine: str) -> None:
    trace = HANDSHAKE + " 0.100  S  .   1:1(0)       ack 1001  win 64\n"
    connection, walker = seen(tmp_path, trace, engine)
    assert connection.server.unseen_acks == 1
    assert (walker.meta[c.M_UNSEEN_ACKS], walker.meta[c.M_UNSEEN_FRAME]) == (1, 4)


def test_one_direction_alone_is_not_loss(tmp_path: Path, engine: str) -> None:
    trace = """
 0.000  C  .   1:1(0)       ack 1     win 63
 0.100  C  .   1:1(0)       ack 1449  win 63
 0.200  C  .   1:1(0)       ack 2897  win 63
"""
    connection, walker = seen(tmp_path, trace, engine)
    assert connection.client.unseen_acks == 2
    assert walker.meta[c.M_UNSEEN_ACKS] == 0


def test_a_speaker_without_an_answer_captured_is_established(tmp_path: Path, engine: str) -> None:
    trace = """
 0.000  C  S   0:0(0)                 win 64240  <mss 1460>
 0.040  C  .   1:1(0)       ack 1     win 63
 0.041  C  P.  1:44(43)     ack 1     win 63
"""
    connection, _ = seen(tmp_path, trace, engine)
    assert connection.client.state is State.ESTABLISHED


# --- sizes ---------------------------------------------------------------------------------------


def test_largest_acknowledged_is_known_when_all_is(tmp_path: Path, engine: str) -> None:
    trace = (
        HANDSHAKE
        + """
 0.041  S  .   1:101(100)     ack 1    win 64
 0.041  S  .   101:1549(1448) ack 1    win 64
 0.041  S  .   1549:1649(100) ack 1    win 64
 0.081  C  .   1:1(0)       ack 1649  win 63
"""
    )
    connection, _ = seen(tmp_path, trace, engine)
    assert connection.server.payloads.largest == 1448
    assert connection.server.payloads.largest_acked == 1448


def test_what_was_cut_smaller_did_not_pass_large(tmp_path: Path, engine: str) -> None:
    trace = (
        HANDSHAKE
        + """
 0.041  S  .   1:1449(1448)   ack 1    win 64
 0.341  S  .   1:1025(1024)   ack 1    win 64
 0.381  C  .   1:1(0)       ack 1025  win 63
 0.382  S  .   1025:1449(424) ack 1    win 64
 0.422  C  .   1:1(0)       ack 1449  win 63
"""
    )
    connection, _ = seen(tmp_path, trace, engine)
    assert connection.server.payloads.largest_acked < 1448


def test_a_part_of_a_segment_cut_by_the_card_counts(tmp_path: Path, engine: str) -> None:
    trace = (
        HANDSHAKE
        + """
 0.041  S  .   1:14481(14480) ack 1    win 64
 0.081  C  .   1:1(0)       ack 2897  win 63
"""
    )
    connection, _ = seen(tmp_path, trace, engine)
    assert connection.server.payloads.largest_acked == 2896


# --- SACK blocks of another sequence space -------------------------------------------------------


def test_sack_blocks_far_from_the_ack_are_astray(tmp_path: Path, engine: str) -> None:
    trace = (
        HANDSHAKE
        + """
 0.041  C  .   1:1449(1448) ack 1     win 63
 0.081  S  .   1:1(0)       ack 1     win 64  <sack 500000000:500001448>
 0.082  S  .   1:1(0)       ack 1     win 64  <sack 3500000000:3500001448>
"""
    )
    connection, _ = seen(tmp_path, trace, engine)
    stray = connection.server.stray_sacks
    assert stray is not None
    assert (stray.packets, stray.frame, stray.away) == (2, 5, 500_001_447)
    assert connection.client.stray_sacks is None


# --- the clock of the file -----------------------------------------------------------------------


def test_steps_of_the_clock(tmp_path: Path, engine: str) -> None:
    trace = """
 100.000  C  S   0:0(0)                 win 64240  <mss 1460>
  40.000  S  S.  0:0(0)       ack 1     win 65160  <mss 1460>
  39.999  C  .   1:1(0)       ack 1     win 63
 340.000  C  P.  1:44(43)     ack 1     win 63
"""
    _, walker = seen(tmp_path, trace, engine)
    meta = walker.meta
    assert (meta[c.M_CLOCK_BACK], meta[c.M_CLOCK_BACK_FRAME]) == (2, 2)
    assert meta[c.M_CLOCK_BACK_NS] == 60 * SECOND
    assert meta[c.M_CLOCK_JUMP_FRAME] == 4
    assert meta[c.M_CLOCK_JUMP_NS] == 300_001_000_000


def test_first_copy_is_known_without_a_finding(tmp_path: Path, engine: str) -> None:
    trace = (
        HANDSHAKE
        + """
 0.041000  C  P.  1:44(43)     ack 1     win 63  id 7
 0.041050  C  P.  1:44(43)     ack 1     win 63  id 7
 0.081000  S  .   1:1(0)       ack 44    win 64
"""
    )
    connection, walker = seen(tmp_path, trace, engine)
    assert (connection.copies, connection.client.retransmitted) == (1, 0)
    assert (walker.meta[c.M_COPIES], walker.meta[c.M_COPY_FRAME]) == (1, 5)

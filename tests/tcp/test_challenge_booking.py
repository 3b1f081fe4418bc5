"""Whose challenge ACK it is when several resets came before it."""

from __future__ import annotations

from pathlib import Path

from tests.casebook import VARIANTS, write_variant
from unstick.diagnose import explain
from unstick.wire.notation_reader import parse_trace

OPENING = """\
  0.000  C  S   0:0(0)                   win 64240  <mss 1460,sackOK>  ttl 64
  0.000  S  S.  0:0(0)         ack 1     win 65160  <mss 1460,sackOK>  ttl 64
  0.040  C  .   1:1(0)         ack 1     win 64240  ttl 64
  0.041  C  P.  1:101(100)     ack 1     win 64240  ttl 64
  0.041  S  .   1:1(0)         ack 101   win 65060  ttl 64
  5.000000  C  R   4294934529:4294934529(0)  win 0  ttl 64
"""
INSIDE = "  5.000005  C  R   32761:32761(0)            win 0  ttl 64\n"
CHALLENGE = "  5.000040  S  .   1:1(0)         ack 101   win 65060  ttl 64\n"


def because(folder: Path, trace: str) -> list[str | None]:
    path = folder / "trace.pcap"
    write_variant(path, parse_trace(trace), VARIANTS[0])
    return [reset.observed_because for reset in explain([str(path)]).resets]


def test_it_answers_the_one_inside_the_window(tmp_path: Path) -> None:
    before, inside = because(tmp_path, OPENING + INSIDE + CHALLENGE)
    assert inside == "frame 8 is its challenge ACK"
    assert before != inside


def test_a_stack_that_challenges_what_it_should_drop_is_believed(tmp_path: Path) -> None:
    (only,) = because(tmp_path, OPENING + CHALLENGE)
    assert only == "frame 7 is its challenge ACK"

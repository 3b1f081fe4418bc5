"""Connections in trace notation for tests of plays, and captures made of them."""

from __future__ import annotations

from pathlib import Path

from tests.casebook import VARIANTS, packets_of
from unstick.wire.notation import TracePacket
from unstick.wire.notation_reader import parse_trace
from unstick.wire.writer import write_capture

OPENING = """\
  0.000  C  S   0:0(0)                   win 64240  <mss 1460,sackOK,TS val 10 ecr 0,wscale 7>
  0.000  S  S.  0:0(0)         ack 1     win 65160  <mss 1460,sackOK,TS val 900 ecr 10,wscale 7>
  0.020  C  .   1:1(0)         ack 1     win 502    <TS val 30 ecr 900>
  0.021  C  P.  1:101(100)     ack 1     win 502    <TS val 31 ecr 900>
  0.022  S  .   1:1(0)         ack 101   win 509    <TS val 922 ecr 31>
  0.030  S  P.  1:3001(3000)   ack 101   win 509    <TS val 930 ecr 31>
"""
"""A request of 100 bytes, and 3,000 bytes in answer, captured at the server."""

ABORT = """\
  0.050  C  .   101:101(0)     ack 1449  win 502    <TS val 50 ecr 930>
  0.051  C  F.  101:101(0)     ack 1449  win 502    <TS val 51 ecr 930>
  0.095  S  .   3001:3001(0)   ack 102   win 509    <TS val 995 ecr 51>
"""

ONE_TOO_LOW = (
    OPENING
    + ABORT
    + """\
  0.150  C  R   101:101(0)               win 0
  0.300  S  P.  1449:3001(1552)  ack 102  win 509   <TS val 1200 ecr 51>
  0.700  S  P.  1449:3001(1552)  ack 102  win 509   <TS val 1600 ecr 51>
  1.500  S  P.  1449:3001(1552)  ack 102  win 509   <TS val 2400 ecr 51>
"""
)
"""As a stack before Linux 4.11 refuses it."""

FURTHER_OFF = ONE_TOO_LOW.replace("R   101:101(0) ", "R   61:61(0)   ")
"""41 too low: every stack refuses it."""

HALF_CLOSED = (
    OPENING
    + """\
  0.050  C  F.  101:101(0)     ack 3001  win 502    <TS val 50 ecr 930>
  0.051  S  .   3001:3001(0)   ack 102   win 509    <TS val 951 ecr 50>
  0.100  S  P.  3001:4001(1000)  ack 102  win 509   <TS val 1000 ecr 50>
  0.120  C  .   102:102(0)     ack 4001  win 502    <TS val 120 ecr 1000>
  0.130  S  F.  4001:4001(0)   ack 102   win 509    <TS val 1030 ecr 120>
  0.150  C  .   102:102(0)     ack 4002  win 502    <TS val 150 ecr 1030>
"""
)


def packets(text: str) -> tuple[TracePacket, ...]:
    return parse_trace(text).packets


def capture(text: str, path: Path) -> Path:
    """The trace as a capture file."""
    variant = VARIANTS[0]
    with path.open("wb") as file:
        write_capture(file, packets_of(parse_trace(text), variant), variant.style)
    return path

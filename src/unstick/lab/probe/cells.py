"""What is injected where: kinds of segments, places of SEQ, places of ACK, timestamps.

Places are names with numbers behind them, chosen around every edge a law has; which of the law's
axis values they fall into is left to ``unstick.tcp.classify``. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from unstick.lab.probe.craft import Segment
from unstick.lab.probe.endpoint import Endpoint
from unstick.tcp.classify import seq_delta
from unstick.tcp.vocabulary import State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, PSH, RST, SYN

FAR = 1 << 30
OLD_BY = 10  # ticks of the peer's clock
TEXT_BYTES = 10

STAMPS = ("none", "good", "old")
"""No timestamps on the connection; the next one; one that is older than the newest seen."""


class Shape(NamedTuple):
    """A kind of segment. ``crossed``: with every place of ACK at every place of SEQ."""

    flags: int
    length: int = 0
    signed: bool = False
    crossed: bool = False


SHAPES: dict[str, Shape] = {
    "RST": Shape(RST),
    "RST+ACK": Shape(RST | ACK_FLAG, crossed=True),
    "SYN": Shape(SYN),
    "SYN+ACK": Shape(SYN | ACK_FLAG, crossed=True),
    "ACK": Shape(ACK_FLAG, crossed=True),
    "data": Shape(PSH | ACK_FLAG, 1, crossed=True),
    "FIN": Shape(FIN | ACK_FLAG, crossed=True),
    "RST with text": Shape(RST, TEXT_BYTES),
    "text": Shape(PSH | ACK_FLAG, TEXT_BYTES),
    "text+FIN": Shape(PSH | FIN | ACK_FLAG, TEXT_BYTES),
    "data without ACK": Shape(PSH, 1),
    "FIN without ACK": Shape(FIN),
    "no flags": Shape(0),
    "signed RST": Shape(RST, signed=True),
    "signed data": Shape(PSH | ACK_FLAG, 1, signed=True),
}


class Cell(NamedTuple):
    """One injection by the names of its parts; ``ack`` is NO_ACK where there is none."""

    shape: str
    seq: str
    ack: str


NO_ACK = "-"
ANY_SEQ = "any"
"""Before a SYN came no number is awaited."""


def seq_places(end: Endpoint) -> dict[str, int]:
    """Numbers around every edge of the receive side; a number stands under its first name."""
    if end.state is State.SYN_SENT:
        return {ANY_SEQ: end.rcv_nxt + 5_000_000}
    n, left, right = end.rcv_nxt, end.last_ack, end.right_edge
    named = {
        "N": n,
        "N-1": n - 1,
        "N+1": n + 1,
        "N-2": n - 2,
        "far below": n - FAR,
        "L": left,
        "L-1": left - 1,
        "L+1": left + 1,
        "R": right,
        "R-1": right - 1,
        "R+1": right + 1,
        "inside": n + 50,
        "far beyond": right + FAR,
    }
    if end.sack_edge is not None and end.ranges:
        edge = end.sack_edge
        named |= {"SACK edge": edge, "SACK edge-1": edge - 1, "SACK edge+1": edge + 1}
        named |= {"SACK left": end.ranges[0][0]}
    if seq_delta(right, n) <= 50:
        del named["inside"]
    return _distinct(named)


def ack_places(end: Endpoint) -> dict[str, int]:
    """The same for what the kernel has sent."""
    una, nxt, most = end.snd_una, end.snd_nxt, end.max_window
    named = {
        "una": una,
        "nxt": nxt,
        "una-1": una - 1,
        "una+1": una + 1,
        "nxt+1": nxt + 1,
        "ISS": end.iss,
        "ISS+1": end.iss + 1,
        "una-most": una - most,
        "una-most-1": una - most - 1,
        "far below": una - FAR,
        "far beyond": nxt + FAR,
    }
    if seq_delta(nxt, una) <= 1:
        del named["una+1"]
    return _distinct(named)


def _distinct(named: dict[str, int]) -> dict[str, int]:
    seen: dict[int, str] = {}
    for name, number in named.items():
        seen.setdefault(number & MASK, name)
    return {name: number for number, name in seen.items()}


def plan(end: Endpoint) -> list[Cell]:
    """Everything that is injected at this endpoint."""
    seqs, acks = seq_places(end), ack_places(end)
    newest = "nxt" if "nxt" in acks else "una"
    found = []
    for name, shape in SHAPES.items():
        places = list(acks) if shape.crossed or end.state is State.SYN_SENT else [newest]
        if not shape.flags & ACK_FLAG:
            places = [NO_ACK]
        found += [Cell(name, seq, ack) for seq in seqs for ack in places]
    return found


def made(end: Endpoint, cell: Cell, stamps: tuple[int, int] | None) -> Segment:
    """The segment of a cell at this endpoint."""
    shape = SHAPES[cell.shape]
    ack = 0 if cell.ack == NO_ACK else ack_places(end)[cell.ack]
    seq = seq_places(end)[cell.seq]
    return Segment(
        shape.flags,
        seq & MASK,
        ack & MASK,
        shape.length,
        timestamps=stamps,
        signed=shape.signed,
    )

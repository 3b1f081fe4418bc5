"""What a probe has measured: situations, cells, outcomes; to JSON and back. Pure.

All numbers are relative: those of the receive side to RCV.NXT, those of the sending side to
SND.UNA. So a file says the same of every run, and holds everything that is needed to ask another
law about the same segments, on a machine without that kernel.

The file, by key: ``kernel``, ``profile`` (what it was compared with), ``sysctls``, ``outcomes``
(every different one, once), ``unreachable`` (situation and reason), ``situations``. One of these
has the endpoint's numbers, the places by name, and for each shape groups of places of SEQ that have
the same outcomes: an index into ``outcomes`` for each place of ACK, or one for all of them, and the
places of ACK where they are not all of the situation's. A shape that has just what it has without
timestamps says ``"none"``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from unstick.lab.errors import LabError
from unstick.lab.probe.cells import SHAPES, STAMPS, Cell
from unstick.lab.probe.connection import BY_NAME, Answer, Books
from unstick.lab.probe.craft import Segment
from unstick.lab.probe.endpoint import Endpoint
from unstick.lab.probe.expect import word
from unstick.tcp.classify import seq_delta
from unstick.tcp.vocabulary import State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, PSH, RST, SYN

FORMAT = "unstick-probe-1"
PLAIN = STAMPS[0]

FLAGS = {
    "RST": RST,
    "RST+ACK": RST | ACK_FLAG,
    "SYN": SYN,
    "SYN+ACK": SYN | ACK_FLAG,
    "ACK": ACK_FLAG,
    "data": PSH | ACK_FLAG,
    "FIN": FIN | ACK_FLAG,
}

RCV_NXT, SND_UNA = 1 << 20, 1 << 28
"""Where numbers that are read back start: anywhere does."""


class Outcome(NamedTuple):
    """What one segment led to. A reply is a word, its SEQ, its ACK and its length, the numbers from
    SND.NXT and RCV.NXT before the segment; those of a RST from SEG.ACK and the segment's end."""

    replies: tuple[tuple[str, int, int, int], ...]
    state: str
    error: str
    received: int | None
    acked: int | None
    counters: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Spot:
    """One situation with one kind of timestamps. ``cells`` is by shape, place of SEQ, of ACK."""

    name: str
    stamps: str
    state: State
    numbers: dict[str, Any]
    seqs: dict[str, int] = field(default_factory=dict)
    acks: dict[str, int] = field(default_factory=dict)
    cells: dict[str, dict[str, dict[str, Outcome]]] = field(default_factory=dict)

    def put(self, shape: str, seq: str, ack: str, outcome: Outcome) -> None:
        self.cells.setdefault(shape, {}).setdefault(seq, {})[ack] = outcome

    def outcomes(self) -> Iterator[tuple[str, str, str, Outcome]]:
        """Shape, place of SEQ, place of ACK, outcome."""
        for shape, seqs in self.cells.items():
            for seq, acks in seqs.items():
                for ack, outcome in acks.items():
                    yield shape, seq, ack, outcome


@dataclass(slots=True)
class Measured:
    """A whole probe."""

    kernel: str
    profile: str
    sysctls: dict[str, str]
    spots: list[Spot] = field(default_factory=list)
    unreachable: list[tuple[str, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(1 for spot in self.spots for _ in spot.outcomes())


# --- from what was seen ---------------------------------------------------------------------------

NOISE = frozenset(
    {"TcpExtTCPPureAcks", "TcpExtTCPHPAcks", "TcpExtTCPHPHits", "TcpExtTCPOrigDataSent"}
    | {"TcpExtTCPDelivered", "TcpExtTCPAutoCorking", "TcpExtDelayedACKs"}
    | {"TcpExtTCPSynRetrans", "TcpExtTCPTimeouts", "TcpExtTcpTimeoutRehash"}
)
"""They say by which way a segment went, or that a timer did, not what became of it."""
COUNTED = frozenset(
    {"TcpAttemptFails", "TcpEstabResets", "TcpOutRsts", "TcpInErrs", "TcpPassiveOpens"}
)


def numbers_of(end: Endpoint) -> dict[str, Any]:
    """The endpoint, relative."""
    n, una = end.rcv_nxt, end.snd_una
    return {
        "last_ack": seq_delta(end.last_ack, n),
        "right_edge": seq_delta(end.right_edge, n),
        "sack_edge": None if end.sack_edge is None else seq_delta(end.sack_edge, n),
        "ranges": [[seq_delta(left, n), seq_delta(right, n)] for left, right in end.ranges],
        "unread": end.unread,
        "snd_nxt": seq_delta(end.snd_nxt, una),
        "iss": seq_delta(end.iss, una),
        "fin_sent": end.fin_seq is not None,
        "acked": end.acked_bytes,
        "max_window": end.max_window,
        "timestamps": end.timestamps,
        "program": not end.orphan,
    }


def outcome_of(end: Endpoint, segment: Segment, answer: Answer, before: Books | None) -> Outcome:
    """What was seen, relative to the endpoint before it."""
    books = answer.books if before is not None else None
    counters = answer.counters or {}
    return Outcome(
        tuple(_reply(end, segment, one) for one in answer.replies),
        answer.state.rfc_name,
        answer.error,
        None if books is None or before is None else books.received - before.received,
        None if books is None or before is None else books.acked - before.acked,
        tuple(
            (name, step)
            for name, step in sorted(counters.items())
            if name in COUNTED or (name.startswith("TcpExt") and name not in NOISE)
        ),
    )


def _reply(end: Endpoint, segment: Segment, reply: Segment) -> tuple[str, int, int, int]:
    what = word(reply)
    if what == "RST":
        what = "RST+ACK" if reply.flags & ACK_FLAG else "RST"
        seq = seq_delta(reply.seq, segment.ack if segment.flags & ACK_FLAG else 0)
        return what, seq, seq_delta(reply.ack, segment.end) if reply.flags & ACK_FLAG else 0, 0
    if what == "SYN+ACK":  # of a new connection, or the first one again
        again = reply.seq == end.iss
        return what, -1 if again else 0, seq_delta(reply.ack, segment.end), 0
    seq, ack = seq_delta(reply.seq, end.snd_nxt), seq_delta(reply.ack, end.rcv_nxt)
    return what, seq, ack, reply.length


# --- and back -------------------------------------------------------------------------------------


def endpoint_of(spot: Spot) -> Endpoint:
    """An endpoint with these numbers."""
    told = spot.numbers
    snd_nxt = (SND_UNA + told["snd_nxt"]) & MASK
    edge = told["sack_edge"]
    return Endpoint(
        spot.state,
        iss=(SND_UNA + told["iss"]) & MASK,
        irs=0,
        snd_una=SND_UNA,
        snd_nxt=snd_nxt,
        rcv_nxt=RCV_NXT,
        last_ack=(RCV_NXT + told["last_ack"]) & MASK,
        right_edge=(RCV_NXT + told["right_edge"]) & MASK,
        max_window=told["max_window"],
        acked_bytes=told["acked"],
        timestamps=told["timestamps"],
        ts_recent=1000,
        sack_edge=None if edge is None else (RCV_NXT + edge) & MASK,
        fin_seq=(snd_nxt - 1) & MASK if told["fin_sent"] else None,
        ranges=tuple((RCV_NXT + left, RCV_NXT + right) for left, right in told["ranges"]),
        unread=told["unread"],
        orphan=not told["program"],
        mini=not told["program"] and spot.state is State.FIN_WAIT_2,
    )


def segment_of(spot: Spot, cell: Cell) -> Segment:
    """The segment of a cell, for ``endpoint_of`` the same spot."""
    flags, length, signed, _ = SHAPES[cell.shape]
    stamp = {"good": (1001, 0), "old": (990, 0)}.get(spot.stamps)
    ack_number = (SND_UNA + spot.acks[cell.ack]) & MASK if flags & ACK_FLAG else 0
    number = (RCV_NXT + spot.seqs[cell.seq]) & MASK
    return Segment(flags, number, ack_number, length, timestamps=stamp, signed=signed)


def answer_of(end: Endpoint, segment: Segment, outcome: Outcome) -> Answer:
    """What was seen, as if it had just been."""
    replies = []
    for what, seq, ack, length in outcome.replies:
        flags = FLAGS[what]
        seq_base, ack_base = end.snd_nxt, end.rcv_nxt
        if what.startswith("RST"):
            seq_base = segment.ack if segment.flags & ACK_FLAG else 0
            ack_base = segment.end if flags & ACK_FLAG else 0
        elif what == "SYN+ACK":
            ack_base = segment.end
        replies.append(Segment(flags, (seq_base + seq) & MASK, (ack_base + ack) & MASK, length))
    books = None
    if outcome.received is not None and outcome.acked is not None:
        books = Books(outcome.acked, outcome.received)
    state = BY_NAME[outcome.state]
    return Answer(tuple(replies), state, outcome.error, books, dict(outcome.counters))


# --- JSON -----------------------------------------------------------------------------------------


def to_json(measured: Measured) -> str:
    """One situation a line, so that two files can be compared by eye."""
    table: dict[Outcome, int] = {}
    lines: list[str] = []
    plain: dict[str, Any] = {}
    for spot in measured.spots:
        told = _spot_told(spot, table)
        if spot.stamps == PLAIN:
            plain = {"situation": spot.name, **told["cells"]}
        elif plain.get("situation") == spot.name:
            same = [name for name, groups in told["cells"].items() if plain.get(name) == groups]
            told["cells"] |= dict.fromkeys(same, PLAIN)
        lines.append(json.dumps(told, separators=(",", ":")))
    head = {
        "format": FORMAT,
        "kernel": measured.kernel,
        "profile": measured.profile,
        "cells": measured.count,
        "sysctls": measured.sysctls,
    }
    parts = [json.dumps(head, indent=1)[:-2] + ","]
    parts += _lines("unreachable", [json.dumps(one) for one in measured.unreachable])
    parts += _lines("outcomes", [json.dumps(one) for one in table])
    parts += _lines("situations", lines)
    return "\n".join(parts)[:-1] + "\n}\n"


def _lines(key: str, lines: list[str]) -> list[str]:
    listed = ",\n".join(f"  {line}" for line in lines)
    return [f' "{key}": [', *([listed] if listed else []), " ],"]


def _spot_told(spot: Spot, table: dict[Outcome, int]) -> dict[str, Any]:
    cells: dict[str, list[list[Any]]] = {}
    for shape, seqs in spot.cells.items():
        groups: dict[str, list[str]] = {}
        for seq, acks in seqs.items():
            numbers = [table.setdefault(one, len(table)) for one in acks.values()]
            told: list[Any] = [numbers[0] if len(set(numbers)) == 1 else numbers]
            if list(acks) != list(spot.acks):
                told.append(list(acks))
            groups.setdefault(json.dumps(told), []).append(seq)
        cells[shape] = [[names, *json.loads(told)] for told, names in groups.items()]
    return {
        "situation": spot.name,
        "stamps": spot.stamps,
        "state": spot.state.rfc_name,
        "numbers": spot.numbers,
        "seqs": spot.seqs,
        "acks": spot.acks,
        "cells": cells,
    }


def from_json(text: str) -> Measured:
    """Raises LabError for what is no such file."""
    try:
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise LabError(f"its format is {told['format']!r}, not {FORMAT}")
        table = [_outcome(*one) for one in told["outcomes"]]
        measured = Measured(told["kernel"], told["profile"], told["sysctls"])
        measured.unreachable = [(str(name), str(why)) for name, why in told["unreachable"]]
        for one in told["situations"]:
            measured.spots.append(_spot(one, table, measured.spots))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise LabError(f"not what unstick lab probe -o writes: {error}") from error
    return measured


def _outcome(
    replies: list[Any], state: str, error: str, received: int | None, acked: int | None, moved: Any
) -> Outcome:
    counters = tuple((str(name), int(step)) for name, step in moved)
    return Outcome(tuple(tuple(one) for one in replies), state, error, received, acked, counters)


def _spot(told: dict[str, Any], table: list[Outcome], before: list[Spot]) -> Spot:
    spot = Spot(told["situation"], told["stamps"], BY_NAME[told["state"]], told["numbers"])
    spot.seqs, spot.acks = told["seqs"], told["acks"]
    plain = [one for one in before if one.name == spot.name and one.stamps == PLAIN]
    for shape, groups in told["cells"].items():
        if groups == PLAIN:
            spot.cells[shape] = plain[0].cells[shape]
            continue
        for names, numbers, *few in groups:
            acks = few[0] if few else spot.acks
            every = numbers if isinstance(numbers, list) else [numbers] * len(acks)
            for seq in names:
                for ack, number in zip(acks, every, strict=True):
                    spot.put(shape, seq, ack, table[number])
    return spot

"""Real numbers for every cell: the inverse of classification, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from unstick.tcp.judge import Snapshot
from unstick.tcp.vocabulary import Ack, Kind, Seq, State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, PSH, RST, SYN

WINDOW, LATE, SENT, MOST = 1000, 100, 500, 65535
"""Room, octets received and not acknowledged, octets outstanding, largest window offered."""

BASES = ((0, 0), (1, 7), (50, 2**31), (2**31 - 1, 300), (2**31, 2**32 - 1), (2**32 - 1, 12345))
"""Pairs of RCV.NXT and SND.UNA: around the wrap of 2**32, and around its half."""

FLAGS = {
    Kind.RST: RST,
    Kind.SYN: SYN,
    Kind.SYN_ACK: SYN,
    Kind.FIN: FIN,
    Kind.DATA: PSH,
    Kind.ACK: 0,
    Kind.SIGNED: PSH,
    Kind.OTHER: 0,
}

CLOSED_WINDOW = (Seq.BELOW_CLOSED, Seq.EXACT_CLOSED, Seq.EXACT_UNACKED_CLOSED)

# Where SEQ stands, from RCV.NXT; and how much below RCV.NXT the last ACK sent is.
PLACES = {
    Seq.OLD: (-300, 0),
    Seq.BELOW: (-1, 0),
    Seq.BELOW_CLOSED: (-1, 0),
    Seq.LEFT: (-LATE, LATE),
    Seq.UNACKED: (-50, LATE),
    Seq.LAST: (-1, LATE),
    Seq.LEFT_LAST: (-1, 1),
    Seq.EXACT: (0, 0),
    Seq.EXACT_CLOSED: (0, 0),
    Seq.EXACT_UNACKED: (0, LATE),
    Seq.EXACT_UNACKED_CLOSED: (0, LATE),
    Seq.ABOVE: (1, 0),
    Seq.INSIDE: (50, 0),
    Seq.SACK_EDGE: (200, 0),
    Seq.RIGHT_EDGE: (WINDOW, 0),
    Seq.SACK_RIGHT_EDGE: (WINDOW, 0),
    Seq.BEYOND: (WINDOW + 1, 0),
    Seq.PAWS: (0, 0),
    Seq.UNKNOWN: (0, 0),
}

ACKS = {
    Ack.NONE: 0,
    Ack.ANCIENT: -(MOST + 1),
    Ack.OLD: -MOST,
    Ack.CURRENT: 0,
    Ack.NEW: 10,
    Ack.NEW_FIN: SENT,
    Ack.FUTURE: SENT + 1,
    Ack.UNKNOWN: 0,
}


def snapshot_of(
    state: State, kind: Kind, seq: Seq, ack: Ack, rcv_nxt: int, snd_una: int
) -> Snapshot | None:
    """A segment and a receiver that fall into this cell; None if no segment can."""
    if (kind in (Kind.SYN, Kind.OTHER)) and ack is not Ack.NONE:
        return None
    if (kind in (Kind.SYN_ACK, Kind.ACK)) and ack is Ack.NONE:
        return None
    if kind is Kind.RST and seq is Seq.PAWS:
        return None
    place, late = PLACES[seq]
    room = 0 if seq in CLOSED_WINDOW else WINDOW
    known = seq is not Seq.UNKNOWN
    acked = ack is not Ack.UNKNOWN
    return Snapshot(
        state=state,
        flags=FLAGS[kind] | (0 if ack is Ack.NONE else ACK_FLAG),
        seq=(rcv_nxt + place) & MASK,
        ack=(snd_una + ACKS[ack]) & MASK,
        length=1 if kind is Kind.DATA else 0,
        signed=kind is Kind.SIGNED,
        paws_failed=seq is Seq.PAWS,
        rcv_nxt=rcv_nxt & MASK if known else None,
        last_ack=(rcv_nxt - late) & MASK if known else None,
        right_edge=(rcv_nxt + room) & MASK if known else None,
        sack_edge=(rcv_nxt + place) & MASK if "SACK" in seq.name else None,
        snd_una=snd_una & MASK if acked else None,
        snd_nxt=(snd_una + SENT) & MASK if acked else None,
        fin_sent=ack is Ack.NEW_FIN,
        max_window=MOST,
    )


def every_cell() -> Iterator[tuple[State, Kind, Seq, Ack]]:
    """Every combination of the axes, whether or not a segment can be there."""
    return product(State, Kind, Seq, Ack)

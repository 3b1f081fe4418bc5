"""What a stack does with one segment: numbers in, verdict out. The slow, explaining path.

The walk over a capture does the same with compiled code on the same tables; this file is for one
segment at a time, for every stack at once, and for the numbers an observer cannot be sure of.
Knows no capture and no connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.named import NamedTuple
from unstick.tcp import profiles
from unstick.tcp.classify import classify_ack, classify_kind, classify_seq, seq_delta
from unstick.tcp.rules import cell_of
from unstick.tcp.vocabulary import Action, Kind, Seq, State
from unstick.wire.columns import FIN, MASK, NONE


class Snapshot(NamedTuple):
    """A segment and the endpoint it arrives at. None is unknown; numbers are modulo 2**32.

    ``length`` is the payload. ``newer_timestamp``: the segment's is newer than TS.Recent, which
    lets a SYN into TIME-WAIT. ``sack_edge`` None: the receiver reports no SACK block.
    ``right_edge`` None: the window is open, its size unknown.
    """

    state: State
    flags: int
    seq: int
    ack: int = 0
    length: int = 0
    signed: bool = False
    paws_failed: bool = False
    newer_timestamp: bool = False
    rcv_nxt: int | None = None
    last_ack: int | None = None
    right_edge: int | None = None
    sack_edge: int | None = None
    snd_una: int | None = None
    snd_nxt: int | None = None
    fin_sent: bool = False
    max_window: int | None = None


class Verdict(NamedTuple):
    """What a stack should do with a segment, by which rule, and who says so.

    ``cell`` is the index into the law's tables; ``confirmed`` is False where the rule was not read
    in that stack's source or measured. ``possible`` lists the actions that remain when the action
    is UNDECIDABLE because numbers are uncertain.
    """

    action: Action
    rule_name: str
    cite: str
    cell: int
    confirmed: bool
    possible: tuple[Action, ...] = ()


def classify(snapshot: Snapshot, profile_name: str) -> int:
    """The cell of a snapshot for a stack: a stack that does not look at timestamps or signatures
    does not see them."""
    numbers = profiles.profile(profile_name).numbers
    kind = classify_kind(
        snapshot.flags, snapshot.length, int(snapshot.signed and numbers.signatures is not False)
    )
    seq = classify_seq(
        kind,
        snapshot.seq & MASK,
        snapshot.length + (1 if (snapshot.flags & FIN) != 0 else 0),
        int(snapshot.paws_failed and numbers.paws is not False),
        _number(snapshot.rcv_nxt),
        _number(snapshot.last_ack),
        _number(snapshot.right_edge),
        _number(snapshot.sack_edge),
    )
    ack = classify_ack(
        snapshot.flags,
        snapshot.ack & MASK,
        _number(snapshot.snd_una),
        _number(snapshot.snd_nxt),
        _number(snapshot.max_window),
        int(snapshot.fin_sent),
    )
    # RFC 6191: newer by time is as good as newer by number.
    newer = snapshot.newer_timestamp and numbers.paws is not False
    if newer and (snapshot.state is State.TIME_WAIT) and (kind == Kind.SYN):
        seq = Seq.BEYOND
    return cell_of(snapshot.state, kind, seq, ack)


def judge(snapshot: Snapshot, profile_name: str) -> Verdict:
    """What this stack should do with the segment."""
    cell = classify(snapshot, profile_name)
    table = profiles.law(profile_name)
    row = table.rows[table.winners[cell]]
    return Verdict(row.action, row.name, row.cite, cell, row.confirmed)


def judge_all(snapshot: Snapshot) -> dict[str, Verdict]:
    """The verdict of every stack, by profile name, sorted."""
    return {name: judge(snapshot, name) for name in profiles.NAMES}


def judge_band(
    snapshot: Snapshot,
    profile_name: str,
    last_ack_low: int,
    rcv_nxt_low: int | None = None,
) -> Verdict:
    """The verdict if the observer stands far away: the receiver's last ACK may be anything from
    ``last_ack_low`` to the snapshot's, and, if asked, its RCV.NXT anything from ``rcv_nxt_low``.

    The verdict of the snapshot if every possibility gives the same action; else UNDECIDABLE with
    ``possible`` set.
    """
    verdicts = [judge(one, profile_name) for one in _band(snapshot, last_ack_low, rcv_nxt_low)]
    verdict = judge(snapshot, profile_name)
    possible = tuple(sorted({one.action for one in (verdict, *verdicts)}))
    if len(possible) == 1:
        return verdict
    return verdict._replace(action=Action.UNDECIDABLE, possible=possible)


WORDS = {
    Action.ACCEPT: "undecidable",
    Action.RESET: "honoured",
    Action.CHALLENGE: "refused-challenged",
    Action.ACK: "refused-challenged",
    Action.DROP: "refused-silently",
    Action.REPLY_RST: "undecidable",
    Action.REPLY_RST_AND_RESET: "honoured",
    Action.NEW_CONNECTION: "undecidable",
    Action.UNDECIDABLE: "undecidable",
}
"""What an action means for a RST, in the words of the report."""


def verdict_word(verdict: Verdict) -> str:
    """``honoured``, ``refused-silently``, ``refused-challenged`` or ``undecidable``."""
    return WORDS[verdict.action]


def profiles_that(snapshot: Snapshot, outcome: str) -> tuple[str, ...]:
    """The stacks whose verdict on this RST is ``outcome``: a verdict word, or ``refused`` for
    either way of refusing. What was seen to happen, turned into who does that."""
    words = {name: verdict_word(verdict) for name, verdict in judge_all(snapshot).items()}
    return tuple(
        name for name, word in words.items() if word == outcome or word.startswith(f"{outcome}-")
    )


def _number(value: int | None) -> int:
    return NONE if value is None else value & MASK


def _band(snapshot: Snapshot, last_ack_low: int, rcv_nxt_low: int | None) -> Iterator[Snapshot]:
    """One snapshot for each way RCV.NXT and the last ACK can lie around this segment. The law sees
    only who is before whom, so the ends of the ranges and the segment's own ends stand for all."""
    high = snapshot.rcv_nxt
    if (high is None) or (snapshot.last_ack is None):
        return
    end = snapshot.seq + snapshot.length
    turns = [point + step for point in (snapshot.seq, end) for step in (-1, 0, 1, 2)]
    low = high if rcv_nxt_low is None else rcv_nxt_low
    for rcv_nxt in _within(low, high, turns):
        top = snapshot.last_ack if seq_delta(snapshot.last_ack, rcv_nxt) < 0 else rcv_nxt
        for last_ack in _within(last_ack_low, top, [*turns, rcv_nxt, rcv_nxt - 1]):
            yield snapshot._replace(rcv_nxt=rcv_nxt, last_ack=last_ack)


def _within(low: int, high: int, points: list[int]) -> list[int]:
    """``low``, ``high`` and those of ``points`` that lie between, modulo 2**32."""
    between = {
        point & MASK
        for point in (low, high, *points)
        if (seq_delta(point, low) >= 0) and (seq_delta(high, point) >= 0)
    }
    return sorted(between)

"""What a stack does with one segment: numbers in, verdict out. The slow, explaining path.

The walk over a capture does the same with compiled code on the same tables; this file is for one
segment at a time, for every stack at once, and for the numbers an observer cannot be sure of.
Knows no capture and no connection.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from unstick.named import NamedTuple
from unstick.tcp import profiles
from unstick.tcp.classify import classify_ack, classify_kind, classify_seq, seq_delta
from unstick.tcp.rules import cell_of, first_match
from unstick.tcp.vocabulary import Action, Kind, Seq, State
from unstick.wire.columns import FIN, MASK, NONE, SYN


class Snapshot(NamedTuple):
    """A segment and the endpoint it arrives at. None is unknown; numbers are modulo 2**32.

    ``length`` is the payload. ``newer_timestamp``: the segment's is newer than TS.Recent, which
    lets a SYN into TIME-WAIT. ``sack_edge`` None: the receiver reports no SACK block.
    ``right_edge`` None: the window is open, its size unknown. ``acked_bytes`` counts what the
    receiver has had acknowledged so far, its SYN left out.
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
    acked_bytes: int | None = None


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


class Sight(NamedTuple):
    """What a stack looks at beside flags and numbers; to another one it is not there."""

    paws: bool
    signatures: bool
    acked_bytes: bool
    reset_text: bool


@cache
def sight(profile_name: str) -> Sight:
    """What this stack looks at."""
    numbers = profiles.profile(profile_name).numbers
    return Sight(
        numbers.paws is not False,
        numbers.signatures is not False,
        numbers.ancient_ack_by_acked is True,
        numbers.reset_text_counts is True,
    )


def classify(snapshot: Snapshot, seen: Sight) -> int:
    """The cell of a snapshot for a stack that sees this much."""
    flags, length = snapshot.flags, snapshot.length
    kind = classify_kind(flags, length, int(snapshot.signed and seen.signatures))
    length += 1 if (flags & FIN) != 0 else 0
    late = int(snapshot.paws_failed and seen.paws)
    at = snapshot.rcv_nxt, snapshot.last_ack, snapshot.right_edge, snapshot.sack_edge
    seq = classify_seq(kind, snapshot.seq & MASK, length, late, *_numbers(at))
    if seen.reset_text and kind == Kind.RST and snapshot.rcv_nxt is not None:
        seq = _reaching(snapshot, seq)
    oldest = snapshot.max_window
    if seen.acked_bytes and oldest is not None and snapshot.acked_bytes is not None:
        oldest = min(oldest, snapshot.acked_bytes)
    una, nxt, most = _numbers((snapshot.snd_una, snapshot.snd_nxt, oldest))
    ack = classify_ack(flags, snapshot.ack & MASK, una, nxt, most, int(snapshot.fin_sent))
    # RFC 6191: newer by time is as good as newer by number.
    newer = snapshot.newer_timestamp and seen.paws
    if newer and (snapshot.state is State.TIME_WAIT) and (kind == Kind.SYN):
        seq = Seq.BEYOND
    return cell_of(snapshot.state, kind, seq, ack)


REACHES = {Seq.OLD: Seq.UNACKED, Seq.BELOW: Seq.LAST, Seq.BELOW_CLOSED: Seq.LAST}
"""Places below the window; and the same where there is something at N - 1 to reach into."""


def _reaching(snapshot: Snapshot, place: int) -> int:
    """The place of a RST for a stack that counts its text, its SYN and its FIN: one that reaches
    L from below is in the window."""
    end = snapshot.seq + snapshot.length
    end += bool(snapshot.flags & SYN) + bool(snapshot.flags & FIN)
    if (end == snapshot.seq) or (place not in REACHES) or (snapshot.last_ack is None):
        return place
    assert snapshot.rcv_nxt is not None
    if snapshot.state is State.SYN_RECEIVED:
        return Seq.INSIDE if seq_delta(end & MASK, snapshot.rcv_nxt) > 0 else place
    if (snapshot.state is State.TIME_WAIT) or (seq_delta(end & MASK, snapshot.last_ack) < 0):
        return place
    return REACHES[Seq(place)]


class Doubt(NamedTuple):
    """How far below the snapshot's numbers the receiver's may have been: its last ACK, and, unless
    None, its RCV.NXT. That is what an observer far away from it cannot see."""

    last_ack_low: int
    rcv_nxt_low: int | None = None


def cells_of(snapshot: Snapshot, doubt: Doubt | None, seen: Sight) -> tuple[int, ...]:
    """The cell of a snapshot, and after it the others it may be in, sorted."""
    own = classify(snapshot, seen)
    if doubt is None:
        return (own,)
    others = {classify(one, seen) for one in _band(snapshot, doubt)}
    return (own, *sorted(others - {own}))


@lru_cache(maxsize=4096)
def ruling(profile_name: str, cells: tuple[int, ...]) -> Verdict:
    """What this stack does with a segment in the first of these cells, or, if another of them
    would change that, UNDECIDABLE with ``possible`` set. A capture of many resets has them in few
    cells: each is looked up once."""
    rows = profiles.rows(profile_name)
    found = [first_match(rows, cell) for cell in cells]
    row = found[0]
    verdict = Verdict(row.action, row.name, row.cite, cells[0], row.confirmed)
    possible = tuple(sorted({one.action for one in found}))
    if len(possible) == 1:
        return verdict
    return verdict._replace(action=Action.UNDECIDABLE, possible=possible)


def judge(snapshot: Snapshot, profile_name: str, doubt: Doubt | None = None) -> Verdict:
    """What this stack should do with the segment.

    With a ``doubt``: the verdict of the snapshot if every possibility gives the same action; else
    UNDECIDABLE with ``possible`` set.
    """
    return ruling(profile_name, cells_of(snapshot, doubt, sight(profile_name)))


def judge_all(snapshot: Snapshot, doubt: Doubt | None = None) -> dict[str, Verdict]:
    """The verdict of every stack, by profile name, sorted."""
    return {name: judge(snapshot, name, doubt) for name in profiles.NAMES}


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


def judge_reset(
    snapshot: Snapshot, profile_name: str, doubt: Doubt | None = None
) -> tuple[Verdict, Mapping[str, str]]:
    """What this stack should do with a RST, and the word of every stack by profile name, sorted."""
    cells = cells_of(snapshot, doubt, sight(profile_name))
    verdict = ruling(profile_name, cells)
    if not (snapshot.signed or snapshot.paws_failed or snapshot.newer_timestamp):
        return verdict, Words(cells)
    every = judge_all(snapshot, doubt)
    return verdict, {name: verdict_word(one) for name, one in every.items()}


class Words(Mapping[str, str]):
    """The words of all stacks for a RST in these cells, where there is nothing that only some of
    them see: looked up when somebody asks for one, for few do, and it takes every stack's file."""

    __slots__ = ("_cells",)

    def __init__(self, cells: tuple[int, ...]) -> None:
        self._cells = cells

    def __getitem__(self, name: str) -> str:
        return _words(self._cells)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(profiles.NAMES)

    def __len__(self) -> int:
        return len(profiles.NAMES)

    def items(self) -> ItemsView[str, str]:
        """A report reads those of thousands of resets: at once, not one by one."""
        return _words(self._cells).items()

    def __repr__(self) -> str:
        return repr(dict(self))


@lru_cache(maxsize=4096)
def _words(cells: tuple[int, ...]) -> Mapping[str, str]:
    words = {name: verdict_word(ruling(name, cells)) for name in profiles.NAMES}
    return MappingProxyType(words)


@cache
def honoured_by_all(cell: int) -> bool:
    """Does every stack reset a connection whose RST falls into this cell?"""
    return all(verdict_word(ruling(name, (cell,))) == "honoured" for name in profiles.NAMES)


def profiles_that(snapshot: Snapshot, outcome: str) -> tuple[str, ...]:
    """The stacks whose verdict on this RST is ``outcome``: a verdict word, or ``refused`` for
    either way of refusing. What was seen to happen, turned into who does that."""
    words = {name: verdict_word(verdict) for name, verdict in judge_all(snapshot).items()}
    return tuple(
        name for name, word in words.items() if word == outcome or word.startswith(f"{outcome}-")
    )


def _numbers(values: Iterable[int | None]) -> list[int]:
    return [NONE if value is None else value & MASK for value in values]


def _band(snapshot: Snapshot, doubt: Doubt) -> Iterator[Snapshot]:
    """One snapshot for each way RCV.NXT and the last ACK can lie around this segment. The law sees
    only who is before whom, so the ends of the ranges and the segment's own ends stand for all."""
    high = snapshot.rcv_nxt
    if (high is None) or (snapshot.last_ack is None):
        return
    end = snapshot.seq + snapshot.length
    turns = [point + step for point in (snapshot.seq, end) for step in (-1, 0, 1, 2)]
    low = high if doubt.rcv_nxt_low is None else doubt.rcv_nxt_low
    for rcv_nxt in _within(low, high, turns):
        top = snapshot.last_ack if seq_delta(snapshot.last_ack, rcv_nxt) < 0 else rcv_nxt
        for last_ack in _within(doubt.last_ack_low, top, [*turns, rcv_nxt, rcv_nxt - 1]):
            yield snapshot._replace(rcv_nxt=rcv_nxt, last_ack=last_ack)


def _within(low: int, high: int, points: list[int]) -> list[int]:
    """``low``, ``high`` and those of ``points`` that lie between, modulo 2**32."""
    between = {
        point & MASK
        for point in (low, high, *points)
        if (seq_delta(point, low) >= 0) and (seq_delta(high, point) >= 0)
    }
    return sorted(between)

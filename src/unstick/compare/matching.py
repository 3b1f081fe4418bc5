"""Which segment of A is which of B, for one side of one connection.

1. A segment is the same in both if flags, sequence number, ACK, length, timestamp and IP
   identification agree; then again without the identification, then without the timestamp (boxes
   rewrite both).
2. Equal segments that occur equally often pair off in order. If fewer arrived than were sent, the
   one that arrived was sent after what arrived before it, and early enough for the way.
3. What is left of data is matched by byte ranges, so that one large segment before segmentation
   offload is the many behind it, and the reverse behind receive offload.

Sequence numbers rewritten by a constant are undone first. Decides nothing (``vantage``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from unstick.compare.recording import (
    ACK,
    FLAGS,
    FRAME,
    HASH,
    IP_ID,
    LENGTH,
    SEQ,
    TIME,
    TSVAL,
    TTL,
    WIDTH,
    WINDOW,
    SideRecord,
)
from unstick.tcp.observed import delta
from unstick.wire.columns import ACK_FLAG, FIN, MASK, NONE, RST, SYN

COMPARED_FLAGS = FIN | SYN | RST | ACK_FLAG
"""PSH moves when segments are cut or joined; routers mark and clear ECN."""

EARLY_NS = 1_000_000
"""How much faster than the fastest a segment may seem: time stamps of captures jitter."""

BUCKET = 14
"""Byte ranges are looked up by 16 kB of sequence space."""

MOST_TRIED = 64
"""Segments of one bucket that are tried for one byte range, so that no capture takes for ever."""


class Segment(NamedTuple):
    """One segment, numbers relative to the same base in both captures. ``ack`` is None without
    the flag; ``at`` does not wrap (for byte ranges), ``seq`` is modulo 2**32."""

    frame: int
    ns: int
    seq: int
    at: int
    ack: int | None
    flags: int
    length: int
    tsval: int
    ip_id: int
    hash: int
    ttl: int
    window: int

    @property
    def kind(self) -> str:
        """Of ``model.KINDS``: what it is counted as."""
        if self.flags & RST:
            return "RST"
        if self.flags & SYN:
            return "SYN"
        if self.flags & FIN:
            return "FIN"
        return "data" if self.length else "ACK"

    @property
    def end(self) -> int:
        """After its last byte, a FIN being one."""
        return self.at + self.length + (1 if self.flags & FIN else 0)


def segments(side: SideRecord, base: int, peer_base: int) -> list[Segment]:
    """The records of a side in capture order, numbers counted from the two bases."""
    rows, found, last = side.rows, [], 0
    for start in range(0, len(rows), WIDTH):
        row = rows[start : start + WIDTH]
        seq = (row[SEQ] - base) & MASK
        flags = row[FLAGS]
        at = last + delta(seq, last & MASK)
        if not flags & RST:
            last = at
        found.append(
            Segment(
                row[FRAME],
                row[TIME],
                seq,
                at,
                (row[ACK] - peer_base) & MASK if flags & ACK_FLAG else None,
                flags & COMPARED_FLAGS,
                row[LENGTH],
                row[TSVAL],
                row[IP_ID],
                row[HASH],
                row[TTL],
                row[WINDOW],
            )
        )
    return found


@dataclass(slots=True)
class Match:
    """Segments of one side in both captures. ``in_b[i]`` is the index in ``b`` of what ``a[i]``
    became, -1 if nothing; ``in_a`` the reverse. ``partly``: indices in ``a`` of which only some
    bytes were found. ``regrouped``: indices in ``a`` that were found in other pieces. ``exact``:
    pairs about whose identity there is no doubt."""

    a: list[Segment]
    b: list[Segment]
    in_b: list[int] = field(default_factory=list)
    in_a: list[int] = field(default_factory=list)
    partly: set[int] = field(default_factory=set)
    partly_b: set[int] = field(default_factory=set)
    regrouped: set[int] = field(default_factory=set)
    exact: list[tuple[int, int]] = field(default_factory=list)

    def join(self, i: int, j: int) -> None:
        self.in_b[i] = j
        self.in_a[j] = i

    def left_a(self) -> list[int]:
        return [i for i, j in enumerate(self.in_b) if j < 0]

    def left_b(self) -> list[int]:
        return [j for j, i in enumerate(self.in_a) if i < 0]

    def travels(self) -> list[int]:
        """B's time less A's time of the undoubted pairs, in nanoseconds."""
        return [self.b[j].ns - self.a[i].ns for i, j in self.exact]


def full(one: Segment) -> Hashable:
    return (one.seq, one.ack, one.flags, one.length, one.tsval, one.ip_id or NONE)


def without_id(one: Segment) -> Hashable:
    return (one.seq, one.ack, one.flags, one.length, one.tsval)


def without_stamp(one: Segment) -> Hashable:
    return (one.seq, one.ack, one.flags, one.length)


def bases(one: SideRecord, other: SideRecord, shift: int) -> tuple[int, int]:
    """The number from which this side is counted in A and in B: the same byte in both."""
    if one.low is not None:
        return one.low, (one.low + shift) & MASK
    if other.low is not None:
        return (other.low - shift) & MASK, other.low
    return 0, shift


def begin(a: list[Segment], b: list[Segment]) -> Match:
    """The segments that pair off without a look at clocks."""
    match = Match(a, b, [-1] * len(a), [-1] * len(b))
    groups = _groups(match, full)
    for ours, theirs in groups:
        if len(ours) == len(theirs):
            for i, j in zip(ours, theirs, strict=True):
                match.join(i, j)
            if len(ours) == 1:
                match.exact.append((ours[0], theirs[0]))
    return match


class Travel(NamedTuple):
    """Least and greatest time from the near capture to the far one, by their clocks."""

    fastest_ns: int
    slowest_ns: int


def finish(match: Match, forward: bool, travel: Travel) -> None:
    """Match the rest. ``forward``: A is nearer to the sender."""
    for key in (full, without_id, without_stamp):
        for ours, theirs in _groups(match, key):
            if len(ours) == len(theirs):
                for i, j in zip(ours, theirs, strict=True):
                    match.join(i, j)
            else:
                _in_time(match, ours, theirs, forward, travel)
    _by_bytes(match, stamped=True)
    _by_bytes(match, stamped=False)


def _groups(
    match: Match, key: Callable[[Segment], Hashable]
) -> Iterable[tuple[list[int], list[int]]]:
    """Unmatched segments of A and of B that have the same key, in capture order."""
    theirs: dict[Hashable, list[int]] = defaultdict(list)
    for j in match.left_b():
        theirs[key(match.b[j])].append(j)
    ours: dict[Hashable, list[int]] = defaultdict(list)
    if theirs:
        for i in match.left_a():
            found = key(match.a[i])
            if found in theirs:
                ours[found].append(i)
    return [(group, theirs[found]) for found, group in ours.items()]


def _in_time(
    match: Match, ours: list[int], theirs: list[int], forward: bool, travel: Travel
) -> None:
    """Each arrival is the first that was sent after what arrived just before it (paths seldom
    reorder) and no longer ago than any packet took; or, if that is too late for it, the last
    that was not."""
    near, far = (ours, theirs) if forward else (theirs, ours)
    near_of, far_of = (match.a, match.b) if forward else (match.b, match.a)
    next_ = 0
    for arrived in far:
        after = _sent_before(match.in_a if forward else match.in_b, arrived)
        latest = far_of[arrived].ns - travel.fastest_ns + EARLY_NS
        earliest = far_of[arrived].ns - travel.slowest_ns - EARLY_NS
        at = max(next_, bisect_right(near, after))
        while at < len(near) and near_of[near[at]].ns < earliest:
            at += 1
        if at >= len(near) or near_of[near[at]].ns > latest:
            in_time = (k for k in range(len(near) - 1, next_ - 1, -1))
            at = next((k for k in in_time if near_of[near[k]].ns <= latest), -1)
        if at < next_:
            continue
        next_ = at + 1
        match.join(*((near[at], arrived) if forward else (arrived, near[at])))


def _sent_before(to_near: list[int], arrived: int) -> int:
    """Index in the near capture of the last matched segment that arrived before this one; -1 if
    that is long ago."""
    for j in range(arrived - 1, max(-1, arrived - 1 - MOST_TRIED), -1):
        if to_near[j] >= 0:
            return to_near[j]
    return -1


# --- byte ranges ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Piece:
    """A segment of A whose bytes ``gaps`` have not been found in B yet."""

    index: int
    gaps: list[tuple[int, int]]


def _by_bytes(match: Match, *, stamped: bool) -> None:
    """Match what is left of data and FINs by the bytes they carry, in order of time. ``stamped``:
    only segments with the same timestamp, as offload leaves it."""
    waiting: dict[Hashable, list[_Piece]] = defaultdict(list)
    pieces: dict[int, _Piece] = {}
    for i in match.left_a():
        one = match.a[i]
        if one.kind in ("data", "FIN"):
            pieces[i] = _Piece(i, [(one.at, one.end)])
            for place in _places(one, stamped):
                waiting[place].append(pieces[i])
    if not pieces:
        return
    for j in match.left_b():
        one = match.b[j]
        if one.kind in ("data", "FIN"):
            left = _take(match, waiting, j, stamped)
            if left and left != [(one.at, one.end)]:
                match.partly_b.add(j)
    for i, piece in pieces.items():
        if piece.gaps and match.in_b[i] >= 0:
            match.partly.add(i)


def _places(one: Segment, stamped: bool) -> Iterable[Hashable]:
    stamp = one.tsval if stamped else None
    return ((number, stamp) for number in range(one.at >> BUCKET, ((one.end - 1) >> BUCKET) + 1))


def _take(
    match: Match, waiting: dict[Hashable, list[_Piece]], j: int, stamped: bool
) -> list[tuple[int, int]]:
    """Give the bytes of ``b[j]`` to the segments of A that wait for them; what nobody wanted."""
    wanted = [(match.b[j].at, match.b[j].end)]
    for place in _places(match.b[j], stamped):
        queue = waiting.get(place)
        if not queue:
            continue
        while queue and not queue[0].gaps:
            del queue[0]
        for piece in queue[:MOST_TRIED]:
            if not wanted:
                return []
            common = _common(piece.gaps, wanted)
            if common:
                piece.gaps = _without(piece.gaps, common)
                wanted = _without(wanted, common)
                match.in_b[piece.index] = j
                if match.in_a[j] < 0:
                    match.in_a[j] = piece.index
                match.regrouped.add(piece.index)
    return wanted


def _common(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(max(a, c), min(b, d)) for a, b in some for c, d in others if max(a, c) < min(b, d)]


def _without(some: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for c, d in taken:
        some = [
            part for a, b in some for part in ((a, min(b, c)), (max(a, d), b)) if part[0] < part[1]
        ]
    return some

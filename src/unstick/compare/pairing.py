"""Which connection of A is which of B: by addresses and numbers, or behind a NAT by what survives.

1. Equal addresses and ports, and equal initial sequence numbers (or, where the opening was not
   captured, sequence numbers of the same stretch).
2. Other addresses, equal initial sequence numbers of both sides, or the same payload at the same
   sequence numbers.
3. Other numbers (a box rewrites them): the same timestamp in the opening, or equal addresses at
   the same time, and the same payload. Payload alone proves nothing: a good and a bad path are
   tried with the same request.

Decides about whole connections only; segments are matched in ``matching``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from unstick.compare.recording import Recorded, Recording, SideRecord
from unstick.flows.streams import Endpoints
from unstick.tcp.observed import delta
from unstick.wire.columns import MASK

CLOCK_SLACK_NS = 2_000_000_000
"""Two clocks that nobody compares are rarely further apart on hosts that run NTP."""

NEARBY = 1 << 20
"""Bytes by which two captures of one side may miss each other: one began later, or lost packets."""

BY_NUMBERS = "addresses and initial sequence numbers"
BY_STRETCH = "addresses and sequence numbers"
BY_NAT = "initial sequence numbers, through address translation"
BY_PAYLOAD = "sequence numbers and payload, through address translation"
BY_STAMP = "the timestamp of the SYN and the payload, through rewritten sequence numbers"
BY_TIME = "addresses, time and payload, through rewritten sequence numbers"


@dataclass(frozen=True, slots=True)
class Matched:
    """One connection in both captures, client and server agreed. ``deltas``: what is to be added
    to the client's and the server's sequence numbers of A to get those of B."""

    a: Recorded
    b: Recorded
    how: str
    deltas: tuple[int, int]


Keys = Callable[[Recorded], Iterable[Hashable]]
Agree = Callable[[Recorded, Recorded], str | None]


def pair(a: Recording, b: Recording) -> list[Matched]:
    """Every connection that both captures hold, in the order of A."""
    found: dict[int, Matched] = {}
    taken: set[int] = set()
    for keys, agree in STAGES:
        index: dict[Hashable, list[Recorded]] = defaultdict(list)
        for other in b.connections:
            if other.slot not in taken:
                for key in keys(other):
                    index[key].append(other)
        for one in a.connections:
            if one.slot in found:
                continue
            match = _first(one, keys(one), index, agree, taken)
            if match is not None:
                taken.add(match.b.slot)
                found[one.slot] = match
    return [found[slot] for slot in sorted(found)]


def _first(
    one: Recorded,
    keys: Iterable[Hashable],
    index: Mapping[Hashable, list[Recorded]],
    agree: Agree,
    taken: Collection[int],
) -> Matched | None:
    """The first connection under one of the keys that agrees, as it is or turned around."""
    for key in keys:
        for other in index.get(key, ()):
            if other.slot in taken:
                continue
            for flipped in (False, True):
                how = agree(one, turned(other) if flipped else other)
                if how is not None:
                    return _matched(one, other, flipped, how)
    return None


def _matched(one: Recorded, other: Recorded, flipped: bool, how: str) -> Matched:
    """Where the two captures disagree on who is the client, the one that saw it begin is right."""
    if flipped and any(side.opening for side in other.sides):
        one = turned(one)
    elif flipped:
        other = turned(other)
    sides = zip(one.sides, other.sides, strict=True)
    client, server = (_shift(ours, theirs, how) for ours, theirs in sides)
    return Matched(one, other, how, (client, server))


def turned(one: Recorded) -> Recorded:
    """The connection with client and server exchanged."""
    ends = one.ends
    swapped = Endpoints(ends.server, ends.server_port, ends.client, ends.client_port)
    return replace(one, ends=swapped, sides=(one.sides[1], one.sides[0]))


# --- the three ways to be the same connection ----------------------------------------------------


def _addresses(one: Recorded) -> Iterator[Hashable]:
    yield frozenset({one.ends[:2], one.ends[2:]})


def _same_ends(one: Recorded, other: Recorded) -> str | None:
    if one.ends != other.ends:
        return None
    verdicts = [_same_side(one.sides[side], other.sides[side]) for side in (0, 1)]
    if False in verdicts or verdicts == [None, None]:
        return None
    opened = any(one.sides[side].opening and other.sides[side].opening for side in (0, 1))
    return BY_NUMBERS if opened else BY_STRETCH


def _same_side(one: SideRecord, other: SideRecord) -> bool | None:
    """Do the numbers of this side agree? None if one capture has nothing of it."""
    if one.opening is not None and other.opening is not None:
        return one.opening.isn == other.opening.isn
    if one.low is None or other.low is None:
        return None
    apart = delta(other.low, one.low)
    return -(other.reach + NEARBY) <= apart <= one.reach + NEARBY


def _numbers(one: Recorded) -> Iterator[Hashable]:
    for side in one.sides:
        if side.opening is not None:
            yield side.opening.isn
        yield from side.prints


def _through_nat(one: Recorded, other: Recorded) -> str | None:
    """Both initial sequence numbers, or one and a port, or the same bytes at the same numbers."""
    openings = [(x.opening, y.opening) for x, y in zip(one.sides, other.sides, strict=True)]
    both = [x.isn == y.isn for x, y in openings if x is not None and y is not None]
    if not all(both):
        return None
    port = one.ends.server_port == other.ends.server_port
    port = port or one.ends.client_port == other.ends.client_port
    if len(both) == 2 or (both and port):
        return BY_NAT
    shared = any(set(x.prints) & set(y.prints) for x, y in zip(one.sides, other.sides, strict=True))
    return BY_PAYLOAD if shared and not both else None


def _stamps(one: Recorded) -> Iterator[Hashable]:
    yield from _addresses(one)
    opening = one.sides[0].opening
    if opening is not None and opening.tsval is not None:
        yield opening.tsval


def _renumbered(one: Recorded, other: Recorded) -> str | None:
    """A box that rewrites sequence numbers leaves payload and timestamps alone."""
    if not _same_payload(one.sides[0], other.sides[0]):
        return None
    if not _same_payload(one.sides[1], other.sides[1]):
        return None
    ours, theirs = one.sides[0].opening, other.sides[0].opening
    stamps = (ours.tsval if ours else None, theirs.tsval if theirs else None)
    if stamps[0] is not None and stamps[0] == stamps[1]:
        return BY_STAMP
    before = one.last[1] + CLOCK_SLACK_NS < other.first[1]
    after = other.last[1] + CLOCK_SLACK_NS < one.first[1]
    if one.ends != other.ends or before or after:
        return None
    # Two ISNs that differ, or the same payloads twice at the same distance: else it may be two
    # parts of one connection, which says the same thing again and again.
    opened = ours is not None and theirs is not None
    told = opened and bool(one.sides[0].prints and other.sides[0].prints)
    return BY_TIME if told or _votes(one.sides[0], other.sides[0])[1] >= 2 else None


def _same_payload(one: SideRecord, other: SideRecord) -> bool:
    """The side's first data: equal, or not known in one of the captures."""
    if not one.prints or not other.prints:
        return True
    return bool({print_[1:] for print_ in one.prints} & {print_[1:] for print_ in other.prints})


STAGES: tuple[tuple[Keys, Agree], ...] = (
    (_addresses, _same_ends),
    (_numbers, _through_nat),
    (_stamps, _renumbered),
)


def _shift(one: SideRecord, other: SideRecord, how: str) -> int:
    """What the box adds to this side's numbers, as far as the captures tell; else nothing."""
    if one.opening is not None and other.opening is not None:
        return (other.opening.isn - one.opening.isn) & MASK
    return _votes(one, other)[0] if how in (BY_STAMP, BY_TIME) else 0


def _votes(one: SideRecord, other: SideRecord) -> tuple[int, int]:
    """The distance at which most payloads of the side are the same, and how many they are."""
    votes = Counter(
        (theirs[0] - ours[0]) & MASK
        for ours in one.prints
        for theirs in other.prints
        if ours[1:] == theirs[1:]
    )
    if not votes or 0 in votes:
        return 0, 0
    return votes.most_common(1)[0]

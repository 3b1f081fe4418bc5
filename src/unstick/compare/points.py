"""Two captures of the same connections, put together: matched, timed, judged pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

from unstick.compare import clocks as timing
from unstick.compare.matching import Match, Travel, bases, begin, finish, segments
from unstick.compare.model import Clocks, Direction, End, Pair, Place
from unstick.compare.pairing import Matched
from unstick.compare.recording import Recorded, Recording
from unstick.compare.rewriting import rewritten
from unstick.compare.vantage import Way, direction, missed, way

SIDES = ("client", "server")


@dataclass(slots=True)
class _Both:
    """One connection on its way through this file."""

    matched: Matched
    matches: tuple[Match, Match]
    near: str | None  # which capture is nearer to the client
    ways: tuple[Way, ...] = ()


def compare_points(
    a: Recording, b: Recording, found: list[Matched]
) -> tuple[tuple[Pair, ...], Clocks | None]:
    """Every connection both captures hold, and how the captures stand to each other."""
    both = [_begun(one) for one in found]
    _orient(both)
    to_b, to_a = _leads(both)
    known = [one for one in both if one.near is not None or all(m.exact for m in one.matches)]
    there = timing.travel([lead for _, lead in to_b], [-lead for _, lead in to_a])
    back = timing.travel([-lead for _, lead in to_a], [lead for _, lead in to_b])
    for one in both:
        _finish(one, (a, b), there, back)
    losses = {"A": 0, "B": 0}
    for one in both:
        for each in one.ways:
            by_far, by_near = missed(each)
            losses[each.far_capture.name] += len(by_far)
            losses[each.near_capture.name] += len(by_near)
    pairs = tuple(_pair(one, losses) for one in both)
    return pairs, timing.clocks(*_leads(known))


def _begun(matched: Matched) -> _Both:
    one, other = matched.a.sides, matched.b.sides
    starts = [bases(one[side], other[side], matched.deltas[side]) for side in (0, 1)]
    matches = []
    for side in (0, 1):
        (base_a, base_b), (peer_a, peer_b) = starts[side], starts[1 - side]
        ours = segments(one[side], base_a, peer_a)
        theirs = segments(other[side], base_b, peer_b)
        matches.append(begin(ours, theirs))
    client, server = matches
    near = timing.near_client(client, server) or timing.by_ttl(client, server)
    return _Both(matched, (client, server), near)


def _orient(both: list[_Both]) -> None:
    """Connections that do not tell where the captures stand learn it from others of the same
    client or the same server."""
    known: dict[str, str] = {}
    for one in both:
        if one.near is not None:
            known.setdefault(one.matched.a.ends.client, one.near)
            known.setdefault(one.matched.a.ends.server, "B" if one.near == "A" else "A")
    for one in both:
        if one.near is None:
            ends = one.matched.a.ends
            beyond = known.get(ends.server)
            opposite = None if beyond is None else ("B" if beyond == "A" else "A")
            one.near = known.get(ends.client, opposite)


def _leads(both: list[_Both]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(Time in A, B's clock less A's) of what travelled from A to B, and from B to A. Where nothing
    tells, A is taken to be nearer to the client: the times are what they are either way."""
    to_b: list[tuple[int, int]] = []
    to_a: list[tuple[int, int]] = []
    for one in both:
        for side, match in enumerate(one.matches):
            forward = (one.near != "B") == (side == 0)
            pairs = ((match.a[i].ns, match.b[j].ns - match.a[i].ns) for i, j in match.exact)
            (to_b if forward else to_a).extend(pairs)
    return to_b, to_a


def _finish(one: _Both, captures: tuple[Recording, Recording], there: Travel, back: Travel) -> None:
    """Where nothing tells which capture is nearer to the client, it is taken to be A."""
    ways = []
    forwards = [(one.near != "B") == (side == 0) for side in (0, 1)]
    for side, match in enumerate(one.matches):
        travel = there if forwards[side] else back
        finish(match, forwards[side], travel)
    for side, match in enumerate(one.matches):
        travel = there if forwards[side] else back
        peer = one.matches[1 - side]
        how = (travel, _scale(one.matched, side))
        ways.append(way(SIDES[side], match, peer, captures, forwards[side], how=how))
    one.ways = tuple(ways)


def _scale(matched: Matched, side: int) -> int | None:
    """The window scale of a side; None if its opening was not captured. Both must offer it (RFC
    7323 2.2), or it is 0."""
    for recorded in (matched.a, matched.b):
        ours, theirs = recorded.sides[side].opening, recorded.sides[1 - side].opening
        if ours is not None and theirs is not None:
            return 0 if theirs.scale is None else ours.scale or 0
    return None


def _pair(one: _Both, losses: dict[str, int]) -> Pair:
    client, server = (direction(each, losses) for each in one.ways)
    directions: tuple[Direction, Direction] = (client, server)
    return Pair(
        a=_end("A", one.matched.a),
        b=_end("B", one.matched.b),
        matched_by=one.matched.how,
        near_client=one.near,
        directions=directions,
        rewritten=tuple(rewritten(one.matched, one.matches, one.near)),
    )


def _end(name: str, one: Recorded) -> End:
    first, last = Place(name, *one.first), Place(name, *one.last)
    return End(one.number, *one.ends, first, last, one.segments)

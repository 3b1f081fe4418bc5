"""Two captures of the same connections: what was lost, injected, when the path stopped.

1. A segment counts as lost only if it should have arrived while the far capture was surely
   running; the rest is counted apart (``unjudged``): a capture that began later or ended earlier
   proves nothing.
2. Bytes that the receiver acknowledged have arrived: if the far capture lacks them, that capture
   lost them, not the path. Where a capture is known to lose packets, what it lacks proves less.
3. A direction stopped when several segments in a row, up to the sender's last, were lost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from unstick.compare.matching import Match, Segment, Travel, without_id
from unstick.compare.model import KINDS, Direction, Injected, Place, Stop
from unstick.compare.recording import HASHED, Recording
from unstick.tcp.observed import delta
from unstick.wire.columns import NONE, RST

STOPPED_SEGMENTS = 3
"""Lost segments in a row, the last ones sent, from which on a path counts as stopped."""

STOPPED_NS = 1_000_000_000
"""Two are enough if they are a second apart: no queue overflows that long and only then."""

MOST_EXAMPLES = 5
"""Frames named of each kind of lost or injected segment."""


@dataclass(frozen=True, slots=True)
class Way:
    """One side's segments at the capture near it and at the far one. ``far_peer`` and ``near_peer``
    are the other side's segments there: they carry the acknowledgements."""

    sender: str
    near_capture: Recording
    far_capture: Recording
    near: list[Segment]
    far: list[Segment]
    to_far: list[int]
    to_near: list[int]
    partly: int
    regrouped: int
    near_peer: list[Segment]
    far_peer: list[Segment]
    travel: Travel
    scale: int | None

    def arrives_within(self, one: Segment) -> bool:
        """Was the far capture running for certain when this should have come by?"""
        begun = one.ns + self.travel.fastest_ns > self.far_capture.first_ns
        return begun and one.ns + self.travel.slowest_ns < self.far_capture.last_ns

    def was_sent_within(self, one: Segment) -> bool:
        """Was the near capture running for certain when this (far) segment must have passed?"""
        begun = one.ns - self.travel.slowest_ns > self.near_capture.first_ns
        return begun and one.ns - self.travel.fastest_ns < self.near_capture.last_ns


def way(
    sender: str,
    match: Match,
    peer: Match,
    captures: tuple[Recording, Recording],
    forward: bool,
    *,
    how: tuple[Travel, int | None],
) -> Way:
    """The match seen in the direction of travel. ``forward``: A is nearer to this sender."""
    a, b = captures
    near_far = (match.a, match.b, match.in_b, match.in_a)
    partly = len(match.partly)
    peers = (peer.a, peer.b)
    if not forward:
        a, b = b, a
        near_far = (match.b, match.a, match.in_a, match.in_b)
        partly = len(match.partly_b)
        peers = (peer.b, peer.a)
    return Way(sender, a, b, *near_far, partly, len(match.regrouped), *peers, *how)


# --- bytes that must have arrived ----------------------------------------------------------------


class Covered:
    """The byte ranges that a list of segments carries, joined."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        ranges = sorted(
            (one.at, one.end) for one in segments if one.end > one.at and not one.flags & RST
        )
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def holds(self, one: Segment) -> bool:
        """Are all bytes of this segment among them?"""
        at = bisect_right(self._starts, one.at) - 1
        return at >= 0 and self._ends[at] >= one.end

    @property
    def reach(self) -> int:
        return self._ends[-1] if self._ends else 0


def acked(peer: Iterable[Segment]) -> int:
    """The highest byte the peer's segments acknowledge, not wrapped; a reset's field is not one."""
    highest = 0
    for one in peer:
        if one.ack is not None and not one.flags & RST:
            highest = max(highest, highest + delta(one.ack, highest & 0xFFFFFFFF))
    return highest


def missed(way: Way) -> tuple[set[int], set[int]]:
    """Indices of segments that passed both captures while both ran, although one lacks them:
    (near ones that the far capture missed, far ones that the near capture missed)."""
    at_far, at_near = Covered(way.far), Covered(way.near)
    # What the receiver acknowledged, at either place, is what it got.
    got = max(acked(way.far_peer), acked(way.near_peer))
    of_near = {
        i
        for i, one in _unmatched(way.near, way.to_far, got)
        if not at_far.holds(one) and way.arrives_within(one)
    }
    of_far = {
        j
        for j, one in _unmatched(way.far, way.to_near, got)
        # The sender itself went on from there, so these bytes were its own.
        if not at_near.holds(one) and at_near.reach >= one.end and way.was_sent_within(one)
    }
    return of_near, of_far


def _unmatched(
    segments: list[Segment], to_other: list[int], got: int
) -> Iterator[tuple[int, Segment]]:
    """Data in one capture only that the receiver acknowledged."""
    for index, other in enumerate(to_other):
        one = segments[index]
        if other < 0 and _carries(one) and one.end <= got:
            yield index, one


def _carries(one: Segment) -> bool:
    return one.kind in ("data", "FIN")


# --- the verdict on one direction ----------------------------------------------------------------


def direction(way: Way, losses: Mapping[str, int]) -> Direction:
    """Everything about one side's segments. ``losses``: packets each capture is known to lack."""
    by_far, by_near = missed(way)
    unseen = [i for i, j in enumerate(way.to_far) if j < 0 and i not in by_far]
    judged = [i for i in unseen if way.arrives_within(way.near[i])]
    outside = set(unseen) - set(judged)
    duplicated, injected = _foreign(way, by_near, losses)
    counts = _counts(way.near)
    lost = _counts(way.near[i] for i in judged)
    apart = _counts(way.near[i] for i in outside)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for i in judged:
        by_kind[way.near[i].kind].append(way.near[i].frame)
    return Direction(
        sender=way.sender,
        near=way.near_capture.name,
        far=way.far_capture.name,
        sent=counts,
        arrived={kind: counts[kind] - lost[kind] - apart[kind] for kind in KINDS},
        lost=lost,
        unjudged=apart,
        partly=way.partly,
        missed_by_far=len(by_far),
        missed_by_near=len(by_near),
        far_losses=losses[way.far_capture.name],
        duplicated=duplicated,
        regrouped=way.regrouped,
        examples={kind: tuple(found[:MOST_EXAMPLES]) for kind, found in by_kind.items()},
        injected=injected,
        stop=_stop(way, unseen, set(judged), by_far),
    )


def _counts(segments: Iterable[Segment]) -> dict[str, int]:
    found = Counter(one.kind for one in segments)
    return {kind: found[kind] for kind in KINDS}


def _place(capture: Recording, one: Segment) -> Place:
    return Place(capture.name, one.frame, one.ns)


def _stop(way: Way, unseen: list[int], judged: set[int], by_far: set[int]) -> Stop | None:
    """The last segment that passed, if everything after it was lost."""
    last = max((i for i, j in enumerate(way.to_far) if j >= 0), default=-1)
    after = [i for i in unseen if i > last]
    if not after or any(i > last for i in by_far) or _went_elsewhere(way, last):
        return None
    sure = [i for i in after if i in judged]
    spans = sure and way.near[sure[-1]].ns - way.near[sure[0]].ns >= STOPPED_NS
    proven = len(sure) >= STOPPED_SEGMENTS or (len(sure) >= 2 and bool(spans))
    if not proven and len(after) < STOPPED_SEGMENTS:
        return None
    return Stop(
        last_near=None if last < 0 else _place(way.near_capture, way.near[last]),
        last_far=None if last < 0 else _place(way.far_capture, way.far[way.to_far[last]]),
        first_unseen=_place(way.near_capture, way.near[after[0]]),
        last_unseen=_place(way.near_capture, way.near[after[-1]]),
        after=_counts(way.near[i] for i in after),
        judged=_counts(way.near[i] for i in sure),
        proven=proven and last >= 0,
    )


def _went_elsewhere(way: Way, last: int) -> bool:
    """Did the receiver send more than the last window it was given at the far capture allows? Then
    acknowledgements reached it by a way that does not pass there."""
    if last < 0 or way.scale is None:
        return False
    seen = way.far[way.to_far[last]]
    if seen.ack is None or seen.flags & RST:
        return False
    sent = max((one.at + one.length for one in way.far_peer if not one.flags & RST), default=0)
    edge = seen.ack + (seen.window << way.scale)
    return delta(sent & 0xFFFFFFFF, edge & 0xFFFFFFFF) > 0


# --- segments in the sender's name that it did not send ------------------------------------------


def _foreign(
    way: Way, by_near: set[int], losses: Mapping[str, int]
) -> tuple[int, tuple[Injected, ...]]:
    """How many the path doubled, and what came from elsewhere."""
    unknown = [
        j
        for j, i in enumerate(way.to_near)
        if i < 0 and j not in by_near and way.was_sent_within(way.far[j])
    ]
    if not unknown:
        return 0, ()
    sent = {without_id(one): one for one in way.near}
    starts = {one.at: one for one in way.near if one.length}
    bytes_sent = Covered(way.near)
    doubled = 0
    groups: dict[tuple[str, int], list[Segment]] = defaultdict(list)
    for j in unknown:
        one = way.far[j]
        twin = sent.get(without_id(one))
        if twin is None and _carries(one) and bytes_sent.holds(one):
            twin = starts.get(one.at, one)
        if twin is not None and not _other_bytes(one, twin):
            doubled += 1
        else:
            groups[one.kind, one.ttl].append(one)
    lossy = losses[way.near_capture.name] > 0
    return doubled, tuple(_injected(way, found, lossy) for found in groups.values())


def _other_bytes(one: Segment, twin: Segment) -> bool:
    """Do two segments that begin at the same byte differ in the bytes that both were hashed by?"""
    alike = one.length == twin.length or min(one.length, twin.length) >= HASHED
    return alike and NONE not in (one.hash, twin.hash) and one.hash != twin.hash


def _injected(way: Way, found: list[Segment], lossy: bool) -> Injected:
    first = found[0]
    usual = Counter(way.far[j].ttl for j in way.to_far if j >= 0).most_common(1)
    passed = first.ns - way.travel.fastest_ns
    went_on = any(one.ns > passed and not one.flags & RST for one in way.near)
    contradicted = first.kind == "RST" and went_on
    plain = first.kind == "ACK"  # proxies and firewalls answer probes: told, but no alarm
    return Injected(
        kind=first.kind,
        frames=tuple(one.frame for one in found[:MOST_EXAMPLES]),
        count=len(found),
        seq=first.seq,
        ttl=first.ttl,
        usual_ttl=usual[0][0] if usual else None,
        contradicted=contradicted,
        certain=contradicted or not (lossy or plain),
    )

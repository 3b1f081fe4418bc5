"""What a box between the captures changed: addresses, sequence numbers, options, payload, TTL.

Looks only at segments whose identity is beyond doubt. What a snaplen cut away is not "removed".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from unstick.compare.matching import Match, Segment
from unstick.compare.model import Rewrite
from unstick.compare.pairing import Matched
from unstick.compare.recording import Opening
from unstick.wire import columns as c
from unstick.wire.columns import NONE

SIDES = ("client", "server")

OPTION_NAMES = {
    c.OPTION_MSS: "MSS",
    c.OPTION_WINDOW_SCALE: "window scale",
    c.OPTION_SACK_PERMITTED: "SACK",
    c.OPTION_TIMESTAMPS: "timestamps",
    c.OPTION_MD5: "MD5 signature",
    c.OPTION_AO: "authentication",
    c.OPTION_FAST_OPEN: "fast open",
    c.OPTION_MPTCP: "multipath",
}

OFTEN = 0.1
SEVERAL = 3
"""A field counts as rewritten when a tenth of the segments, and at least three, differ in it."""


def rewritten(matched: Matched, matches: tuple[Match, Match], near: str | None) -> list[Rewrite]:
    """Everything that reads otherwise in B, in the order of the packet's layers."""
    found = list(_addresses(matched))
    for side, sender in enumerate(SIDES):
        forward = _forward(sender, near)
        found += _ttl(matches[side], sender, forward)
        found += _sequence(matched, side, sender)
        one, other = matched.a.sides[side].opening, matched.b.sides[side].opening
        if one is not None and other is not None:
            found += _options(one, other, sender, forward)
        found += _fields(matches[side], sender)
    return found


def _forward(sender: str, near: str | None) -> bool | None:
    """Does this side's traffic go from A to B?"""
    if near is None:
        return None
    return (near == "A") == (sender == "client")


def _addresses(matched: Matched) -> Iterator[Rewrite]:
    ours, theirs = matched.a.ends, matched.b.ends
    pairs = (("client", ours[:2], theirs[:2]), ("server", ours[2:], theirs[2:]))
    for sender, one, other in pairs:
        if one[0] != other[0]:
            yield Rewrite("address", sender, one[0], other[0], False)
        if one[1] != other[1]:
            yield Rewrite("port", sender, str(one[1]), str(other[1]), False)


def _sequence(matched: Matched, side: int, sender: str) -> Iterator[Rewrite]:
    if matched.deltas[side] == 0:
        return
    one, other = matched.a.sides[side].opening, matched.b.sides[side].opening
    if one is not None and other is not None:
        frames = (one.frame, other.frame)
        yield Rewrite("sequence numbers", sender, str(one.isn), str(other.isn), True, frames)
    else:
        yield Rewrite("sequence numbers", sender, "n", f"n + {matched.deltas[side]}", True)


def _options(one: Opening, other: Opening, sender: str, forward: bool | None) -> Iterator[Rewrite]:
    if one.cut or other.cut:
        return
    frames = (one.frame, other.frame)
    for bit, name in OPTION_NAMES.items():
        if (one.options ^ other.options) & bit:
            here, there = (
                "present" if options & bit else "absent" for options in (one.options, other.options)
            )
            yield Rewrite(f"{name} option of the SYN", sender, here, there, True, frames)
    if one.mss is not None and other.mss is not None and one.mss != other.mss:
        # A router that lowers the MSS to what its link carries does good; one that raises it harm.
        smaller = other.mss < one.mss if forward else one.mss < other.mss
        matters = forward is not None and not smaller
        yield Rewrite("MSS", sender, str(one.mss), str(other.mss), matters, frames)
    if one.scale is not None and other.scale is not None and one.scale != other.scale:
        yield Rewrite("window scale", sender, str(one.scale), str(other.scale), True, frames)


def _ttl(match: Match, sender: str, forward: bool | None) -> Iterator[Rewrite]:
    steps = Counter((match.a[i].ttl, match.b[j].ttl) for i, j in match.exact)
    if not steps:
        return
    (one, other), _ = steps.most_common(1)[0]
    if one != other:
        yield Rewrite("TTL", sender, str(one), str(other), False)


def _fields(match: Match, sender: str) -> Iterator[Rewrite]:
    """Window, timestamp values and payload of segments that are the same in all else."""
    pairs = [(match.a[i], match.b[j]) for i, j in match.exact]
    windows = [two for two in pairs if two[0].window != two[1].window]
    if _usual(windows, pairs):
        yield _of("window", sender, windows[0], "window")
    stamped = [
        (one, other)
        for one, other in _unstamped(match)
        if one.tsval != NONE and other.tsval != NONE and one.tsval != other.tsval
    ]
    if _usual(stamped, _unstamped(match)):
        yield _of("timestamp values", sender, stamped[0], "tsval")
    for one, other in pairs:
        if one.length > 1 and NONE not in (one.hash, other.hash) and one.hash != other.hash:
            yield Rewrite(
                "payload", sender, "these bytes", "others", True, (one.frame, other.frame)
            )
            return


def _usual(some: list[tuple[Segment, Segment]], of: list[tuple[Segment, Segment]]) -> bool:
    return len(some) >= SEVERAL and len(some) >= OFTEN * len(of)


def _unstamped(match: Match) -> list[tuple[Segment, Segment]]:
    """Pairs that were matched without a look at the timestamp, or with the same one."""
    return [
        (match.a[i], match.b[j])
        for i, j in enumerate(match.in_b)
        if j >= 0 and i not in match.regrouped and match.a[i].length == match.b[j].length
    ]


def _of(what: str, sender: str, two: tuple[Segment, Segment], name: str) -> Rewrite:
    one, other = two
    here, there = str(getattr(one, name)), str(getattr(other, name))
    return Rewrite(what, sender, here, there, True, (one.frame, other.frame))

"""What a comparison comes to, in a few sentences: the gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unstick.compare.model import KINDS, LOSSY, Direction, Pair, Paths, Stop

MOST = 4
"""Sentences; the report has the rest."""

WORDS = {"SYN": "SYN", "data": "data segment", "ACK": "ACK", "FIN": "FIN", "RST": "reset"}


def counted(kind: str, number: int) -> str:
    """``1 reset``, ``949 resets``, ``3 SYNs``"""
    return f"{number:,} {WORDS[kind]}{'' if number == 1 else 's'}"


def of_points(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """For two vantage points."""
    troubled = [one for one in pairs if one.troubled]
    if not troubled:
        return (_nothing(pairs),)
    pair = max(troubled, key=_gravity)
    found = [*_resets(pair), *_stops(pair), *_injected(pair), *_rewritten(pair)][:MOST]
    if len(troubled) > 1:
        found.append(f"{len(troubled):,} of {len(pairs):,} connections differ; this is the worst.")
    return tuple(found)


def _gravity(pair: Pair) -> tuple[int, int]:
    stops = sum(each.stop is not None and each.stop.proven for each in pair.directions)
    return stops, sum(each.lost["RST"] + len(each.injected) for each in pair.directions)


def _nothing(pairs: Sequence[Pair]) -> str:
    directions = [each for pair in pairs for each in pair.directions]
    lost = sum(each.lost[kind] for each in directions for kind in KINDS)
    apart = sum(each.unjudged[kind] for each in directions for kind in KINDS)
    if lost:
        sent = sum(each.sent[kind] for each in directions for kind in KINDS)
        return f"{lost:,} of {sent:,} segments were lost between the captures, not more."
    if apart:
        return "Nothing was lost while both captures were running."
    return "Everything that was sent arrived, and nothing else did."


def _other(sender: str) -> str:
    return "server" if sender == "client" else "client"


def arrow(direction: Direction) -> str:
    """``client → server``"""
    return f"{direction.sender} → {_other(direction.sender)}"


def _resets(pair: Pair) -> Iterator[str]:
    for each in pair.directions:
        if each.lost["RST"] > LOSSY * each.far_losses:
            saw = each.arrived["RST"]
            sent = counted("RST", each.sent["RST"])
            seen = f"{saw:,}" if saw else "none"
            yield f"The {each.sender} sent {sent}; the {_other(each.sender)} saw {seen}."


def _stops(pair: Pair) -> Iterator[str]:
    for each in pair.directions:
        if each.stop is not None and each.stop.proven:
            yield f"The path stopped forwarding {arrow(each)}{stopped_after(each.stop)}."


def stopped_after(stop: Stop) -> str:
    """`` after frame 3879 of A (frame 5981 of B): 949 resets followed, none arrived``"""
    after = ""
    if stop.last_near is not None and stop.last_far is not None:
        near, far = stop.last_near, stop.last_far
        after = f" after frame {near.frame} of {near.capture} (frame {far.frame} of {far.capture})"
    return f"{after}: {listed(stop.judged)} followed, none arrived"


def listed(counts: Mapping[str, int]) -> str:
    """``3 ACKs and 949 resets``"""
    parts = [counted(kind, counts[kind]) for kind in KINDS if counts[kind]]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _injected(pair: Pair) -> Iterator[str]:
    for each in pair.directions:
        for one in each.injected:
            if one.certain:
                what = counted(one.kind, one.count)
                yield (
                    f"{what} that the {each.sender} never sent reached the "
                    f"{_other(each.sender)} in its name."
                )


def _rewritten(pair: Pair) -> Iterator[str]:
    changed = list(dict.fromkeys(one.what for one in pair.rewritten if one.matters))
    if changed:
        yield f"Rewritten on the way: {', '.join(changed)}."


def of_paths(paths: Paths | None) -> tuple[str, ...]:
    """For a good and a bad path."""
    if paths is None:
        return ("These captures cannot be compared.",)
    if paths.difference is None:
        return ("Both connections end alike.",)
    return (f"A: {paths.a.words}.", f"B: {paths.b.words}.")

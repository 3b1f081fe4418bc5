"""Two vantage points, in text: what was sent and arrived, where it stopped, what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unstick.compare.headlines import WORDS, arrow, counted, listed
from unstick.compare.model import (
    KINDS,
    Clocks,
    Comparison,
    Direction,
    Injected,
    Pair,
    Place,
    Rewrite,
    Stop,
)
from unstick.report.commands import tshark_lines
from unstick.report.human import SECOND_NS, endpoint, frames_text, seconds_text, sentence
from unstick.report.look import Look

MOST_PAIRS = 3
"""Connections told in full; the others are counted."""

LABEL = 33
NUMBER = 9

SHOWN_FRAMES = 5

MINUTE_NS = 60 * SECOND_NS

HERE_NS = 1000
"""Time stamps are no finer than this: less is the same place."""


def lines(comparison: Comparison, look: Look) -> Iterator[str]:
    """Everything below the captures."""
    troubled = [pair for pair in comparison.pairs if pair.troubled]
    told = troubled or list(comparison.pairs)
    for pair in told[:MOST_PAIRS]:
        yield from _pair(comparison, pair, look)
    left = len(told) - len(told[:MOST_PAIRS])
    if left:
        yield ""
        yield from look.wrap(f"{left:,} more connections {'differ' if troubled else 'match'}.")
    yield from _section("Clocks and distance", _clocks(comparison.clocks, look), look)
    yield from _section("In one capture only", _alone(comparison, look), look)
    yield from _section("What could prove this wrong", _doubts(comparison, told, look), look)
    yield from _section("See for yourself", _see(comparison, told[:1], look), look)


def _section(title: str, body: Iterator[str], look: Look) -> Iterator[str]:
    found = list(body)
    if found:
        yield ""
        yield look.paint(title, "bold")
        yield from found


def _pair(comparison: Comparison, pair: Pair, look: Look) -> Iterator[str]:
    yield ""
    yield look.paint("One connection, seen from two places", "bold")
    yield from look.wrap(f"{_ends(pair)}; stream {pair.a.stream} of A, {pair.b.stream} of B.", "  ")
    where = "Nothing tells which capture is nearer to the client: A is taken to be, if either."
    if pair.near_client is not None:
        where = f"{pair.near_client} is the one nearer to the client."
    yield from look.wrap(f"Recognised by {pair.matched_by}. {where}", "  ")
    yield from _section("What was sent, and what arrived", _table(pair, look), look)
    yield from _section("Where it stopped", _stops(comparison, pair, look), look)
    yield from _section("What was never sent", _injected(pair, look), look)
    yield from _section("What was rewritten", _rewritten(pair.rewritten, look), look)


def _ends(pair: Pair) -> str:
    one = pair.a
    client, server = endpoint(one.client, one.client_port), endpoint(one.server, one.server_port)
    return f"Client {client}, server {server}"


# --- counts --------------------------------------------------------------------------------------


def _table(pair: Pair, look: Look) -> Iterator[str]:
    yield look.paint(f"{'':<{LABEL}}" + "".join(f"{kind:>{NUMBER}}" for kind in KINDS), "dim")
    for each in pair.directions:
        yield _row(look, f"  {arrow(each)}   sent ({each.near})", each.sent)
        yield _row(look, f"{'':>20}arrived ({each.far})", each.arrived)
        if any(each.lost.values()):
            yield look.paint(_row(look, f"{'':>20}lost", each.lost), "bold")
        if any(each.unjudged.values()):
            yield _row(look, f"{'':>20}unknown", each.unjudged)
    for each in pair.directions:
        yield from _remarks(each, look)


def _row(look: Look, label: str, counts: Mapping[str, int]) -> str:
    shown = (f"{counts[kind]:,}" if counts[kind] else "-" for kind in KINDS)
    cells = "".join(f"{number:>{NUMBER}}" for number in shown)
    return f"{look.plain(label):<{LABEL}}{cells}"


def _remarks(each: Direction, look: Look) -> Iterator[str]:
    """What the numbers do not say, a sentence each."""
    way, near, far = arrow(each), each.near, each.far
    if any(each.unjudged.values()) and each.stop is None:
        yield from look.wrap(
            f"{way}: {listed(each.unjudged)} passed {near} before {far} began or after it ended.",
            "  ",
        )
    if each.missed_by_far:
        yield from look.wrap(
            f"{way}: {each.missed_by_far:,} of those that arrived are not in {far}, which lost "
            "them: their bytes were acknowledged.",
            "  ",
        )
    if each.missed_by_near:
        yield from look.wrap(
            f"{way}: {each.missed_by_near:,} are in {far} only: {near} lost them.", "  "
        )
    if each.partly:
        yield from look.wrap(f"{way}: of {each.partly:,} more only some bytes arrived.", "  ")
    if each.duplicated:
        yield from look.wrap(f"{way}: {each.duplicated:,} arrived once more than sent.", "  ")
    if each.regrouped:
        yield from look.wrap(
            f"{way}: {each.regrouped:,} segments have other bounds in the other capture: "
            "segmentation or receive offload.",
            "  ",
        )


# --- where it stopped ----------------------------------------------------------------------------


def _stops(comparison: Comparison, pair: Pair, look: Look) -> Iterator[str]:
    for each in pair.directions:
        if each.stop is not None:
            yield from look.wrap(_stop(comparison, each, each.stop), "  ")


def _stop(comparison: Comparison, each: Direction, stop: Stop) -> str:
    began = "nothing ever passed"
    if stop.last_near is not None and stop.last_far is not None:
        near, far = stop.last_near, stop.last_far
        began = (
            f"the last to pass was frame {near.frame} of {near.capture} at "
            f"{_seconds(comparison, near)}, frame {far.frame} of {far.capture} at "
            f"{_seconds(comparison, far)}"
        )
    took = (stop.last_unseen.ns - stop.first_unseen.ns) / SECOND_NS
    within = f" within {seconds_text(took)}" if took > 0 else ""
    first, last = stop.first_unseen.frame, stop.last_unseen.frame
    frames = f"frame {first}" if first == last else f"frames {first} to {last}"
    after = f"{listed(stop.after)} followed{within} ({frames} of {each.near})"
    if stop.proven:
        rest = sum(stop.after.values()) - sum(stop.judged.values())
        ended = f"; {rest:,} of them after {each.far} ended" if rest else ""
        return f"{arrow(each)}: {began}. {after}, and none arrived{ended}."
    far_end = (comparison.a if each.far == "A" else comparison.b).last_ns
    ends = "" if far_end is None else f" at {_seconds(comparison, Place(each.far, 0, far_end))}"
    return (
        f"{arrow(each)}: {began}. {after}, but {each.far} ends{ends}: either the path stopped "
        "in this direction, or the capture was stopped."
    )


def _seconds(comparison: Comparison, place: Place) -> str:
    capture = comparison.a if place.capture == "A" else comparison.b
    return f"{(place.ns - (capture.first_ns or 0)) / SECOND_NS:.3f} s"


# --- injected, rewritten -------------------------------------------------------------------------


def _injected(pair: Pair, look: Look) -> Iterator[str]:
    for each in pair.directions:
        for one in each.injected:
            yield from look.wrap(_origin(each, one), "  ")


def _origin(each: Direction, one: Injected) -> str:
    what = counted(one.kind, one.count)
    more = one.count > len(one.frames)
    parts = [
        f"{what} in the name of the {each.sender}, in {each.far} only "
        f"({frames_text(one.frames, SHOWN_FRAMES)}{', ...' if more else ''}, seq {one.seq})"
    ]
    if one.ttl is not None and one.usual_ttl is not None and one.ttl != one.usual_ttl:
        parts.append(f"TTL {one.ttl} where the {each.sender} has {one.usual_ttl}")
    if one.contradicted:
        parts.append(f"the {each.sender} went on as if it had sent none")
    if not one.certain and one.kind != "ACK":
        parts.append(f"{each.near} lost packets, perhaps these too")
    return sentence(": ".join([parts[0], "; ".join(parts[1:])] if parts[1:] else parts))


def _rewritten(rewritten: Sequence[Rewrite], look: Look) -> Iterator[str]:
    for one in rewritten:
        whose = "" if one.sender is None else f"the {one.sender}'s "
        frames = ""
        if one.frames[0] is not None:
            frames = f" (frame {one.frames[0]} of A, frame {one.frames[1]} of B)"
        mark = "" if one.matters else ", as NAT and routers do"
        yield from look.wrap(
            sentence(f"{whose}{one.what}: {one.a} in A, {one.b} in B{mark}{frames}"), "  - "
        )


# --- clocks and doubts ---------------------------------------------------------------------------


def _clocks(clocks: Clocks | None, look: Look) -> Iterator[str]:
    if clocks is None:
        return
    if clocks.offset_ns is not None and clocks.gap_ns is not None and clocks.gap_ns < HERE_NS:
        yield from look.wrap(
            "No packet takes any time from one capture to the other: they were taken at the same "
            f"place. B's clock is {_ahead(clocks.offset_ns)} A's.",
            "  ",
        )
    elif clocks.offset_ns is not None and clocks.gap_ns is not None:
        half = seconds_text(clocks.gap_ns / SECOND_NS)
        yield from look.wrap(
            f"B's clock is {_ahead(clocks.offset_ns)} A's, give or take {half}: exactly that if "
            "packets take equally long both ways.",
            "  ",
        )
        yield from look.wrap(
            f"One way then takes {half}, and in no case more than "
            f"{seconds_text(2 * clocks.gap_ns / SECOND_NS)} (the fastest of "
            f"{clocks.samples[0]:,} packets from A to B and {clocks.samples[1]:,} from B to A).",
            "  ",
        )
    elif clocks.drift_ppm is None:
        known = clocks.high_ns if clocks.high_ns is not None else clocks.low_ns
        end = "most" if clocks.high_ns is not None else "least"
        yield from look.wrap(
            f"Packets were seen one way only: B's clock, compared with A's, is at {end} "
            f"{_signed(known or 0)}.",
            "  ",
        )
    if clocks.drift_ppm is not None:
        yield from look.wrap(
            f"B's clock runs {abs(clocks.drift_ppm):.0f} millionths "
            f"{'faster' if clocks.drift_ppm > 0 else 'slower'} than A's, or one was set.",
            "  ",
        )


def _ahead(offset_ns: int) -> str:
    if offset_ns == 0:
        return "equal to"
    return f"{_exact(abs(offset_ns))} {'ahead of' if offset_ns > 0 else 'behind'}"


def _exact(length_ns: int) -> str:
    """To the microsecond up to a minute, to the millisecond above."""
    if length_ns < MINUTE_NS:
        return f"{length_ns / 1e6:,.3f} ms"
    return f"{length_ns / SECOND_NS:,.3f} s"


def _signed(offset_ns: int) -> str:
    if offset_ns == 0:
        return "0 ms"
    return f"{_exact(abs(offset_ns))} {'ahead' if offset_ns > 0 else 'behind'}"


def _alone(comparison: Comparison, look: Look) -> Iterator[str]:
    for name, count in (("A", comparison.only_a), ("B", comparison.only_b)):
        if count:
            noun = "1 connection is" if count == 1 else f"{count:,} connections are"
            yield from look.wrap(f"{noun} in {name} only.", "  ")


def _doubts(comparison: Comparison, told: Sequence[Pair], look: Look) -> Iterator[str]:
    for sentence_ in _doubt(comparison, told):
        yield from look.wrap(sentence_, "  ")


def _doubt(comparison: Comparison, told: Sequence[Pair]) -> Iterator[str]:
    directions = [each for pair in told for each in pair.directions]
    if any(any(each.lost.values()) for each in directions):
        yield (
            "A capture that lost packets itself: tcpdump says at its end how many the kernel "
            "dropped. A filter that let only a part through would look the same."
        )
    if any(each.injected for each in directions):
        yield (
            "A capture near the sender that lost packets would lack these although they were sent."
        )
    if any(one.matters for pair in told for one in pair.rewritten):
        yield "If these are different connections after all, nothing was rewritten."


def _see(comparison: Comparison, told: Sequence[Pair], look: Look) -> Iterator[str]:
    for pair in told:
        for each in pair.directions:
            for kind in ("RST", "SYN", "FIN", "data", "ACK"):
                frames = each.examples.get(kind)
                if frames and each.stop is not None and each.stop.proven:
                    numbers = ", ".join(str(frame) for frame in frames)
                    path = (comparison.a if each.near == "A" else comparison.b).path
                    yield from tshark_lines(path, f"frame.number in {{{numbers}}}", look)
                    break


assert set(WORDS) == set(KINDS)

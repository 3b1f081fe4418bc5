"""Claims about a run, and whether what the hosts themselves said bears them out. Pure.

Captures have no part in this: it is what their explanation is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from unstick.lab.events import Event
from unstick.lab.looking import Look
from unstick.lab.packets import Side
from unstick.lab.scenario import Claim


class Seen(NamedTuple):
    """What the hosts said. ``final``: the sockets of each at the end, TIME-WAIT left out.
    ``moved``: by how much counters grew. ``ended_s``: when the run ended."""

    final: Mapping[Side, Sequence[Look]]
    moved: Mapping[Side, Mapping[str, int]]
    events: Sequence[Event]
    ended_s: float


class Checked(NamedTuple):
    """A claim in words, whether it held, and what was seen instead."""

    says: str
    holds: bool
    saw: str


def check(claims: Sequence[Claim], seen: Seen) -> list[Checked]:
    """Every claim, in order."""
    return [KINDS[claim.kind](claim.side, seen, claim.given) for claim in claims]


def ends_in(side: Side, seen: Seen, given: Mapping[str, Any]) -> Checked:
    wanted = sorted(given["states"])
    states = sorted(str(one["state"]) for one in seen.final[side])
    says = f"the {side} ends in {listed(wanted)}" if wanted else f"nothing is left at the {side}"
    return Checked(says, states == wanted, listed(states) if states else "nothing is left")


def counted(side: Side, seen: Seen, given: Mapping[str, Any]) -> Checked:
    value = seen.moved[side].get(given["name"], 0)
    most = given["at_most"]
    says = f"{given['name']} of the {side} is {bounds(given['at_least'], most)}"
    return Checked(says, given["at_least"] <= value and (most is None or value <= most), str(value))


def told(side: Side, seen: Seen, given: Mapping[str, Any]) -> Checked:
    outcomes = [str(one.values["outcome"]) for one in of(side, seen) if "outcome" in one.values]
    says = f"the {side}'s program is told {given['outcome']}"
    saw = listed(outcomes) if outcomes else "it was told nothing"
    return Checked(says, given["outcome"] in outcomes, saw)


def waits(side: Side, seen: Seen, given: Mapping[str, Any]) -> Checked:
    since: dict[int, float] = {}
    for one in of(side, seen):
        number = one.values.get("connection", 0)
        if "writes" in one.values:
            since[number] = one.time_s
        elif "outcome" in one.values or "written" in one.values:
            since.pop(number, None)
    longest = max((seen.ended_s - start for start in since.values()), default=0.0)
    says = f"the {side}'s program has waited {given['at_least_s']:g} s or more in one write"
    return Checked(says, longest >= given["at_least_s"], f"{longest:.1f} s")


def got(side: Side, seen: Seen, given: Mapping[str, Any]) -> Checked:
    value = max((one.values["read"] for one in of(side, seen) if "read" in one.values), default=0)
    most = given["at_most"]
    says = f"the {side}'s program has read {bounds(given['at_least'], most)} bytes"
    holds = given["at_least"] <= value and (most is None or value <= most)
    return Checked(says, holds, f"{value:,}")


KINDS: dict[str, Callable[[Side, Seen, Mapping[str, Any]], Checked]] = {
    "counted": counted,
    "ends_in": ends_in,
    "got": got,
    "told": told,
    "waits": waits,
}
"""The kinds of claims, as ``scenario`` makes them."""


def of(side: Side, seen: Seen) -> list[Event]:
    return [one for one in seen.events if one.who == side]


def listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def bounds(least: int, most: int | None) -> str:
    if most is None:
        return f"{least:,} or more"
    return f"{most:,}" if least == most else f"{least:,} to {most:,}"

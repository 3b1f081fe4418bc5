"""The probe itself: every cell on this machine's kernel, then every cell against a law.

Measuring knows no law; ``held`` asks one, also of a file that was measured elsewhere.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from unstick.lab.errors import LabError
from unstick.lab.probe import reproducer
from unstick.lab.probe.bench import Bench
from unstick.lab.probe.cells import OLD_BY, STAMPS, Cell, ack_places, made, plan, seq_places
from unstick.lab.probe.connection import Books, Connection, UnreachableError
from unstick.lab.probe.expect import compare, judged
from unstick.lab.probe.measured import (
    Measured,
    Outcome,
    Spot,
    answer_of,
    endpoint_of,
    numbers_of,
    outcome_of,
    segment_of,
)
from unstick.lab.probe.situations import SITUATIONS, UNREACHABLE, Situation, reach
from unstick.tcp.classify import seq_delta
from unstick.tcp.vocabulary import Action
from unstick.wire.columns import MASK

ATTEMPTS = 200
"""Of one cell, when the machine is too busy to be done before a timer of the kernel is."""

PROFILES = (((6, 17), "linux-6.17"), ((4, 11), "linux-4.11"), ((4, 7), "linux-4.7"))
OLDEST = "linux-3.6"

MOST_TRACES = 20
Place = tuple[str, str, Cell]
"""Situation, timestamps, cell."""
Traces = dict[Place, list[str]]

Told = Callable[[int, int], None]
"""Is told (cells done, cells in all)."""


def profile_of(release: str) -> str:
    """The profile that speaks of this kernel: ``6.18.44`` is judged by ``linux-6.17``."""
    found = re.match(r"(\d+)\.(\d+)", release)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return next((name for first, name in PROFILES if version >= first), OLDEST)


def kernel_name(release: str) -> str:
    """``Linux 6.18.44``: what is local to a build is left out."""
    found = re.match(r"[\d.]*\d", release)
    return f"{platform.system()} {found[0] if found else release}"


def measure(bench: Bench, tell: Told, only: tuple[Situation, ...] = SITUATIONS) -> Measured:
    """Every cell of these situations, each on a fresh connection."""
    release = platform.release()
    measured = Measured(kernel_name(release), profile_of(release), bench.settings)
    measured.unreachable = list(UNREACHABLE)
    planned = []
    for situation in only:
        for stamps in STAMPS:
            try:
                spot, cells = visited(bench, situation, stamps)
            except UnreachableError as why:
                measured.unreachable.append((f"{situation.name}, timestamps {stamps}", str(why)))
                continue
            measured.spots.append(spot)
            planned += [(situation, spot, cell) for cell in cells]
    for done, (situation, spot, cell) in enumerate(planned, 1):
        spot.put(*cell, measured_cell(bench, situation, spot.stamps, cell))
        tell(done, len(planned))
    return measured


def visited(bench: Bench, situation: Situation, stamps: str) -> tuple[Spot, list[Cell]]:
    """A first visit: can it be reached, and what is to be injected there?"""
    with reach(bench, situation, stamps != "none") as one:
        end = one.end
        spot = Spot(situation.name, stamps, end.state, numbers_of(end))
        n, una = end.rcv_nxt, end.snd_una
        spot.seqs = {name: seq_delta(at, n) for name, at in seq_places(end).items()}
        spot.acks = {name: seq_delta(at, una) for name, at in ack_places(end).items()}
        return spot, plan(end)


def measured_cell(bench: Bench, situation: Situation, stamps: str, cell: Cell) -> Outcome:
    """What comes of it. Raises LabError where the machine does not get it done in time."""
    for _ in range(ATTEMPTS):
        with reach(bench, situation, stamps != "none") as one:
            segment = made(one.end, cell, stamped(one, stamps))
            before = one.books()
            answer = one.inject(segment, count=True)
            if one.in_time:
                return outcome_of(one.end, segment, answer, before)
    raise LabError(f"{situation.name}: too busy a machine, {ATTEMPTS} attempts took too long each")


def stamped(one: Connection, stamps: str) -> tuple[int, int] | None:
    """The timestamps of the next segment."""
    found = one.stamps()
    if found is None or stamps != "old":
        return found
    return (one.end.ts_recent - OLD_BY) & MASK, found[1]


# --- against a law --------------------------------------------------------------------------------


class Found(NamedTuple):
    """One cell whose outcome is not what a law says."""

    spot: Spot
    cell: Cell
    outcome: Outcome
    action: Action
    rule: str
    law_cell: int
    complaints: tuple[str, ...]


@dataclass(slots=True)
class Held:
    """A probe against a law. ``beside`` counts cells by the row beside the law that decided."""

    profile: str
    cells: int = 0
    differ: list[Found] = field(default_factory=list)
    beside: Counter[str] = field(default_factory=Counter)
    actions: Counter[Action] = field(default_factory=Counter)


def held(measured: Measured, profile: str) -> Held:
    """Every cell against this law."""
    found = Held(profile)
    for spot in measured.spots:
        end = endpoint_of(spot)
        for shape, seq, ack, outcome in spot.outcomes():
            cell = Cell(shape, seq, ack)
            segment = segment_of(spot, cell)
            answer = answer_of(end, segment, outcome)
            before = None if answer.books is None else Books(0, 0)
            case = judged(end, segment, profile)
            result = compare(case, answer, before)
            found.cells += 1
            found.actions[case.verdict.action] += 1
            if result.beside is not None:
                found.beside[result.beside] += 1
            if result.complaints:
                verdict = case.verdict
                found.differ.append(
                    Found(
                        spot,
                        cell,
                        outcome,
                        verdict.action,
                        verdict.rule_name,
                        verdict.cell,
                        result.complaints,
                    )
                )
    return found


def reproduced(bench: Bench, found: Held) -> Traces:
    """The connections of disagreements in trace notation, played once more: one for each rule and
    complaint, for all of a kind look alike."""
    traces: Traces = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    situations = {one.name: one for one in SITUATIONS}
    for one in found.differ:
        kind = one.rule, one.complaints
        if kind in seen or len(seen) == MOST_TRACES:
            continue
        seen.add(kind)
        with reach(bench, situations[one.spot.name], one.spot.stamps != "none") as again:
            segment = made(again.end, one.cell, stamped(again, one.spot.stamps))
            again.inject(segment)
            note = f"{one.action.name} by {one.rule}"
            traces[place_of(one)] = reproducer.lines(again, note, found.profile)
    return traces


def place_of(found: Found) -> Place:
    return found.spot.name, found.spot.stamps, found.cell

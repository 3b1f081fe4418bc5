"""Segments by chance: any situation, any kind, any numbers, several in a row; each held to the law.

A trial is one connection. All its chance comes from the seed and its number, so a trial can be had
again, and a disagreement counts only if it comes again. Numbers lie around the edges of the law
more often than not; what the program does between segments (reads, writes, closes) is chance, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from unstick.lab.errors import LabError
from unstick.lab.probe import endpoint, reproducer
from unstick.lab.probe.bench import NARROW_PORT, Bench
from unstick.lab.probe.beside import Case
from unstick.lab.probe.cells import SHAPES, ack_places, seq_places
from unstick.lab.probe.connection import STAMP, Connection, UnreachableError
from unstick.lab.probe.craft import Segment
from unstick.lab.probe.endpoint import Endpoint
from unstick.lab.probe.expect import compare, judged
from unstick.lab.probe.situations import SITUATIONS, reach
from unstick.tcp.classify import seq_delta
from unstick.tcp.vocabulary import Action, State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, PSH, RST, SYN

MOST_SEGMENTS = 6  # in one trial
MOST_RANGES = 2
"""Beyond a hole: more of them, and the SACK option has no room to tell where the last one ends."""
CONFIRMATIONS = 2
IDLE_TRIALS = 1000
"""Trials in a row without one segment judged: this machine is too busy to go on."""

BY_PROGRAM = 0.15
FLAGS = (FIN, SYN, RST, PSH, ACK_FLAG)


class Disagreement(NamedTuple):
    """``trace`` is the connection in notation; ``complaints`` what is not as the law says."""

    trial: int
    situation: str
    rule: str
    action: Action
    complaints: tuple[str, ...]
    trace: tuple[str, ...]


@dataclass(slots=True)
class Fuzzed:
    """``passing`` are disagreements that did not come again; ``late`` segments were not judged,
    because the machine was too busy for a timer of the kernel to be out of the question."""

    segments: int = 0
    trials: int = 0
    late: int = 0
    passing: int = 0
    undecidable: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)
    beside: Counter[str] = field(default_factory=Counter)
    states: Counter[State] = field(default_factory=Counter)
    actions: Counter[Action] = field(default_factory=Counter)


def fuzz(
    bench: Bench, profile: str, count: int, seed: int, tell: Callable[[int, int], None]
) -> Fuzzed:
    """``count`` segments against the law of a profile. Raises LabError."""
    total = Fuzzed()
    idle = 0
    while total.segments < count:
        trial = Trial(bench, profile, seed, total.trials)
        total.trials += 1
        found = trial.run(total, count - total.segments)
        idle = 0 if trial.judged else idle + 1
        if idle > IDLE_TRIALS:
            raise LabError(f"too busy a machine: {idle} trials in a row took too long each")
        if found is not None:
            if all(_comes_again(trial, found) for _ in range(CONFIRMATIONS)):
                total.disagreements.append(found)
            else:
                total.passing += 1
        tell(total.segments, count)
    return total


def _comes_again(trial: Trial, found: Disagreement) -> bool:
    again = Trial(trial.bench, trial.profile, trial.seed, trial.number)
    return again.run(Fuzzed(), trial.judged) is not None and again.judged == trial.judged


class Trial:
    """One connection and its chance. ``judged`` counts its segments."""

    def __init__(self, bench: Bench, profile: str, seed: int, number: int) -> None:
        self.bench, self.profile, self.seed, self.number = bench, profile, seed, number
        self.random = Random(f"{seed} {number}")
        self.judged = 0

    def run(self, total: Fuzzed, most: int) -> Disagreement | None:
        """Until it is over, ``most`` segments are through or the law is contradicted."""
        situation = self.random.choice(SITUATIONS)
        stamps = self.random.random() < 0.6
        length = self.random.randint(1, MOST_SEGMENTS)
        try:
            one = reach(self.bench, situation, stamps)
        except UnreachableError:
            total.late += 1
            return None
        with one:
            for _ in range(min(length, most)):
                if self.random.random() < BY_PROGRAM:
                    _program(one, self.random)
                found, goes_on = self._segment(one, total, situation.name)
                if found is not None or not goes_on:
                    return found
        return None

    def _segment(
        self, one: Connection, total: Fuzzed, situation: str
    ) -> tuple[Disagreement | None, bool]:
        """One segment: a disagreement, and whether the connection goes on."""
        segment = chance(one, self.random)
        case = judged(one.end, segment, self.profile)
        if one.ends.kernel_port == NARROW_PORT and _fills_memory(case):
            return None, True
        before = one.books()
        answer = one.inject(segment)
        if not one.in_time:
            total.late += 1
            return None, False
        result = compare(case, answer, before)
        self.judged += 1
        total.segments += 1
        total.states[one.end.state] += 1
        total.actions[case.verdict.action] += 1
        if result.beside is not None:
            total.beside[result.beside] += 1
        if result.complaints:
            verdict = case.verdict
            note = f"{verdict.action.name} by {verdict.rule_name}"
            trace = reproducer.lines(one, note, self.profile)
            words = verdict.rule_name, verdict.action, result.complaints, tuple(trace)
            return Disagreement(self.number, situation, *words), False
        if case.verdict.action is Action.UNDECIDABLE and result.beside is None:
            total.undecidable += 1
            return None, False
        one.end = result.after
        for reply in answer.replies:
            endpoint.sent(one.end, reply)
        return None, _goes_on(one, case.verdict.action)


def _fills_memory(case: Case) -> bool:
    """Text for the smallest buffer, which holds some already: whether there is memory for it, and
    what is thrown out for it, is no law of TCP."""
    full = case.end.unread or case.end.ranges
    return bool(full and case.segment.length and case.verdict.action is Action.ACCEPT)


def _goes_on(one: Connection, action: Action) -> bool:
    end = one.end
    if action is Action.NEW_CONNECTION or end.state is State.CLOSED:
        return False
    if end.state is State.SYN_RECEIVED and one.sock is not None:
        return False  # both opened: the law takes SYN-RECEIVED for a passive open
    waits = end.state in (State.SYN_RECEIVED, State.TIME_WAIT) or end.orphan
    if one.sock is None and not waits:
        one.adopt()
    # A FIN beyond a hole, or more holes than SACK can tell of, are not followed further.
    return end.late_fin is None and len(_apart(end)) <= MOST_RANGES


def _apart(end: Endpoint) -> list[tuple[int, int]]:
    """The ranges beyond holes, joined where they touch."""
    spans = sorted(
        (seq_delta(left, end.rcv_nxt), seq_delta(right, end.rcv_nxt)) for left, right in end.ranges
    )
    joined: list[tuple[int, int]] = []
    for left, right in spans:
        if joined and left <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(right, joined[-1][1])
        else:
            joined.append((left, right))
    return joined


def _program(one: Connection, random: Random) -> None:
    """What the kernel's program does, if it can do anything."""
    if one.sock is None or one.end.state in (State.SYN_SENT, State.TIME_WAIT, State.CLOSED):
        return
    what = random.choice(("read", "write", "shut"))
    sends = one.end.state in (State.ESTABLISHED, State.CLOSE_WAIT)
    if what == "read" and one.end.unread:
        one.read()
    elif what == "write" and sends:
        one.write(random.randint(1, 300))
    elif what == "shut" and sends and random.random() < 0.5:
        # With text unread a close is a reset (RFC 2525 2.17).
        one.shut(leave=random.random() < 0.5 and one.end.unread == 0)


# --- a segment by chance --------------------------------------------------------------------------


def chance(one: Connection, random: Random) -> Segment:
    """A segment for this endpoint."""
    end = one.end
    if random.random() < 0.8:
        flags, length, signed, _ = SHAPES[random.choice(tuple(SHAPES))]
    else:
        flags = sum(flag for flag in FLAGS if random.random() < 0.4)
        length, signed = random.choice((0, 0, 1, 10)), random.random() < 0.05
    if length and random.random() < 0.3:
        length = random.choice((2, 5, 40, 200))
    if flags & SYN and end.state in (State.SYN_SENT, State.SYN_RECEIVED):
        flags, length = flags & ~FIN, 0
    return Segment(
        flags,
        _number(seq_places(end), random, (end.rcv_nxt, end.right_edge)),
        _number(ack_places(end), random, (end.snd_una, end.snd_nxt)) if flags & ACK_FLAG else 0,
        length,
        timestamps=_stamps(one, random),
        signed=signed,
    )


def _number(places: dict[str, int], random: Random, span: tuple[int, int]) -> int:
    """At a place, near one, between two numbers, or anywhere."""
    where = random.random()
    if where < 0.6:
        return places[random.choice(tuple(places))] & MASK
    if where < 0.75:
        return (places[random.choice(tuple(places))] + random.randint(-12, 12)) & MASK
    if where < 0.95:
        room = max(seq_delta(span[1], span[0]), 1)
        return (span[0] + random.randint(0, room)) & MASK
    return random.getrandbits(32)


def _stamps(one: Connection, random: Random) -> tuple[int, int] | None:
    """Newer than all before, older than all before, or left out."""
    found = one.stamps()
    what = random.random()
    if found is None or what < 0.1:
        return None
    if what < 0.3:
        return (STAMP - random.randint(1, 1 << 20)) & MASK, found[1]
    return found

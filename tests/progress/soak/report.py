"""What a soak has shown, as a table and as complaints. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.progress.soak.playing import Left, Result, Stayed
from tests.progress.soak.serving import NAIVE, WAYS

LATE_S = 2.0
"""What a busy machine of two cores adds to a tick."""
ENOUGH = 0.8
"""Of ``silent``: a client on a lossy path that read nothing for so long had really nothing to read,
by chance; it was silent, and ended for it."""


def table(result: Result) -> Iterator[str]:
    """A row a way of delivery."""
    plan = result.plan
    yield f"{plan.policy}; {plan.seconds / 60:g} minutes, {result.where}"
    yield ""
    yield "| delivered by | within the policy | ended | read to the end | left | ended | latest |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for way in WAYS:
        stayed = [one for one in result.stayed if one.way == way]
        left = [one for one in result.left if one.way == way]
        ended = sum(one.ended is not None for one in stayed)
        whole = sum(one.whole for one in stayed)
        row = [
            way,
            len(stayed),
            ended,
            whole,
            len(left),
            sum(one.ended is not None for one in left),
        ]
        yield f"| {' | '.join(map(str, row))} | {latest(left)} |"


def latest(left: list[Left]) -> str:
    late = [one.ended.at - one.due for one in left if one.ended]
    return f"{max(late):+.1f} s" if late else ""


def by_habit(result: Result) -> Iterator[str]:
    """Whom the naive sender ended."""
    gone = Counter(one.habit.name for one in result.stayed if one.way == NAIVE and one.ended)
    everybody = Counter(one.habit.name for one in result.stayed if one.way == NAIVE)
    for name, count in everybody.items():
        if gone[name]:
            yield f"{name}: {gone[name]} of {count}"


def complaints(result: Result) -> Iterator[str]:
    """What must not be, a sentence each."""
    for one in result.stayed:
        if one.way == NAIVE or was_silent(one, result):
            continue
        if one.ended:
            yield f"{one.way}: {one.habit.name} was ended: {one.ended.why}"
        elif not one.whole:
            yield f"{one.way}: {one.habit.name} did not get all: {one.client.report()}"
    for left in result.left:
        if left.ended is None:
            yield f"{left.way}: {left.kind.name} was not ended: {left.client.report()}"
            continue
        late = left.ended.at - left.due
        if late > result.plan.tick_s * ticks_of(left.way) + LATE_S:
            yield f"{left.way}: {left.kind.name} was ended {late:.1f} s late: {left.ended.why}"

    for remains in result.in_kernel:
        yield f"left in the kernel: {remains}"


def ticks_of(way: str) -> int:
    """What is promised: ``aio.guard`` looks half as often."""
    return 2 if way == "asyncio guard" else 1


def was_silent(one: Stayed, result: Result) -> bool:
    """Ended, and rightly: chance has taken every segment to it, for as long as the limit is."""
    if one.ended is None or not one.habit.lossy or "SILENT" not in one.ended.why:
        return False
    return one.unread_s >= ENOUGH * result.plan.silent_s


def silent_by_chance(result: Result) -> list[Stayed]:
    return [one for one in result.stayed if one.way != NAIVE and was_silent(one, result)]

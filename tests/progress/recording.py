"""What a meter was told on live sockets, as JSON, and told again to another meter.

    python -m tests.progress.recording        # records tests/progress/recorded/*.json anew

Numbers only: times are seconds since the meter began, samples are rows of ``Sample``.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.progress.stage import BODY, Stage, doing, on_loopback
from unstick.progress import Meter, Outcome, Policy, Sample, Sender, line
from unstick.progress.testing import Client

RECORDED = Path(__file__).parent / "recorded"
TOLD = ("cause", "refined", "limited_by", "acked", "accepted", "peer_half_closed", "errno")
"""What of an Outcome must come out the same."""

Call = tuple[str, list[Any], float]


class RecordingMeter(Meter):
    """A meter that keeps what it was told."""

    made: RecordingMeter

    def __init__(self, policy: Policy, first: Sample, now: float) -> None:
        super().__init__(policy, first, now)
        self.calls: list[Call] = []
        RecordingMeter.made = self

    def note(self, name: str, now: float, *values: Any) -> None:
        self.calls.append((name, list(values), now - self.started))

    def accepted(self, n: int, now: float) -> None:
        self.note("accepted", now, n)
        super().accepted(n, now)

    def blocked(self, waits: bool, now: float) -> None:
        self.note("blocked", now, waits)
        super().blocked(waits, now)

    def observe(self, s: Sample, now: float) -> Outcome | None:
        self.note("observe", now, list(s))
        return super().observe(s, now)

    def failed(self, errno: int, s: Sample | None, now: float) -> Outcome:
        self.note("failed", now, errno, s and list(s))
        return super().failed(errno, s, now)


SCENES: dict[str, tuple[str, Callable[[Stage], Client]]] = {
    # scenario: policy, peer. The same as 13 to 18 of the acceptance tests, with small limits.
    "13-vanished-in-flight": (
        "silent=3",
        lambda stage: stage.clients.vanishes(stage.address, request=b"x"),
    ),
    "14-vanished-at-zero-window": (
        "silent=3",
        lambda stage: stage.clients.vanishes(stage.address, 2.0, request=b"x", rcvbuf=8192),
    ),
    "15-never-reads": (
        "idle=4 silent=2",
        lambda stage: stage.clients.never_reads(stage.address, request=b"", rcvbuf=8192),
    ),
    "16-too-slow": (
        "rate=20k/3 grace=1",
        lambda stage: stage.clients.reads_at(stage.address, 8000, request=b"", rcvbuf=8192),
    ),
    "17-deadline": (
        "total=3",
        lambda stage: stage.clients.reads_at(stage.address, 500_000, request=b""),
    ),
    "18-reset": (
        "idle=60",
        lambda stage: stage.clients.aborts(stage.address, 0.5, request=b"", rcvbuf=8192),
    ),
}


def record(name: str) -> dict[str, Any]:
    """Plays one scene on loopback."""
    policy, peer = SCENES[name]
    line.Meter = RecordingMeter  # type: ignore[attr-defined]  # 2026-11-23: as line imports it
    try:
        with on_loopback() as stage:
            peer(stage)
            sock = stage.accept("non-blocking")
            outcome = doing(lambda: Sender(sock, Policy.parse(policy)).send(BODY)).ended(60)
    finally:
        line.Meter = Meter  # type: ignore[attr-defined]  # 2026-11-23: as it was
    return {
        "policy": policy,
        "fields": Sample._fields,
        "first": list(outcome.first),
        "calls": RecordingMeter.made.calls,
        "outcome": told(outcome),
        "elapsed": outcome.elapsed,
    }


def told(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in TOLD}


def replay(trace: dict[str, Any], policy: Policy | None = None) -> tuple[Outcome | None, float]:
    """Tells a fresh meter the same, by another policy if given; the Outcome and when it came."""

    def seen(row: list[Any]) -> Sample:  # by name: later versions may have more fields
        return Sample(**dict(zip(trace["fields"], row, strict=True)))

    meter = Meter(policy or Policy.parse(trace["policy"]), seen(trace["first"]), 0.0)
    now = 0.0
    for name, values, now in trace["calls"]:
        if name == "observe":
            outcome = meter.observe(seen(values[0]), now)
            if outcome:
                return outcome, now
        elif name == "failed":
            number, row = values
            return meter.failed(number, row and seen(row), now), now
        else:
            getattr(meter, name)(values[0], now)
    return None, now


def main() -> None:
    warnings.simplefilter("ignore")
    RECORDED.mkdir(exist_ok=True)
    for name in SCENES:
        trace = record(name)
        print(f"{name}: {trace['outcome']['cause']} after {trace['elapsed']:.1f} s")
        rows = ",\n".join(json.dumps(call) for call in trace.pop("calls"))
        head = ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in trace.items())
        (RECORDED / f"{name}.json").write_text(f'{{{head},\n"calls": [\n{rows}\n]}}\n')


if __name__ == "__main__":
    main()

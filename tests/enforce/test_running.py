"""How long ``--once`` looks, on a clock of the test's own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from unstick.enforce.enforcer import Event
from unstick.enforce.running import CannotLookError, limits_s, looks
from unstick.enforce.settings import Settings
from unstick.progress.policy import Policy
from unstick.progress.rounds import Stats

POLICY = Policy(idle=60.0, silent=30.0)


@dataclass
class Playing:
    """An enforcer that looks at nothing: each look takes ``look_s`` of a clock that is its own."""

    look_s: float = 0.0
    watched: int = 1
    fails: bool = False
    now: float = 1000.0
    stats: Stats = field(default_factory=Stats)
    settings: Settings = field(default_factory=lambda: Settings(POLICY, frozenset({80})))
    tick_s: float = 7.5

    @property
    def failure(self) -> Exception | None:
        return OSError("nothing to be seen") if self.fails else None

    def tick(self) -> float:
        self.now += self.look_s
        self.stats = Stats(self.stats.looks + 1, failures=self.stats.failures + self.fails)
        return self.tick_s

    def events(self) -> list[Event]:
        return []

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False


def played(one: Playing, monkeypatch: pytest.MonkeyPatch) -> float:
    """The seconds until it is over."""
    began = one.now
    monkeypatch.setattr("time.monotonic", lambda: one.now)
    stopped = threading.Event()
    monkeypatch.setattr(stopped, "wait", one.wait)
    for _ in looks(one, stopped, once=True):  # type: ignore[arg-type]  # 2026-11-30: plays it
        assert one.now < began + 10_000
    return one.now - began


def test_the_longest_limit_and_two_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(Playing(), monkeypatch) == pytest.approx(75.0)


def test_no_longer_than_something_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(Playing(watched=0), monkeypatch) == 0.0


def test_what_a_meter_forgives_is_looked_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks 27.5 s apart count for 15 each: it takes five of them until four gaps make 60 s."""
    busy = Playing(look_s=20.0)
    assert played(busy, monkeypatch) > 4 * 27.5
    assert busy.stats.looks == 5


def test_who_never_sees_anything_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotLookError, match="nothing to be seen"):
        played(Playing(fails=True), monkeypatch)


def test_limits_of_every_rule() -> None:
    assert limits_s(POLICY) == [60.0, 30.0]
    assert limits_s(Policy.parse("idle=none silent=none rate=1k/40s total=5m")) == [40.0, 300.0]

"""Scenario 32: what meters were told on live sockets, told again: the same Outcome comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.progress.recording import RECORDED, SCENES, replay, told
from unstick.progress import Policy

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")


def trace_of(name: str) -> dict[str, Any]:
    trace: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return trace


@pytest.mark.parametrize("name", SCENES)
def test_same_outcome_without_a_socket(name: str) -> None:
    """Scenario 32."""
    trace = trace_of(name)
    outcome, now = replay(trace)
    assert outcome
    assert told(outcome) == trace["outcome"]
    assert now == pytest.approx(trace["elapsed"], abs=0.5)


@pytest.mark.parametrize("name", SCENES)
def test_patience_lives_longer(name: str) -> None:
    """With limits that were not reached nothing of ours ends it: only what the kernel said."""
    outcome, _ = replay(trace_of(name), Policy(idle=1000, silent=1000))
    assert (outcome is not None) == name.startswith("18")


@pytest.mark.parametrize("name", ["13-vanished-in-flight", "14-vanished-at-zero-window"])
def test_verdict_moves_with_the_limit(name: str) -> None:
    """Two seconds instead of three: earlier, and never before two."""
    trace = trace_of(name)
    _, three = replay(trace)
    outcome, two = replay(trace, Policy(idle=60, silent=2))
    assert outcome
    assert 2.0 <= two <= three
    assert (outcome.since_heard or 0) >= 2.0

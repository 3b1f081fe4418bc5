"""No scenario is without a test; where a peer must live, the naive sender is seen to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.progress.acceptance import MUST_NOT_END, SCENARIOS, numbers_in, shown, shown_in

TESTS = shown()


def test_there_are_thirty_two() -> None:
    assert list(SCENARIOS) == list(range(1, 33))
    assert {number for one in TESTS for number in one.numbers} <= SCENARIOS.keys()


@pytest.mark.parametrize("number", SCENARIOS)
def test_it_has_a_test(number: int) -> None:
    assert any(number in one.numbers for one in TESTS), SCENARIOS[number]


@pytest.mark.parametrize("number", MUST_NOT_END)
def test_the_naive_sender_fails_beside_it(number: int) -> None:
    assert [one.place for one in TESTS if number in one.numbers and one.has_naive]


def test_what_is_found(tmp_path: Path) -> None:
    path = tmp_path / "test_x.py"
    path.write_text(
        '"""Scenario 1 of the module is nobody\'s."""\n'
        'def test_a():\n    """Scenario 5, the story: in 3 parts."""\n'
        'def helper():\n    """Scenario 9."""\n'
        'def test_b():\n    """Scenarios 7, 22: naive."""\n',
        "utf-8",
    )
    assert {one.name: one.numbers for one in shown_in(path)} == {"test_a": {5}, "test_b": {7, 22}}
    assert [one.has_naive for one in shown_in(path)] == [False, True]
    assert numbers_in("scenario 4") == frozenset()

"""A steady rate, without a socket and without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstick.progress.testing.pace import Pace
from unstick.progress.testing.script import Lose, Read


def test_reads_what_is_due_and_no_more() -> None:
    pace = Pace(1000, 0.1, 50.0)
    assert pace.due(50.0) == 0
    assert pace.due(50.1) == 100
    pace.took(100)
    assert pace.due(50.1) == 0
    assert pace.next_look(50.1) == pytest.approx(50.2)


def test_a_late_look_makes_up_for_it() -> None:
    pace = Pace(1000, 0.1, 0.0)
    assert pace.due(5.0) == 5000


def test_a_silence_gives_no_credit() -> None:
    pace = Pace(1000, 0.1, 0.0)
    pace.took(100)
    pace.starved(5.0)
    assert pace.due(5.5) == 500


def test_less_than_a_byte_an_interval_waits_for_the_byte() -> None:
    pace = Pace(0.5, 0.1, 0.0)
    assert pace.next_look(0.0) == pytest.approx(2.0)
    pace.took(1)
    assert pace.next_look(2.0) == pytest.approx(4.0)


@given(
    rate=st.floats(0.1, 1e6),
    looks=st.lists(st.tuples(st.floats(0.001, 10), st.booleans()), max_size=50),
)
def test_never_faster_than_the_rate(rate: float, looks: list[tuple[float, bool]]) -> None:
    pace, now, taken = Pace(rate, 0.1, 0.0), 0.0, 0
    for wait_s, starves in looks:
        now += wait_s
        due = pace.due(now)
        assert due >= 0
        taken += due
        pace.took(due)
        if starves:
            pace.starved(now)
        assert taken <= rate * now + 1e-6
        assert pace.next_look(now) > now


def test_steps_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="use Hold"):
        Read(rate=0)
    with pytest.raises(ValueError, match="not possible"):
        Read(every_s=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Lose(30)

"""RCV.NXT goes over what is held once the hole before it is filled, and not before."""

from __future__ import annotations

from unstick.tcp.holes import joined
from unstick.wire.columns import MASK


def test_what_touches_is_taken_in_any_order() -> None:
    assert joined(10, [(20, 30), (10, 20)]) == (30, ())


def test_what_lies_beyond_a_hole_waits() -> None:
    assert joined(10, [(11, 20), (10, 10)]) == (10, ((11, 20),))


def test_old_text_is_forgotten_and_moves_nothing() -> None:
    assert joined(10, [(1, 5), (5, 10)]) == (10, ())


def test_numbers_wrap() -> None:
    assert joined(MASK - 1, [(3, 8), (MASK - 4, 3)]) == (8, ())

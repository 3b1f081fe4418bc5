"""The usual course of a connection leaves what the long way leaves; what is not usual goes that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tcp.conversations import conversations
from tests.tcp.segments import engine
from tests.tcp.test_plain import fed, healthy, hot_files, small_tables, walker_of
from unstick.tcp import columns as t
from unstick.tcp.quick import CALM, CALM_CLOSING, CALM_OPENING
from unstick.tcp.states import STATE_CLOSED, STATE_TIME_WAIT
from unstick.wire import columns as c

HOT = engine("plain")["tcp.kernels"]


def left(rows: list[list[int]], name: str, long_way: bool, step: int) -> tuple[object, ...]:
    kernels = hot_files() if name == "plain" else engine(name)["tcp.kernels"]
    one = walker_of(kernels, name, long_way)
    found = fed(one, [[*row] for row in rows], step)
    one.meta[t.M_LONG_WAY] = 0
    return (*found[:2], one.meta.tolist(), *found[3:])


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    odd=st.sampled_from([0.0, 0.02, 0.1, 0.4]),
    step=st.sampled_from([1, 9, 120]),
    seats=st.sampled_from([1, 64]),
    name=st.sampled_from(["compiled", "plain"]),
)
def test_the_short_way_leaves_what_the_long_way_leaves(
    seed: int, odd: float, step: int, seats: int, name: str
) -> None:
    rows = conversations(seed, 120, odd)
    with small_tables(seats):
        short, long = (left(rows, name, way, step) for way in (False, True))
    assert short == long


@contextmanager
def taken() -> Iterator[list[str]]:
    """Which way the plain hot files take each segment."""
    ways: list[str] = []

    def told(name: str) -> object:
        original = vars(HOT)[name]

        def call(*given: object) -> object:
            ways.append(name)
            return original(*given)

        return call

    names = ("begin", "answer", "step_on", "go_on", "judge", "_count_copy")
    instead: dict[str, Any] = {name: told(name) for name in names}
    with patch.multiple(HOT, **instead):
        yield ways


def ways_of(rows: list[list[int]]) -> list[str]:
    with taken() as ways:
        fed(walker_of(hot_files(), "plain"), rows, len(rows))
    return ways


USUAL = ["begin", "answer", "step_on", *["go_on"] * 3, *["step_on"] * 3]


def test_of_a_usual_connection_nothing_is_judged() -> None:
    assert ways_of(healthy()) == USUAL


def test_a_usual_connection_is_calm_from_its_handshake_to_its_end() -> None:
    one = walker_of(engine("compiled")["tcp.kernels"], "compiled")
    stages = [row[0][t.C_CALM] for row in fed(one, healthy(), 1)[0]]  # type: ignore[attr-defined]
    assert stages == [0, CALM_OPENING, *[CALM] * 4, *[CALM_CLOSING] * 3]
    row = one.row(0)
    states = {row[t.SIDES + side * t.SIDE_WIDTH + t.S_STATE] for side in range(2)}
    assert states == {STATE_CLOSED, STATE_TIME_WAIT}


def changed(place: int, column: int, value: int) -> list[list[int]]:
    rows = healthy()
    rows[place][column] = value
    return rows


SYN, SYN_ACK, ACK, FIN, OTHER_FIN, LAST = 0, 1, 2, 6, 7, 8


@pytest.mark.parametrize(
    ("place", "column", "value"),
    [
        (SYN, c.FLAGS, c.SYN | c.ECE | c.CWR),
        (SYN_ACK, c.FLAGS, c.SYN | c.ACK_FLAG | c.ECE),
        (SYN_ACK, c.WINDOW, 0),  # of a SYN it is not yet an offer
        (ACK, c.FLAGS, c.ACK_FLAG | c.PSH),
        (FIN, c.FLAGS, c.FIN | c.ACK_FLAG | c.PSH),
        (OTHER_FIN, c.ACK, 151),  # sent before the first FIN arrived
    ],
)
def test_these_are_usual_too(place: int, column: int, value: int) -> None:
    assert "judge" not in ways_of(changed(place, column, value)[: place + 1])


@pytest.mark.parametrize(
    ("place", "column", "value"),
    [
        (SYN, c.LENGTH, 10),  # TCP Fast Open
        (SYN, c.FLAGS, c.SYN | c.FIN),
        (SYN, c.OPTIONS, c.OPTION_MD5),
        (SYN_ACK, c.ACK, 100),
        (SYN_ACK, c.ACK, 102),
        (SYN_ACK, c.LENGTH, 10),
        (SYN_ACK, c.OPTIONS, c.OPTION_AO),
        (SYN_ACK, c.TIME_NS, 11_000_000_000),  # a silence
        (SYN_ACK, c.TIME_NS, 10),  # the clock went back
        (SYN_ACK, c.SIDE, 0),  # its sender is not who was asked
        (ACK, c.ACK, 900),
        (ACK, c.SEQ, 102),
        (ACK, c.WINDOW, 0),
        (ACK, c.FLAGS, c.ACK_FLAG | c.FIN),
        (ACK, c.FLAGS, c.ACK_FLAG | c.URG),
        (FIN, c.SEQ, 150),
        (FIN, c.SEQ, 200),
        (FIN, c.ACK, 1902),
        (FIN, c.ACK, 1000),
        (FIN, c.WINDOW, 0),
        (FIN, c.FLAGS, c.FIN),
        (FIN, c.OPTIONS, c.OPTION_SACK),
        (OTHER_FIN, c.SEQ, 1900),
        (OTHER_FIN, c.ACK, 153),
        (LAST, c.LENGTH, 5),  # data after its FIN
        (LAST, c.FLAGS, c.FIN | c.ACK_FLAG),
        (LAST, c.FLAGS, c.RST | c.ACK_FLAG),
    ],
)
def test_these_are_not(place: int, column: int, value: int) -> None:
    assert ways_of(changed(place, column, value))[place] == "judge"


@pytest.mark.parametrize("place", [SYN, SYN_ACK, FIN, OTHER_FIN])
def test_what_is_sent_again_is_not_either(place: int) -> None:
    rows = healthy()
    again = [*rows[place]]
    again[c.FRAME], again[c.IP_ID], again[c.PRINT] = 50, 50, 50
    again[c.TIME_NS] = rows[place][c.TIME_NS] + 300
    rows.insert(place + 1, again)
    assert ways_of(rows)[place + 1] == "judge"


@pytest.mark.parametrize("place", [SYN, SYN_ACK, FIN, OTHER_FIN, LAST])
def test_what_was_captured_twice_is_a_copy(place: int) -> None:
    rows = healthy()
    rows.insert(place + 1, [*rows[place]])
    ways = ways_of(rows)
    assert ways[place + 1] == "_count_copy"

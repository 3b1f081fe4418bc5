"""Rows that rest are packed, and nothing is lost: with both engines, whatever the values are."""

from __future__ import annotations

import random

import pytest

from unstick import engine as engines
from unstick.tcp import profiles
from unstick.tcp.columns import C_FIRST_NS, C_LAST_NS, C_SLOT, CONNECTION_WIDTH
from unstick.tcp.fresh import FRESH, TIMED
from unstick.tcp.walker import Walker
from unstick.wire.columns import NONE

SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND
EDGES = (
    0,
    1,
    -1,
    -2,
    2**31 - 1,
    2**31,
    2**32 - 2,
    2**32 - 1,
    2**32,
    -(2**32),
    2**60,
    NONE,
    NONE + 1,
)


def walker(name: str) -> Walker:
    engine = engines.load_plain() if name == "plain" else engines.load()
    law = profiles.law(profiles.DEFAULT).actions
    kernels, seats = engine["tcp.kernels"], engine["tcp.seats"]
    return Walker(law, paws=True, signatures=True, kernels=kernels, seats=seats)


def shelved(one: Walker, row: list[int]) -> list[int]:
    """The row, after the connection that sits in seat 0 was packed."""
    one.feed(memoryview(bytearray(0)).cast("q"), 0, 1)
    one._places[0] = 0
    for column, value in enumerate(row):
        one._table[column] = value
    one.retire(memoryview(bytearray(8)).cast("q"))
    assert one._places[0] < 0
    return one.row(0).tolist()


def rows(chance: random.Random) -> list[list[int]]:
    fresh = FRESH.tolist()
    found = [fresh]
    for share in (0.02, 0.3, 1.0):
        for _ in range(40):
            row = list(fresh)
            row[C_FIRST_NS] = chance.choice([NOW, NONE, 0])
            for column in range(CONNECTION_WIDTH):
                if chance.random() > share:
                    continue
                row[column] = chance.choice([*EDGES, chance.randrange(2**33)])
                if TIMED[column] and column != C_FIRST_NS:
                    row[column] = chance.choice([NOW + value for value in EDGES[:9]] + [NONE])
            found.append(row)
    return found


@pytest.mark.parametrize("engine", ["compiled", "plain"])
def test_a_packed_row_is_what_it_was(engine: str) -> None:
    for row in rows(random.Random(1)):
        row[C_SLOT] = 0
        assert shelved(walker(engine), row) == row


@pytest.mark.parametrize("engine", ["compiled", "plain"])
def test_a_clock_that_steps_back_by_one_nanosecond_is_not_an_unknown_time(engine: str) -> None:
    row = FRESH.tolist()
    row[C_SLOT], row[C_FIRST_NS], row[C_LAST_NS] = 0, NOW, NOW - 1
    assert shelved(walker(engine), row)[C_LAST_NS] == NOW - 1

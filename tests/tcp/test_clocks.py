"""A clock went back if that of one interface did: captures of several are written in runs."""

from __future__ import annotations

from array import array

import pytest

from tests.tcp.segments import PROFILE, engine
from unstick.tcp import columns as t
from unstick.tcp import profiles
from unstick.tcp.walker import Walker
from unstick.wire import columns as c

MS = 1_000_000
START = 1_700_000_000_000_000_000


def steps(packets: list[tuple[int, int]], name: str, batch: int = 100) -> tuple[int, int, int, int]:
    """How many times of these packets (interface, milliseconds) go back, by how many milliseconds
    the farthest, in which frame; and how many seams there are."""
    kernels, seats = engine(name)["tcp.kernels"], engine(name)["tcp.seats"]
    one = Walker(profiles.law(PROFILE).actions, paws=True, signatures=True, kernels=kernels,
                 seats=seats)  # fmt: skip
    rows = []
    for frame, (interface, ms) in enumerate(packets, 1):
        row = [0] * c.SEGMENT_WIDTH
        row[c.FRAME], row[c.TIME_NS], row[c.INTERFACE] = frame, START + (ms * MS), interface
        row[c.FLAGS], row[c.SEQ], row[c.PRINT] = c.ACK_FLAG, frame, frame
        row[c.WINDOW], row[c.TSVAL], row[c.TTL] = 500, c.NONE, 64
        rows.append(row)
    for first in range(0, len(rows), batch):
        part = rows[first : first + batch]
        one.feed(memoryview(array("q", [value for row in part for value in row])), len(part), 1)
    meta = one.meta
    back_ns = meta[t.M_CLOCK_BACK_NS]
    return meta[t.M_CLOCK_BACK], back_ns // MS, meta[t.M_CLOCK_BACK_FRAME], meta[t.M_SEAMS]


BOTH = pytest.mark.parametrize("name", ["compiled", "plain"])
NEVER = (0, 0, c.NONE, 0)


@BOTH
def test_of_one_interface_any_step_back_counts(name: str) -> None:
    assert steps([(0, 100), (0, 140), (0, 20), (0, 30), (0, 10)], name) == (2, 120, 3, 0)


@BOTH
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_runs_of_two_interfaces_do_not_step(name: str, batch: int) -> None:
    runs = [(0, 100), (0, 237), (1, 100), (1, 238), (0, 237), (0, 300), (1, 239), (2, 90), (1, 240)]
    assert steps(runs, name, batch) == NEVER


@BOTH
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_clock_that_is_set_between_runs_is_seen(name: str, batch: int) -> None:
    runs = [(0, 100), (1, 100), (1, 200), (0, 150), (1, 80), (0, 160)]
    assert steps(runs, name, batch) == (1, 120, 5, 0)


@BOTH
def test_a_second_back_is_a_seam_on_any_interface(name: str) -> None:
    """Files that are joined have interfaces of their own."""
    assert steps([(0, 5000), (1, 1000), (1, 1010)], name) == (1, 4000, 2, 1)


@BOTH
def test_of_very_many_interfaces_not_all_are_watched(name: str) -> None:
    last = t.CLOCKS_MOST
    assert steps([(last, 100), (0, 100), (last, 50), (0, 101)], name) == NEVER
    assert steps([(last, 100), (last, 50)], name) == (1, 50, 2, 0)

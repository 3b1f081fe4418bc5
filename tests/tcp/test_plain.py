"""The loop of the plain engine leaves what the hot files leave, and asks them what is odd."""

from __future__ import annotations

from array import array
from collections import Counter
from contextlib import ExitStack
from random import Random
from types import FunctionType, ModuleType, SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tcp.conversations import conversations
from tests.tcp.segments import PROFILE, engine
from unstick.tcp import columns as t
from unstick.tcp import plain_shelf, profiles, walker
from unstick.tcp.fresh import FRESH, TIMED
from unstick.tcp.places import PACKED_MOST
from unstick.tcp.walker import Walker
from unstick.wire import columns as c
from unstick.wire.tables import zeros

SLOTS = 4


def walker_of(kernels: ModuleType | SimpleNamespace, name: str, long_way: bool = False) -> Walker:
    one = Walker(
        profiles.law(PROFILE).actions,
        paws=True,
        signatures=True,
        kernels=kernels,
        seats=engine(name)["tcp.seats"],
    )
    one.meta[t.M_LONG_WAY] = int(long_way)
    one.meta[t.M_FRAMES_BEFORE] = 100
    return one


def hot_files() -> SimpleNamespace:
    """The plain hot files, without the loop before them."""
    return SimpleNamespace(walk=engine("plain")["tcp.kernels"].walk)


def fed(one: Walker, rows: list[list[int]], step: int) -> tuple[object, ...]:
    """Every connection's row after each batch, and all that a walker knows in the end."""
    found = []
    for first in range(0, len(rows), step):
        part = rows[first : first + step]
        table = array("q", [value for row in part for value in row])
        one.feed(memoryview(table), len(part), SLOTS)
        found.append([one.row(slot).tolist() for slot in range(SLOTS)])
    recorded = list(one._recorder[: t.RECORD_ENTRY_WIDTH * one.meta[t.M_SERIAL]])
    return found, one.notes.tolist(), one.meta.tolist(), recorded, one._places.tolist()


def small_tables(seats: int) -> ExitStack:
    """Few seats and notes: the walk stops for room again and again."""
    stack = ExitStack()
    for name, value in (("FIRST_SEATS", 1), ("SEATS_MOST", seats), ("FIRST_NOTES", 12)):
        stack.enter_context(patch.object(walker, name, value))
    return stack


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    odd=st.sampled_from([0.0, 0.05, 0.2, 0.6]),
    step=st.sampled_from([2, 9, 120]),
    seats=st.sampled_from([1, 2, 64]),
    long_way=st.booleans(),
)
def test_any_segments_leave_the_same(
    seed: int, odd: float, step: int, seats: int, long_way: bool
) -> None:
    rows = conversations(seed, 120, odd)
    with small_tables(seats):
        loop = fed(walker_of(engine("plain")["tcp.kernels"], "plain", long_way), rows, step)
        assert fed(walker_of(hot_files(), "plain", long_way), rows, step) == loop
        compiled = engine("compiled")["tcp.kernels"]
        assert fed(walker_of(compiled, "compiled", long_way), rows, step) == loop


def counted() -> tuple[ModuleType, Counter[str]]:
    """The plain hot files, and how often each of their functions is called from outside."""
    calls: Counter[str] = Counter()
    module = ModuleType("counted")

    def counting(name: str, function: FunctionType) -> FunctionType:
        def call(*given: object) -> object:
            calls[name] += 1
            return function(*given)

        return call  # type: ignore[return-value]

    for name, value in vars(engine("plain")["tcp.kernels"]).items():
        known = isinstance(value, FunctionType)
        setattr(module, name, counting(name, value) if known else value)
    return module, calls


def healthy() -> list[list[int]]:
    """A connection that opens, talks and closes."""
    script = [
        (0, c.SYN, 100, 0, 0),
        (1, c.SYN | c.ACK_FLAG, 900, 101, 0),
        (0, c.ACK_FLAG, 101, 901, 0),
        (0, c.ACK_FLAG | c.PSH, 101, 901, 50),
        (1, c.ACK_FLAG, 901, 151, 1000),
        (0, c.ACK_FLAG, 151, 1901, 0),
        (0, c.FIN | c.ACK_FLAG, 151, 1901, 0),
        (1, c.FIN | c.ACK_FLAG, 1901, 152, 0),
        (0, c.ACK_FLAG, 152, 1902, 0),
    ]
    rows = []
    for frame, (side, flags, seq, ack, length) in enumerate(script, 1):
        row = [0] * c.SEGMENT_WIDTH
        row[c.FRAME], row[c.TIME_NS], row[c.IP_ID], row[c.TTL] = frame, frame * 1000, frame, 64
        row[c.SIDE], row[c.FLAGS], row[c.SEQ], row[c.ACK] = side, flags, seq, ack
        row[c.LENGTH], row[c.WINDOW], row[c.TSVAL], row[c.PRINT] = length, 500, c.NONE, frame
        rows.append(row)
    return rows


def odd_ones(rows: list[list[int]]) -> int:
    """How many of these the hot files judge."""
    kernels, calls = counted()
    fed(walker_of(kernels, "plain"), rows, len(rows))
    return calls["judge"]


def test_of_a_healthy_connection_nothing_is_judged() -> None:
    assert odd_ones(healthy()) == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (c.SEQ, 900),  # a keepalive probe
        (c.SEQ, 902),  # a hole before it
        (c.ACK, 152),  # an ACK of what was never sent
        (c.ACK, 100),  # an older ACK
        (c.WINDOW, 0),
        (c.OPTIONS, c.OPTION_SACK),
        (c.OPTIONS, c.OPTION_MD5),
        (c.TIME_NS, 4),  # the clock went back
        (c.TIME_NS, 10_000_004_000),  # a silence
        (c.FLAGS, c.RST | c.ACK_FLAG),
        (c.FLAGS, c.SYN | c.ACK_FLAG),
        (c.FLAGS, c.PSH),
    ],
)
def test_what_looks_like_the_next_segment_is_judged(column: int, value: int) -> None:
    rows = healthy()[:5]
    rows[4][column] = value
    assert odd_ones(rows) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [(c.SEQ, 150), (c.SEQ, 152), (c.ACK, 1902), (c.WINDOW, 0), (c.FLAGS, c.FIN | c.RST)],
)
def test_what_looks_like_the_usual_end_is_judged(column: int, value: int) -> None:
    rows = healthy()[:7]
    rows[6][column] = value
    assert odd_ones(rows) == 1


@pytest.mark.parametrize(
    ("at", "column", "value"),
    [
        (0, c.LENGTH, 10),  # Fast Open
        (0, c.OPTIONS, c.OPTION_MD5),
        (0, c.FLAGS, c.SYN | c.FIN),
        (0, c.FLAGS, c.SYN | c.PSH | c.URG),
        (1, c.ACK, 102),
        (1, c.LENGTH, 10),
        (1, c.OPTIONS, c.OPTION_SACK),
        (1, c.OPTIONS, c.OPTION_AO),
        (1, c.FLAGS, c.SYN),  # it opens from its side
        (1, c.TIME_NS, 4),
        (1, c.TIME_NS, 10_000_001_000),
        (2, c.ACK, 900),
        (2, c.FLAGS, c.FIN | c.ACK_FLAG),
    ],
)
def test_what_looks_like_the_usual_opening_is_judged(at: int, column: int, value: int) -> None:
    rows = healthy()[: at + 1]
    rows[at][column] = value
    assert odd_ones(rows) == 1


def test_ecn_is_asked_for_in_the_usual_opening() -> None:
    """RFC 3168 6.1.1."""
    rows = healthy()
    rows[0][c.FLAGS] |= c.ECE | c.CWR
    rows[1][c.FLAGS] |= c.ECE
    assert odd_ones(rows) == 0


def test_a_copy_does_not_arrive_twice() -> None:
    rows = healthy()
    again = [*rows[6]]
    again[c.FRAME], again[c.TIME_NS] = 8, again[c.TIME_NS] + 10
    one = walker_of(engine("plain")["tcp.kernels"], "plain")
    fed(one, [*rows[:7], again], 8)
    assert one.row(0)[t.C_COPIES] == 1
    assert one.row(0)[t.C_PACKETS] == 7


VALUES = st.sampled_from([c.NONE, -c.NONE, 0, 1, -1, 1 << 31, 1 << 32, (1 << 61) - 1, 1 << 61])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 32), st.lists(VALUES, min_size=9, max_size=9), st.floats(0, 1))
def test_any_row_is_packed_to_the_same_words(seed: int, values: list[int], share: float) -> None:
    random = Random(seed)
    fresh = FRESH.tolist()
    row = [
        random.choice([*values, random.randrange(1 << 45)]) if random.random() < share else value
        for value in fresh
    ]
    packed = []
    for pack in (plain_shelf.pack, engine("plain")["tcp.shelf"].pack):
        table, stage = [7] * 5 + row, zeros(PACKED_MOST)
        size = pack(table, 5, fresh, TIMED, stage)
        packed.append((size, stage[:size].tolist(), table))
    assert packed[0] == packed[1]


def test_the_plain_engine_packs_by_slices() -> None:
    assert engine("plain")["tcp.seats"].pack is plain_shelf.pack

"""The plain engine knows streams by heart, and numbers them as the hot file does, row for row."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.packets import Packet, plain_kernels, segment_table, slots_and_sides
from unstick.flows import Streams, plain, streams
from unstick.wire import columns as c
from unstick.wire.tables import zeros

CLIENT, SERVER = ("10.9.1.2", 40000), ("10.9.2.2", 80)
S, A, F, R = c.SYN, c.ACK_FLAG, c.FIN, c.RST
HOT = plain_kernels()

# The last two have the same key (``hashing.key_of``).
ENDS = (
    [("10.0.0.1", 80), ("10.0.0.1", 81), ("10.0.0.2", 80), ("0.0.0.1", 80)],
    [("::1", 80), ("fe80::1", 80), ("fe80::1", 81), ("fe80::1:8000:0:1", 82)],
)
PAIRS = st.sampled_from([(one, other) for ends in ENDS for one in ends for other in ends])
NUMBERS = st.sampled_from([0, 1, 2, 0xFFFFFFFF])
PACKETS = st.builds(
    lambda pair, *rest: Packet(*pair[0], *pair[1], *rest),
    PAIRS,
    st.sampled_from([S, S | A, A, A | c.PSH, F | A, R, 0, S | F, c.NONE]),
    NUMBERS,
    NUMBERS,
    st.sampled_from([0, 0, 0, c.NOTICE_IN_ICMP, c.NOTICE_CUT_HEADER]),
)


def by_the_hot_file(most: int) -> Streams:
    """Plain functions that do not look like plain ones: nothing is put before them."""
    kernels = {
        name: partial(getattr(HOT, name))
        for name in ("assign", "forget", "release", "by_number", "rehash")
    }
    return Streams(most, salt=7, kernels=SimpleNamespace(**kernels))


def state(one: Streams) -> tuple[object, ...]:
    """All that a stream table says. In the index who was searched for changes places with others:
    only what it holds is the same."""
    return (
        one.table.tolist(),
        list(one._counters),
        sorted(one._index),
        [one.successor(slot) for slot in range(one.slots)],
    )


def same(steps: list[tuple[list[Packet], list[int]]], most: int) -> None:
    """Both number these packets alike, where after each batch some streams are forgotten."""
    ours, theirs = Streams(most, salt=7, kernels=HOT), by_the_hot_file(most)
    for packets, forgotten in steps:
        mine, other = segment_table(packets), segment_table(packets)
        before = len(ours)
        replaced = ours.assign(mine, 0, len(packets), before).tolist()
        assert replaced == theirs.assign(other, 0, len(packets), before).tolist()
        assert mine.tolist() == other.tolist()
        assert state(ours) == state(theirs)
        living = list(ours.by_number())
        slots = sorted({living[place % len(living)] for place in forgotten if living})
        chosen = zeros(len(slots))
        for at, slot in enumerate(slots):
            chosen[at] = slot
        for one in (ours, theirs):
            one.forget(chosen, len(slots))
            one.release(chosen, len(slots))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.lists(PACKETS, max_size=30), st.lists(st.integers(0, 99), max_size=2))),
    st.integers(0, 8),
    st.sampled_from([2, plain.KNOWN_MOST]),
)
def test_any_segments_are_numbered_alike(
    steps: list[tuple[list[Packet], list[int]]], most: int, keys: int
) -> None:
    with (
        patch.object(plain, "KNOWN_MOST", keys),
        patch.object(streams, "FIRST_ROWS", 2),
        patch.object(streams, "FIRST_WORDS", 4),
    ):
        same(steps, most)


OPENED = [
    Packet(*CLIENT, *SERVER, S, 100),
    Packet(*SERVER, *CLIENT, S | A, 900, 101),
    Packet(*CLIENT, *SERVER, A, 101, 901),
]


def asked(packets: list[Packet]) -> tuple[list[tuple[int, int]], int]:
    """Slots and sides, and how many segments the hot file was asked for."""
    calls = []

    def assign(*given: int) -> int:
        calls.append(given)
        return int(HOT.assign(*given))

    kernels = SimpleNamespace(
        assign=assign,
        forget=HOT.forget,
        release=HOT.release,
        by_number=HOT.by_number,
        rehash=HOT.rehash,
    )
    table = segment_table(packets)
    Streams(kernels=kernels).assign(table, 0, len(packets))
    return slots_and_sides(table), len(calls)


def test_an_opened_connection_asks_no_more() -> None:
    more = [Packet(*SERVER, *CLIENT, A, 901, 101), Packet(*CLIENT, *SERVER, F | A, 101, 901)]
    assert asked([*OPENED, *more]) == ([(0, 0), (0, 1), (0, 0), (0, 1), (0, 0)], 1)


@pytest.mark.parametrize(
    "second",
    [
        Packet(*SERVER, *CLIENT, S, 900),  # it opens from its side at the same time
        Packet(*SERVER, *CLIENT, A, 900, 101),
        Packet(*SERVER, *CLIENT, S | A, 900, 101, c.NOTICE_IN_ICMP),
        Packet(*SERVER, *CLIENT, S | A, 900, 101, c.NOTICE_CUT_HEADER),
        Packet(*CLIENT, *SERVER, S | A, 100, 901),
        Packet("10.9.2.3", 80, *CLIENT, S | A, 900, 101),
    ],
)
def test_what_looks_like_the_answer_is_looked_up(second: Packet) -> None:
    packets = [OPENED[0], second, OPENED[2]]
    assert asked(packets)[1] >= 2
    same([(packets, [])], most=8)


def test_half_known_is_not_known() -> None:
    """Without an ACK the base of the other side is open: its SYN may follow or begin anew."""
    resets = [Packet(*CLIENT, *SERVER, R, 100), Packet(*CLIENT, *SERVER, R, 100)]
    assert asked(resets) == ([(0, 0), (0, 0)], 2)


def test_a_syn_is_never_known() -> None:
    """It looks like one more segment of the connection that has its ports: it begins another, and
    what follows is of that one."""
    again = [Packet(*CLIENT, *SERVER, S, 5000), Packet(*SERVER, *CLIENT, A, 901, 101)]
    found, calls = asked([*OPENED, *again])
    assert found[3:] == [(1, 0), (1, 1)]
    assert calls == 3


def test_a_syn_that_is_refused_leaves_no_one_known() -> None:
    packets = [*OPENED, Packet(*CLIENT, *SERVER, S, 5000), Packet(*CLIENT, *SERVER, A, 101, 901)]
    same([(packets, [])], most=1)


def test_who_was_forgotten_is_not_known() -> None:
    table = segment_table([*OPENED, OPENED[2]])
    one = Streams(kernels=HOT)
    one.assign(table, 0, 3)
    one.forget(zeros(1), 1)
    one.release(zeros(1), 1)
    one.assign(table, 3, 1)
    assert one.number(slots_and_sides(table)[3][0]) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_socket_that_talks_to_itself_has_one_side(address: str) -> None:
    me = (address, 5000)
    packets = [Packet(*me, *me, S, 1), Packet(*me, *me, S | A, 1, 2), Packet(*me, *me, A, 2, 2)]
    assert [side for _, side in asked(packets)[0]] == [0, 0, 0]
    same([(packets, [])], most=1)

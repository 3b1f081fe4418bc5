"""Packets captured on two interfaces are one connection once; a retransmission is not a copy."""

from __future__ import annotations

from array import array

import pytest

from tests.house import REPOSITORY
from tests.tcp.segments import Table, connections, facts, table_of, walked
from unstick.wire import columns as c

STORY = REPOSITORY / "src" / "unstick" / "data" / "story.server.pcap"
WIDTH = c.SEGMENT_WIDTH


@pytest.fixture(scope="module")
def story() -> Table:
    table = table_of(STORY)
    assert table is not None
    return table


def on_two_interfaces(table: Table, run: int) -> Table:
    """Each packet on interface 0 and on interface 1, written in runs, as dumpcap does."""
    rows = array("q")
    for first in range(0, table.count, run):
        part = table.rows[first * WIDTH : (first + run) * WIDTH]
        rows.extend(part)
        other = array("q", part)
        for base in range(0, len(other), WIDTH):
            other[base + c.INTERFACE] = 1
            other[base + c.TIME_NS] += 3_000
        rows.extend(other)
    return Table(rows, table.streams)


def told(table: Table, engine: str = "compiled") -> dict[str, object]:
    walker = walked(table, engine)
    (connection,) = connections(table, walker)
    return facts(connection, 0)


@pytest.mark.parametrize("run", [1, 4, 100, 341])
@pytest.mark.parametrize("engine", ["compiled", "plain"])
def test_a_second_interface_changes_nothing(story: Table, run: int, engine: str) -> None:
    once, twice = told(story), told(on_two_interfaces(story, run), engine)
    assert twice["copies"] == story.count
    for side in ("first", "second"):
        mine, other = once[side], twice[side]
        assert isinstance(mine, dict)
        assert isinstance(other, dict)
        same = ("state", "snd_nxt", "snd_una", "rcv_nxt", "counts", "resets", "ladder")
        assert {name: other[name] for name in same} == {name: mine[name] for name in same}


def test_what_is_sent_again_on_another_interface_is_not_a_copy(story: Table) -> None:
    """Two links share a connection: the server's retransmissions come by the second one."""
    moved = story.copy()
    last = moved.rows[(story.count - 8) * WIDTH + c.FRAME]
    for base in moved.bases():
        if moved.rows[base + c.FRAME] > last:
            moved.rows[base + c.INTERFACE] = 1
    assert told(moved) == told(story)

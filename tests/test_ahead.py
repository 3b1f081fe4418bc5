"""Items come in order, no more than agreed are made ahead, and errors come where they belong."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from unstick.ahead import Ahead


def test_items_come_in_order() -> None:
    with Ahead(iter(range(1000)), 3) as items:
        assert list(items) == list(range(1000))


def test_an_empty_source_ends() -> None:
    with Ahead(iter(()), 1) as items:
        assert list(items) == []


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_an_item_in_use_is_not_made_anew(depth: int) -> None:
    """The tables are used in turn: nobody writes into the one that is being read."""
    tables: list[list[int]] = [[0] for _ in range(depth + 1)]

    def source() -> Iterator[list[int]]:
        for number in range(500):
            table = tables[number % (depth + 1)]
            table[0] = number
            yield table

    with Ahead(source(), depth) as items:
        for number, table in enumerate(items):
            assert table == [number]


def test_an_error_is_raised_after_what_came_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    seen: list[int] = []
    with pytest.raises(OSError, match="disk is gone"), Ahead(source(), 3) as items:
        seen.extend(items)
    assert seen == [1, 2]


def test_whoever_waits_has_something_to_do() -> None:
    """Who takes items while the first is not made, and who makes them while there is no room."""
    busy: set[str] = set()
    seen = threading.Event()
    wanted = {"MainThread"}

    def idle() -> bool:
        busy.add(threading.current_thread().name)
        if busy >= wanted:
            seen.set()
        return not seen.is_set()

    def source() -> Iterator[int]:
        seen.wait(10)
        yield from range(3)

    with Ahead(source(), 1, idle, idle) as items:
        assert next(iter(items)) == 0
        seen.clear()
        wanted = {"MainThread", "ahead"}
        assert seen.wait(10)  # item 1 is made, and there is room for no more
        assert list(items) == [1, 2]
    assert busy == wanted


def test_closing_stops_the_thread() -> None:
    made = []
    goes_on = threading.Event()

    def source() -> Iterator[int]:
        for number in range(1_000_000):
            made.append(number)
            yield number
        goes_on.set()

    with Ahead(source(), 2) as items:
        assert next(iter(items)) == 0
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(10)
            assert not thread.is_alive()
    assert len(made) <= 3
    assert not goes_on.is_set()

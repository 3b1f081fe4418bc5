"""The walk: both engines give the same tables, bit for bit, and what must not matter does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tcp.segments import (
    CAPTURES,
    Table,
    connections,
    facts,
    rows,
    shift_numbers,
    shift_time,
    swap_sides,
    table_of,
    walked,
)
from unstick.tcp import columns as t
from unstick.tcp import walker
from unstick.wire import columns as c

FOLDERS = ("lab", "public/fixtures", "public/traps", "public/controls", "public/malformed")
LARGEST = 700_000  # bytes: the plain engine walks about 40,000 packets a second


def captures() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((CAPTURES / folder).glob("*"))]
    return [
        path
        for path in found
        if path.suffix not in {".jsonl", ".md"} and path.stat().st_size < LARGEST
    ]


needs_captures = pytest.mark.skipif(not captures(), reason="no ../shared/captures here")


def tables() -> list[tuple[str, Table]]:
    loaded = ((path.name, table_of(path)) for path in captures())
    return [(name, table) for name, table in loaded if table is not None and table.count]


def everything(table: Table, begin_ns: int = 0, swapped: bool = False) -> list[dict[str, object]]:
    found = connections(table, walked(table))
    return [facts(one, begin_ns, swapped) for one in found]


@needs_captures
def test_compiled_and_plain_agree_bit_for_bit() -> None:
    for name, table in tables():
        compiled, plain = walked(table, "compiled"), walked(table, "plain")
        assert rows(table, compiled) == rows(table, plain), name
        assert compiled.notes == plain.notes, name
        assert compiled.meta == plain.meta, name


@needs_captures
def test_batches_do_not_matter() -> None:
    for name, table in tables():
        whole, pieces = walked(table), walked(table, step=7)
        assert rows(table, whole) == rows(table, pieces), name
        assert whole.notes == pieces.notes, name


@needs_captures
def test_plain_segments_are_what_the_long_way_makes_of_them() -> None:
    for name, table in tables():
        short, long = walked(table), walked(table, long_way=True)
        assert rows(table, short) == rows(table, long), name
        assert short.notes == long.notes, name


@needs_captures
def test_seats_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seats for all: every connection is packed and unpacked again and again."""
    loaded = tables()
    whole = [walked(table) for _, table in loaded]
    monkeypatch.setattr(walker, "FIRST_SEATS", 2)
    monkeypatch.setattr(walker, "SEATS_MOST", 2)
    for (name, table), one in zip(loaded, whole, strict=True):
        few = walked(table)
        assert without_copies(rows(table, few)) == without_copies(rows(table, one)), name
        assert few.notes == one.notes, name


def without_copies(found: list[list[int]]) -> list[list[int]]:
    """What tells a copy of a packet is not packed when it is too old for copies to come."""
    for row in found:
        for side in (t.SIDES, t.SIDES + t.SIDE_WIDTH):
            for column in range(t.S_COPY_1, t.S_COPY_4_NS + 1):
                row[side + column] = 0
    return found


def comes_with_acks_only(table: Table) -> bool:
    """ACK fields without the flag are noise that a shift of numbers cannot follow."""
    return all(
        (table.rows[base + c.FLAGS] & c.ACK_FLAG) or not table.rows[base + c.ACK]
        for base in table.bases()
    )


@needs_captures
@pytest.mark.parametrize("by", [(1, 1), (0x7FFFFFFF, 12345), (0xFFFFFFF0, 0x80000001)])
def test_initial_sequence_numbers_do_not_matter(by: tuple[int, int]) -> None:
    for name, table in tables():
        if comes_with_acks_only(table):
            assert everything(table) == everything(shift_numbers(table, by)), name


@needs_captures
def test_the_clock_does_not_matter() -> None:
    for name, table in tables():
        later = 86_400_000_000_000
        moved = everything(shift_time(table, later), begin_ns=later)
        assert everything(table) == moved, name


@needs_captures
def test_names_of_sides_do_not_matter() -> None:
    for name, table in tables():
        assert everything(table) == everything(swap_sides(table), swapped=True), name

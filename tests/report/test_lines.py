"""Lines made of numbers are, byte for byte, those that Python makes of rows: compiled and plain."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstick import engine
from unstick.chores import Chores
from unstick.diagnosis import StreamRow
from unstick.flows import row_columns as r
from unstick.report import lines, streams
from unstick.report.streams import COLUMNS, NUMBERED, csv_form, ndjson_form, to_csv, to_ndjson
from unstick.rowtable import RowTable
from unstick.wire.columns import NONE

DAY_NS = 86_400_000_000_000
COUNTS = st.one_of(st.integers(0, 9), st.integers(0, 1 << 62))
ADDRESS_HALVES = st.one_of(
    st.sampled_from([0, 1, -1, 0xFFFF_0A09_0102, 1 << 48, (1 << 48) | 1, -(1 << 63)]),
    st.integers(-(1 << 63), (1 << 63) - 1),
)
TIMES = st.one_of(
    st.integers(0, 84_000 * DAY_NS),
    st.builds(lambda day, ns: (day * DAY_NS) + ns, st.integers(0, 84_000), st.integers(-1, 1)),
)
DURATIONS = st.one_of(
    st.sampled_from([0, 1, 10, 12_300, 99_999, 100_000, 10**9, 10**15 - 1, 10**15, 10**15 + 1]),
    st.integers(0, 10**15),
    st.builds(lambda digits, power: digits * 10**power, st.integers(0, 999), st.integers(0, 12)),
)


@st.composite
def numbers_of_a_row(draw: st.DrawFn) -> list[int]:
    row = [draw(COUNTS) for _ in range(r.ROW_WIDTH)]
    row[r.R_VERSION] = draw(st.sampled_from([4, 6]))
    for column in (r.R_CLIENT_HIGH, r.R_CLIENT_LOW, r.R_SERVER_HIGH, r.R_SERVER_LOW):
        row[column] = draw(ADDRESS_HALVES)
    for column in (r.R_CLIENT_PORT, r.R_SERVER_PORT):
        row[column] = draw(st.integers(0, 65535))
    for column in (r.R_CLIENT_STATE, r.R_SERVER_STATE):
        row[column] = draw(st.sampled_from([NONE, *range(11)]))
    row[r.R_FIRST_NS] = draw(TIMES)
    row[r.R_DURATION_NS] = draw(DURATIONS)
    row[r.R_COMPLETE] = draw(st.integers(0, 1))
    return row


ROW_TABLES = st.lists(numbers_of_a_row(), max_size=5)


def table_of(rows: Iterable[list[int]], before: tuple[int, ...] = (0,)) -> RowTable:
    listed = list(rows)
    numbers = memoryview(array("q", [number for row in listed for number in row]))
    return RowTable(numbers, len(listed), before)


KERNELS = [streams.lines_kernel(), engine.load_plain()["report.lines"]]
"""As installed (compiled where there is a compiler), and plain."""

both_kernels = pytest.mark.parametrize("kernel", KERNELS, ids=["as installed", "plain"])
Writer = Callable[[Iterable[RowTable | StreamRow]], Iterable[bytes]]


def written(kernel: ModuleType, writer: Writer, table: RowTable) -> list[bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "lines_kernel", lambda: kernel)
        return list(writer([table]))


@both_kernels
@pytest.mark.parametrize("writer", [to_csv, to_ndjson])
@given(rows=ROW_TABLES)
@settings(max_examples=150)
def test_lines_are_those_of_rows(kernel: ModuleType, writer: Writer, rows: list[list[int]]) -> None:
    table = table_of(rows)
    assert b"".join(written(kernel, writer, table)) == b"".join(writer(table.rows()))


@both_kernels
def test_short_of_room(kernel: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "OUT_BYTES", lines.LINE_MOST)
    table = table_of([longest(), *([number] * r.ROW_WIDTH for number in range(2)), longest()])
    pieces = written(kernel, to_csv, table)
    assert b"".join(pieces) == b"".join(to_csv(table.rows()))
    assert len(pieces) == 5


FRAMES = ((1, "1:1"), (100, "1:100"), (101, "2:1"), (251, "3:1"), (900, "3:650"))


@both_kernels
@pytest.mark.parametrize(("frame", "shown"), FRAMES)
def test_frames_of_several_files(kernel: ModuleType, frame: int, shown: str) -> None:
    row = [0] * r.ROW_WIDTH
    row[r.R_FIRST_FRAME] = frame
    table = table_of([row], (0, 100, 250))
    line = b"".join(written(kernel, to_csv, table)).decode().splitlines()[1]
    assert line.split(",")[COLUMNS.index("first_frame")] == shown
    assert json.loads(b"".join(written(kernel, to_ndjson, table)))["first_frame"] == frame


def longest() -> list[int]:
    """The longest line there can be."""
    row = [-(1 << 62) + 1] * r.ROW_WIDTH
    for column in (r.R_CLIENT_HIGH, r.R_CLIENT_LOW, r.R_SERVER_HIGH, r.R_SERVER_LOW):
        row[column] = -1
    row[r.R_VERSION], row[r.R_COMPLETE] = 6, 0
    row[r.R_CLIENT_STATE] = row[r.R_SERVER_STATE] = 3  # SYN-RECEIVED
    row[r.R_FIRST_NS], row[r.R_DURATION_NS] = 84_000 * DAY_NS, 10**15 - 1
    return row


def test_longest_line_has_room() -> None:
    line = b"".join(to_ndjson([table_of([longest()])]))
    assert line == b"".join(to_ndjson(table_of([longest()]).rows()))
    assert len(line) <= lines.LINE_MOST - lines.SLACK


@pytest.mark.parametrize("made", [csv_form(), ndjson_form()])
def test_forms_have_every_word(made: streams.Form) -> None:
    assert lines.WORD_STATE == r.ROW_WIDTH + 1
    assert len(made.places) == lines.WORD_OCTET + 256 + 1
    assert made.places[-1] == len(made.words) - lines.SLACK
    words = [made.words[a:b] for a, b in zip(made.places, made.places[1:], strict=False)]
    assert words[lines.WORD_STATE] == b"?"
    assert words[lines.WORD_STATE + 1] == b"CLOSED"
    assert words[lines.WORD_BOOL : lines.WORD_QUIET] == [b"false", b"true"]
    assert words[lines.WORD_OCTET :] == [b"%d." % octet for octet in range(256)]
    assert words[lines.WORD_QUIET].count(b"0") == r.R_CLIENT_STATE - r.R_CLIENT_RETRANSMITTED


@both_kernels
def test_times_of_one_second(kernel: ModuleType) -> None:
    """What a line has from the one before is what it would have said."""
    second = 1_000_000_000
    times = [second - 1, second, second + 1, DAY_NS + second, DAY_NS, second, 0, 84_000 * DAY_NS]
    rows = [[0] * r.ROW_WIDTH for _ in times]
    for row, ns in zip(rows, times, strict=True):
        row[r.R_FIRST_NS] = ns
    table = table_of(rows)
    assert b"".join(written(kernel, to_csv, table)) == b"".join(to_csv(table.rows()))


@both_kernels
@pytest.mark.parametrize("loud", [None, *range(r.R_CLIENT_RETRANSMITTED, r.R_CLIENT_STATE)])
def test_a_quiet_connection_and_one_that_is_not(kernel: ModuleType, loud: int | None) -> None:
    row = [0] * r.ROW_WIDTH
    if loud is not None:
        row[loud] = 1
    table = table_of([row])
    for write in (to_csv, to_ndjson):
        assert b"".join(written(kernel, write, table)) == b"".join(write(table.rows()))


def test_numbered_columns_are_the_first_of_the_contract() -> None:
    assert (*NUMBERED, "stuck_side", "stuck_for_s", "codes") == COLUMNS


@pytest.mark.parametrize("writer", [to_csv, to_ndjson])
@pytest.mark.parametrize("helped", [0, 1, 5])
def test_lines_made_by_another_thread_are_the_same_in_the_same_order(
    writer: Callable[..., Iterator[bytes]], helped: int
) -> None:
    table = table_of([longest(), longest()])
    pieces: list[RowTable | StreamRow] = [table, *table.rows(), table] * 10
    chores = Chores()

    def given() -> Iterator[RowTable | StreamRow]:
        for number, piece in enumerate(pieces):
            yield piece
            if number % 3 == 0:
                for _ in range(helped):
                    chores.help()

    assert b"".join(writer(given(), chores)) == b"".join(writer(pieces))

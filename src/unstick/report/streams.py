"""Rows of ``streams`` as CSV, NDJSON, a table for people, or Arrow columns for Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain, islice

from unstick.diagnosis import StreamRow
from unstick.named import NamedTuple
from unstick.report.human import bytes_text, endpoint, iso_time, seconds_text
from unstick.report.look import Look, clip, columns
from unstick.report.model import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

COLUMNS = tuple(name for name in StreamRow._fields if name != "capture")
"""The contract: names and order of the columns of CSV, NDJSON and Parquet."""

SAMPLE = 500  # rows looked at to decide how wide the columns of the table are
CODES_SHOWN = 2  # in the table; unstick explain tells all of them
BATCH_ROWS = 50_000  # rows of one Parquet row group


def record(row: StreamRow) -> dict[str, Any]:
    """The row under the column names of the contract, times as text."""
    values = {name: plain(getattr(row, name)) for name in COLUMNS}
    values["first_time"] = iso_time(row.first_time)
    values["codes"] = list(row.codes)
    return values


def to_ndjson(rows: Iterable[StreamRow]) -> Iterator[str]:
    """One JSON object a line."""
    import json

    for row in rows:
        yield json.dumps(record(row), allow_nan=False) + "\n"


class _Echo:
    """What ``csv`` wants to write to; it hands the text back."""

    def write(self, text: str) -> str:
        return text


def to_csv(rows: Iterable[StreamRow]) -> Iterator[str]:
    """A header and one line a stream. Unknown is empty, codes are separated by spaces."""
    import csv

    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(COLUMNS)
    for row in rows:
        values = record(row)
        values["codes"] = " ".join(row.codes)
        values["complete"] = "true" if row.complete else "false"
        yield writer.writerow(values.values())


def to_parquet(rows: Iterable[StreamRow], path: Path) -> None:
    """Writes the rows to ``path``. Needs pyarrow: the caller says so if it is missing."""
    pa: Any = import_module("pyarrow")  # an extra: types and library may be absent
    pq: Any = import_module("pyarrow.parquet")
    schema = pa.schema([(name, _arrow_type(pa, name)) for name in COLUMNS])
    source = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        batch = list(islice(source, BATCH_ROWS))
        while True:
            table = {name: [_arrow_value(row, name) for row in batch] for name in COLUMNS}
            writer.write_table(pa.table(table, schema=schema))
            batch = list(islice(source, BATCH_ROWS))
            if not batch:
                return


def _arrow_type(pa: Any, name: str) -> Any:
    if name == "first_time":
        return pa.timestamp("ns", tz="UTC")
    if name == "codes":
        return pa.list_(pa.string())
    if name == "complete":
        return pa.bool_()
    if name.endswith("_s"):
        return pa.float64()
    if name in ("client", "server", "client_state", "server_state", "stuck_side"):
        return pa.string()
    return pa.int64()


def _arrow_value(row: StreamRow, name: str) -> object:
    return list(row.codes) if name == "codes" else getattr(row, name)


class _Column(NamedTuple):
    """One column of the table; the lowest ``rank`` is given room first."""

    title: str
    rank: int
    cell: Callable[[StreamRow], str]
    right: bool = False


def _state(row: StreamRow) -> str:
    return f"{row.client_state} {row.server_state}"


def _stuck(row: StreamRow) -> str:
    if row.stuck_side is None:
        return ""
    age = "" if row.stuck_for_s is None else f" {seconds_text(row.stuck_for_s)}"
    return row.stuck_side + age


def _codes(codes: tuple[str, ...]) -> str:
    more = [f"+{len(codes) - CODES_SHOWN}"] if len(codes) > CODES_SHOWN else []
    return " ".join([*codes[:CODES_SHOWN], *more])


def _both(client: int, server: int) -> str:
    return f"{client}/{server}" if client or server else ""


TABLE = (
    _Column("stream", 0, lambda row: str(row.stream), right=True),
    _Column("client", 1, lambda row: endpoint(row.client, row.client_port)),
    _Column("server", 2, lambda row: endpoint(row.server, row.server_port)),
    _Column("lasted", 5, lambda row: seconds_text(row.duration_s), right=True),
    _Column("sent", 6, lambda row: bytes_text(row.client_bytes), right=True),
    _Column("received", 7, lambda row: bytes_text(row.server_bytes), right=True),
    _Column(
        "again",
        10,
        lambda row: _both(row.client_retransmitted_segments, row.server_retransmitted_segments),
        right=True,
    ),
    _Column("resets", 9, lambda row: _both(row.client_resets, row.server_resets), right=True),
    _Column("client, server state", 8, _state),
    _Column("stuck", 4, _stuck),
    _Column("codes", 3, lambda row: _codes(row.codes)),
)


def to_table(rows: Iterable[StreamRow], look: Look) -> Iterator[str]:
    """A table no wider than the page; the wider the page, the more columns.

    The first rows decide the widths, so that the table can be printed while the capture is read.
    """
    source = iter(rows)
    sample = list(islice(source, SAMPLE))
    if not sample:
        yield "No TCP connection."
        return
    wanted = {
        column.title: max(columns(column.title), *(columns(column.cell(row)) for row in sample))
        for column in TABLE
    }
    chosen = _fitting(wanted, look.width)
    header = _line([(column.title, wanted[column.title], column.right) for column in chosen])
    yield look.paint(look.plain(header), "bold")
    for row in chain(sample, source):
        cells = [(column.cell(row), wanted[column.title], column.right) for column in chosen]
        line = look.plain(_line(cells))
        yield look.paint(line, "red") if row.stuck_side else line


def _fitting(wanted: dict[str, int], width: int) -> list[_Column]:
    """The columns that have room, in the order of the table. Shrinks addresses if it must."""
    ends = wanted["client"] + wanted["server"]
    room = width - wanted["stream"] - wanted["codes"] - 6
    if ends > room:
        wanted["client"] = wanted["server"] = max(8, room // 2)
    taken = -2
    chosen = set()
    for column in sorted(TABLE, key=lambda column: column.rank):
        if taken + 2 + wanted[column.title] <= width:
            taken += 2 + wanted[column.title]
            chosen.add(column.title)
    return [column for column in TABLE if column.title in chosen]


def _line(cells: list[tuple[str, int, bool]]) -> str:
    padded = []
    for text, width, right in cells:
        shown = clip(text, width)
        gap = " " * (width - columns(shown))
        padded.append(gap + shown if right else shown + gap)
    return "  ".join(padded).rstrip()

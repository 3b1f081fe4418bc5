"""Rows of ``streams`` as a Parquet file, for DuckDB, Polars, pandas and the like.

Needs pyarrow (``pip install unstick[arrow]``): the caller says so if it is missing. Opens no file:
what it writes to is given.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from importlib import import_module

from unstick.diagnosis import StreamRow
from unstick.flows.addresses import address_text
from unstick.flows.row_columns import (
    R_CLIENT_HIGH,
    R_CLIENT_STATE,
    R_SERVER_HIGH,
    R_SERVER_STATE,
    R_VERSION,
    ROW_WIDTH,
)
from unstick.report.streams import COLUMNS, NUMBERED, UNNAMED
from unstick.rowtable import RowTable, state_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

GROUP_ROWS = 100_000
"""Rows of one row group: what is held in memory (30 MB) before it is written."""

SECOND = 1_000_000_000

NUMBER_COLUMN = dict(
    zip(NUMBERED, (one for one in range(ROW_WIDTH) if one not in UNNAMED), strict=True)
)

TYPES = {
    "stream": "int64",
    "client_port": "uint16",
    "server_port": "uint16",
    "first_frame": "int64",
    "last_frame": "int64",
    "client_packets": "int64",
    "server_packets": "int64",
    "client_bytes": "int64",
    "server_bytes": "int64",
    "client_retransmitted_segments": "int32",
    "server_retransmitted_segments": "int32",
    "client_zero_windows": "int32",
    "server_zero_windows": "int32",
    "client_resets": "int32",
    "server_resets": "int32",
}
"""Types of the columns that are whole numbers. What people subtract is signed: a difference below 0
of unsigned numbers is an error to DuckDB and a huge number to Polars."""

REPEATING = [
    *("client", "client_port", "server", "server_port", "client_state", "server_state"),
    *("client_retransmitted_segments", "server_retransmitted_segments"),
    *("client_zero_windows", "server_zero_windows", "client_resets", "server_resets"),
    *("stuck_side", "codes.list.element"),
]
"""Columns of few values, which the file names by their number in a dictionary. Readers see plain
strings and numbers: a category of pandas or Polars does not compare with that of another file."""


def to_parquet(pieces: Iterable[RowTable | StreamRow], file: BinaryIO) -> None:
    """Writes the rows to ``file``, which need not be seekable, a row group whenever there are
    enough of them."""
    pa: Any = import_module("pyarrow")  # an extra: types and library may be absent
    pq: Any = import_module("pyarrow.parquet")
    schema = pa.schema([(name, _type(pa, name)) for name in COLUMNS])
    how = {"compression": "zstd", "use_dictionary": REPEATING}
    with pq.ParquetWriter(_Counted(file), schema, **how) as writer:
        for group in _groups(pieces):
            writer.write_table(pa.table([_column(pa, group, name) for name in COLUMNS], schema))


class _Counted:
    """What pyarrow wants of a file beside ``write``; a pipe does not know its place."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._place = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._place += len(data)
        return len(data)

    def tell(self) -> int:
        return self._place

    def flush(self) -> None:
        self._file.flush()


class _Group:
    """Columns of one row group as they come together."""

    def __init__(self) -> None:
        self.size = 0
        self.columns: dict[str, Any] = {name: _empty(name) for name in COLUMNS}

    def add(self, piece: RowTable | StreamRow) -> None:
        if isinstance(piece, StreamRow):
            self._add_row(piece)
        else:
            self._add_table(piece)

    def _add_row(self, row: StreamRow) -> None:
        self.size += 1
        for name, column in self.columns.items():
            value = getattr(row, name)
            column.append(round(value * SECOND) if name == "duration_s" else value)

    def _add_table(self, table: RowTable) -> None:
        self.size += table.size
        numbers, columns = table.numbers, self.columns
        version = numbers[R_VERSION::ROW_WIDTH]
        for side, high in (("client", R_CLIENT_HIGH), ("server", R_SERVER_HIGH)):
            halves = (numbers[high::ROW_WIDTH], numbers[high + 1 :: ROW_WIDTH])
            columns[side].extend(map(address_text, version, *halves))
        for name, place in NUMBER_COLUMN.items():
            values = numbers[place::ROW_WIDTH]
            if place in (R_CLIENT_STATE, R_SERVER_STATE):
                columns[name].extend(map(state_name, values))
            elif place not in (R_CLIENT_HIGH, R_SERVER_HIGH):
                columns[name].frombytes(values.tobytes())
        columns["stuck_side"].extend([None] * table.size)
        columns["stuck_for_s"].extend([None] * table.size)
        columns["codes"].extend([()] * table.size)


def _groups(pieces: Iterable[RowTable | StreamRow]) -> Iterator[_Group]:
    """Row groups; one without rows where there is no connection at all."""
    group, written = _Group(), False
    for piece in pieces:
        group.add(piece)
        if group.size >= GROUP_ROWS:
            yield group
            group, written = _Group(), True
    if group.size or not written:
        yield group


def _is_number(name: str) -> bool:
    return name in TYPES or name in ("first_time", "duration_s", "complete")


def _empty(name: str) -> array[int] | list[object]:
    return array("q") if _is_number(name) else []


def _type(pa: Any, name: str) -> Any:
    if name in TYPES:
        return getattr(pa, TYPES[name])()
    special = {
        "first_time": pa.timestamp("ns", tz="UTC"),
        "duration_s": pa.float64(),
        "complete": pa.bool_(),
        "stuck_for_s": pa.float64(),
        "codes": pa.list_(pa.string()),
    }
    return special.get(name, pa.string())


def _column(pa: Any, group: _Group, name: str) -> Any:
    """One column of a group as Arrow wants it."""
    values = group.columns[name]
    if not isinstance(values, array):
        return pa.array(values, _type(pa, name))
    numbers = pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])
    if name == "first_time":
        return numbers.cast(_type(pa, name))
    if name == "duration_s":
        compute: Any = import_module("pyarrow.compute")
        return compute.divide(numbers.cast(pa.float64()), float(SECOND))
    return numbers.cast(_type(pa, name))

"""Rows of ``streams`` as CSV and NDJSON, in UTF-8: the contract of its columns.

Rows with findings are written by Python; the others, nearly all, come as tables of numbers and are
written by ``report.lines``, to the same bytes.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import accumulate

from unstick.diagnosis import StreamRow
from unstick.flows.row_columns import (
    R_CLIENT_LOW,
    R_CLIENT_RETRANSMITTED,
    R_CLIENT_STATE,
    R_SERVER_LOW,
    R_VERSION,
    ROW_WIDTH,
)
from unstick.named import NamedTuple
from unstick.report.human import iso_time
from unstick.report.lines import SLACK
from unstick.report.model import plain
from unstick.rowtable import STATE_NAMES, RowTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from unstick.chores import Chores, Later

    class Kernel(Protocol):
        """What this module needs of ``report.lines``, compiled or plain."""

        def write_lines(
            self,
            rows: memoryview,
            first: int,
            count: int,
            words: bytes,
            places: memoryview,
            before: memoryview,
            files: int,
            out: memoryview,
            room: int,
            used: memoryview,
        ) -> int: ...


COLUMNS = tuple(name for name in StreamRow._fields if name != "capture")
"""The contract: names and order of the columns of CSV, NDJSON and Parquet."""

TEXTS = frozenset({"client", "server", "first_time", "client_state", "server_state"})
"""Columns that are text."""

UNNAMED = frozenset({R_VERSION, R_CLIENT_LOW, R_SERVER_LOW})
"""Columns of a row of numbers that are told together with another one."""

NUMBERED = COLUMNS[: ROW_WIDTH - len(UNNAMED)]
"""Columns that a row of numbers has; the others say what was found."""

OUT_BYTES = 1 << 18  # of lines made at once

WAITING = 12
"""Pieces whose lines nobody has made yet, at most: 10 MB."""


def record(row: StreamRow) -> dict[str, Any]:
    """The row under the column names of the contract, times as text."""
    values = {name: plain(getattr(row, name)) for name in COLUMNS}
    values["first_time"] = iso_time(row.first_time)
    values["codes"] = list(row.codes)
    return values


class Form(NamedTuple):
    """The words between the numbers of a line (``report.lines``): word ``i`` stands in ``words``
    from ``places[i]`` to ``places[i + 1]``. ``with_files``: frames of several files name theirs.
    Lines are made in ``out``."""

    words: bytes
    places: memoryview
    with_files: bool
    out: memoryview


def form(before: Sequence[str], end: str, *, with_files: bool) -> Form:
    """The form with these words before the columns of the contract up to ``complete``."""
    given = iter(before)
    words = ["" if column in UNNAMED else next(given) for column in range(ROW_WIDTH)]
    quiet = "".join(f"{word}0" for word in words[R_CLIENT_RETRANSMITTED:R_CLIENT_STATE])
    octets = (f"{octet}." for octet in range(256))
    known = (*words, end, *STATE_NAMES, "false", "true", quiet, *octets)
    pool = [word.encode("ascii") for word in known]
    places = array("q", accumulate(map(len, pool), initial=0))
    return Form(b"".join(pool) + bytes(SLACK), memoryview(places), with_files, _room())


def _room() -> memoryview:
    return memoryview(bytearray(OUT_BYTES))


def csv_form() -> Form:
    """Unknown is empty."""
    return form(["", *[","] * (len(NUMBERED) - 1)], ",,,\n", with_files=True)


def ndjson_form() -> Form:
    """As ``json.dumps`` writes it."""
    before: list[str] = []
    quote = ""
    for name in NUMBERED:
        opening = '"' if name in TEXTS else ""
        before.append(f'{quote}{", " if before else "{"}"{name}": {opening}')
        quote = opening
    end = ', "stuck_side": null, "stuck_for_s": null, "codes": []}\n'
    return form(before, end, with_files=False)


def _lines_of(
    table: RowTable, wanted: Form, other: Callable[[StreamRow], bytes]
) -> Iterator[bytes]:
    """The lines of these rows, many at once; ``other`` makes a line that is none for the kernel."""
    write = lines_kernel().write_lines
    files = len(table.before) if wanted.with_files else 1
    before = memoryview(array("q", table.before))
    out, used = wanted.out, memoryview(array("q", [0, 0, 0]))
    done = 0
    while done < table.size:
        used[0] = 0
        given = (table.numbers, done, table.size - done, wanted.words, wanted.places)
        count = write(*given, before, files, out, OUT_BYTES, used)
        if count:
            yield bytes(out[: used[0]])
        else:
            yield other(table.row(done))
        done += max(1, count)


def lines_kernel() -> Kernel:
    """The compiled module where the build made one, else the same as plain Python."""
    kernel: Kernel
    try:
        kernel = import_module("unstick.report._lines")
    except ImportError:
        kernel = import_module("unstick.report.lines")
    return kernel


def to_ndjson(
    pieces: Iterable[RowTable | StreamRow], chores: Chores | None = None
) -> Iterator[bytes]:
    """One JSON object a line; ``chores``: made by who has nothing better to do."""
    yield from _written(pieces, ndjson_form(), _json_line, chores)


def _written(
    pieces: Iterable[RowTable | StreamRow],
    wanted: Form,
    other: Callable[[StreamRow], bytes],
    chores: Chores | None,
) -> Iterator[bytes]:
    """The lines of all pieces, in their order."""
    if chores is None:
        for piece in pieces:
            yield from _lines_of_piece(piece, wanted, other)
        return
    waiting: deque[Later] = deque()
    for piece in pieces:
        waiting.append(chores.later(partial(_lines_apart, piece, wanted, other)))
        while waiting and (waiting[0].done or len(waiting) > WAITING):
            yield from waiting.popleft().value()
    while waiting:
        yield from waiting.popleft().value()


def _lines_apart(
    piece: RowTable | StreamRow, wanted: Form, other: Callable[[StreamRow], bytes]
) -> list[bytes]:
    """The lines of a piece, while those of another may be made."""
    return [*_lines_of_piece(piece, wanted._replace(out=_room()), other)]


def _lines_of_piece(
    piece: RowTable | StreamRow, wanted: Form, other: Callable[[StreamRow], bytes]
) -> Iterator[bytes]:
    if isinstance(piece, StreamRow):
        yield other(piece)
    else:
        yield from _lines_of(piece, wanted, other)


def _json_line(row: StreamRow) -> bytes:
    import json

    return (json.dumps(record(row), allow_nan=False) + "\n").encode()


def to_csv(pieces: Iterable[RowTable | StreamRow], chores: Chores | None = None) -> Iterator[bytes]:
    """A header and one line a stream. Unknown is empty, codes are separated by spaces. ``chores``:
    the lines are made by who has nothing better to do."""
    yield (",".join(COLUMNS) + "\n").encode()
    yield from _written(pieces, csv_form(), _csv_line, chores)


class _Echo:
    """What ``csv`` wants to write to; it hands the text back."""

    def write(self, text: str) -> str:
        return text


def _csv_line(row: StreamRow) -> bytes:
    import csv

    values = record(row)
    values["codes"] = " ".join(row.codes)
    values["complete"] = "true" if row.complete else "false"
    line: str = csv.writer(_Echo(), lineterminator="\n").writerow(values.values())
    return line.encode()

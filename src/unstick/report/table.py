"""Rows of ``streams`` as a table for people: the columns that fit the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from unstick.diagnosis import StreamRow
from unstick.named import NamedTuple
from unstick.report.human import bytes_text, endpoint, seconds_text
from unstick.report.look import Look, clip, columns

SAMPLE = 500  # rows looked at to decide how wide the columns of the table are
CODES_SHOWN = 2  # in the table; unstick explain tells all of them


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

"""Files joined from captures of different times: silence is measured to the next seam."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook import VARIANTS, write_variant
from tests.tcp.segments import Table, table_of, walked
from unstick.tcp.observed import SECOND, Connection
from unstick.tcp.reading import Reader
from unstick.wire.columns import FRAME, SEGMENT_WIDTH, TIME_NS
from unstick.wire.notation_reader import parse_trace

PART = """
connection {number} client-port {port}
 {at}.000  C  S   0:0(0)                win 64240  <mss 1460>
 {at}.010  S  S.  0:0(0)       ack 1    win 65160  <mss 1460>
 {at}.020  C  .   1:1(0)       ack 1    win 63
"""


def joined(folder: Path, *begins: int) -> list[Connection]:
    """Three packets of one connection at each of these times, in one file."""
    trace = "".join(
        PART.format(number=number, port=1000 + number, at=at) for number, at in enumerate(begins)
    )
    path = folder / "trace.pcap"
    write_variant(path, parse_trace(trace), VARIANTS[0])
    table = table_of(path)
    assert table is not None
    reader = Reader(walked(table), table.streams, 0, last_ns(table), "linux-6.17")
    return [reader.connection(slot) for slot in range(len(table.streams))]


def last_ns(table: Table) -> int:
    assert table.rows[FRAME] == 1
    return max(table.rows[TIME_NS::SEGMENT_WIDTH])


def silences(connections: list[Connection]) -> list[int]:
    return [round(one.silence_at_end_ns / SECOND) for one in connections]


@pytest.mark.parametrize(
    ("begins", "silent"),
    [
        ((0, 30, 90), [90, 60, 0]),
        ((200, 230, 100, 160), [30, 0, 60, 0]),  # the clock goes back: another capture
        ((0, 30, 200_000, 200_060), [30, 0, 60, 0]),  # two days without a packet
    ],
)
def test_silence_ends_at_a_seam(tmp_path: Path, begins: tuple[int, ...], silent: list[int]) -> None:
    assert silences(joined(tmp_path, *begins)) == silent


def test_more_seams_than_are_kept_leave_no_silence(tmp_path: Path) -> None:
    connections = joined(tmp_path, *range(200, 0, -2))
    assert silences(connections) == [0] * 100

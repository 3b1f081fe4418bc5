"""Rows of streams: the columns of the contract, in every format."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.report import factory
from unstick.report.look import Look, columns
from unstick.report.streams import COLUMNS, to_csv, to_ndjson
from unstick.report.table import to_table

CONTRACT = [
    "stream",
    "client",
    "client_port",
    "server",
    "server_port",
    "first_frame",
    "last_frame",
    "first_time",
    "duration_s",
    "client_packets",
    "server_packets",
    "client_bytes",
    "server_bytes",
    "client_retransmitted_segments",
    "server_retransmitted_segments",
    "client_zero_windows",
    "server_zero_windows",
    "client_resets",
    "server_resets",
    "client_state",
    "server_state",
    "complete",
    "stuck_side",
    "stuck_for_s",
    "codes",
]

SIX = "2001:db8:1234:5678:9abc:def0:0:"
FINE = factory.ROW._replace(stream=1, stuck_side=None, stuck_for_s=None, codes=(), complete=True)
ROWS = [factory.ROW, FINE, FINE._replace(stream=2, client=f"{SIX}1", server=f"{SIX}2")]


def test_columns_are_the_contract() -> None:
    assert list(COLUMNS) == CONTRACT


def test_csv() -> None:
    first, second, _ = csv.DictReader(io.StringIO(b"".join(to_csv(ROWS)).decode()))
    assert list(first) == CONTRACT
    assert first["first_time"] == "2026-11-23T03:30:10.605159000Z"
    assert first["codes"] == "C201 R101 R104 R105"
    assert (second["complete"], second["stuck_side"], second["codes"]) == ("true", "", "")


def test_ndjson() -> None:
    first, second, _ = (json.loads(line) for line in to_ndjson(ROWS))
    assert list(first) == CONTRACT
    assert first["codes"] == ["C201", "R101", "R104", "R105"]
    assert second["stuck_for_s"] is None


def test_empty_capture_has_a_header_and_a_sentence() -> None:
    assert b"".join(to_csv([])).decode().strip() == ",".join(CONTRACT)
    assert list(to_table([], Look())) == ["No TCP connection."]


@pytest.mark.parametrize("width", [40, 60, 79, 120, 200])
def test_table_fits_the_page(width: int) -> None:
    lines = list(to_table(ROWS, Look(width)))
    assert len(lines) == 4
    assert all(columns(line) <= width for line in lines)
    assert lines[0].split()[:3] == ["stream", "client", "server"]


def test_wider_page_shows_more_columns() -> None:
    narrow, wide = (next(iter(to_table(ROWS[:2], Look(width)))) for width in (79, 160))
    assert "stuck" in narrow
    assert "codes" in narrow
    assert "received" in wide


def test_table_streams() -> None:
    """The first line is printed before the last row is known."""

    def endless() -> object:
        while True:
            yield factory.ROW

    assert next(iter(to_table(endless(), Look()))).startswith("stream")  # type: ignore[arg-type]

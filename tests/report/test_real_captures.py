"""Every output for every recorded capture: it holds the schema and fits the page.

Says nothing about whether the findings are right; other tests do.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.report.test_model import SCHEMA, check, keys_in_order
from unstick.checks import NAMES
from unstick.diagnose import explain, streams
from unstick.errors import CaptureError
from unstick.report.look import Look, columns
from unstick.report.model import to_json, to_ndjson
from unstick.report.streams import to_csv
from unstick.report.table import to_table
from unstick.report.text import text

RECORDED = Path(__file__).parents[3] / "shared" / "captures"
LOOKS = (Look(), Look(60, unicode=False), Look(40))
LOUDNESS: tuple[dict[str, bool], ...] = ({}, {"verbose": True}, {"quiet": True})
OTHERS = {".md", ".tsv", ".jsonl", ".txt"}


def recorded() -> list[Path]:
    return sorted(
        path for path in RECORDED.rglob("*") if path.is_file() and path.suffix not in OTHERS
    )


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded captures are not at hand")
@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.name)
def test_outputs_of_a_capture(path: Path) -> None:
    try:
        diagnosis = explain([str(path)])
    except CaptureError:
        return
    data = json.loads(to_json(diagnosis, NAMES))
    check(data)
    keys_in_order(data, SCHEMA)
    records = [json.loads(line) for line in to_ndjson(diagnosis, NAMES)]
    assert len(records) == len(data["findings"]) + len(data["resets"])
    for look in LOOKS:
        for how in LOUDNESS:
            for line in text(diagnosis, NAMES, look, **how):
                whole_path = "tshark -r" in line
                assert columns(line) <= look.width or whole_path, line
    rows = list(streams([str(path)]))
    assert len(list(csv.reader(io.StringIO(b"".join(to_csv(rows)).decode())))) == len(rows) + 1
    for width in (40, 79, 160):
        assert all(columns(line) <= width for line in to_table(rows, Look(width)))

"""Where the time went, for who asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import SOURCE
from unstick.cli import main

STORY = SOURCE / "data" / "story.server.pcap"
STAGES = ["reading", "decoding", "streams", "judging", "checks", "report", "processor"]


def test_every_stage_is_told_apart_from_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, timed = tmp_path / "plain.json", tmp_path / "timed.json"
    assert main(["explain", "--format", "json", "-o", str(plain), str(STORY)]) == 1
    assert capsys.readouterr().err == ""
    assert main(["explain", "--timings", "--format", "json", "-o", str(timed), str(STORY)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == STAGES
    assert all(float(line.split()[2]) >= 0 for line in lines)
    assert timed.read_bytes() == plain.read_bytes()

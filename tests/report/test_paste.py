"""Commands of the report are pasted into a shell: what tshark then shows are the frames meant."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import unstick
from tests.report import factory
from unstick.report.look import Look
from unstick.report.text import text

STORY = Path(unstick.__file__).parent / "data" / "story.server.pcap"


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("width", [79, 50])
def test_tshark_command_shows_the_frames(width: int, tmp_path: Path) -> None:
    path = tmp_path / "it's a capture.pcap"
    shutil.copy(STORY, path)
    diagnosis = factory.story()._replace(captures=(factory.CAPTURE._replace(path=str(path)),))
    lines = list(text(diagnosis, factory.NAMES, Look(width)))
    start = next(number for number, line in enumerate(lines) if "$ tshark -r" in line)
    end = next(number for number, line in enumerate(lines) if "$ unstick checks" in line)
    typed = "\n".join(lines[start:end]).replace("$ ", "", 1)
    done = subprocess.run(
        ["bash", "-c", f"{typed} -T fields -e frame.number"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    wanted = {frame for evidence in factory.C201.evidence for frame in evidence.frames}
    assert set(map(int, done.stdout.split())) == wanted

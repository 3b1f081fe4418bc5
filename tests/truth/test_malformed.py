"""Damaged files through the command line: exit status 0, 1 or 2 within ten seconds, a sentence,
and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import REPOSITORY
from tests.tcp.segments import CAPTURES
from tests.truth.reading import files, needs_captures

pytestmark = needs_captures

SECONDS_MOST = 10
ENOUGH_TO_SAY = 20  # characters: less is no sentence


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unstick", "explain", str(path), *options],
        capture_output=True,
        text=True,
        timeout=SECONDS_MOST,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
    )


@pytest.mark.parametrize("name", files("public/malformed"), ids=lambda name: name[-50:])
def test_damage_ends_with_a_sentence(name: str) -> None:
    ended = run(CAPTURES / name)
    assert ended.returncode in {0, 1, 2}, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    spoken = ended.stdout if ended.returncode < 2 else ended.stderr
    assert len(spoken.strip()) >= ENOUGH_TO_SAY


def test_cut_anywhere_ends_with_a_sentence(tmp_path: Path) -> None:
    """The story, cut inside the file header, a packet header, a packet."""
    whole = (CAPTURES / "lab" / "story.server.pcap").read_bytes()
    for size in (0, 3, 23, 24, 30, 40, 100, 20_011):
        path = tmp_path / f"cut-{size}.pcap"
        path.write_bytes(whole[:size])
        ended = run(path)
        assert ended.returncode in {0, 1, 2}, ended.stderr
        assert "Traceback" not in ended.stderr
        assert (ended.stdout + ended.stderr).strip()

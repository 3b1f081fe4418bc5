"""Plays against this machine's kernel, and what is told of them. Needs root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.house import SOURCE
from tests.lab.playback.traces import FURTHER_OFF, HALF_CLOSED, ONE_TOO_LOW, capture
from unstick.cli import main
from unstick.diagnose import streams
from unstick.lab.needs import where
from unstick.lab.playback.comparing import compare, profile_of
from unstick.lab.playback.plan import plan
from unstick.lab.playback.playing import play
from unstick.lab.playback.reading import connection_of, segments
from unstick.lab.state import runs

RUNNING = profile_of(os.uname().release)
HEALED = RUNNING in ("linux-4.11", "linux-6.17")

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(where, ("ip", "ss"))),
    reason="plays need root and iproute2: network namespaces",
)


def rows(path: Path, side: str, scale: float = 1.0) -> tuple[bool, dict[str, tuple[str, str]]]:
    planned = plan(segments(str(path), 0), side, scale)
    here, _ = play(planned, scale)
    compared = compare(planned, connection_of(str(path), 0, RUNNING), here)
    return compared.same, {row.what: (row.captured, row.here) for row in compared.rows}


@needs_root
@pytest.mark.skipif(not HEALED, reason="this kernel is older than Linux 4.11")
def test_the_story_ends_at_once_here(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kept = tmp_path / "play.pcapng"
    story = SOURCE / "data" / "story.server.pcap"
    assert main(["lab", "from", str(story), "--stream", "0", "--keep", str(kept)]) == 1
    out = capsys.readouterr().out
    assert "RST 276, 1 too low" in out
    assert "refused in silence     ends it (EPIPE)" in out
    assert "rule rst-at-fin" in out
    assert "Linux tcp_reset_check()" in out
    assert "linux-4.7" in out
    assert max(map(len, out.splitlines())) <= 79 or str(kept) in out
    (row,) = streams([str(kept)])
    assert (row.client_bytes, row.server_state) == (275, "CLOSED")
    assert not [one for one in runs() if one.pid == os.getpid()]


@needs_root
def test_a_reset_further_off_is_refused_here_too(tmp_path: Path) -> None:
    same, told = rows(capture(FURTHER_OFF, tmp_path / "off.pcap"), "client")
    assert told["RST 61, 41 too low"] == ("refused in silence", "refused in silence")
    assert told["at the end"] == ("CLOSE-WAIT", "CLOSE-WAIT")
    assert told["sends again"][0] == "3 times in 1.2 s"
    assert told["sends again"][1] != "no"
    assert same


@needs_root
@pytest.mark.skipif(not HEALED, reason="this kernel is older than Linux 4.11")
def test_one_too_low(tmp_path: Path) -> None:
    same, told = rows(capture(ONE_TOO_LOW, tmp_path / "low.pcap"), "client")
    assert told["RST 101, 1 too low"] == ("refused in silence", "ends it (EPIPE)")
    assert not same


@needs_root
@pytest.mark.parametrize("side", ["client", "server"])
def test_look_alike_half_closed_and_served(side: str, tmp_path: Path) -> None:
    same, told = rows(capture(HALF_CLOSED, tmp_path / "half.pcap"), side)
    assert same
    assert set(told) == {"acknowledges up to", "at the end"}
    number = "102" if side == "client" else "4,002"
    assert told["acknowledges up to"] == (number, number)


def test_kernels_and_their_profiles() -> None:
    assert profile_of("6.18.44") == "linux-6.17"
    assert profile_of("6.1.0-18-amd64") == "linux-4.11"
    assert profile_of("4.9.0-13") == "linux-4.7"
    assert profile_of("3.10.0-1160.el7.x86_64") == "linux-3.6"
    assert profile_of("2.6.32-5") == "linux-2.6"
    assert profile_of("7.0-rc1") == "linux-6.17"


def test_errors_are_sentences(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(capture(ONE_TOO_LOW, tmp_path / "low.pcap"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for words, says in (
        ([path, "--stream", "0"], "lab from needs root"),
        ([path, "--stream", "7"], "there is no stream 7"),
        ([path, "--stream", "0", "--scale", "0"], "not a number from 0.001 to 100"),
        ([str(tmp_path / "none.pcap"), "--stream", "0"], "none.pcap"),
    ):
        assert main(["lab", "from", *words]) == 2
        told = capsys.readouterr()
        assert says in told.err
        assert told.out == ""

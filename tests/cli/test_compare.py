"""``unstick compare`` as it is typed: exit status, formats, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compare.network import Run, both_ends, talk
from tests.compare.test_vantage import first_only, resets
from unstick.cli import main


@pytest.fixture
def healthy(tmp_path: Path) -> list[str]:
    run, ends = Run(tmp_path), both_ends(talk().packets)
    return [run.file("client", ends.client), run.file("server", ends.server)]


@pytest.fixture
def story(tmp_path: Path) -> list[str]:
    run, ends = Run(tmp_path), both_ends(resets().packets, first_only())
    return [run.file("office.client", ends.client), run.file("office.server", ends.server)]


def test_nothing_between_them_is_status_0(
    healthy: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *healthy]) == 0
    assert capsys.readouterr().out.startswith("Everything that was sent arrived")


def test_a_difference_is_status_1(story: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *story]) == 1
    assert "The client sent 46 resets; the server saw 1." in capsys.readouterr().out


def test_json_goes_to_a_file(story: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert main(["compare", "--format", "json", "-o", str(out), *story]) == 1
    assert json.loads(out.read_text())["schema"] == "unstick.compare/1"


def test_not_comparable_is_status_2_and_says_why(
    healthy: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Run(tmp_path).file("empty", [])
    assert main(["compare", healthy[0], empty]) == 2
    assert "B holds no TCP connection" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("names", [["absent.pcap"], ["-"]])
def test_what_cannot_be_read_is_status_2(
    names: list[str], healthy: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", healthy[0], *names]) == 2
    assert capsys.readouterr().err.startswith("unstick: ")


def test_rotation_is_refused_with_a_hint(
    healthy: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", healthy[0], str(tmp_path / "*.pcap")]) == 2
    assert "mergecap" in capsys.readouterr().err

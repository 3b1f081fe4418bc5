"""What the README quotes is what the program prints today; what it points at is there."""

from __future__ import annotations

import re

import pytest

from tests.house import REPOSITORY
from unstick.cli import main

README = (REPOSITORY / "README.md").read_text("utf-8")


def quoted() -> tuple[str, list[str]]:
    """The command of the quoted session, and its pieces between lines of dots."""
    block = re.search(r"```console\n\$ unstick (.*?)\n(.*?)```", README, re.DOTALL)
    assert block is not None
    pieces = re.split(r"^\.\.\.$", block[2], flags=re.MULTILINE)
    return block[1], [piece.strip("\n") for piece in pieces if piece.strip()]


def test_the_quoted_report_is_what_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    command, pieces = quoted()
    assert main(command.split()) == 1
    printed = capsys.readouterr().out
    assert pieces
    for piece in pieces:
        assert piece in printed


def test_every_command_in_the_table_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"^\| `unstick (\w+)", README, re.MULTILINE))
    assert {"explain", "compare", "streams", "trace", "checks", "profiles", "demo"} <= named
    for command in named:
        assert main([command, "--help"]) == 0
        assert "usage" in capsys.readouterr().out.lower()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(name: str) -> None:
    assert (REPOSITORY / name).exists()

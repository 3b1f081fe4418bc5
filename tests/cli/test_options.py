"""Plain command lines are read without argparse, to what argparse would have made of them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.test_process import imported
from tests.house import SOURCE
from tests.test_conclusions import closed
from unstick.cli.options import Plain
from unstick.cli.run import STRAIGHT, command, options_of, parsed
from unstick.errors import UsageError
from unstick.wire.writer import write_capture

STORY = SOURCE / "data" / "story.server.pcap"

PLAIN = [
    "explain a",
    "explain -",
    "explain a b c",
    "explain -q a b",
    "explain a b -q",
    "explain -v --exit-zero --timings a",
    "explain --stream 0 a",
    "explain --stream=4 a",
    "explain --stream 1 --stream 2 a",
    "explain -Y 'host 10.9.1.2 and port 8080' a",
    "explain -Y '' a",
    "explain --format json -o report.json --jobs 2 a",
    "explain --format=ndjson -o - a",
    "explain --profile linux-3.6 --max-connections 5000 a",
    "explain --profile= a",
    "explain ''",
    "streams a",
    "streams --format csv -o /dev/null a b",
    "streams -q --jobs=1 --format=parquet -o x a",
    "trace a --stream 3",
    "trace --stream 3 --addresses -o t.md a",
]
"""What argparse is not needed for."""

ODD = [
    "explain",
    "explain --help",
    "explain -h a",
    "explain -q",
    "explain a -q b",
    "explain -qv a",
    "explain -q -v a",
    "explain -Yport a",
    "explain -Y=port a",
    "explain -Y -q a",
    "explain -Y",
    "explain -- a",
    "explain --exit a",
    "explain --exit-zero=1 a",
    "explain --quiet a",
    "explain --stream x a",
    "explain --stream -1 a",
    "explain --stream 12345678901 a",
    "explain --stream",
    "explain --jobs 0 a",
    "explain --format xml a",
    "explain -r a",
    "explain a --nonsense",
    "streams --stream 1 a",
    "trace a",
    "trace a b --stream 1",
    "trace --stream 1",
    "trace a --stream 1 -o",
]
"""What it is left to: help, errors, and what may be written but seldom is."""


def plainly(line: str) -> dict[str, object] | None:
    name, *words = shlex.split(line)
    plain = Plain()
    command(name).fill(plain)
    found = plain.read(words)
    return None if found is None else vars(found)


def carefully(line: str) -> dict[str, object] | type[BaseException]:
    name, *words = shlex.split(line)
    try:
        return vars(parsed(name, words))
    except (UsageError, SystemExit) as left:
        return type(left)


@pytest.mark.parametrize("line", PLAIN)
def test_both_read_the_same(line: str) -> None:
    assert plainly(line) == carefully(line)


@pytest.mark.parametrize("line", ODD)
def test_odd_words_are_left_to_argparse(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plainly(line) is None
    name, *words = shlex.split(line)
    wanted = carefully(line)
    if isinstance(wanted, dict):
        assert vars(options_of(name, words)) == wanted
    else:
        with pytest.raises(wanted):
            options_of(name, words)


def test_every_straight_command_is_tried() -> None:
    assert {line.split()[0] for line in (*PLAIN, *ODD)} == STRAIGHT


def test_a_plain_run_imports_no_parser() -> None:
    run = f"from unstick.cli import main; main(['explain', '-o', '/dev/null', {str(STORY)!r}])"
    names = imported(run)
    assert "unstick.cli.options" in names
    assert not names & {"argparse", "unstick.cli.parser", "gettext"}


def test_a_capture_without_trouble_loads_nothing_that_speaks_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither checks nor stories, neither the judge nor what reads rows for it."""
    monkeypatch.chdir(tmp_path)
    with open("healthy.pcap", "wb") as file:
        write_capture(file, closed(1, 0))
    names = imported("from unstick.cli import main; main(['explain', 'healthy.pcap'])")
    assert "unstick.diagnose" in names
    loaded = {name for name in names if name.startswith(("unstick.checks.", "unstick.tcp."))}
    assert not {name for name in loaded if name.startswith("unstick.checks.")}
    assert not loaded & {"unstick.tcp.observed", "unstick.tcp.resets", "unstick.tcp.judge"}
    assert not names & {"re", "json", "textwrap", "typing", "dataclasses", "inspect"}

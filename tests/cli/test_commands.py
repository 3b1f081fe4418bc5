"""Commands: options passed on, exit statuses, errors in one line, whole files or none."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Fake
from tests.report import factory
from unstick.analysis import Effort
from unstick.checks.base import Severity
from unstick.cli import main
from unstick.errors import CaptureError
from unstick.filters import Joined, Port, Stream
from unstick.version import VERSION

Text = pytest.CaptureFixture[str]


def test_version(capsys: Text) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"unstick {VERSION}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"], ["help", "nonsense"]])
def test_overview(arguments: list[str], capsys: Text) -> None:
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: unstick COMMAND")
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    "name",
    ["demo", "explain", "streams", "compare", "trace", "checks", "profiles", "completion"],
)
@pytest.mark.parametrize("before", [True, False])
def test_help_is_a_manual_page(name: str, before: bool, capsys: Text) -> None:
    assert main(["help", name] if before else [name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: unstick {name}")
    for part in ("examples:\n", "exit status:\n", "see also:\n"):
        assert part in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("wish", ["FORCE_COLOR", "PYTHON_COLORS"])
@pytest.mark.parametrize("arguments", [["explain", "--help"], ["help", "explain"]])
def test_help_is_never_coloured(
    arguments: list[str], wish: str, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever Python 3.14 and newer take these variables for."""
    for name in ("NO_COLOR", "PYTHON_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(wish, "1")
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: unstick explain ")
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (["explian"], "there is no command 'explian'", "did you mean explain?"),
        (["dump"], "there is no command 'dump'", "unstick --help"),
        (["office.pcap"], "no command 'office.pcap'", "unstick explain office.pcap"),
        (["explain"], "required: CAPTURE", "unstick explain --help"),
        (["explain", "--sream", "4", "x"], "unrecognized arguments: --sream", "--stream?"),
        (["explain", "-r", "x"], "unrecognized arguments: -r", "plain arguments"),
        (["explain", "--stream", "-1", "x"], "", "unstick explain --help"),
        (["explain", "--stream", "x", "x"], "'x' is not a number", "unstick explain --help"),
        (["explain", "--jobs", "0", "x"], "at least 1", "unstick explain --help"),
        (["explain", "--format", "xml", "x"], "invalid choice: 'xml'", "--help"),
        (["explain", "-q", "-v", "x"], "not allowed with", "--help"),
        (["explain", "-Y", "port", "x"], "'port' needs a number", "words: host A"),
        (["explain", "nope.pcap"], "nope.pcap: no such file", "no file of a similar name"),
        (["explain", "nope*.pcap"], "nope*.pcap: no file matches", "quotes"),
        (["explain", "."], ".: is a folder", "unstick explain './*.pcap'"),
        (["explain", "-", "-"], "only once", "single time"),
        (["profiles", "linx-3.6"], "no stack profile 'linx-3.6'", "did you mean linux-3.6?"),
        (["profiles", "a", "--diff", "b", "c"], "do not go together", "--diff A B"),
        (["checks", "C999"], "there is no check 'C999'", ""),
        (["completion", "csh"], "invalid choice", "--help"),
    ],
)
def test_error_is_one_line_and_a_hint(
    arguments: list[str], says: str, hint: str, capsys: Text, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    lines = error.splitlines()
    assert lines[0].startswith("unstick: ")
    assert says in lines[0]
    assert lines[-1].startswith("hint: ")
    assert hint in lines[-1]
    assert "Traceback" not in error


def test_misspelt_file_gets_the_near_one(capture: str, fake: Fake, capsys: Text) -> None:
    assert main(["explain", capture.replace("story", "stroy")]) == 2
    assert f"hint: did you mean {capture}?" in capsys.readouterr().err


def test_explain_passes_the_options_on(capture: str, fake: Fake, capsys: Text) -> None:
    arguments = [
        "-Y",
        "port 80",
        "--stream",
        "3",
        "--profile",
        "linux-3.6",
        "--jobs",
        "2",
        "--max-connections",
        "7",
    ]
    assert main(["explain", *arguments, capture]) == 1
    (call,) = fake.calls
    assert call == {
        "paths": [capture],
        "accept": Joined("and", (Port(80), Stream(3))),
        "profile": "linux-3.6",
        "effort": Effort(2, 7),
        "on_progress": None,
    }
    assert "stuck in CLOSE-WAIT" in capsys.readouterr().out


def test_explain_uses_every_processor_by_default(capture: str, fake: Fake) -> None:
    main(["explain", capture])
    assert fake.calls[0]["effort"] == Effort(os.cpu_count() or 1)


def test_globs_are_expanded_in_order(tmp_path: Path, fake: Fake) -> None:
    for name in ("b.pcap", "a.pcap", "c.txt"):
        (tmp_path / name).touch()
    main(["explain", f"{tmp_path}/*.pcap"])
    assert fake.calls[0]["paths"] == [f"{tmp_path}/a.pcap", f"{tmp_path}/b.pcap"]


def test_file_with_a_star_in_its_name_is_a_file(tmp_path: Path, fake: Fake) -> None:
    path = tmp_path / "a*.pcap"
    path.touch()
    (tmp_path / "ab.pcap").touch()
    main(["explain", str(path)])
    assert fake.calls[0]["paths"] == [str(path)]


@pytest.mark.parametrize(
    ("severity", "options", "status"),
    [
        (Severity.ERROR, [], 1),
        (Severity.WARNING, [], 1),
        (Severity.NOTE, [], 0),
        (Severity.ERROR, ["--exit-zero"], 0),
    ],
)
def test_exit_status(
    severity: Severity, options: list[str], status: int, capture: str, fake: Fake
) -> None:
    finding = factory.C201._replace(severity=severity)
    fake.result = fake.result._replace(findings=(finding,))
    assert main(["explain", *options, capture]) == status


def test_healthy_is_zero(capture: str, fake: Fake, capsys: Text) -> None:
    fake.result = factory.healthy()
    assert main(["explain", capture]) == 0
    assert capsys.readouterr().out.startswith("Nothing is stuck in")


def test_json_and_ndjson(capture: str, fake: Fake, capsys: Text) -> None:
    main(["explain", "--format", "json", capture])
    assert json.loads(capsys.readouterr().out)["schema"] == "unstick.report/1"
    main(["explain", "--format", "ndjson", capture])
    kinds = [json.loads(line)["type"] for line in capsys.readouterr().out.splitlines()]
    assert kinds == ["finding"] * 4 + ["reset"]


def test_output_file_is_replaced_whole(capture: str, fake: Fake, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    assert main(["explain", "--format", "json", "-o", str(target), capture]) == 1
    assert json.loads(target.read_text())["schema"] == "unstick.report/1"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["report.json", "story.server.pcap"]


@pytest.mark.parametrize(
    "failure", [CaptureError("x", "is damaged"), KeyboardInterrupt(), ValueError("a bug")]
)
def test_failing_run_leaves_the_old_file(
    failure: BaseException, capture: str, fake: Fake, tmp_path: Path
) -> None:
    target = tmp_path / "streams.csv"
    target.write_text("old")
    fake.fails = failure  # after the first row was written
    assert main(["streams", "--format", "csv", "-o", str(target), capture]) in (2, 130)
    assert target.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["story.server.pcap", "streams.csv"]


def test_output_follows_a_link(capture: str, fake: Fake, tmp_path: Path) -> None:
    target, link = tmp_path / "real.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    main(["explain", "-o", str(link), capture])
    assert link.is_symlink()
    assert "CLOSE-WAIT" in target.read_text()


def test_output_to_a_device_is_written_directly(capture: str, fake: Fake) -> None:
    assert main(["explain", "-o", "/dev/null", capture]) == 1
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("place", ["", "nowhere/report.txt"])
def test_output_that_cannot_be_written(
    place: str, capture: str, fake: Fake, tmp_path: Path, capsys: Text
) -> None:
    assert main(["explain", "-o", str(tmp_path / place), capture]) == 2
    assert "hint: " in capsys.readouterr().err


def test_interrupt_is_one_line(capture: str, fake: Fake, capsys: Text) -> None:
    fake.fails = KeyboardInterrupt()
    assert main(["explain", capture]) == 130
    assert capsys.readouterr() == ("", "unstick: interrupted\n")


def test_our_bug_is_shown_and_is_not_a_finding(capture: str, fake: Fake, capsys: Text) -> None:
    fake.fails = ZeroDivisionError("ours")
    assert main(["explain", capture]) == 2
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert "bug in unstick" in error


def test_error_does_not_obey_names_from_outside(fake: Fake, capsys: Text) -> None:
    assert main(["explain", "a\x1b[2Jb.pcap"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_streams(capture: str, fake: Fake, capsys: Text) -> None:
    assert main(["streams", "--format", "csv", "-Y", "port 80", capture]) == 0
    assert capsys.readouterr().out.startswith("stream,client,client_port")
    assert fake.calls[0]["accept"] == Port(80)
    assert main(["streams", capture]) == 0
    assert "server 31.7 s" in capsys.readouterr().out


def test_trace(capture: str, fake: Fake, capsys: Text) -> None:
    assert main(["trace", capture, "--stream", "2"]) == 0
    assert capsys.readouterr().out == " 0.000  C  S  0:0(0)\n"
    assert fake.calls == [{"path": capture, "stream": 2, "addresses": False}]


def test_completion(capsys: Text) -> None:
    assert main(["completion", "bash"]) == 0
    assert "_shtab_unstick" in capsys.readouterr().out

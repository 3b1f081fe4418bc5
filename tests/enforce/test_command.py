"""``unstick enforce`` as a command: what it says, where it writes, how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.enforce.scene import Scene, port_of
from unstick.cli import main
from unstick.progress.testing import End, eventually

COMMAND = [sys.executable, "-W", "error", "-m", "unstick", "enforce"]
QUICK = ["--policy", "idle=0.2 silent=none"]
WITHIN_S = 30.0


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


def done(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


def test_once_it_tells_what_it_would_end(scene: Scene) -> None:
    listener = scene.listens()
    scene.stalls(listener)
    told = done("--port", str(port_of(listener)), *QUICK, "--once")
    assert told.returncode == 1, told.stderr
    assert told.stderr == "unstick: idle=0.2 s: ACK gaps of 6.5 s are normal for a 20 kB/s reader\n"
    lines = told.stdout.splitlines()
    assert lines[0] == f"unstick enforce: port {port_of(listener)}, idle=0.2 silent=none"
    assert lines[1] == "  ends nothing: it tells what it would end with --kill"
    assert "  would end 127.0.0.1:" in lines[2]
    assert "NOT_READING: " in told.stdout
    assert lines[-1].startswith("unstick enforce: 1 would end; ")
    assert max(map(len, lines)) < 80
    assert scene.left(listener) == ["ESTABLISHED"]


def test_once_with_nothing_to_end_is_soon_over(scene: Scene) -> None:
    listener = scene.listens()
    scene.clients.says_nothing(listener.getsockname())
    told = done("--port", str(port_of(listener)), "--once", "--kill")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("nothing to end; 1 look, 1 connection now\n")


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_in_another_namespace_until_it_is_stopped(
    scene: Scene, tmp_path: Path, ends: signal.Signals
) -> None:
    """The command starts in the machine's own network, where nothing listens at this port."""
    listener = scene.listens()
    scene.stalls(listener)
    log, counters = tmp_path / "log", tmp_path / "enforce.prom"
    words = ["--port", str(port_of(listener)), *QUICK, "--kill", "--format", "ndjson"]
    words += ["--netns", scene.namespace.path, "--log", str(log), "--metrics", str(counters)]
    told: list[str] = []
    status: list[int] = []

    def outside() -> None:
        with running(*words) as (process, out):
            told.append(out.readline())
            eventually(lambda: counters.exists() and 'fate="ended"' in counters.read_text())
            process.send_signal(ends)
            status.append(process.wait(WITHIN_S))

    thread = threading.Thread(target=outside)  # a thread of its own is in the machine's namespace
    thread.start()
    thread.join(2 * WITHIN_S)
    (record,) = map(json.loads, told)
    assert (record["fate"], record["cause"], record["orphan"]) == ("ended", "NOT_READING", False)
    assert record["local"] == f"127.0.0.1:{port_of(listener)}"
    assert record["since_progress"] >= 0.2
    assert status == [0]
    (line,) = log.read_text().splitlines()
    assert " cause=NOT_READING " in line
    assert line.endswith(" enforce=ended")
    text = counters.read_text()
    assert 'unstick_enforce_verdicts_total{cause="NOT_READING"} 1.0\n' in text
    assert text.endswith("# EOF\n")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["enforce.prom", "log"]
    assert scene.left(listener) == []
    assert scene.clients.all[0].ended() is End.RESET


def test_what_it_lacks_is_said_in_one_line(scene: Scene) -> None:
    """In a user namespace of its own, root has no right over this network."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare (util-linux) is not installed")
    command = ["unshare", "--user", "--map-root-user", *COMMAND, "--port", "80", "--kill"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    if "unshare" in told.stderr:
        pytest.skip(told.stderr.strip())
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "unstick: cannot end connections of others: CAP_NET_ADMIN is missing",
        "hint: run it as root, or without --kill to see what it would end",
    ]
    assert told.stdout == ""


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        ([], "--port is missing", "--port 80"),
        (["--port", "http"], "--port http: not a port", "8000-8010"),
        (["--port", "80", "--policy", "idel=3"], "policy: idel=3", ""),
        (["--port", "80", "--policy", "kill=close"], "kill=close is for programs", "resets"),
        (["--port", "80", "--policy", "idle=none silent=none"], "without any rule", "idle=60"),
        (["--port", "80", "--peer", "example.org"], "not a network", "192.0.2.0/24"),
        (["--port", "80", "--user", "no-such-user"], "there is no such user", ""),
        (["--port", "80", "--max-kills", "0"], "not a number from 1", "none"),
        (["--port", "80", "--kill", "--dry-run"], "not allowed with", "--help"),
        (["--port", "80", "--via", "magic"], "invalid choice", "--help"),
        (["--port", "80", "--every", "0"], "--every: more than nothing", ""),
        (["--port", "80", "--every", "x"], "every=x", ""),
        (["--port", "80", "--netns", "no-such-one"], "--netns no-such-one", "ip netns list"),
        (["--port", "80", "--once", "--log", "/nowhere/log"], "/nowhere/log: No such file", ""),
        (["--prt", "80"], "unrecognized arguments: --prt", "--port?"),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], says: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["enforce", *words]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    lines = error.splitlines()
    assert lines[0].startswith("unstick: ")
    assert says in lines[0]
    assert hint in lines[-1]
    assert len(lines) <= 2


def test_help_is_a_manual_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enforce", "--help"]) == 0
    out = capsys.readouterr().out
    for part in ("examples:\n", "exit status:\n", "see also:\n", "Without --kill it ends nothing"):
        assert part in out
    assert max(map(len, out.splitlines())) <= 80

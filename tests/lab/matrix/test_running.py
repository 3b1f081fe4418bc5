"""Many cells at once: what is done is done, and what was interrupted leaves nothing.

The real ones need root; the others play cells that are none.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from unstick.cli import main
from unstick.lab import netns, state
from unstick.lab.matrix import planning, running
from unstick.lab.matrix.cell import Job, StoppedError
from unstick.lab.matrix.outcome import Cell
from unstick.lab.matrix.rows import Condition
from unstick.lab.matrix.table import from_json
from unstick.lab.needs import lacking, where
from unstick.lab.processes import SOURCE
from unstick.lab.servers import SERVERS
from unstick.lab.servers.pythons import PYTHONS
from unstick.progress.testing import eventually

SOON_S = 60.0

real = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not all(map(where, ("ip", "ss"))),
    reason="cells need root and iproute2: network namespaces",
)


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(state, "clean", list)


def jobs(*clients: str) -> list[Job]:
    return planning.jobs(("blocking",), clients, (Condition.DEFAULT,), 5, False)


@pytest.mark.usefixtures("as_root")
def test_cells_come_as_they_are_done_and_a_failure_is_tried_again() -> None:
    tries: list[str] = []

    def player(job: Job, folder: Path, stopped: threading.Event) -> Cell:
        assert folder.is_dir()
        tries.append(job.column.name)
        failed = job.column.name == "slow" or tries.count("abort") == 1
        return replace(job.empty, failure="busy" if failed else None)

    found = {one.client: one for one in running.results(jobs("slow", "abort"), 1, player)}
    assert sorted(tries) == ["abort", "abort", "slow", "slow"]
    assert found["abort"].failure is None
    assert found["slow"].failure == "busy"


@pytest.mark.usefixtures("as_root")
def test_who_stops_listening_stops_what_is_under_way() -> None:
    ended = threading.Event()

    def player(job: Job, folder: Path, stopped: threading.Event) -> Cell:
        if job.column.name == "abort":
            return job.empty
        assert stopped.wait(SOON_S)
        ended.set()
        raise StoppedError

    with closing(running.results(jobs("abort", "slow", "vanishes"), 2, player)) as cells:
        assert next(cells).client == "abort"
    assert ended.is_set()


@pytest.mark.parametrize(
    ("words", "uid", "says"),
    [
        ([], 1000, "unstick: lab matrix needs root: it makes network namespaces"),
        (["--servers", "apach"], 0, "unstick: there is no server 'apach'"),
        (["-o", "nowhere/matrix.md"], 0, "unstick: nowhere/matrix.md: cannot be written"),
        (["--resume", os.devnull], 0, f"unstick: {os.devnull}: no matrix"),
        (["--resume", "nowhere.json"], 0, "unstick: nowhere.json: No such file or directory"),
        (["--watch", "0"], 0, "unstick: lab matrix: argument --watch: must be at least 1"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_played(
    words: list[str],
    uid: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert main(["lab", "matrix", *words]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.splitlines()[0]) == ("", says)


@real
def test_two_real_cells_then_ctrl_c_keeps_them_and_leaves_nothing(tmp_path: Path) -> None:
    """The reset of a client that closes frees everything; who never reads is held."""
    if missing := lacking(SERVERS["blocking"]):
        pytest.skip(f"the node needs {', '.join(missing)}")
    path = tmp_path / "matrix.json"
    words = [sys.executable, "-m", "unstick", "lab", "matrix", "--servers", "blocking"]
    words += ["--clients", "closes-unread,never-reads", "--conditions", "default"]
    words += ["--watch", "300", "-o", str(path), "-o", str(tmp_path / "matrix.md")]
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    playing = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        eventually(path.exists, SOON_S, "no cell was done")
        mine = [one for one in state.runs() if one.pid == playing.pid]
        playing.send_signal(signal.SIGINT)
        _, told = playing.communicate(timeout=SOON_S)
    finally:
        playing.kill()
        playing.wait()
    assert playing.returncode == 130
    assert told.endswith("unstick: interrupted\n")
    assert [line for line in told.splitlines() if len(line) > 79] == []
    (cell,) = from_json(path.read_text("utf-8")).cells
    assert (cell.client, cell.failure, cell.left) == ("closes-unread", None, ())
    assert cell.let_go_s is not None
    assert cell.let_go_s < 10
    assert "cause=RESET" in cell.log[-1]
    assert (tmp_path / "matrix.md").read_text("utf-8").count("let go after") == 1
    assert not [one for one in state.runs() if one.pid == playing.pid]
    assert not any(netns.exists(name) for one in mine for name in one.namespaces)

    # Nothing is played again that is in the file.
    again = ["--clients", "closes-unread", "--conditions", "default", "--servers", "blocking"]
    other = tmp_path / "again.json"
    assert main(["lab", "matrix", *again, "--resume", str(path), "-o", str(other)]) == 0
    assert json.loads(other.read_text())["cells"] == json.loads(path.read_text())["cells"]


@real
@pytest.mark.long
def test_the_known_facts_of_debians(tmp_path: Path) -> None:
    """With limits of about 10 s, nginx, HAProxy and Varnish drop who reads a steady 20 kB/s when
    they drop who reads nothing; the node in ``progress`` mode drops the dead alone."""
    names = [
        one for one in ("progress", "nginx", "haproxy", "varnish") if not lacking(SERVERS[one])
    ]
    path = tmp_path / "matrix.json"
    words = ["--servers", ",".join(names), "--clients", "stops-reading,slow"]
    assert main(["lab", "matrix", *words, "--conditions", "limits", "-o", str(path)]) == 0
    cells = {(one.server, one.client): one for one in from_json(path.read_text()).cells}
    for name in names:
        stopped, slow = cells[name, "stops-reading"], cells[name, "slow"]
        assert stopped.failure is None is slow.failure
        assert stopped.let_go_s is not None
        assert stopped.let_go_s > 9
        if name == "progress":
            assert slow.let_go_s is None
            assert stopped.left == ()
        else:
            assert slow.let_go_s == pytest.approx(stopped.let_go_s, abs=8)


@real
@pytest.mark.long
def test_a_python_server_holds_and_with_the_guard_inside_lets_go(tmp_path: Path) -> None:
    """Without an environment of its own: a server of the standard library."""
    path = tmp_path / "matrix.json"
    words = ["--servers", "socketserver-threads", "--clients", "never-reads,half-closes"]
    words += ["--conditions", "default,install", "--watch", "15"]
    assert main(["lab", "matrix", *words, "-o", str(path)]) == 0
    cells = {(one.condition, one.client): one for one in from_json(path.read_text()).cells}
    assert cells["default", "never-reads"].let_go_s is None
    guarded = cells["install", "never-reads"]
    assert guarded.let_go_s is not None
    assert guarded.left == ()
    assert any("cause=NOT_READING" in line for line in guarded.log)
    assert all(cells[one, "half-closes"].told == "end" for one in ("default", "install"))


@real
@pytest.mark.long
def test_every_python_server_that_is_installed_serves_in_the_lab(tmp_path: Path) -> None:
    there = [one.name for one in PYTHONS if not lacking(one)]
    path = tmp_path / "matrix.json"
    words = ["--servers", ",".join(there), "--clients", "closes-unread", "--parallel", "4"]
    assert main(["lab", "matrix", *words, "--conditions", "default", "-o", str(path)]) == 0
    cells = from_json(path.read_text()).cells
    assert [one.server for one in cells] == there
    for one in cells:
        assert (one.failure, one.left) == (None, ()), one
        assert one.next_answer_s is not None, one

"""``unstick serve`` and ``unstick serve ctl`` as processes, as people and the lab start them."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.node.stage import SOON_S
from unstick.cli import main
from unstick.progress.testing import Client, Clients, eventually


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A node of its own process, and the words of its first line."""
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    words = ("serve", "--origin", "demo:30M", "--listen", "127.0.0.1:0", *options)
    with subprocess.Popen(
        [sys.executable, "-m", "unstick", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            yield process, dict(word.split("=", 1) for word in first.split())
        finally:
            process.kill()


def shown_by_ctl(capsys: pytest.CaptureFixture[str]) -> str:
    """The requests that the node of this runtime folder says are under way."""
    assert main(["serve", "ctl", "requests"]) == 0
    return capsys.readouterr().out


def stalled_at(
    said: dict[str, str], clients: Clients, capsys: pytest.CaptureFixture[str]
) -> Client:
    """A client that reads nothing, at the node that said so, once its request is under way."""
    host, port = said["listening"].split(":")
    client = clients.never_reads((host, int(port)), rcvbuf=16384)
    eventually(lambda: "GET /: sends" in shown_by_ctl(capsys), SOON_S)
    return client


def test_serves_lists_cancels_and_ends(
    tmp_path: Path,
    unstick_client: Clients,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with serving(tmp_path, "--delivery", "blocking") as (process, said):
        host, port = said["listening"].split(":")
        client = http.client.HTTPConnection(host, int(port), timeout=SOON_S)
        client.request("GET", "/bytes/1000")
        assert len(client.getresponse().read()) == 1000
        client.close()
        stalled = stalled_at(said, unstick_client, capsys)
        assert main(["serve", "ctl", "cancel", "2"]) == 0
        assert capsys.readouterr().out == "request 2 is reset\n"
        stalled.ended(SOON_S)
        # The client is told before the thread of its session has left the register.
        eventually(lambda: shown_by_ctl(capsys) == "no request is under way\n", SOON_S)
        assert main(["serve", "ctl", "cancel", "2"]) == 2
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=SOON_S)
        assert process.returncode == 0
    lines = out.splitlines()
    assert [word for word in lines[0].split() if word.startswith("cause=")] == ["cause=FLUSHED"]
    assert [word for word in lines[1].split() if word.startswith("cause=")] == ["cause=CANCELLED"]
    assert lines[-1] == "stopped reset=0"
    assert list(tmp_path.glob("*.sock")) == []


def test_a_second_signal_does_not_wait(
    tmp_path: Path,
    unstick_client: Clients,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with serving(tmp_path) as (process, said):
        stalled_at(said, unstick_client, capsys)
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("stopping=")
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) == -signal.SIGTERM


def test_the_socket_of_a_killed_node_is_in_nobodys_way(tmp_path: Path) -> None:
    path = str(tmp_path / "own.sock")
    with serving(tmp_path, "--control", path) as (process, _):
        process.kill()
        process.wait(SOON_S)
    with serving(tmp_path, "--control", path) as (_, said):
        assert said["control"] == path
        assert main(["serve", "ctl", "--help"]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve"], "--origin is missing"),
        (["serve", "--origin", "ftp://x"], "not an origin"),
        (["serve", "--origin", "demo:much"], "not a size"),
        (["serve", "--origin", "demo:1", "--listen", "here"], "not an address"),
        (["serve", "--origin", "demo:1", "--policy", "idle=soon"], "policy: idle"),
        (["serve", "--origin", "demo:1", "--memory", "none"], "more than nothing"),
        (["serve", "ctl", "--control", "nowhere.sock", "requests"], "no node answers"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err

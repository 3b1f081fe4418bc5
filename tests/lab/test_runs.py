"""Runs on this machine's kernel: the explanation and the truth are as each scenario says.

Needs root. The quickest run with every test run, all others with ``make test-long``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from unstick.cli import main
from unstick.lab import netns, state
from unstick.lab.events import Event
from unstick.lab.folder import Record, read
from unstick.lab.hosts import built
from unstick.lab.needs import lacking, where
from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.runner import Order, play
from unstick.lab.scenarios import SCENARIOS
from unstick.lab.servers import SERVERS
from unstick.lab.verdict import judge
from unstick.live import namespaces
from unstick.progress.testing import eventually

QUICK = ("office-today", "forged-reset-pair", "syn-challenge")
"""Seconds each: nothing is left soon."""

OTHERS = [
    one.name for one in SERVERS.values() if one.environment == "this" and one.name != "blocking"
]

pytestmark = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not all(map(where, ("ip", "ss", "nft"))),
    reason="runs need root, iproute2 and nftables: network namespaces",
)


OWN = f"t{os.getpid():x}x"
"""How names of runs begin that this process makes: others may run labs beside these tests."""


def left() -> set[str]:
    """Namespaces and processes of this process's runs."""
    names = {path.name for path in namespaces.FOLDER.glob(f"{netns.PREFIX}{OWN}*")}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if "unstick.lab.agent" in words and str(os.getpid()) in words:
            names.add(f"{path.parent.name}: {words}")
    return names


@pytest.fixture(autouse=True)
def nothing_survives(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    numbers = count(1)
    monkeypatch.setattr("secrets.token_hex", lambda size: f"{OWN}{next(numbers)}")
    yield
    assert eventually(lambda: not left(), 10, lambda: str(left()))


def run(name: str, folder: Path, family: int = 4) -> tuple[Record, list[Event]]:
    told: list[Event] = []
    return play(SCENARIOS[name], Order(folder, family=family), told.append), told


def agrees(record: Record, folder: Path) -> None:
    verdict = judge(record.scenario, record.paths(folder), record.seen)
    assert verdict.holds, [one for one in verdict.checked if not one.holds]


@pytest.mark.parametrize("name", QUICK)
def test_quick_scenario(name: str, tmp_path: Path) -> None:
    family = 6 if name == "office-today" else 4
    record, told = run(name, tmp_path, family)
    agrees(record, tmp_path)
    assert {event.who for event in told} >= {CLIENT, SERVER}


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in QUICK])
def test_scenario(name: str, tmp_path: Path) -> None:
    record, _ = run(name, tmp_path)
    agrees(record, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", ["office", "mtu-black-hole", "mtu-told-by-icmp"])
def test_scenario_over_ipv6(name: str, tmp_path: Path) -> None:
    record, _ = run(name, tmp_path, 6)
    agrees(record, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("server", OTHERS)
def test_with_another_server(server: str, tmp_path: Path) -> None:
    """Each starts, serves what it is asked for, and is gone afterwards."""
    if missing := lacking(SERVERS[server]):
        pytest.skip(f"{', '.join(missing)} is not installed: unstick lab doctor")
    record = play(SCENARIOS["mtu-told-by-icmp"], Order(tmp_path, server=server), lambda event: None)
    agrees(record, tmp_path)
    assert max(one.values.get("read", 0) for one in record.seen.events) > 8_000_000


def test_what_a_run_keeps_and_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    monkeypatch.chdir(tmp_path)
    assert main(["lab", "run", "reset-with-md5-option", "--keep", str(kept), "--seed", "7"]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines() if str(tmp_path) not in line) <= 79
    assert "R107" in out
    assert "DIFFERS" not in out
    names = {path.name for path in kept.iterdir()}
    assert names >= {"README.md", "run.json", "counters.json", "events.jsonl", "sockets.jsonl"}
    assert names >= {"server.pcapng", "client.pcapng", "findings.json", "findings-client.json"}
    assert not [name for name in names if name.startswith(".")]
    facts = read(kept).facts
    assert facts["seed"] == 7
    assert facts["sysctls"][SERVER]["net.ipv4.tcp_congestion_control"] == "reno"
    assert json.loads((kept / "findings.json").read_text())["schema"] == "unstick.report/1"

    moved = tmp_path / "elsewhere"
    shutil.move(kept, moved)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    before = sorted(path.name for path in moved.iterdir())
    assert main(["lab", "replay", str(moved)]) == 0
    again = capsys.readouterr().out
    assert "R107" in again
    assert "agrees" in again
    assert sorted(path.name for path in moved.iterdir()) == before


def test_what_a_killed_run_leaves_is_removed_and_nothing_else(tmp_path: Path) -> None:
    foreign = f"{netns.PREFIX}foreign-{os.getpid()}"
    netns.add(foreign)
    try:
        program = [sys.executable, "-m", "unstick", "lab", "run", "pipelined"]
        environment = {**os.environ, "PYTHONPATH": str(Path(netns.__file__).parents[2])}
        running = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE)
        assert running.stdout is not None
        mine = eventually(
            lambda: [one for one in state.runs() if one.pid == running.pid], 20, "it never began"
        )[0]
        eventually(lambda: len(netns.pids(mine.namespaces[2])) >= 2, 30, "nobody came")
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        # Its processes die with it, without anybody's help.
        eventually(lambda: not any(map(netns.pids, mine.namespaces)), 10, "processes live on")
        assert all(map(netns.exists, mine.namespaces))
        assert mine.name in {one.name for one in state.clean()}
        assert not any(map(netns.exists, mine.namespaces))
        assert not mine.path.exists()
        assert netns.exists(foreign)
    finally:
        netns.remove(foreign)


def test_a_living_run_is_not_cleaned() -> None:
    with built({}) as hosts:
        assert hosts.run not in {one.name for one in state.clean()}
        assert netns.exists(hosts.client)


def test_hosts_are_as_they_should_be() -> None:
    """Offloads off, forwarding off, settings as asked, and read back."""
    with built({SERVER: {"net.ipv4.tcp_retries2": "5"}}) as hosts:
        assert hosts.sysctls[SERVER]["net.ipv4.tcp_retries2"] == "5"
        assert hosts.sysctls[CLIENT]["net.ipv4.tcp_retries2"] == "15"
        assert hosts.sysctls[CLIENT]["net.ipv4.ip_forward"] == "0"
        if where("ethtool") is None:
            return
        told = netns.run("ip", "netns", "exec", hosts.server, "ethtool", "-k", "eth0")
        for name in (
            *("tx-tcp-segmentation", "tx-tcp6-segmentation", "generic-segmentation-offload"),
            *("generic-receive-offload", "tx-checksumming", "rx-checksumming"),
        ):
            assert f"{name}: off" in told


def test_without_root_one_line_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["lab", "run", "office"]) == 2
    captured = capsys.readouterr()
    told = captured.err.splitlines()
    assert captured.out == ""
    assert told[0] == "unstick: lab run needs root: it makes network namespaces"
    assert len(told) == 2

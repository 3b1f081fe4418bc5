"""``make bench``: who is timed, who is not and why, as a table and as figures."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from benchmarks import hand_over, two_threads
from benchmarks.__main__ import as_json, markdown
from benchmarks.flood import flood
from benchmarks.peers import PEERS, SMALL, Peer
from benchmarks.record import cannot_record
from benchmarks.timing import alternated

from unstick.cli import main

HERE = Peer("tcpdump -w /dev/null", (sys.executable, "-c", "pass"), "the base")
TWICE = Peer("busy", (sys.executable, "-c", "sum(range(3_000_000))"), "more of it")
ABSENT = Peer("no-such-program", ("no-such-program",), "")
FAILING = Peer("failing", (sys.executable, "-c", "raise SystemExit(3)"), "")
ENDLESS = Peer("endless", (sys.executable, "-c", "import signal; signal.pause()"), "")


def test_everybody_in_turn_and_a_reason_for_who_is_missing(tmp_path: Path) -> None:
    said: list[str] = []
    peers = [HERE, TWICE, ABSENT, FAILING]
    results = alternated(peers, tmp_path / "web.pcap", tmp_path / "out", 2, 60, said.append)
    assert [len(one.runs) for one in results] == [2, 2, 0, 0]
    assert [one.failed for one in results][2:] == ["not installed", "ended with status 3"]
    assert [line.rpartition(": ")[2] for line in said] == [
        *(HERE.name, TWICE.name, FAILING.name, HERE.name, TWICE.name)
    ]
    lines = list(markdown({"web.pcap": results}))
    assert any(
        line.startswith("| `no-such-program` |") and "not installed" in line for line in lines
    )
    base = next(line for line in lines if line.startswith("| `tcpdump -w /dev/null` |"))
    assert base.split("|")[3].strip() == base.split("|")[5].strip() == "1.00"
    figures = json.loads(json.dumps(as_json({"web.pcap": results})))
    assert figures["captures"]["web.pcap"][1]["processor_s"] > 0
    assert figures["captures"]["web.pcap"][2]["wall_s"] is None


def test_a_capture_that_tcpdump_does_not_read_is_compared_with_cat(tmp_path: Path) -> None:
    cat = Peer("cat", HERE.command, "the limit")
    refuses = Peer(HERE.name, FAILING.command, "refuses")
    results = alternated([cat, refuses], tmp_path / "x", tmp_path, 1, 60, lambda text: None)
    assert "ratio to `cat`" in "\n".join(markdown({"mix.pcapng": results}))


def test_a_library_that_is_not_installed_is_told_so(tmp_path: Path) -> None:
    absent = Peer("library", HERE.command, "", needs="no_such_package")
    (result,) = alternated([absent], tmp_path / "x", tmp_path, 1, 60, lambda text: None)
    assert result.failed == "not installed"
    installed = Peer("library", HERE.command, "", needs="json")
    (result,) = alternated([installed], tmp_path / "x", tmp_path, 1, 60, lambda text: None)
    assert len(result.runs) == 1


def test_every_library_has_its_file() -> None:
    modules = [peer.command[2] for peer in PEERS if peer.needs is not None]
    assert len(modules) == 2
    assert all(find_spec(module) is not None for module in modules)


def test_what_cannot_be_recorded_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cannot_record("small", tmp_path) == "it is cut from web.pcap"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert cannot_record("mix", tmp_path) == "root is needed for network namespaces"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cannot_record("web", tmp_path) == "not installed: ip, ethtool, nft, tcpdump, nginx, wrk"


def test_who_does_not_end_is_given_up(tmp_path: Path) -> None:
    (result,) = alternated([ENDLESS], tmp_path / "x", tmp_path / "out", 1, 0.3, lambda text: None)
    assert result.failed == "not done after 0.3 s"


def test_every_peer_has_a_name_of_its_own() -> None:
    for peers in (PEERS, SMALL):
        assert len({peer.name for peer in peers}) == len(peers)


@pytest.mark.parametrize(("kind", "packets"), [("syn", 1), ("half", 2)])
def test_a_flood_is_as_many_connections_and_what_is_not_followed_is_told(
    kind: str, packets: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flood.pcap"
    path.write_bytes(b"".join(flood(kind, 300)))
    main(["explain", "--format", "json", "--max-connections", "200", str(path)])
    report = json.loads(capsys.readouterr().out)
    assert report["captures"][0]["packets"] == 300 * packets
    assert report["connections"]["total"] == 200
    assert any("(100 of them a SYN)" in limit for limit in report["limits"])


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_what_handing_rows_over_costs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flood.pcap"
    path.write_bytes(b"".join(flood("half", 3000)))
    allowed = os.sched_getaffinity(0)
    try:
        assert min(hand_over.stages(str(path), min(allowed), max(allowed))) > 0
        os.sched_setaffinity(0, allowed)
        if len(allowed) > 1:
            assert hand_over.main(["--rounds", "1", str(path)]) == 0
            assert capsys.readouterr().out.count(" s |") == 6
            assert os.sched_getaffinity(0) == allowed
    finally:
        os.sched_setaffinity(0, allowed)


def test_what_two_threads_gain_beside_what_the_machine_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flood.pcap"
    path.write_bytes(b"".join(flood("half", 30)))
    assert two_threads.main(["--rounds", "2", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("| two threads |" in line for line in lines) == 2
    steady = two_threads.Round(before=3.0, processes=4.0, threads=2.5, after=5.0)
    assert (steady.gain, steady.machine) == (1.6, 2.0)
    with pytest.raises(SystemExit, match="status 2"):
        two_threads.main([str(tmp_path / "absent.pcap")])
    with pytest.raises(SystemExit):
        two_threads.main(["--rounds", "0", str(path)])
    assert "--rounds: at least 1" in capsys.readouterr().err

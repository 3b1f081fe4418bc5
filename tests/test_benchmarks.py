"""``make bench``: who is timed, who is not and why, as a table and as figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.__main__ import as_json, markdown
from benchmarks.peers import PEERS, SMALL, Peer
from benchmarks.timing import alternated

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


def test_who_does_not_end_is_given_up(tmp_path: Path) -> None:
    (result,) = alternated([ENDLESS], tmp_path / "x", tmp_path / "out", 1, 0.3, lambda text: None)
    assert result.failed == "not done after 0.3 s"


def test_every_peer_has_a_name_of_its_own() -> None:
    for peers in (PEERS, SMALL):
        assert len({peer.name for peer in peers}) == len(peers)

"""The lab's pairs, both ends of one minute on real stacks, against counts of tshark alone."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.compare.network import lost, only
from unstick.compare import Comparison, compare
from unstick.wire.columns import FIN, RST, SYN

LAB = Path(__file__).parents[3] / "shared" / "captures" / "lab"
PAIRS = (
    "halfclose",
    "leak",
    "office",
    "pipelined",
    "stopread",
    "story",
    "story-vps",
    "vanish",
    "vps",
)
HEALTHY = ("halfclose", "leak", "stopread", "story-vps", "vps")
FIELDS = (
    "ip.src",
    "ip.id",
    "tcp.flags",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.len",
    "tcp.checksum",
    "tcp.options.timestamp.tsval",
)

pytestmark = pytest.mark.skipif(not LAB.is_dir(), reason="the shared captures are not here")
with_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def both(name: str) -> Comparison:
    return compare(str(LAB / f"{name}.client.pcap"), str(LAB / f"{name}.server.pcap"))


def rows(path: Path) -> Counter[tuple[str, ...]]:
    """Every segment as its fields, counted."""
    asked = [word for field in FIELDS for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *asked]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    return Counter(tuple(line.split("\t")) for line in out.splitlines())


def kind(row: tuple[str, ...]) -> str:
    flags = int(row[2], 16)
    for bit, name in ((RST, "RST"), (SYN, "SYN"), (FIN, "FIN")):
        if flags & bit:
            return name
    return "data" if int(row[5]) else "ACK"


def kinds(found: Counter[tuple[str, ...]], sender: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row, times in found.items():
        if row[0] == sender:
            counts[kind(row)] += times
    return dict(counts)


@with_tshark
@pytest.mark.parametrize("name", PAIRS)
def test_counts_are_those_of_tshark(name: str) -> None:
    pair = only(both(name))
    here, there = (rows(LAB / f"{name}.{end}.pcap") for end in ("client", "server"))
    assert pair.near_client == "A"
    ends = ((pair.a.client, here, there), (pair.a.server, there, here))
    for each, (sender, near, far) in zip(pair.directions, ends, strict=True):
        assert {one: n for one, n in each.sent.items() if n} == kinds(near, sender)
        unseen = {one: each.lost[one] + each.unjudged[one] for one in each.lost}
        assert {one: n for one, n in unseen.items() if n} == kinds(near - far, sender)
        assert kinds(far - near, sender) == {}
        assert not each.injected
        assert (each.duplicated, each.partly, each.regrouped) == (0, 0, 0)
        assert (each.missed_by_far, each.missed_by_near) == (0, 0)


@pytest.mark.parametrize("name", PAIRS)
def test_clocks_of_one_machine_agree(name: str) -> None:
    """All three hosts of the lab are namespaces of one machine; the path takes 20 ms each way."""
    clocks = both(name).clocks
    assert clocks is not None
    assert clocks.offset_ns is not None
    assert clocks.gap_ns is not None
    assert abs(clocks.offset_ns) < 500_000
    assert 19_500_000 < clocks.gap_ns < 21_000_000
    assert clocks.drift_ppm is None


@pytest.mark.parametrize("name", HEALTHY)
def test_path_without_the_middlebox_is_no_difference(name: str) -> None:
    found = both(name)
    assert found.exit_status == 0
    assert found.headlines == ("Everything that was sent arrived, and nothing else did.",)


@pytest.mark.parametrize(
    ("name", "sent", "last_sent", "last_arrived"),
    [("office", 950, 3879, 5981), ("pipelined", 849, 3898, 5950), ("story", 46, 211, 326)],
)
def test_middlebox_forwards_the_first_reset_only(
    name: str, sent: int, last_sent: int, last_arrived: int
) -> None:
    found = both(name)
    client, server = only(found).directions
    assert found.exit_status == 1
    assert found.headlines[0] == f"The client sent {sent} resets; the server saw 1."
    assert lost(client) == {"RST": sent - 1}
    stop = client.stop
    assert stop is not None
    assert stop.proven
    assert stop.last_near is not None
    assert stop.last_far is not None
    assert (stop.last_near.frame, stop.last_far.frame) == (last_sent, last_arrived)
    # The client's capture ends while the server still sends: that way nothing is proven.
    assert not lost(server)
    assert server.stop is not None
    assert not server.stop.proven


def test_path_that_goes_silent_both_ways() -> None:
    found = both("vanish")
    client, server = only(found).directions
    assert found.exit_status == 1
    assert lost(client) == {"ACK": 3}
    assert lost(server) == {"data": 3}
    assert server.unjudged["data"] == 4  # sent after the client's capture ended
    assert [each.stop is not None and each.stop.proven for each in (client, server)] == [True, True]
    assert client.stop is not None
    assert client.stop.last_far is not None
    assert client.stop.last_far.frame == 119  # nothing heard since, says the server's story


def test_the_story_and_the_same_client_without_the_middlebox() -> None:
    found = compare(str(LAB / "story.server.pcap"), str(LAB / "story-vps.server.pcap"))
    paths = found.paths
    assert found.exit_status == 1
    assert paths is not None
    assert (paths.bad, paths.good) == ("A", "B")
    assert [event.token for event in paths.a.events] == [
        "client FIN",
        "client RST low",
        "server unanswered",
        "end stuck server",
    ]
    low, exact = paths.b.events[1:3]
    assert (low.token, low.frame) == ("client RST low", 324)
    assert (exact.token, exact.frame) == ("client RST exact", 418)
    assert paths.difference is not None
    assert "at the exact number (frame 418)" in paths.difference
    [first] = [line for line in paths.lines if line.first]
    assert first.a is not None
    assert first.a.token == "server unanswered"


@with_tshark
def test_resets_of_the_good_path_are_those_of_tshark() -> None:
    path = LAB / "story-vps.server.pcap"
    found = compare(str(LAB / "story.server.pcap"), str(path)).paths
    assert found is not None
    command = ["tshark", "-n", "-r", str(path), "-Y", "tcp.flags.reset==1"]
    fields = ["-T", "fields", "-e", "tcp.seq"]
    out = subprocess.run(
        [*command, *fields], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert [event.times for event in found.b.events[1:3]] == [out.count("276"), out.count("277")]


@pytest.mark.parametrize(
    ("a", "b", "differs"),
    [
        ("office.server", "vps.server", True),
        ("pipelined.server", "vps.server", True),
        ("leak.server", "halfclose.server", True),
        ("story-vps.server", "vps.server", False),
        ("story.server", "office.server", False),
    ],
)
def test_two_paths(a: str, b: str, differs: bool) -> None:
    found = compare(str(LAB / f"{a}.pcap"), str(LAB / f"{b}.pcap"))
    assert found.kind == "two-paths"
    assert found.differs is differs
    assert found.exit_status == int(differs)

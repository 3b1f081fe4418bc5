"""Retransmissions frame by frame against Wireshark's: every difference is one of
``docs/differences.md``, and there are no others."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.flows.packets import TSHARK
from tests.tcp.segments import CAPTURES, Table, table_of, walked
from unstick.tcp import columns as t
from unstick.wire import columns as c

pytestmark = [
    pytest.mark.skipif(TSHARK is None, reason="tshark is not installed"),
    pytest.mark.skipif(not CAPTURES.is_dir(), reason="the recorded captures are not here"),
]

FIELDS = ("frame.number", "tcp.stream", "tcp.analysis.retransmission", "tcp.analysis.out_of_order")

Frames = dict[int, set[int]]
"""Frames by stream."""

PUBLIC = "public/"
ONLY_OURS: dict[str, Frames] = {
    PUBLIC + "fixtures/mercury__capture2_sliceA.pcap": {2: {325, 326, 331, 377, 397}},
    PUBLIC + "malformed/suricata-verify__bug-1450-05__tls_DER-incomplete-content.pcap": {0: {9}},
}
ONLY_THEIRS: dict[str, Frames] = {
    PUBLIC + "controls/ipfixprobe__functional__inputs__ovpn.pcap": {0: {31}},
    PUBLIC + "fixtures/quantuminsert__pcaps__qi_internet_SYNACK_curl_jsonip.pcap": {0: {9}},
    PUBLIC + "fixtures/zeek__http__206_example_b.pcap": {0: {262}},
    PUBLIC + "traps/arkime__pcap__tcp_handshake_synthetic.pcap": {3: {13}},
    PUBLIC + "traps/arkime__pcap__tcpseq_synthetic.pcap": {2: {14}, 5: {38}},
    PUBLIC + "traps/zeek__tcp__reassembly.pcap": {0: {52, 77}},
}
COPIES: dict[str, Frames] = {
    PUBLIC + "controls/PcapPlusPlus__Tests__Packet++Test__PacketExamples__ldap.pcapng": {0: {2}},
    PUBLIC + "controls/arkime__pcap__80211http.pcap": {0: {14, 17}},
    PUBLIC + "controls/tcpdump__pptp.pcap": {0: {3, 7, 9, 12, 14, 18, 20, 23}},
    PUBLIC + "controls/zeek__nflog-http.pcap": {0: {2, 3}},
    PUBLIC + "controls/zeek__vlan-pcp-dei.pcapng": {0: {2, 3, 5, 6, 8, 9}},
    PUBLIC + "fixtures/suricata-verify__bug-5437-02__input.pcap": {
        3: {42},
        6: {44, 46, 48, 50, 52, 54, 56},
    },
    PUBLIC + "traps/arkime__pcap__tcp_handshake_synthetic.pcap": {14: {47}},
    PUBLIC + "traps/arkime__pcap__tcpseq_synthetic.pcap": {3: {20}},
}
SSH_DUPS = PUBLIC + "fixtures/zeek__tcp__ssh-dups.pcap"
"""280 copies of 97 packets: too many to list."""

FOLDERS = ("lab", "public/fixtures", "public/traps")
"""Where retransmissions are. The other folders were compared, too: what differed is named above,
and starting tshark a hundred times takes a minute."""

LARGEST_BYTES = 400_000


def captures() -> list[str]:
    """Everything there that is not large, and whatever is named above."""
    found = [path for folder in FOLDERS for path in sorted((CAPTURES / folder).glob("*.pcap*"))]
    small = [path for path in found if path.stat().st_size <= LARGEST_BYTES]
    names = {path.relative_to(CAPTURES).as_posix() for path in small}
    return sorted({*names, *ONLY_OURS, *ONLY_THEIRS, *COPIES, SSH_DUPS})


def theirs(path: Path) -> Frames:
    """Frames tshark takes for sent again."""
    assert TSHARK is not None
    fields = [word for field in FIELDS for word in ("-e", field)]
    run = subprocess.run(
        [TSHARK, "-r", str(path), "-Y", "tcp", "-T", "fields", *fields],
        capture_output=True,
        text=True,
        check=False,
    )
    found: Frames = defaultdict(set)
    for line in run.stdout.splitlines():
        frame, stream, *marks = line.split("\t")
        if stream and any(marks):
            found[int(stream.split(",")[-1])].add(int(frame))
    return found


def ours(table: Table) -> tuple[Frames, Frames]:
    """Frames counted as sent again, and frames taken for copies: the walk, read after every
    segment."""
    again: Frames = defaultdict(set)
    copies: Frames = defaultdict(set)
    walker = walked(Table(table.rows[:0], table.streams))
    view = memoryview(table.rows)
    counts: dict[int, tuple[int, int]] = {}
    for base in table.bases():
        slot = table.rows[base + c.SLOT]
        walker.feed(view[base : base + c.SEGMENT_WIDTH], 1, table.streams.slots)
        if slot < 0:
            continue
        row = walker.row(slot)
        sides = (t.SIDES, t.SIDES + t.SIDE_WIDTH)
        sent = sum(row[side + t.S_RETRANSMITTED] for side in sides)
        before = counts.get(slot, (0, 0))
        counts[slot] = (sent, row[t.C_COPIES])
        stream, frame = table.streams.number(slot), table.rows[base + c.FRAME]
        if sent > before[0]:
            again[stream].add(frame)
        if row[t.C_COPIES] > before[1]:
            copies[stream].add(frame)
    return again, copies


def minus(one: Frames, other: Frames) -> Frames:
    left = {stream: frames - other.get(stream, set()) for stream, frames in one.items()}
    return {stream: frames for stream, frames in left.items() if frames}


@pytest.mark.parametrize("name", captures(), ids=lambda name: name[-50:])
def test_what_is_sent_again_is_what_wireshark_says(name: str) -> None:
    table = table_of(CAPTURES / name)
    if table is None:
        return  # not a capture that unstick reads
    again, copies = ours(Table(table.rows, table.streams))
    known = theirs(CAPTURES / name)
    assert minus(again, known) == ONLY_OURS.get(name, {})
    assert minus(minus(known, again), copies) == ONLY_THEIRS.get(name, {})
    if name == SSH_DUPS:
        assert len(copies[0]) == 280
    else:
        assert minus(copies, {}) == COPIES.get(name, {})

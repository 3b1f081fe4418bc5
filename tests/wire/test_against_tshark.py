"""Every field of every segment is what tshark says it is, on every capture at hand.

Differences that are meant stand in ``EXPLAINED``, with the reason; anything else fails, and so does
an explanation that nothing needs any more.
"""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import ABSENT, CAPTURES, Row, captures, read
from tests.wire.test_layers import LINKS, TUNNELS
from unstick.errors import CaptureError
from unstick.wire.columns import NOTICE_FRAGMENT_REST

TSHARK = shutil.which("tshark")

pytestmark = [
    pytest.mark.skipif(TSHARK is None, reason="tshark is not installed"),
    pytest.mark.skipif(not CAPTURES.is_dir(), reason=ABSENT),
]

FOLDERS = tuple(f"public/{name}" for name in ("fixtures", "traps", "controls", "malformed"))
MORE_FOLDERS = ("public/formats", "lab")
"""Plain large files, and those of which test_formats.py has the truth: tshark takes long."""

EXPLAINED: tuple[tuple[str, str, str], ...] = (
    # part of the file name, kind of difference, reason
    ("frag_http_req", "only-unstick", "the header is in the first fragment: a row stands there"),
    ("frag_http_req", "SEQ", "the row of the completing frame stands for the rest"),
    ("frag_http_req", "LENGTH", "the row of the completing frame stands for the rest"),
    ("zeek__tcp__reassembly", "LENGTH", "IP length beyond a cut frame: the next seq confirms it"),
    ("pcapng-example.pcapng", "TIME_NS", "times before 1970: tshark takes them as unsigned"),
    ("drop-protocol-change", "only-tshark", "a TCP header of 8 bytes: every stack drops it"),
    ("FuzzTarget-4829420752470016", "TIME_NS", "seconds above 2**31 are of 2038, not before 1970"),
    ("FuzzTarget-5487001111429120", "TIME_NS", "seconds above 2**31 are of 2038, not before 1970"),
    ("FuzzTarget-6303070823907328", "TIME_NS", "a fraction of 36 minutes: tshark cuts it"),
    ("DER-incomplete-content", "only-unstick", "tshark stops at the damaged header; we find on"),
    ("DER-incomplete-content", "packets", "tshark stops at the damaged header; we find on"),
    ("FuzzTarget-5188876846235648", "packets", "a length of 640 MB: tshark shows the cut packet"),
    ("FuzzTarget-5781142119907328", "packets", "a length of 4 GB: tshark shows the cut packet"),
    ("FuzzTarget-5165927376355328", "packets", "the last packet is cut: tshark shows it"),
    ("FuzzTarget-5631583764873216", "packets", "reserved bits of the link type: tshark refuses"),
    ("epb-unbounded-length", "packets", "a packet larger than its block: read as far as it goes"),
    ("cast-constructed-record", "packets", "tshark takes the record headers for longer ones"),
    ("cast-constructed-record", "only-unstick", "tshark takes the record headers for longer ones"),
    ("edsa", "packets", "a link type tshark refuses: we count its packets"),
    ("vtp_asan", "packets", "a link type tshark refuses: we count its packets"),
    ("brcm-tag-prepend", "packets", "a link type tshark refuses: we count its packets"),
    ("brcm-tag-stp", "packets", "a link type tshark refuses: we count its packets"),
)

UNKNOWN_TO_TSHARK = frozenset(
    # Synthetic packets of test_layers.py that leave out what tshark wants to see: MAC addresses
    # over MPLS, the version of ERSPAN, the length of GTP; the other byte order of NFLOG and PKTAP.
    {"ethernet over mpls", "nflog big", "pktap", "erspan 2", "erspan 3", "erspan 3 long"}
    | {"gtp", "gtp sequence", "gtp extension"}
)

COLUMNS: dict[str, str] = {
    # column of the segment table: field of tshark, whose last occurrence is the innermost
    "SOURCE_PORT": "tcp.srcport",
    "TARGET_PORT": "tcp.dstport",
    "SEQ": "tcp.seq_raw",
    "ACK": "tcp.ack_raw",
    "FLAGS": "tcp.flags",
    "WINDOW": "tcp.window_size_value",
    "LENGTH": "tcp.len",
    "CHECKSUM": "tcp.checksum",
    "URGENT": "tcp.urgent_pointer",
    "MSS": "tcp.options.mss_val",
    "WINDOW_SCALE": "tcp.options.wscale.shift",
    "TSVAL": "tcp.options.timestamp.tsval",
    "TSECR": "tcp.options.timestamp.tsecr",
    "INTERFACE": "frame.interface_id",
}
IP_COLUMNS = {
    4: {"TTL": "ip.ttl", "IP_ID": "ip.id"},
    6: {"TTL": "ipv6.hlim"},
}
ADDRESSES = {4: ("ip.src", "ip.dst"), 6: ("ipv6.src", "ipv6.dst")}
EDGES = ("tcp.options.sack_le", "tcp.options.sack_re")
FIELDS = (
    "frame.number",
    "frame.time_epoch",
    "tcp.stream",
    *COLUMNS.values(),
    *(field for table in IP_COLUMNS.values() for field in table.values()),
    *(field for pair in ADDRESSES.values() for field in pair),
    *EDGES,
)


def tshark_rows(path: Path) -> dict[int, dict[str, str]]:
    """Frame number to what tshark says of the frame."""
    assert TSHARK is not None
    absolute = ("-o", "tcp.relative_sequence_numbers:FALSE")  # edges of SACK blocks
    command = [TSHARK, "-n", "-r", str(path), *absolute, "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    # A damaged file gives what could be read, and status 2.
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    rows = (dict(zip(FIELDS, line.split("\t"), strict=True)) for line in done.stdout.splitlines())
    return {int(row["frame.number"]): row for row in rows}


def number(text: str) -> int | None:
    """The last of the numbers tshark printed, decimal or 0x; None if there is none."""
    return int(text.split(",")[-1], 0) if text else None


def address(row: Row, end: str) -> str:
    """An address of a row, as tshark prints it."""
    high, low = row[f"{end}_HIGH"], row[f"{end}_LOW"]
    assert high is not None
    assert low is not None
    if row["IP_VERSION"] == 4:
        return str(ipaddress.IPv4Address(low))
    return str(ipaddress.IPv6Address(((high % (1 << 64)) << 64) | (low % (1 << 64))))


def time_ns(text: str) -> int:
    """Seconds with a fraction as nanoseconds."""
    seconds, _, below = text.partition(".")
    return (int(seconds) * 1_000_000_000) + int(below.ljust(9, "0"))


def row_differences(row: Row, theirs: dict[str, str]) -> Iterator[str]:
    """Names of the columns in which a row differs from tshark."""
    version = row["IP_VERSION"]
    assert version is not None
    if time_ns(theirs["frame.time_epoch"]) != row["TIME_NS"]:
        yield "TIME_NS"
    for column, field in {**COLUMNS, **IP_COLUMNS[version]}.items():
        if column == "INTERFACE" and not theirs[field]:
            continue  # pcap: tshark knows no interface
        if number(theirs[field]) != row[column]:
            yield column
    for end, field in zip(("SOURCE", "TARGET"), ADDRESSES[version], strict=True):
        if theirs[field].split(",")[-1] != address(row, end):
            yield end
    sacks = [[int(edge) for edge in theirs[field].split(",") if edge] for field in EDGES]
    ours = [[row[f"SACK_{i}_{end}"] for i in range(1, 5)] for end in ("LEFT", "RIGHT")]
    if [edges + [None] * (4 - len(edges)) for edges in sacks] != ours:
        yield "SACK"


def differences(path: Path) -> Counter[str]:
    """Kinds of differences between our rows and tshark's."""
    theirs = tshark_rows(path)
    found: Counter[str] = Counter()
    result = read(path)
    if len(theirs) != result.reader.packets:
        found["packets"] += 1
    ours = {row["FRAME"]: row for row in result.rows}
    for frame, their_row in theirs.items():
        if their_row["tcp.stream"] and frame not in ours:
            found["only-tshark"] += 1
    for row in result.rows:
        assert row["FRAME"] is not None
        their = theirs.get(row["FRAME"])
        if their is None or not their["tcp.stream"]:
            found["only-unstick"] += 1
            continue
        found.update(row_differences(row, their))
    return found


def path_id(path: Path) -> str:
    return path.name[-60:]


@pytest.mark.parametrize("path", captures(*FOLDERS), ids=path_id)
def test_rows_are_what_tshark_says(path: Path) -> None:
    holds(path)


@pytest.mark.long
@pytest.mark.parametrize("path", captures(*MORE_FOLDERS), ids=path_id)
def test_more_rows_are_what_tshark_says(path: Path) -> None:
    holds(path)


def holds(path: Path) -> None:
    """A capture differs in what is explained, and in nothing else."""
    if path.suffix == ".snoop":
        with pytest.raises(CaptureError):
            read(path)
        return
    explained = {kind for name, kind, _ in EXPLAINED if name in path.name}
    assert set(differences(path)) == explained


def test_every_explanation_names_a_capture() -> None:
    names = [path.name for path in captures(*FOLDERS)]
    for part, _, _ in EXPLAINED:
        assert any(part in name for name in names), part


def test_rest_of_fragments_completes_what_tshark_reassembles() -> None:
    [path] = [path for path in captures(*FOLDERS) if "frag_http_req" in path.name]
    first, rest = read(path).rows
    [whole] = [row for row in tshark_rows(path).values() if row["tcp.stream"]]
    assert first["LENGTH"] is not None
    assert first["SEQ"] is not None
    assert rest["LENGTH"] is not None
    assert first["LENGTH"] + rest["LENGTH"] == number(whole["tcp.len"])
    assert rest["SEQ"] == first["SEQ"] + first["LENGTH"]
    assert rest["NOTICES"] == NOTICE_FRAGMENT_REST


def test_quotes_in_icmp_are_rows_where_tshark_gives_them_a_stream(tmp_path: Path) -> None:
    four, six = b.ipv4(), b.ipv6()
    kinds = [b.ip4(1, bytes((kind, 0)) + bytes(6) + four) for kind in (0, 3, 4, 5, 8, 11, 12)]
    kinds += [b.ip6(58, bytes((kind, 0)) + bytes(6) + six) for kind in (1, 2, 3, 4, 128)]
    sizes = [b.ip4(1, b"\3\0" + bytes(6) + four[:size]) for size in range(20, 44)]
    sizes += [b.ip6(58, b"\1\0" + bytes(6) + six[:size]) for size in range(40, 64)]
    path = tmp_path / "icmp.pcap"
    path.write_bytes(b.pcap(kinds + sizes))
    theirs = [frame for frame, row in tshark_rows(path).items() if row["tcp.stream"]]
    assert [row["FRAME"] for row in read(path).rows] == theirs
    assert len(theirs) > 20


@pytest.mark.parametrize("name", sorted(set(LINKS) - UNKNOWN_TO_TSHARK))
@pytest.mark.long
def test_links_are_peeled_as_tshark_peels_them(name: str, tmp_path: Path) -> None:
    link, packet = LINKS[name]
    path = tmp_path / "link.pcap"
    path.write_bytes(b.pcap([packet], link))
    assert not differences(path)


@pytest.mark.long
def test_tunnels_are_opened_as_tshark_opens_them(tmp_path: Path) -> None:
    path = tmp_path / "tunnels.pcap"
    names = sorted(set(TUNNELS) - UNKNOWN_TO_TSHARK)
    path.write_bytes(b.pcap([TUNNELS[name] for name in names]))
    theirs = tshark_rows(path)
    found = [row["FRAME"] for row in read(path).rows if theirs[row["FRAME"] or 0]["tcp.stream"]]
    assert len(found) == len(names)

"""M505 speaks of damage, and only of damage."""

from __future__ import annotations

from pathlib import Path

from tests.wire.bytes_of import spec
from unstick.checks.capture_damaged import DAMAGE
from unstick.diagnose import explain
from unstick.wire.anomalies import KINDS
from unstick.wire.writer import CaptureStyle, write_capture


def written(path: Path, style: CaptureStyle) -> bytes:
    """A capture of two segments."""
    with path.open("wb") as file:
        write_capture(file, [spec(), spec(seq=1005, ip_id=2)], style)
    return path.read_bytes()


def codes(path: Path) -> list[str]:
    return [one.code for one in explain([str(path)]).findings]


def test_every_kind_is_one_that_the_reader_counts() -> None:
    assert {name for name, _ in KINDS} >= DAMAGE


def test_a_file_that_ends_inside_a_packet(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    whole = written(path, CaptureStyle())
    assert codes(path) == []
    path.write_bytes(whole[:-3])
    (one,) = explain([str(path)]).findings
    assert one.code == "M505"
    assert one.evidence[0].values["kind"] == "file-cut"


def test_a_header_that_makes_no_sense(tmp_path: Path) -> None:
    path = tmp_path / "torn.pcap"
    whole = bytearray(written(path, CaptureStyle()))
    whole[32:40] = b"\xff" * 8  # both lengths of the first packet
    path.write_bytes(bytes(whole))
    assert codes(path) == ["M505"]


def test_a_short_snapshot_is_no_damage(tmp_path: Path) -> None:
    """The payload is cut, the headers are whole."""
    path = tmp_path / "short.pcap"
    written(path, CaptureStyle(snaplen=54))
    assert codes(path) == []

"""From captures to conclusions: the story's numbers, rotations, engines, and what fits."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from tests.casebook import VARIANTS, all_cases, write_variant
from tests.house import REPOSITORY
from unstick import engine as engines
from unstick.diagnose import explain
from unstick.diagnosis import Diagnosis, contradicts
from unstick.errors import CaptureError
from unstick.filters import parse_filter
from unstick.report.look import Look
from unstick.report.resets import reset_lines
from unstick.wire.notation_reader import parse_trace
from unstick.wire.rotation import Rotation

STORY = REPOSITORY / "src" / "unstick" / "data" / "story.server.pcap"


@pytest.fixture(scope="module")
def story() -> Diagnosis:
    return explain([str(STORY)])


def codes(diagnosis: Diagnosis) -> list[str]:
    return [finding.code for finding in diagnosis.findings]


def split(path: Path, folder: Path, after: int) -> list[str]:
    """The capture as two files: ``after`` packets in the first. Little-endian microseconds."""
    data = path.read_bytes()
    at = 24
    for _ in range(after):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    first, second = folder / "a.pcap", folder / "b.pcap"
    first.write_bytes(data[:at])
    second.write_bytes(data[:24] + data[at:])
    return [str(first), str(second)]


def test_the_numbers_of_the_post(story: Diagnosis) -> None:
    (reset,) = story.resets
    assert (reset.frame, reset.seq, reset.rcv_nxt, reset.offset) == (371, 276, 277, -1)
    assert (reset.state, reset.observed) == ("CLOSE-WAIT", "refused")
    assert reset.profiles["linux-3.6"] == "refused-silently"
    assert reset.profiles["linux-4.11"] == "honoured"
    assert "C201" in codes(story)


def test_the_default_stack_is_contradicted_and_those_that_fit_are_named(story: Diagnosis) -> None:
    choice = story.profile
    assert (choice.name, choice.chosen) == ("linux-6.17", "default")
    assert choice.contradicted_by == (371,)
    assert choice.fits is not None
    assert "linux-3.6" in choice.fits
    assert "linux-4.11" not in choice.fits


LOST = """\
  0.000000  C  S    0:0(0)               win 64240  <mss 1460>
  0.000005  S  S.   0:0(0)      ack 1    win 65160  <mss 1460>
  0.000007  C  .    1:1(0)      ack 1    win 64240
  0.001931  C  P.   1:48(47)    ack 1    win 64240
  0.001934  S  .    1:1(0)      ack 48   win 65160
  0.003134  S  P.   1:101(100)  ack 48   win 65160
  0.003136  C  .    48:48(0)    ack 101  win 64240
  0.003141  S  F.   101:101(0)  ack 48   win 65160
  0.022448  C  R.   {seq}:{seq}(0)    ack 102  win 64240
  0.214260  S  F.   101:101(0)  ack 48   win 65160
"""


@pytest.mark.parametrize(
    ("seq", "lost"),
    [
        (48, True),  # exact: no stack would go on, so it never came to one
        (47, False),  # too low: what the default stack would do, and what was seen
    ],
)
def test_what_no_stack_does_says_nothing_of_the_stack(seq: int, lost: bool, tmp_path: Path) -> None:
    path = tmp_path / "lost.pcap"
    write_variant(path, parse_trace(LOST.format(seq=seq)), VARIANTS[0])
    diagnosis = explain([str(path)])
    (reset,) = diagnosis.resets
    assert reset.observed == "refused"
    assert contradicts(reset.verdict, reset.observed) == lost
    assert diagnosis.profile.contradicted_by == ()
    assert diagnosis.profile.fits is None
    lines = reset_lines(diagnosis.resets, diagnosis.profile, Look(), verbose=False)
    told = " ".join(" ".join(lines).split())
    assert ("lost behind the capture point" in told) == lost


def test_the_stack_of_the_day_is_not_contradicted() -> None:
    diagnosis = explain([str(STORY)], profile="linux-3.6")
    assert diagnosis.profile.contradicted_by == ()
    assert diagnosis.resets[0].verdict == "refused-silently"


@pytest.mark.parametrize("after", [1, 100, 320, 375])
def test_a_rotation_is_one_capture(story: Diagnosis, tmp_path: Path, after: int) -> None:
    files = split(STORY, tmp_path, after)
    diagnosis = explain(files[::-1])  # the order is told by time, not by name
    assert [capture.path for capture in diagnosis.captures] == files
    assert codes(diagnosis) == codes(story)
    (reset,) = diagnosis.resets
    assert (reset.capture, reset.frame) == ((1, 371 - after) if after < 371 else (0, 371))


def test_frames_of_a_rotation_name_their_file() -> None:
    rotation = Rotation(("a", "b", "c"), (0, 10, 10))
    number = rotation.frame_type()
    assert [f"{number(frame)}" for frame in (1, 10, 11)] == ["1:1", "1:10", "3:1"]
    assert number(11) == 11
    assert rotation.within((9, 10, 11), 2) == (1,)


def test_compression_changes_nothing(story: Diagnosis, tmp_path: Path) -> None:
    packed = tmp_path / "story.pcap.gz"
    packed.write_bytes(gzip.compress(STORY.read_bytes()))
    diagnosis = explain([str(packed)])
    assert diagnosis.captures[0].compression == "gzip"
    assert (diagnosis.findings, diagnosis.resets) == (story.findings, story.resets)


def test_engines_conclude_the_same(story: Diagnosis) -> None:
    plain = explain([str(STORY)], engine=engines.load_plain())
    assert plain.engine == "plain"
    assert (plain.findings, plain.resets, plain.ladders) == (
        story.findings,
        story.resets,
        story.ladders,
    )


def test_a_filter_chooses_connections() -> None:
    none = explain([str(STORY)], accept=parse_filter("port 1"))
    assert (none.total, none.findings) == (0, ())
    assert explain([str(STORY)], accept=parse_filter("port 8080")).total == 1
    assert explain([str(STORY)], accept=parse_filter("stream 7")).total == 0


def test_every_compiled_file_is_known_to_the_engine() -> None:
    source = REPOSITORY / "src"
    hot = {
        ".".join(path.relative_to(source).with_suffix("").parts) for path in source.rglob("*.pxd")
    }
    assert hot == set(engines.HOT)


def test_odd_segments_get_a_verdict(tmp_path: Path) -> None:
    """The challenge ACK of an older connection meets SYN-SENT: the RFC wants a reset for it."""
    case = next(one for one in all_cases() if one.path.stem == "syn-challenged")
    path = tmp_path / "syn.pcap"
    write_variant(path, parse_trace(case.trace), VARIANTS[0])
    (segment,) = explain([str(path)]).segments
    assert (segment.frame, segment.sender, segment.kind) == (2, "server", "odd ACK")
    assert (segment.state, segment.verdict) == ("SYN-SENT", "reply rst")
    assert segment.cite.startswith("RFC 9293")
    assert explain([str(STORY)]).segments == ()


@pytest.mark.parametrize("link", [1, 147])
def test_a_file_of_unknown_packets_is_not_called_healthy(tmp_path: Path, link: int) -> None:
    """LINKTYPE_USER0 is nobody's; Ethernet with the same bytes is read, and holds no TCP."""
    path = tmp_path / "user0.pcap"
    record = struct.pack("<IIII", 1, 0, 14, 14) + bytes(14)
    path.write_bytes(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link) + record)
    if link == 1:
        assert explain([str(path)]).total == 0
        return
    with pytest.raises(CaptureError, match="link type"):
        explain([str(path)])

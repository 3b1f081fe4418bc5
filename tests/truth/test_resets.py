"""Resets in real captures, as they were read by hand: verdict, provenance, findings.

Frames are numbers of the capture file. Nothing here is needed where the captures are absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.tcp.segments import CAPTURES
from unstick.checks.base import Finding, Severity, Value
from unstick.diagnose import explain
from unstick.diagnosis import Diagnosis, ResetVerdict
from unstick.errors import CaptureError

NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
HONOURED, SILENT, CHALLENGED = "honoured", "refused-silently", "refused-challenged"

needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="the recorded captures are not beside this checkout"
)

FIXTURES = "public/fixtures/"
DECRYPT = FIXTURES + "mercury__test__data__test_decrypt.pcap"
SLICE = FIXTURES + "mercury__capture2_sliceA.pcap"
RANGES = FIXTURES + "zeek__http__206_example_b.pcap"
TEREDO = FIXTURES + "zeek__tunnels__Teredo.pcap"
SMTP = FIXTURES + "suricata-verify__smtp-raw-extraction__input.pcap"
CERTS = FIXTURES + "suricata-verify__tls__tls-certs-alert__input.pcap"
FTP6 = FIXTURES + "zeek__ftp__ipv6-violation.pcap"
SHA = FIXTURES + "suricata-verify__http-sha256-drop-02__input.pcap"
MD5 = FIXTURES + "suricata-verify__security-4710-01__input.pcap"
GITHUB = FIXTURES + "arkime__pcap__https2-301-get.pcap"
SPLUNK = FIXTURES + "arkime__pcap__CVE-2018-6794.pcap"
INJECTED = FIXTURES + "zeek__tcp__rst-inject-rae.pcap"
QUANTUM = FIXTURES + "quantuminsert__pcaps__qi_internet_SYNACK_curl_jsonip.pcap"
B64 = FIXTURES + "suricata-verify__base64-decode-5885__input.pcap"
LDAP = FIXTURES + "zeek__ldap__simpleauth.pcap"
LDAP_PORT = FIXTURES + "zeek__ldap__simpleauth-diff-port.pcap"


@dataclass(frozen=True)
class Fell:
    """Where one reset fell. ``answers`` is the one frame it answers, or the first it may."""

    file: str
    frame: int
    offset: int | None
    verdict: str
    observed: str = "unknown"
    answers: int | None = None
    origin: str = "endpoint"
    profile: str | None = None

    @property
    def name(self) -> str:
        return f"{self.file.rsplit('/', 1)[-1][:40]}-{self.frame}-{self.profile or 'default'}"


RESETS = (
    Fell("lab/office.server.pcap", 5981, -1, HONOURED, "refused", 3066),
    Fell("lab/office.server.pcap", 5981, -1, SILENT, "refused", 3066, profile="linux-3.6"),
    Fell("lab/story.server.pcap", 326, -1, HONOURED, "refused", 171),
    Fell("lab/story.server.pcap", 326, -1, SILENT, "refused", 171, profile="linux-3.6"),
    Fell("lab/pipelined.server.pcap", 5950, -41, SILENT, "refused", 2979),
    # At the client every reset stands right behind the segment it answers.
    Fell("lab/office.client.pcap", 3879, -1, HONOURED, answers=3878),
    Fell("lab/office.client.pcap", 3881, -1, HONOURED, answers=3880),
    Fell("lab/story.client.pcap", 211, -1, HONOURED, answers=210),
    Fell("lab/pipelined.client.pcap", 3898, -41, "undecidable", answers=3897),
    Fell("lab/story-vps.server.pcap", 324, -1, HONOURED, answers=169),
    Fell(MD5, 4, 0, SILENT, "refused", origin="another-host"),
    Fell(FTP6, 15, -1, HONOURED, answers=14),
    Fell(FTP6, 17, -1, HONOURED, answers=16),
    Fell(FTP6, 19, 0, HONOURED, answers=18),
    # The ACK in frame 31 comes 0.7 ms after the reset, over a path of 98 ms: it acknowledges the
    # FIN and crossed both resets. It is no challenge, though it looks like one.
    Fell(CERTS, 28, -1, HONOURED, answers=27),
    Fell(CERTS, 30, -1, HONOURED, answers=29),
    Fell(CERTS, 32, 0, HONOURED, answers=31),
    Fell(GITHUB, 21, -1, HONOURED, answers=18),
    Fell(GITHUB, 22, -1, HONOURED, answers=19),
    Fell(GITHUB, 23, 0, HONOURED, answers=20),
    Fell(SMTP, 44, 0, HONOURED),
    Fell(SMTP, 46, -1, HONOURED, answers=45),
    Fell(DECRYPT, 130, 590_006_397, SILENT, answers=129, origin="another-host"),
    Fell(DECRYPT, 140, 589_942_531, SILENT, answers=138, origin="another-host"),
    Fell(RANGES, 1302, 123_689, SILENT),
    Fell(SHA, 137, 1448, CHALLENGED, origin="unknown"),
    Fell(SPLUNK, 30, 410, CHALLENGED),
    Fell(INJECTED, 2, None, SILENT, "refused", origin="another-host"),
    Fell(INJECTED, 7, 0, HONOURED),
    Fell(QUANTUM, 10, -1, HONOURED, answers=9),
    Fell(QUANTUM, 12, 0, HONOURED, answers=11),
    Fell(TEREDO, 50, 0, SILENT, origin="another-host"),
    Fell(TEREDO, 51, 0, HONOURED, origin="another-host"),
    Fell(TEREDO, 78, 0, HONOURED, origin="another-host"),
    Fell(LDAP, 12, 0, HONOURED, origin="another-host"),
    Fell(LDAP_PORT, 12, 0, HONOURED, origin="another-host"),
    # It is for an older connection of the same ports, of which the capture knows nothing.
    Fell(B64, 193, None, "undecidable", answers=192),
    Fell(B64, 1118, 0, HONOURED, "honoured", answers=1115),
    Fell(SLICE, 419, 0, HONOURED, "honoured", 408, "another-host"),
    Fell(SLICE, 421, 12_503, SILENT, origin="another-host"),
    Fell(SLICE, 735, 0, HONOURED, "honoured", 729, "another-host"),
    # The same volley with the TTL of the host: told by its two numbers.
    Fell(SLICE, 801, 0, HONOURED, "honoured", 796, "another-host"),
    Fell(SLICE, 802, 12_503, SILENT, origin="another-host"),
    # Another TTL and nothing else.
    Fell(SLICE, 700, 0, HONOURED, "honoured", 697, "unknown"),
)


@dataclass(frozen=True)
class Told:
    """One finding that must be there. ``frames`` are some of those it names."""

    file: str
    stream: int
    code: str
    severity: Severity
    frames: tuple[int, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    by: str | None = None

    @property
    def name(self) -> str:
        return f"{self.file.rsplit('/', 1)[-1][:40]}-{self.stream}-{self.code}"


TOLD = (
    Told("lab/office.server.pcap", 0, "R101", WARNING, (5981, 6030), (("offset", -1),), "C201"),
    Told("lab/office.server.pcap", 0, "R104", NOTE, (3066, 5522), (("ack", 44),), "C201"),
    Told("lab/office.server.pcap", 0, "R105", ERROR, (5981,), (("resets", 1),), "C201"),
    Told("lab/story.server.pcap", 0, "R101", WARNING, (326, 341), (("offset", -1),), "C201"),
    Told("lab/story.server.pcap", 0, "R104", NOTE, (171,), (("ack", 276),), "C201"),
    Told("lab/story.server.pcap", 0, "R105", ERROR, (326,), (("resets", 1),), "C201"),
    Told("lab/pipelined.server.pcap", 0, "R101", WARNING, (5950,), (("offset", -41),), "C201"),
    Told(
        "lab/pipelined.server.pcap",
        0,
        "R104",
        NOTE,
        (2979,),
        (("bytes_between", 40), ("fin_between", True)),
        "C201",
    ),
    Told("lab/pipelined.server.pcap", 0, "R105", ERROR, (5950,), (("resets", 1),), "C201"),
    Told(MD5, 0, "R107", WARNING, (4,), (("option", "MD5"),)),
    Told(RANGES, 0, "R101", NOTE, (1302,), (("offset", 123_689),)),
    Told(SHA, 1, "R102", NOTE, (137,), (("offset", 1448),)),
    Told(SPLUNK, 0, "R102", NOTE, (30,), (("offset", 410),)),
    Told(INJECTED, 0, "R106", WARNING, (2,)),
    Told(DECRYPT, 2, "R106", NOTE, (130,), (("ttl", 255), ("host_ttl", 64))),
    Told(DECRYPT, 3, "R106", NOTE, (140,)),
    Told(TEREDO, 1, "R106", NOTE, (50,)),
    Told(TEREDO, 2, "R106", NOTE, (78,)),
    Told(LDAP, 0, "R106", NOTE, (12,), (("ttl", 251), ("host_ttl", 52))),
    Told(LDAP_PORT, 0, "R106", NOTE, (12,)),
    Told(SLICE, 23, "R106", WARNING, (419, 421), (("offset", 12_503),)),
    Told(SLICE, 50, "R106", WARNING, (734, 735)),
    Told(SLICE, 54, "R106", WARNING, (801, 802)),
)

SILENT_FILES = (
    "lab/halfclose.server.pcap",
    "lab/halfclose.client.pcap",
    "lab/leak.server.pcap",
    "lab/stopread.server.pcap",
    "lab/vanish.server.pcap",
    "lab/office.client.pcap",
    "lab/pipelined.client.pcap",
    "lab/story.client.pcap",
    FTP6,
    CERTS,
    GITHUB,
    SMTP,
    QUANTUM,
    B64,
)
"""Captures with resets, or without, in which no R check has anything to say."""


@cache
def diagnosis(file: str, profile: str | None = None) -> Diagnosis:
    return explain([str(CAPTURES / file)], profile=profile)


def found(file: str, profile: str | None = None) -> tuple[Finding, ...]:
    findings = diagnosis(file, profile).findings
    return tuple(one for one in findings if one.code.startswith("R"))


def reset_in(file: str, frame: int, profile: str | None = None) -> ResetVerdict:
    (reset,) = (one for one in diagnosis(file, profile).resets if one.frame == frame)
    return reset


@needs_captures
@pytest.mark.parametrize("truth", RESETS, ids=lambda truth: truth.name)
def test_a_reset_fell_here_and_answers_that(truth: Fell) -> None:
    reset = reset_in(truth.file, truth.frame, truth.profile)
    assert reset.offset == truth.offset
    assert reset.verdict == truth.verdict
    assert reset.observed == truth.observed
    assert reset.answers_frame == truth.answers
    assert reset.origin == truth.origin


@needs_captures
@pytest.mark.parametrize("truth", TOLD, ids=lambda truth: truth.name)
def test_a_finding_of_resets(truth: Told) -> None:
    (finding,) = (
        one for one in found(truth.file) if one.code == truth.code and one.stream == truth.stream
    )
    assert finding.severity is truth.severity
    assert finding.explained_by == truth.by
    frames = {frame for evidence in finding.evidence for frame in evidence.frames}
    assert set(truth.frames) <= frames | {_named(finding, frame) for frame in truth.frames}
    values: dict[str, set[Value]] = {}
    for evidence in finding.evidence:
        for key, value in evidence.values.items():
            values.setdefault(key, set()).add(value)
    for key, value in truth.values:
        assert value in values[key]


def _named(finding: Finding, frame: int) -> int | None:
    """A frame that the words name and the list of frames does not."""
    words = " ".join(evidence.says for evidence in finding.evidence)
    return frame if f"frame {frame})" in words or f"frame {frame}," in words else None


@needs_captures
@pytest.mark.parametrize("file", SILENT_FILES)
def test_ordinary_resets_are_no_findings(file: str) -> None:
    assert not [(one.code, one.stream, one.headline) for one in found(file)]


@needs_captures
@pytest.mark.parametrize("profile", [None, "linux-3.6", "rfc5961", "freebsd"])
@pytest.mark.parametrize("file", ["lab/vps.server.pcap", "lab/story-vps.server.pcap"])
def test_without_the_middlebox_nothing_is_worse_than_a_note(file: str, profile: str | None) -> None:
    assert all(one.severity is NOTE for one in found(file, profile))


@needs_captures
@pytest.mark.parametrize("folder", ["controls", "traps"])
def test_healthy_captures_have_no_reset_trouble(folder: str) -> None:
    for path in sorted((CAPTURES / "public" / folder).iterdir()):
        try:
            findings = found(f"public/{folder}/{path.name}")
        except CaptureError:
            continue  # refused by name: no capture
        assert not [(one.code, one.headline) for one in findings], path.name


@needs_captures
def test_the_one_reset_is_told_for_every_stack() -> None:
    reset = reset_in("lab/office.server.pcap", 5981, "linux-3.6")
    assert (reset.seq, reset.rcv_nxt, reset.state) == (44, 45, "CLOSE-WAIT")
    assert reset.profiles["linux-4.11"] == reset.profiles["linux-6.17"] == HONOURED
    assert reset.profiles["rfc793"] == reset.profiles["linux-3.6"] == SILENT
    assert reset.answers_range is not None
    assert reset.answers_range[0] == 3066
    pipelined = reset_in("lab/pipelined.server.pcap", 5950)
    assert set(pipelined.profiles.values()) == {SILENT}


@needs_captures
@pytest.mark.parametrize("story", ["office", "story", "pipelined"])
def test_the_segment_named_at_one_end_is_the_one_answered_at_the_other(story: str) -> None:
    """The client's own capture shows what its first reset answers: the same bytes."""
    server, client = diagnosis(f"lab/{story}.server.pcap"), diagnosis(f"lab/{story}.client.pcap")
    there, here = server.resets[0].answers_frame, client.resets[0].answers_frame
    assert there is not None
    assert here is not None
    numbers = [
        sequence_of(CAPTURES / f"lab/{story}.{end}.pcap", frame)
        for end, frame in (("server", there), ("client", here))
    ]
    assert numbers[0] == numbers[1]


def sequence_of(path: Path, frame: int) -> int:
    """The raw sequence number in an Ethernet/IPv4 frame of a little-endian pcap file."""
    data = path.read_bytes()
    at = 24
    for _ in range(frame - 1):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    packet = at + 16
    header = 14 + ((data[packet + 14] & 0x0F) * 4)
    return int.from_bytes(data[packet + header + 4 : packet + header + 8], "big")

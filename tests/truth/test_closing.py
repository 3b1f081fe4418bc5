"""Closings and handshakes in real captures, as they were read by hand.

Frames are numbers of the capture file. Nothing here is needed where the captures are absent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.tcp.segments import CAPTURES
from unstick.checks.base import Finding, Severity, Value
from unstick.diagnose import explain
from unstick.errors import CaptureError

NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
OURS = frozenset({"C201", "C202", "C203", "C204", "C205", "H401", "H402", "H403", "H404"})

needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="the recorded captures are not beside this checkout"
)


@dataclass(frozen=True)
class Truth:
    """One finding that must be there. ``frames`` are some of those it names."""

    file: str
    stream: int
    code: str
    severity: Severity
    stuck: str | None = None
    frames: tuple[int, ...] = ()
    values: dict[str, Value] = field(default_factory=dict)
    by: str | None = None

    @property
    def name(self) -> str:
        return f"{self.file.rsplit('/', 1)[-1][:40]}-{self.stream}-{self.code}"


FIXTURES = "public/fixtures/"
ODD_TUNNELS = FIXTURES + "suricata-verify__bug-5437-02__input.pcap"
B64 = FIXTURES + "suricata-verify__base64-decode-5885__input.pcap"
RANGES = FIXTURES + "zeek__http__206_example_b.pcap"

TRUTHS = (
    Truth("lab/story.server.pcap", 0, "C201", ERROR, "server", (307, 309, 326, 341)),
    Truth("lab/office.server.pcap", 0, "C201", ERROR, "server", (5522, 5531, 5981), {"offset": -1}),
    Truth("lab/pipelined.server.pcap", 0, "C201", ERROR, "server", (5950,), {"offset": -41}),
    Truth("lab/leak.server.pcap", 0, "C202", WARNING, "server", (12, 13), {"reaction_s": 0.043}),
    Truth("lab/leak.client.pcap", 0, "C202", WARNING, "server", (12, 13)),
    Truth("lab/leak.server.pcap", 0, "C204", NOTE, None, (12, 13), {"limit_s": 60.0}, "C202"),
    Truth("lab/leak.client.pcap", 0, "C204", NOTE, None, (12, 13), {}, "C202"),
    Truth(
        FIXTURES + "mercury__unit_pcaps__faketls_potatovpn.pcap",
        1,
        "C202",
        WARNING,
        None,
        (54, 58, 61),
        {"idle_s": 120.009},
    ),
    Truth(
        FIXTURES + "mercury__unit_pcaps__faketls_potatovpn.pcap",
        1,
        "C204",
        WARNING,
        None,
        (54, 58, 61),
        {},
        "C202",
    ),
    Truth(RANGES, 1, "C202", NOTE, None, (1554, 1555, 1556), {"idle_s": 26.214}),
    Truth(
        FIXTURES + "zeek__pppoe-over-qinq.pcap",
        0,
        "C203",
        WARNING,
        "server",
        (80, 82, 83, 84, 85, 86),
        {"retransmissions": 4, "outstanding_bytes": 31},
    ),
    Truth(
        FIXTURES + "zeek__socks.pcap",
        0,
        "C203",
        WARNING,
        "client",
        (46, 48, 49, 50, 51, 52, 53),
        {"retransmissions": 5, "outstanding_bytes": 0},
    ),
    Truth(FIXTURES + "zeek__socks.pcap", 0, "H401", NOTE, None, (1, 8), {"syns": 7}),
    Truth(
        FIXTURES + "suricata-verify__bug-2646-01__input.pcap",
        0,
        "C203",
        WARNING,
        "server",
        (18, 19, 21, 29),
        {"retransmissions": 9, "outstanding_bytes": 31},
    ),
    Truth(
        FIXTURES + "arkime__pcap__CVE-2018-6794.pcap",
        0,
        "C203",
        WARNING,
        None,
        (4, 6, 7, 8, 28, 30),
        {"retransmissions": 5, "outstanding_bytes": 409},
    ),
    Truth(
        FIXTURES + "mercury__capture2_sliceA.pcap",
        2,
        "C203",
        WARNING,
        "client",
        (324, 325, 402, 713),
        {"retransmissions": 8},
    ),
    Truth(ODD_TUNNELS, 4, "H401", WARNING, None, (13, 33, 35, 37, 39), {"syns": 5}),
    Truth(ODD_TUNNELS, 7, "H401", WARNING, None, (30, 34, 36, 38, 40), {"syns": 5}),
    Truth(ODD_TUNNELS, 6, "C203", WARNING, None, (43, 45, 55), {"retransmissions": 6}),
    Truth(B64, 11, "H402", NOTE, None, (191, 192, 193, 236), {"waited_s": 3.028}),
    Truth(B64, 0, "H401", WARNING, None, (19, 125, 195), {"syns": 3}),
    Truth("public/controls/zeek__irc-353.pcap", 0, "H403", NOTE, None, (1, 2)),
)

NOTHING = (
    "lab/halfclose.server.pcap",
    "lab/halfclose.client.pcap",
    "lab/vps.server.pcap",
    "lab/vps.client.pcap",
    "lab/story-vps.server.pcap",
    "lab/story-vps.client.pcap",
    "lab/stopread.server.pcap",
    "lab/vanish.server.pcap",
    FIXTURES + "zeek__tls__tls13_wolfssl.pcap",
    FIXTURES + "zeek__tcp__rst-inject-rae.pcap",
    FIXTURES + "suricata-verify__http-sha256-drop-02__input.pcap",
    "public/traps/zeek__tcp__fin_retransmission.pcap",
    "public/traps/zeek__tcp__missing-syn.pcap",
    "public/traps/zeek__tcp__miss_end_data.pcap",
    "public/traps/zeek__tcp__one-sided-2745.pcap",
    "public/traps/zeek__tcp__no-handshake.pcap",
    "public/controls/suricata-verify__tcp-rst-unacked-stream-07-http__input.pcap",
    "public/controls/suricata-verify__tcp-rst-unacked-stream-10__TLPW1-tcp-174.56.47.59-10.3.11."
    "101-tcp-80-49309.pcap",
    "public/controls/zeek__tls__pop3-starttls.pcap",
    "public/controls/suricata-verify__bug-814__input.pcap",
)
"""Served half-closes, late second FINs, captures that end or begin in the middle, one direction,
resets after everything was acknowledged, a reset after a ladder: no closing trouble in any."""


@cache
def findings(file: str) -> tuple[Finding, ...]:
    try:
        return explain([str(CAPTURES / file)]).findings
    except CaptureError:
        return ()


def healthy() -> list[str]:
    return [
        f"public/{folder}/{path.name}"
        for folder in ("controls", "traps")
        for path in sorted((CAPTURES / "public" / folder).glob("*"))
    ]


@needs_captures
@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.name)
def test_truth(truth: Truth) -> None:
    (finding,) = [
        one for one in findings(truth.file) if one.code == truth.code and one.stream == truth.stream
    ]
    frames = {frame for evidence in finding.evidence for frame in evidence.frames}
    values = {key: value for one in finding.evidence for key, value in one.values.items()}
    assert finding.severity is truth.severity
    assert finding.stuck_side == truth.stuck
    assert set(truth.frames) <= frames
    assert truth.values.items() <= values.items()
    if truth.by is not None:
        assert finding.explained_by == truth.by


@needs_captures
@pytest.mark.parametrize("file", NOTHING, ids=lambda file: Path(file).name[:40])
def test_nothing_to_say_of_closings(file: str) -> None:
    assert [one for one in findings(file) if one.code in OURS] == []


@needs_captures
@pytest.mark.parametrize("file", healthy(), ids=lambda file: Path(file).name[:40])
def test_healthy_captures_have_no_closing_trouble(file: str) -> None:
    assert [one for one in findings(file) if one.code in OURS and one.severity > NOTE] == []


@needs_captures
def test_a_stuck_sender_is_told_when_its_kernel_gives_up() -> None:
    (stuck,) = [one for one in findings("lab/office.server.pcap") if one.code == "C201"]
    (limit,) = [one for one in stuck.evidence if "gives_up_s" in one.values]
    # tcp_retries2 = 15 from the 0.26 s of the first gap; 924.6 s is the least of any path.
    assert limit.values["gives_up_s"] == pytest.approx(941, abs=1)
    assert "linux-6.17 gives up" in limit.says


@needs_captures
def test_both_ends_that_closed_are_told_apart_from_last_ack() -> None:
    (closing,) = [
        one for one in findings(FIXTURES + "zeek__pppoe-over-qinq.pcap") if one.code == "C203"
    ]
    assert "FIN-WAIT-1" in closing.headline
    assert any("both ends closed" in one.says for one in closing.evidence)


@needs_captures
def test_every_headline_fits_a_terminal() -> None:
    files = {truth.file for truth in TRUTHS} | set(NOTHING) | set(healthy())
    headlines = {one.headline for file in files for one in findings(file) if one.code in OURS}
    assert [text for text in headlines if len(text) >= 80 or text.endswith(".")] == []

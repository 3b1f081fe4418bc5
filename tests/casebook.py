"""The casebook: Markdown files that tell a trace and what unstick must conclude from it.

A file of ``tests/cases`` has, below a heading and prose, one block ```` ```trace ```` in trace
notation and after it one block ```` ```findings ````; it may have several such pairs, each below
its own heading. A line of a findings block is one of::

    C201 error stream 0 frames 3,5,9: the headline of the finding
    reset frame 9 stream 0 from client offset -1 refused-silently rule NAME observed refused
    nothing

Addresses in headlines are written CLIENT and SERVER, so that one text holds for IPv4 and IPv6.
This module reads cases, writes their traces as captures in every variant, and prints conclusions
as findings blocks. It judges nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from unstick.checks.base import Finding
from unstick.diagnosis import Diagnosis, ResetVerdict
from unstick.wire import columns as c
from unstick.wire.notation import Trace, TraceConnection, TracePacket
from unstick.wire.writer import CaptureStyle, PacketSpec, write_capture

CASES = Path(__file__).parent / "cases"

HEADING = re.compile(r"^#{1,6} +(?P<title>.+?) *$", re.MULTILINE)
BLOCK = re.compile(
    r"^```(?P<kind>trace|findings) *\n(?P<body>.*?)^``` *$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Case:
    """One trace and the findings written below it. ``findings_at`` is where they stand in the
    file."""

    path: Path
    title: str
    trace: str
    trace_line: int  # 1-based line of the file where the trace begins
    findings: str
    findings_at: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.path.stem}: {self.title}"


def cases_of(path: Path) -> list[Case]:
    """The cases of one file, in order. Raises ValueError if blocks do not come in pairs."""
    text = path.read_text("utf-8")
    blocks = list(BLOCK.finditer(text))
    if [block["kind"] for block in blocks] != ["trace", "findings"] * (len(blocks) // 2):
        raise ValueError(f"{path.name}: trace and findings blocks must alternate")
    if not blocks:
        raise ValueError(f"{path.name}: no trace block")
    cases = []
    for trace, findings in zip(blocks[::2], blocks[1::2], strict=True):
        headings = HEADING.findall(text[: trace.start()])
        if not headings:
            raise ValueError(f"{path.name}: a trace without a heading above it")
        cases.append(
            Case(
                path,
                headings[-1],
                trace["body"],
                text.count("\n", 0, trace.start("body")) + 1,
                findings["body"],
                findings.span("body"),
            )
        )
    return cases


def all_cases() -> list[Case]:
    """Every case, in order of file name."""
    return [case for path in sorted(CASES.glob("*.md")) for case in cases_of(path)]


def rewrite(case: Case, findings: str) -> None:
    """Replaces the findings block of a case in its file. Blocks before it must be unchanged since
    the case was read."""
    text = case.path.read_text("utf-8")
    start, stop = case.findings_at
    assert text[start:stop] == case.findings
    case.path.write_text(text[:start] + findings + text[stop:], "utf-8")


# --- what was concluded, as a findings block ----------------------------------------------------


def findings_block(diagnosis: Diagnosis, names: dict[str, str]) -> str:
    """The conclusions as text. ``names`` are replaced: addresses by CLIENT and SERVER."""
    lines = [finding_line(finding) for finding in diagnosis.findings]
    lines += [reset_line(reset) for reset in diagnosis.resets]
    text = "".join(f"{line}\n" for line in lines or ["nothing"])
    for address in sorted(names, key=len, reverse=True):
        text = text.replace(f"[{address}]", names[address]).replace(address, names[address])
    return text


def finding_line(finding: Finding) -> str:
    frames = sorted({frame for evidence in finding.evidence for frame in evidence.frames})
    where = "" if finding.stream is None else f" stream {finding.stream}"
    because = f" explained by {finding.explained_by}" if finding.explained_by else ""
    numbers = ",".join(map(str, frames)) or "none"
    severity = finding.severity.name.lower()
    return f"{finding.code} {severity}{where} frames {numbers}{because}: {finding.headline}"


def reset_line(reset: ResetVerdict) -> str:
    offset = "unknown" if reset.offset is None else str(reset.offset)
    return (
        f"reset frame {reset.frame} stream {reset.stream} from {reset.sender} offset {offset} "
        f"{reset.verdict} rule {reset.rule} observed {reset.observed}"
    )


# --- one trace, many captures -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write a trace down. ``isns``: initial sequence numbers of client and server."""

    style: CaptureStyle
    version: int  # 4 | 6
    engine: str  # "compiled" | "plain"
    isns: tuple[int, int]

    @property
    def name(self) -> str:
        style = self.style
        order = f"{style.container}-{style.resolution}-{style.byte_order}-{style.link}"
        return f"{order}-ipv{self.version}-{self.engine}"


NEAR_WRAP = (c.MASK - 100, c.MASK - 1000)
"""Both sides wrap within their first kilobyte: the numbers of a trace must not depend on it."""

SHORT = 128
"""A snap length that cuts all payload and no header, as people capture."""

VARIANTS = (
    Variant(CaptureStyle("pcap", "little", "us", "ethernet"), 4, "compiled", (1000, 2_000_000)),
    Variant(CaptureStyle("pcapng", "big", "ns", "vlan"), 6, "plain", NEAR_WRAP),
    Variant(CaptureStyle("pcap", "big", "ns", "cooked", SHORT), 4, "plain", (0, c.HALF - 1)),
    Variant(CaptureStyle("pcapng", "little", "us", "cooked2"), 6, "compiled", (c.HALF - 1, 0)),
    Variant(CaptureStyle("pcap", "big", "us", "vlan"), 6, "compiled", NEAR_WRAP),
    Variant(CaptureStyle("pcapng", "little", "ns", "raw", SHORT), 4, "compiled", (3 << 30, 77)),
)
"""Every value of every dimension; the first is the one that findings blocks are rewritten from."""

CLIENT_PORT, SERVER_PORT = 40000, 80
"""Of connection 0, unless the trace says other; connection n has client port 40000 + n."""

START_NS = 1_700_000_000_000_000_000
"""When traces begin: any time will do whose nanoseconds end in 000."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    address: str
    port: int
    isn: int


Value = TypeVar("Value")


def said(value: Value | None, default: Value) -> Value:
    """What the trace says, else the default; 0 is something said."""
    return default if value is None else value


def endpoints(connection: TraceConnection, variant: Variant) -> tuple[Endpoint, Endpoint]:
    """Client and server: what the trace says of them, else what the variant gives."""
    default = ("10.9.1.2", "10.9.2.2") if variant.version == 4 else ("2001:db8::1", "2001:db8::2")
    return (
        Endpoint(
            said(connection.client, default[0]),
            said(connection.client_port, CLIENT_PORT + connection.number),
            said(connection.client_isn, variant.isns[0]),
        ),
        Endpoint(
            said(connection.server, default[1]),
            said(connection.server_port, SERVER_PORT),
            said(connection.server_isn, variant.isns[1]),
        ),
    )


def names(trace: Trace, variant: Variant) -> dict[str, str]:
    """The addresses of a variant and what findings blocks call them."""
    found: dict[str, str] = {}
    for connection in trace.connections:
        client, server = endpoints(connection, variant)
        found.setdefault(client.address, "CLIENT")
        found.setdefault(server.address, "SERVER")
    return found


def packets_of(trace: Trace, variant: Variant) -> Iterator[PacketSpec]:
    """The packets of a trace in absolute numbers. Each host counts its IP identifications."""
    connections = {one.number: endpoints(one, variant) for one in trace.connections}
    sent: Counter[str] = Counter()
    for packet in trace.packets:
        pair = connections[packet.connection]
        sender, receiver = pair[packet.side], pair[1 - packet.side]
        sent[sender.address] += 1
        yield spec(packet, sender, receiver, sent[sender.address])


def spec(packet: TracePacket, sender: Endpoint, receiver: Endpoint, count: int) -> PacketSpec:
    """One packet, the ``count``-th of its sender."""
    theirs = receiver.isn
    return PacketSpec(
        time_ns=START_NS + packet.time_ns,
        source=ipaddress.ip_address(sender.address),
        target=ipaddress.ip_address(receiver.address),
        source_port=sender.port,
        target_port=receiver.port,
        seq=(sender.isn + packet.seq) & c.MASK,
        flags=packet.flags,
        ack=0 if packet.ack is None else (theirs + packet.ack) & c.MASK,
        window=packet.window,
        payload=packet.length,
        mss=packet.mss,
        window_scale=packet.window_scale,
        timestamps=packet.timestamps,
        sacks=tuple(
            ((theirs + left) & c.MASK, (theirs + right) & c.MASK) for left, right in packet.sacks
        ),
        marks=packet.marks,
        ttl=said(packet.ttl, 64),
        ip_id=said(packet.ip_id, count & 0xFFFF),
    )


def write_variant(path: Path, trace: Trace, variant: Variant) -> None:
    """Writes the trace as the capture that the variant describes."""
    with path.open("wb") as file:
        write_capture(file, packets_of(trace, variant), variant.style)

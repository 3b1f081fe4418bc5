"""What was read, in a few lines: how many connections, which files, what they cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from unstick.diagnosis import CaptureSummary, Diagnosis
from unstick.report.human import SECOND_NS, bytes_text, count_text, iso_time, seconds_text, sentence
from unstick.report.look import Look

ANOMALIES_SHOWN = 4  # per capture; -v shows all


def connections_line(diagnosis: Diagnosis) -> str:
    """``1 connection in story.server.pcap: 1 has a finding.``"""
    parts = [f"{diagnosis.with_findings:,} with findings"]
    if diagnosis.healthy:
        parts.append(f"{diagnosis.healthy:,} healthy")
    if diagnosis.undecided:
        parts.append(f"{diagnosis.undecided:,} undecided")
    total = count_text(diagnosis.total, "connection")
    return f"{total} in {_names(diagnosis)}: {', '.join(parts)}."


def healthy_line(diagnosis: Diagnosis, chosen: bool = False) -> str:
    """The one line for a capture in which nothing is wrong; ``chosen``: not all was looked at."""
    packets = count_text(sum(capture.packets for capture in diagnosis.captures), "packet")
    if diagnosis.total == 0 and chosen:
        return f"No connection in {_names(diagnosis)} is the one you chose ({packets})."
    if diagnosis.total == 0:
        return f"No TCP connection in {_names(diagnosis)} ({packets})."
    counts = [count_text(diagnosis.total, "connection"), packets]
    if diagnosis.undecided:
        counts.append(f"{diagnosis.undecided:,} undecided")
    return f"Nothing is stuck in {_names(diagnosis)}: {', '.join(counts)}."


def capture_lines(diagnosis: Diagnosis, look: Look, verbose: bool) -> Iterator[str]:
    """Each file in a sentence, and what is odd about it."""
    for capture in diagnosis.captures:
        yield from look.wrap(f"{capture.path}: {facts(capture)}", "  ", "    ")
        shown = capture.anomalies if verbose else capture.anomalies[:ANOMALIES_SHOWN]
        for anomaly in shown:
            where = "" if anomaly.first_frame is None else f", first in frame {anomaly.first_frame}"
            odd = f"{anomaly.detail} ({anomaly.count:,} times{where})"
            yield from look.wrap(odd, "    ! ")
        left = len(capture.anomalies) - len(shown)
        if left:
            yield f"    ! and {count_text(left, 'more kind')} of damage (-v lists all)"


def limit_lines(diagnosis: Diagnosis, look: Look) -> Iterator[str]:
    for limit in diagnosis.limits:
        yield from look.wrap(sentence(limit), "  - ")


def _names(diagnosis: Diagnosis) -> str:
    captures = diagnosis.captures
    return captures[0].path if len(captures) == 1 else f"{len(captures):,} captures"


def facts(capture: CaptureSummary) -> str:
    """Format, size, time and link types of a capture in one line."""
    packed = f" ({capture.compression})" if capture.compression else ""
    facts = [
        capture.format + packed,
        count_text(capture.packets, "packet"),
        bytes_text(capture.bytes),
    ]
    if capture.first_ns is not None and capture.last_ns is not None:
        begin = (iso_time(capture.first_ns) or "?")[:19]
        lasted = seconds_text((capture.last_ns - capture.first_ns) / SECOND_NS)
        facts.append(f"{lasted} from {begin}Z")
    if capture.link_types:
        facts.append(", ".join(capture.link_types))
    return ", ".join(facts)

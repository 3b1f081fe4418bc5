"""``unstick.report/1``: a diagnosis as plain data, for machines.

1. Keys and their order are the contract (docs/report-1.schema.json holds every output to it).
2. Unknown is null, never 0 and never a missing key.
3. Frames are 1-based and per capture; times are ISO 8601 with nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unstick.checks.base import Evidence, Finding, Remedy
from unstick.diagnosis import (
    AnomalyCount,
    CaptureSummary,
    Diagnosis,
    ProfileChoice,
    ResetVerdict,
    SegmentVerdict,
)
from unstick.report.human import iso_time, ranges
from unstick.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = dict[str, Any]

SCHEMA = "unstick.report/1"

INFINITE = float("inf")


def report(diagnosis: Diagnosis, names: Mapping[str, str]) -> Record:
    """The whole report as one dict, keys in the order of the contract."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "profile": _profile(diagnosis.profile),
        "captures": [capture_record(capture) for capture in diagnosis.captures],
        "connections": {
            "total": diagnosis.total,
            "healthy": diagnosis.healthy,
            "with_findings": diagnosis.with_findings,
            "undecided": diagnosis.undecided,
        },
        "findings": [_finding(finding, diagnosis, names) for finding in diagnosis.findings],
        "resets": [_reset(reset) for reset in diagnosis.resets],
        "limits": list(diagnosis.limits),
        "segments": [_segment(segment) for segment in diagnosis.segments],
    }


def _segment(segment: SegmentVerdict) -> Record:
    return {
        "capture": segment.capture,
        "stream": segment.stream,
        "frame": segment.frame,
        "from": segment.sender,
        "kind": segment.kind,
        "seq": segment.seq,
        "ack": segment.ack,
        "state": segment.state,
        "verdict": segment.verdict,
        "rule": segment.rule,
        "cite": segment.cite,
        "after_frame": segment.after_frame,
        "challenged": segment.challenged,
    }


def to_json(diagnosis: Diagnosis, names: Mapping[str, str]) -> str:
    """The report as JSON text, ASCII only, ending in a newline."""
    import json

    return json.dumps(report(diagnosis, names), indent=2, allow_nan=False) + "\n"


def to_ndjson(diagnosis: Diagnosis, names: Mapping[str, str]) -> Iterator[str]:
    """One line a finding, then one line a reset, each with its ``type`` first."""
    for finding in diagnosis.findings:
        yield _line({"type": "finding", **_finding(finding, diagnosis, names)})
    for reset in diagnosis.resets:
        yield _line({"type": "reset", **_reset(reset)})


def display_filter(finding: Finding, groups: int | None = None, files: int = 1) -> str | None:
    """The Wireshark filter that shows the frames of a finding, and nothing else.

    With more than ``groups`` runs of frames it shows the whole stream instead. In one of several
    ``files`` of a rotation Wireshark numbers streams anew: there the frames must do.
    """
    frames = ranges(frame for evidence in finding.evidence for frame in evidence.frames)
    parts = [] if finding.stream is None or files > 1 else [f"tcp.stream eq {finding.stream}"]
    if frames and (groups is None or len(frames) <= groups or not parts):
        members = ", ".join(str(a) if a == b else f"{a}..{b}" for a, b in frames)
        parts.append(f"frame.number in {{{members}}}")
    return " && ".join(parts) or None


def plain(value: object) -> object:
    """The value, or None where JSON has no word for it (infinity, not-a-number)."""
    if isinstance(value, float) and not abs(value) < INFINITE:  # not-a-number is less than none
        return None
    return value


def _line(record: Record) -> str:
    import json

    return json.dumps(record, separators=(", ", ": "), allow_nan=False) + "\n"


def _profile(profile: ProfileChoice) -> Record:
    return {
        "name": profile.name,
        "chosen": profile.chosen,
        "known_from": profile.known_from,
        "contradicted_by": list(profile.contradicted_by),
        "fits": None if profile.fits is None else list(profile.fits),
    }


def capture_record(capture: CaptureSummary) -> Record:
    """One capture file, as every report of unstick writes it."""
    return {
        "path": capture.path,
        "format": capture.format,
        "compression": capture.compression,
        "packets": capture.packets,
        "tcp_segments": capture.tcp_segments,
        "bytes": capture.bytes,
        "first_time": None if capture.first_ns is None else iso_time(capture.first_ns),
        "last_time": None if capture.last_ns is None else iso_time(capture.last_ns),
        "link_types": list(capture.link_types),
        "anomalies": [_anomaly(anomaly) for anomaly in capture.anomalies],
    }


def _anomaly(anomaly: AnomalyCount) -> Record:
    return {
        "kind": anomaly.kind,
        "count": anomaly.count,
        "first_frame": anomaly.first_frame,
        "detail": anomaly.detail,
    }


def _finding(finding: Finding, diagnosis: Diagnosis, names: Mapping[str, str]) -> Record:
    row = None
    if finding.stream is not None:
        row = diagnosis.rows.get((finding.capture, finding.stream))
    return {
        "code": finding.code,
        "name": names.get(finding.code, finding.code),
        "severity": finding.severity.name.lower(),
        "stream": finding.stream,
        "capture": finding.capture,
        "client": row.client if row else None,
        "client_port": row.client_port if row else None,
        "server": row.server if row else None,
        "server_port": row.server_port if row else None,
        "headline": finding.headline,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
        "display_filter": display_filter(finding, files=len(diagnosis.captures)),
        "explained_by": finding.explained_by,
        "doubt": finding.doubt,
        "stuck_side": finding.stuck_side,
        "since": None if finding.since_ns is None else iso_time(finding.since_ns),
        "blames": finding.blames,
    }


def _evidence(evidence: Evidence) -> Record:
    return {
        "says": evidence.says,
        "frames": list(evidence.frames),
        "values": {name: plain(value) for name, value in evidence.values.items()},
        "cite": evidence.cite,
    }


def _remedy(remedy: Remedy) -> Record:
    return {
        "do": remedy.do,
        "where": remedy.where.value,
        "risk": remedy.risk.value,
        "command": remedy.command,
    }


def _reset(reset: ResetVerdict) -> Record:
    return {
        "capture": reset.capture,
        "stream": reset.stream,
        "frame": reset.frame,
        "from": reset.sender,
        "seq": reset.seq,
        "seq_raw": reset.seq_raw,
        "rcv_nxt": reset.rcv_nxt,
        "offset": reset.offset,
        "verdict": reset.verdict,
        "rule": reset.rule,
        "cite": reset.cite,
        "observed": reset.observed,
        "answers_frame": reset.answers_frame,
        "profiles": dict(reset.profiles.items()),
        "origin": reset.origin,
        "origin_evidence": reset.origin_evidence,
        "repeated": reset.repeated,
        "last_frame": reset.last_frame,
    }

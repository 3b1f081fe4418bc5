"""Captures in, conclusions out: reading, streams, the walk, checks, and what explains what.

The one way a packet goes: bytes -> segment -> stream and side -> verdict, endpoint advances ->
notable segments -> checks -> findings. Prints nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unstick import engine as engines
from unstick.analysis import Analysis, Progress, walk
from unstick.checks import CHECKS
from unstick.checks.base import Finding, Severity
from unstick.diagnosis import Diagnosis, ProfileChoice, StreamRow
from unstick.flows import Streams
from unstick.overview import capture_facts, is_half_captured
from unstick.precedence import settle
from unstick.rows import addressed, localised, reset_verdict, row_of, segment_verdicts, summary_of
from unstick.story import ladder_of
from unstick.tcp import columns as c
from unstick.tcp import profiles
from unstick.tcp.observed import Connection, NoteKind
from unstick.tcp.reading import Reader
from unstick.tcp.resets import with_verdicts
from unstick.tcp.vocabulary import State
from unstick.wire.columns import NONE

if TYPE_CHECKING:
    from unstick.filters import Filter

JUDGED_KINDS = (NoteKind.SYN, NoteKind.ODD_ACK, NoteKind.SIGNED)

AT_REST = frozenset({State.CLOSED, State.LISTEN, State.ESTABLISHED, State.TIME_WAIT})
"""States in which an end can be left alone."""


def explain(
    paths: Sequence[str],
    *,
    profile: str | None = None,
    accept: Filter | None = None,
    jobs: int = 1,
    on_progress: Progress | None = None,
    engine: engines.Engine | None = None,
) -> Diagnosis:
    """Why connections of these captures do not die. The result is the same whatever ``jobs``."""
    analysis = walk(paths, profile=profile, on_progress=on_progress, engine=engine)
    conclusions = _conclude(analysis, accept)
    findings = settle(conclusions.findings)
    facts = capture_facts(analysis, conclusions.total, conclusions.one_way, conclusions.two_way)
    for check in CHECKS:
        if check.in_capture is not None:
            findings.extend(check.in_capture(facts))
    rotation = analysis.rotation
    findings = sorted((localised(one, rotation) for one in findings), key=_rank)
    by_stream: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.stream is not None:
            by_stream.setdefault(finding.stream, []).append(finding)
    troubled = {key for key, found in by_stream.items() if max(one.severity for one in found) > 0}
    connections = conclusions.connections
    keys = {(one.capture, one.stream) for one in findings if one.stream is not None}
    resets = tuple(
        reset_verdict(connections[stream_number], reset, rotation)
        for stream_number in sorted(connections)
        for reset in connections[stream_number].resets
    )
    chosen = "user" if profile is not None else "default"
    return Diagnosis(
        profile=_profile_choice(analysis, chosen, connections.values()),
        captures=tuple(summary_of(capture) for capture in analysis.captures),
        total=conclusions.total,
        healthy=conclusions.total - len(troubled) - conclusions.undecided,
        with_findings=len(troubled),
        undecided=conclusions.undecided,
        findings=tuple(findings),
        resets=resets,
        limits=tuple(_limits(analysis, connections.values())),
        rows={key: conclusions.row(key[1], by_stream[key[1]]) for key in keys},
        ladders={
            key: ladder_of(connections[key[1]], by_stream[key[1]])
            for key in keys
            if key[1] in troubled
        },
        engine=analysis.engine.name,
        segments=tuple(
            one
            for number in sorted(connections)
            for one in segment_verdicts(connections[number], rotation)
        ),
    )


@dataclass(slots=True)
class _Conclusions:
    reader: Reader
    slots: dict[int, int] = field(default_factory=dict)  # by stream number
    findings: list[Finding] = field(default_factory=list)
    connections: dict[int, Connection] = field(default_factory=dict)  # by stream number
    total: int = 0
    undecided: int = 0
    one_way: list[int] = field(default_factory=list)
    two_way: int = 0

    def row(self, stream: int, findings: Sequence[Finding]) -> StreamRow:
        """The row of a connection that was looked at."""
        end_ns = self.connections[stream].capture_end_ns
        return row_of(self.reader, self.slots[stream], findings, end_ns)


def _conclude(analysis: Analysis, accept: Filter | None) -> _Conclusions:
    """Run the connection checks on every connection that has something to say."""
    reader = analysis.reader()
    result = _Conclusions(reader)
    checks = [check.in_connection for check in CHECKS if check.in_connection is not None]
    for slot in range(len(analysis.streams)):
        row = reader.row(slot)
        if row[c.C_FIRST_FRAME] == NONE or not _wanted(analysis.streams, slot, accept):
            continue
        result.total += 1
        both = row[c.SIDES + c.S_PACKETS] > 0 and row[c.SIDES + c.SIDE_WIDTH + c.S_PACKETS] > 0
        result.two_way += both
        if is_half_captured(row):
            result.one_way.append(analysis.streams.number(slot))
        if not _speaks(row):
            result.undecided += not both
            continue
        connection = with_verdicts(reader.connection(slot))
        found = [addressed(one, connection) for look in checks for one in look(connection)]
        if not both and not any(one.severity > Severity.NOTE for one in found):
            result.undecided += 1
        if found or connection.resets or connection.notes_of(*JUDGED_KINDS):
            result.connections[connection.stream] = connection
            result.slots[connection.stream] = slot
            result.findings.extend(found)
    return result


def _wanted(streams: Streams, slot: int, accept: Filter | None) -> bool:
    return accept is None or accept.accepts(*streams.endpoints(slot), streams.number(slot))


def _speaks(row: memoryview) -> bool:
    """Has this connection anything to say? Healthy ones cost nothing more than this."""
    if row[c.C_MARKS]:
        return True
    for side in range(2):
        state = row[c.SIDES + (side * c.SIDE_WIDTH) + c.S_STATE]
        if state != NONE and state not in AT_REST:
            return True
        if row[c.SIDES + (side * c.SIDE_WIDTH) + c.S_OUTSTANDING_FRAME] != NONE:
            return True
    return False


def _rank(finding: Finding) -> tuple[bool, int, int, int, str]:
    """Main findings first: unexplained before explained, errors before warnings before notes."""
    stream = -1 if finding.stream is None else finding.stream
    explained = finding.explained_by is not None
    return (explained, -finding.severity, finding.capture, stream, finding.code)


def streams(
    paths: Sequence[str],
    *,
    accept: Filter | None = None,
    profile: str | None = None,
    on_progress: Progress | None = None,
    engine: engines.Engine | None = None,
) -> Iterator[StreamRow]:
    """One row for every connection, in order of stream number."""
    analysis = walk(paths, profile=profile, on_progress=on_progress, engine=engine)
    reader = analysis.reader()
    checks = [check.in_connection for check in CHECKS if check.in_connection is not None]
    for slot in range(len(analysis.streams)):
        row = reader.row(slot)
        if row[c.C_FIRST_FRAME] == NONE or not _wanted(analysis.streams, slot, accept):
            continue
        if not _speaks(row):
            yield row_of(reader, slot)
            continue
        connection = with_verdicts(reader.connection(slot))
        found = settle([one for look in checks for one in look(connection)])
        yield row_of(reader, slot, found, connection.capture_end_ns)


def _profile_choice(
    analysis: Analysis, chosen: str, connections: Collection[Connection]
) -> ProfileChoice:
    """Does what receivers did fit the profile? If not, which profiles fit all that was seen?"""
    seen = [
        reset
        for connection in connections
        for reset in connection.resets
        if reset.observed != "unknown" and reset.origin != "another-host"
    ]
    against = tuple(
        analysis.rotation.locate(reset.frame)[1]
        for reset in seen
        if _contradicts(reset.verdict, reset.observed)
    )
    fits = None
    if against:
        fits = tuple(
            stack
            for stack in profiles.NAMES
            if not any(_contradicts(reset.profiles[stack], reset.observed) for reset in seen)
        )
    known_from = profiles.profile(analysis.profile).known_from
    return ProfileChoice(analysis.profile, chosen, known_from, against, fits)


def _contradicts(verdict: str, observed: str) -> bool:
    if verdict == "honoured":
        return observed == "refused"
    return verdict.startswith("refused") and observed == "honoured"


def _limits(analysis: Analysis, connections: Collection[Connection]) -> list[str]:
    """Every bound that was hit, as a sentence."""
    limits = list(analysis.walker.limits)
    if analysis.streams.refused_segments:
        limits.append(
            f"more than {len(analysis.streams):,} streams: "
            f"{analysis.streams.refused_segments:,} segments of further ones were not followed"
        )
    dropped = [one for one in connections if one.notes_dropped]
    if dropped:
        limits.append(
            f"notable segments beyond the limit of one connection were not kept in "
            f"{len(dropped)} of them (stream {dropped[0].stream}: {dropped[0].notes_dropped:,})"
        )
    return limits

"""Captures in, conclusions out: reading, streams, the walk, checks, and what explains what.

The one way a packet goes: bytes -> segment -> stream and side -> verdict, endpoint advances ->
notable segments -> checks -> findings. Prints nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from unstick import engine as engines
from unstick.analysis import EFFORT, Analysis, Effort, Progress, begin
from unstick.checks import looks, of_captures
from unstick.conclusions import Conclusions
from unstick.diagnosis import (
    Diagnosis,
    Later,
    ProfileChoice,
    ResetVerdict,
    StreamRow,
    contradicts,
    some_stack_does,
)
from unstick.overview import capture_facts, summary_of
from unstick.precedence import settle
from unstick.rowtable import RowTable
from unstick.tcp import profiles
from unstick.tcp.places import ODD, STANDING_SPEAKS
from unstick.wire.rotation import Rotation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from unstick.checks.base import Finding
    from unstick.filters import Filter
    from unstick.tcp.observed import Connection, Reset

PIECE_ROWS = 4096
"""Connections whose rows are made at once: 800 kB, which the allocator gives again and again."""


def explain(
    paths: Sequence[str],
    *,
    profile: str | None = None,
    accept: Filter | None = None,
    effort: Effort = EFFORT,
    on_progress: Progress | None = None,
    engine: engines.Engine | None = None,
) -> Diagnosis:
    """Why connections of these captures do not die.

    What was beyond a bound of ``effort`` is told in ``limits``.
    """
    analysis = begin(profile=profile, engine=engine, effort=effort)
    conclusions = Conclusions(analysis, accept)
    for over in analysis.walk(paths, on_progress):
        conclusions.look(conclusions.count(over))
    conclusions.look(conclusions.count(analysis.slots()), stay=True)
    return _diagnosis(analysis, conclusions, "user" if profile is not None else "default")


NOBODY: Mapping[str, Any] = {"rows": {}}
"""What is told of single connections where there is none to tell of."""


def _diagnosis(analysis: Analysis, conclusions: Conclusions, chosen: str) -> Diagnosis:
    """Everything that was found, put in order."""
    findings = _findings(analysis, conclusions)
    told = conclusions.told
    troubled = {one.stream for one in findings if one.stream is not None and one.grave}
    return Diagnosis(
        profile=_profile_choice(analysis, chosen, conclusions),
        captures=tuple(summary_of(capture) for capture in analysis.captures),
        total=conclusions.total,
        healthy=conclusions.total - len(troubled) - conclusions.undecided,
        with_findings=len(troubled),
        undecided=conclusions.undecided,
        findings=tuple(findings),
        resets=Later(lambda: _reset_verdicts(analysis.rotation, conclusions.connections())),
        limits=(*_limits(analysis, told.values()), *conclusions.limits()),
        engine=analysis.engine.name,
        spent=analysis.spent,
        **(_told(analysis, conclusions, findings) if told else NOBODY),
    )


def _findings(analysis: Analysis, conclusions: Conclusions) -> list[Finding]:
    """Those of the connections, told what explains them, and of the captures, main ones first."""
    findings = settle(conclusions.findings)
    facts = capture_facts(analysis, conclusions.total, conclusions.one_way, conclusions.two_way)
    if not facts.ordinary:
        for check in of_captures():
            if check.in_capture is not None:
                findings.extend(check.in_capture(facts))
    if not findings:
        return findings
    from unstick.rows import localised

    rotation = analysis.rotation
    return sorted((localised(one, rotation) for one in findings), key=_rank)


def _told(
    analysis: Analysis, conclusions: Conclusions, findings: Sequence[Finding]
) -> dict[str, Any]:
    """The parts of a diagnosis that speak of single connections."""
    from unstick.rows import segment_verdicts
    from unstick.story import ladder_of

    told = conclusions.told
    by_stream: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.stream is not None:
            by_stream.setdefault(finding.stream, []).append(finding)
    keys = {(one.capture, one.stream) for one in findings if one.stream is not None}
    return {
        "rows": {key: conclusions.row(key[1], by_stream[key[1]]) for key in keys},
        "ladders": {
            key: ladder_of(told[key[1]], by_stream[key[1]])
            for key in keys
            if any(one.grave for one in by_stream[key[1]])
        },
        "segments": tuple(
            one
            for number in sorted(told)
            for one in segment_verdicts(told[number], analysis.rotation)
        ),
    }


def _reset_verdicts(
    rotation: Rotation, connections: Mapping[int, Connection]
) -> tuple[ResetVerdict, ...]:
    """The verdicts on all resets of these connections, in order of their streams."""
    from unstick.rows import reset_verdict

    return tuple(
        reset_verdict(connections[number], reset, rotation)
        for number in sorted(connections)
        for reset in connections[number].resets
    )


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
    effort: Effort = EFFORT,
    on_progress: Progress | None = None,
    engine: engines.Engine | None = None,
) -> Iterator[StreamRow]:
    """One row for every connection, in order of stream number.

    Where more connections are over than are kept (``tcp.walker.OVER_KEPT``), the rows of those
    that are forgotten come first, in the order in which they ended.
    """
    for piece in stream_pieces(
        paths,
        accept=accept,
        profile=profile,
        effort=effort,
        on_progress=on_progress,
        engine=engine,
    ):
        if isinstance(piece, StreamRow):
            yield piece
        else:
            yield from piece.rows()


def stream_pieces(
    paths: Sequence[str],
    *,
    accept: Filter | None = None,
    profile: str | None = None,
    effort: Effort = EFFORT,
    on_progress: Progress | None = None,
    engine: engines.Engine | None = None,
) -> Iterator[RowTable | StreamRow]:
    """The same rows in the same order, for who makes lines or columns of them: those without
    findings many at once, in numbers."""
    analysis = begin(profile=profile, engine=engine, effort=effort)
    conclusions = Conclusions(analysis, accept)
    for over in analysis.walk(paths, on_progress):
        yield from _pieces(analysis, conclusions.wanted(over))
    yield from _pieces(analysis, conclusions.wanted(analysis.slots()))


def _pieces(analysis: Analysis, slots: memoryview) -> Iterator[RowTable | StreamRow]:
    """These connections; each that has findings by itself, the others together."""
    for first in range(0, len(slots), PIECE_ROWS):
        yield from _piece(analysis, slots[first : first + PIECE_ROWS])


def _piece(analysis: Analysis, slots: memoryview) -> Iterator[RowTable | StreamRow]:
    speaking = [
        slot
        for slot in analysis.walker.tally(slots)[3]
        if analysis.walker.standing(slot) & STANDING_SPEAKS
    ]
    found = _rows_with_findings(analysis, speaking) if speaking else {}
    if not found:
        yield analysis.rows(slots)
        return
    done = 0
    places = slots.tolist()
    for at, slot in sorted((places.index(slot), slot) for slot in found):
        yield analysis.rows(slots[done:at])
        yield found[slot]
        done = at + 1
    yield analysis.rows(slots[done:])


def _rows_with_findings(analysis: Analysis, slots: Sequence[int]) -> dict[int, StreamRow]:
    """By slot, the rows of those of these connections that have findings."""
    odd = [slot for slot, kind in zip(slots, analysis.sift(slots), strict=True) if kind == ODD]
    if not odd:
        return {}
    from unstick.rows import with_findings
    from unstick.tcp.resets import with_verdicts

    reader = analysis.reader()
    rows = {}
    for slot in odd:
        connection = with_verdicts(reader.connection(slot))
        found = settle([one for look in looks() for one in look(connection)])
        if found:
            plain = analysis.rows([slot]).row(0)
            rows[slot] = with_findings(plain, found, connection.capture_end_ns)
    return rows


def _profile_choice(analysis: Analysis, chosen: str, conclusions: Conclusions) -> ProfileChoice:
    """Does what receivers did fit the profile? If not, which profiles fit all that was seen?"""
    against = tuple(
        analysis.rotation.locate(reset.frame)[1]
        for reset in _seen(conclusions.told.values())
        if contradicts(reset.verdict, reset.observed)
        and some_stack_does(reset.profiles, reset.observed)
    )
    fits = None
    if against:
        seen = _seen([*conclusions.told.values(), *conclusions.disputed()])
        fits = tuple(
            stack
            for stack in profiles.NAMES
            if not any(
                contradicts(reset.profiles[stack], reset.observed)
                for reset in seen
                if some_stack_does(reset.profiles, reset.observed)
            )
        )
    known_from = profiles.profile(analysis.profile).known_from
    return ProfileChoice(analysis.profile, chosen, known_from, against, fits)


def _seen(connections: Collection[Connection]) -> list[Reset]:
    """The resets of which it was seen what their receiver did."""
    return [
        reset
        for connection in connections
        for reset in connection.resets
        if reset.observed != "unknown" and reset.origin != "another-host"
    ]


def _limits(analysis: Analysis, connections: Collection[Connection]) -> list[str]:
    """Every bound that was hit, as a sentence."""
    limits = list(analysis.walker.limits)
    if analysis.streams.refused_segments:
        limits.append(
            f"more than {analysis.streams.known:,} connections at once: "
            f"{analysis.streams.refused_segments:,} segments of further ones were not followed "
            f"({analysis.streams.refused_openings:,} of them a SYN)"
        )
    dropped = [one for one in connections if one.notes_dropped]
    if dropped:
        limits.append(
            f"notable segments beyond the limit of one connection were not kept in "
            f"{len(dropped)} of them (stream {dropped[0].stream}: {dropped[0].notes_dropped:,})"
        )
    return limits

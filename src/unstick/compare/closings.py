"""A good and a bad path: how one connection of each ended, step by step, and where they part.

The steps come from the walk (``tcp.observed``) and from the checks; nothing is judged anew. Two
steps are the same if their tokens are: who did what, and for a reset whether it was too low,
exact or too high. How often and when is told, but is not what makes two endings different.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from unstick.analysis import Analysis
from unstick.checks import looks
from unstick.checks.base import Finding
from unstick.compare.model import Closing, ClosingEvent, ClosingLine, Paths
from unstick.precedence import settle
from unstick.rows import state_name
from unstick.tcp.observed import SECOND, Connection, Endpoint, Reset
from unstick.tcp.resets import with_verdicts
from unstick.tcp.vocabulary import State

MOST_CONNECTIONS = 10_000
"""Connections of one capture whose endings are read; beyond it the endings are not compared."""

QUIET_NS = SECOND
"""Silence at the end of a capture that is worth a step: RTT and delayed ACKs are far below."""

GONE = frozenset({State.CLOSED, State.TIME_WAIT, State.LISTEN})
"""States in which an end owes nothing."""

FEW = 2
"""Retransmissions of one segment before they are a step: one is ordinary loss."""


def endings(name: str, analysis: Analysis) -> list[Closing] | None:
    """How every connection of the capture ended, in order of streams; None if they are too many."""
    if len(analysis.streams) > MOST_CONNECTIONS:
        return None
    reader = analysis.reader()
    found = []
    for slot in analysis.slots():
        connection = with_verdicts(reader.connection(slot))
        if connection.both_spoke or connection.client.resets or connection.server.resets:
            found.append(closing(name, connection))
    return found


def closing(name: str, connection: Connection) -> Closing:
    """One connection's end."""
    findings = [one for look in looks() for one in look(connection)]
    told = [one for one in settle(findings) if one.explained_by is None]
    stuck = next((one.stuck_side for one in told if one.stuck_side is not None), None)
    events = (*_steps(connection), _outcome(connection, stuck))
    return Closing(
        capture=name,
        stream=connection.stream,
        client=connection.client.address,
        client_port=connection.client.port,
        server=connection.server.address,
        server_port=connection.server.port,
        first_ns=connection.first.ns,
        events=events,
        client_state=state_name(connection.client),
        server_state=state_name(connection.server),
        stuck_side=stuck,
        findings=tuple(_named(told)),
        words=_words(events),
    )


def _named(findings: Iterable[Finding]) -> Iterator[str]:
    for one in findings:
        if one.grave:
            yield f"{one.code}: {one.headline}"


def _words(events: Sequence[ClosingEvent]) -> str:
    """The whole end in one line: who sent what, one after the other."""
    parts: list[str] = []
    speaker = None
    for event in events:
        if event.sender is None:
            parts.append(f"; {event.text}")
        elif event.sender == speaker:
            parts.append(f", then {located(event)}")
        else:
            parts.append(f"; the {event.sender} sends {located(event)}")
        speaker = event.sender
    return "".join(parts).removeprefix("; ")


def located(event: ClosingEvent) -> str:
    """The step and its frame."""
    return event.text if event.frame is None else f"{event.text} (frame {event.frame})"


# --- the steps -----------------------------------------------------------------------------------


def _steps(connection: Connection) -> list[ClosingEvent]:
    found = [*_fins(connection), *_resets(connection)]
    for side in connection.sides:
        found += _ladder(side)
        found += _window(side)
        found += _keepalives(side)
    found.sort(key=lambda one: (one.ns, one.frame or 0))
    return found


def _name(side: Endpoint) -> str:
    return side.side.name.lower()


def _fins(connection: Connection) -> Iterator[ClosingEvent]:
    for side in connection.sides:
        if side.fin is not None:
            times = f" {side.fin_count} times" if side.fin_count > 1 else ""
            acked = "" if side.fin_acked is not None else ", never acknowledged"
            name = _name(side)
            text = f"FIN{times}{acked}"
            yield ClosingEvent(f"{name} FIN", text, name, side.fin.frame, None, side.fin.ns)


def _resets(connection: Connection) -> Iterator[ClosingEvent]:
    """Runs of resets of one side at the same distance, in one step each."""
    runs: list[list[Reset]] = []
    for reset in connection.resets:
        before = runs[-1][-1] if runs else None
        if before is not None and (before.note.side, before.below) == (
            reset.note.side,
            reset.below,
        ):
            runs[-1].append(reset)
        else:
            runs.append([reset])
    for run in runs:
        first, last = run[0].note, run[-1].note
        end = last.end.frame if last.end is not None else last.frame
        times = sum(max(1, one.note.count) for one in run)
        name = first.side.name.lower()
        noun = "a reset" if times == 1 else f"{times:,} resets"
        place, words = _place(run[0].below)
        yield ClosingEvent(
            f"{name} RST {place}",
            f"{noun} {words}{_fate(run)}",
            name,
            first.frame,
            end if end != first.frame else None,
            first.ns,
            times,
        )


def _place(below: int | None) -> tuple[str, str]:
    """For the token, and in words: where a reset stands from what its receiver expects."""
    if below is None:
        return "?", "at a number that cannot be placed"
    if below == 0:
        return "exact", "at the exact number"
    size, way = abs(below), "low" if below > 0 else "high"
    return way, f"{'one' if size == 1 else f'{size:,}'} too {way}"


def _fate(run: Sequence[Reset]) -> str:
    """What the receiver was seen to do, if it did the same each time."""
    observed = {one.observed for one in run}
    return ", refused" if observed == {"refused"} else ""


def _ladder(side: Endpoint) -> Iterator[ClosingEvent]:
    run = side.ladder
    if run is None or run.count < FEW:
        return
    name, took = _name(side), (run.last.ns - run.first.ns) / SECOND
    answer = "without an answer" if run.heard == 0 else "without an ACK of it"
    yield ClosingEvent(
        f"{name} unanswered",
        f"one segment again {run.count} times in {took:.1f} s {answer}",
        name,
        run.first.frame,
        run.last.frame,
        run.first.ns,
        run.count,
    )


def _window(side: Endpoint) -> Iterator[ClosingEvent]:
    closed = side.zero_window
    if closed is not None:
        name = _name(side)
        text = f"a window of 0, with {closed.probes} probes and {closed.answers} answers"
        yield ClosingEvent(
            f"{name} window 0", text, name, closed.since.frame, None, closed.since.ns
        )


def _keepalives(side: Endpoint) -> Iterator[ClosingEvent]:
    probes = side.keepalives
    if probes.unanswered >= FEW and probes.first is not None:
        name, first = _name(side), probes.first
        yield ClosingEvent(
            f"{name} keepalives",
            f"{probes.unanswered} keepalives without an answer",
            name,
            first.frame,
            None if probes.last is None else probes.last.frame,
            first.ns,
            probes.unanswered,
        )


def _outcome(connection: Connection, stuck: str | None) -> ClosingEvent:
    """How things stand when the capture ends."""
    quiet = connection.silence_at_end_ns
    lasted = f", {quiet / SECOND:.1f} s of silence" if quiet >= QUIET_NS else ""
    ended = connection.capture_end_ns
    client, server = state_name(connection.client), state_name(connection.server)
    if stuck is not None:
        state = client if stuck == "client" else server
        text, token = f"the {stuck} is stuck in {state}{lasted}", f"end stuck {stuck}"
    elif _gone(connection):
        text, token = "the connection is gone", "end gone"
    else:
        text = f"the client is left in {client}, the server in {server}{lasted}"
        token = f"end {client} {server}"
    return ClosingEvent(token, text, None, None, None, ended)


def _gone(connection: Connection) -> bool:
    """Nothing is owed any more: closed in order, or by a reset that was not survived."""
    if any(side.alive_after_reset for side in connection.sides):
        return False
    if any(side.reset_at_ns is not None for side in connection.sides):
        return True
    states = [side.state for side in connection.sides if side.state is not None]
    return bool(states) and all(state in GONE for state in states)


# --- side by side --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why two captures cannot be compared, in sentences."""

    sentences: tuple[str, ...]


def contrast(a: Sequence[Closing], b: Sequence[Closing]) -> Paths | Refusal:
    """The connection of A beside that of B, where it is clear which those are."""
    one, other = _chosen(a, b), _chosen(b, a)
    if one is None or other is None:
        return Refusal(tuple(_several(name, all_) for name, all_ in (("A", a), ("B", b))))
    lines = align(one.events, other.events)
    first = next((line for line in lines if line.first), None)
    good = bad = None
    if bool(one.findings) != bool(other.findings):
        bad, good = ("A", "B") if one.findings else ("B", "A")
    return Paths(
        a=one,
        b=other,
        lines=lines,
        good=good,
        bad=bad,
        difference=None if first is None else _difference(lines, first),
        outcome=_outcomes(one, other),
        alike=(_alike(one, a), _alike(other, b)),
    )


def shape(one: Closing) -> tuple[str, ...]:
    """What makes two endings alike."""
    return tuple(event.token for event in one.events)


def _alike(one: Closing, all_: Sequence[Closing]) -> int:
    return sum(shape(other) == shape(one) for other in all_)


def _chosen(ours: Sequence[Closing], theirs: Sequence[Closing]) -> Closing | None:
    """The one connection a capture is about: its only one, one of many that end alike, or the only
    one in trouble when the other capture has none."""
    if ours and len({shape(one) for one in ours}) == 1:
        return ours[0]
    troubled = [one for one in ours if one.findings]
    if troubled and len({shape(one) for one in troubled}) == 1:
        return troubled[0]
    served = {one.server_port for one in theirs}
    same = [one for one in ours if one.server_port in served and not one.findings]
    if any(one.findings for one in theirs) and same and len({shape(one) for one in same}) == 1:
        return same[0]
    return None


def _several(name: str, all_: Sequence[Closing]) -> str:
    """What a capture holds, when that is not one ending."""
    if not all_:
        return f"{name} holds no TCP connection that both ends speak in"
    shapes = len({shape(one) for one in all_})
    if len(all_) == 1:
        return f"{name} holds 1 connection"
    troubled = sum(bool(one.findings) for one in all_)
    ways = "one way" if shapes == 1 else f"{shapes:,} ways"
    trouble = f", {troubled:,} of them in trouble" if troubled else ""
    return f"{name} holds {len(all_):,} connections that end in {ways}{trouble}"


def align(a: Sequence[ClosingEvent], b: Sequence[ClosingEvent]) -> tuple[ClosingLine, ...]:
    """The two endings as rows; the first row that differs is marked."""
    matcher = SequenceMatcher(
        None, [event.token for event in a], [event.token for event in b], autojunk=False
    )
    lines: list[ClosingLine] = []
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        for step in range(max(a1 - a0, b1 - b0)):
            one = a[a0 + step] if a0 + step < a1 else None
            other = b[b0 + step] if b0 + step < b1 else None
            differs = tag != "equal"
            first = differs and not any(line.first for line in lines)
            lines.append(ClosingLine(one, other, differs, first))
    return tuple(lines)


def _difference(lines: Sequence[ClosingLine], first: ClosingLine) -> str:
    """``in both the client sends FIN; then in A ..., in B ...``, from the row that differs."""
    at = lines.index(first)
    alike = [line.a.token.partition(" ") for line in lines[:at] if line.a is not None]
    one = next((line.a for line in lines[at:] if line.a is not None), None)
    other = next((line.b for line in lines[at:] if line.b is not None), None)
    lead = ""
    if alike:
        sender, _, what = alike[-1]
        lead = f"in both the {sender} sends {ALIKE[what]}; then "
    return f"{lead}in A {_told(one)}, but in B {_told(other)}"


ALIKE = {
    "FIN": "FIN",
    "RST low": "at least one reset that is too low",
    "RST high": "at least one reset that is too high",
    "RST exact": "a reset at the exact number",
    "RST ?": "a reset",
    "unanswered": "one segment again and again",
    "window 0": "a window of 0",
    "keepalives": "keepalives that nobody answers",
}
"""What a token says of both, whatever the numbers."""


def _told(event: ClosingEvent | None) -> str:
    if event is None:
        return "nothing follows"
    return event.text if event.sender is None else f"the {event.sender} sends {located(event)}"


def _outcomes(one: Closing, other: Closing) -> str | None:
    """How the two ended, if not alike."""
    a, b = one.events[-1], other.events[-1]
    return None if a.token == b.token else f"in A {a.text}; in B {b.text}"

"""The report a person reads: what happened, the frames, whose fault, what to do, what may be wrong.

1. Never wider than the page, so that it can be pasted into a ticket.
2. A finding that another explains is told inside that other's story, not beside it.
3. One full story a code: the second and later connections with the same trouble are a list.
4. Every sentence about the connection comes from the check that found it; the sentences made here
   speak of resets, stacks and captures, and only repeat what the diagnosis holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from unstick.checks.base import Evidence, Finding, Remedy, Severity
from unstick.diagnosis import Diagnosis, StreamRow
from unstick.named import NamedTuple
from unstick.report import resets
from unstick.report.captures import capture_lines, connections_line, healthy_line, limit_lines
from unstick.report.commands import command_lines, tshark_lines
from unstick.report.human import SECOND_NS, endpoint, frames_text, sentence, value_text
from unstick.report.ladder import ladder
from unstick.report.look import KEPT, Look
from unstick.report.model import display_filter

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
FILTER_GROUPS = 12  # more frames than this in a filter are better found by their stream
LONGEST_MARK = 40  # a longer [frames ...] may be broken over two lines
MORE_SHOWN = 8  # connections listed after the full story of their code; -v shows all

BLAMES = {
    "application": "The application that owns the stuck socket.",
    "server": "The server's side.",
    "client": "The client's side.",
    "the path": "Something on the path between the two: a firewall, NAT or load balancer.",
    "middlebox": "A device between the two: a firewall, NAT or load balancer.",
    "operator": "The operator of the stuck host: a setting, not a bug.",
}
"""When a check names only the room; a check that says a sentence is quoted."""


class _Page(NamedTuple):
    """What every part of the page needs."""

    diagnosis: Diagnosis
    names: Mapping[str, str]
    look: Look
    verbose: bool

    def row(self, finding: Finding) -> StreamRow | None:
        if finding.stream is None:
            return None
        return self.diagnosis.rows.get((finding.capture, finding.stream))

    @property
    def files(self) -> int:
        return len(self.diagnosis.captures)

    def file(self, finding: Finding) -> str:
        """What stands before a frame number: ``2:`` in the second of several files."""
        return f"{finding.capture + 1}:" if self.files > 1 else ""

    def start_ns(self, finding: Finding) -> int:
        """Time zero: the first packet of the capture, which is that of a rotation's first file."""
        return self.diagnosis.captures[0].first_ns or 0 if self.diagnosis.captures else 0

    def seconds(self, finding: Finding, time_ns: int) -> float:
        return (time_ns - self.start_ns(finding)) / SECOND_NS


def text(
    diagnosis: Diagnosis,
    names: Mapping[str, str],
    look: Look,
    *,
    quiet: bool = False,
    verbose: bool = False,
    chosen: bool = False,
) -> Iterator[str]:
    """The lines of the report, without line ends. ``chosen``: only some connections were wanted."""
    page = _Page(diagnosis, names, look, verbose)
    told = main_findings(diagnosis)
    if quiet:
        for finding in told:
            yield from _headline_only(page, finding)
        return
    loud = [finding for finding in told if finding.severity > Severity.NOTE]
    notes = [finding for finding in told if finding.severity == Severity.NOTE]
    first = connections_line(diagnosis) if loud else healthy_line(diagnosis, chosen)
    yield from look.wrap(first)
    for number, same in enumerate(_by_code(loud)):
        yield ""
        if number:
            yield look.paint(look.plain("─" * look.width), "dim")
        yield from _story(page, same[0])
        yield from _others(page, same[1:])
    if notes:
        yield from _notes(page, notes)
    if verbose:
        yield from _section(page, "Other resets", _other_resets(page, loud))
        yield from _section(page, "Other odd segments", _segments(page))
    damaged = any(capture.anomalies for capture in diagnosis.captures)
    if told or damaged or verbose:
        yield from _section(page, "Captures", capture_lines(diagnosis, look, verbose))
    if loud or verbose or diagnosis.profile.contradicted_by:
        yield from _section(page, "Stack", resets.profile_lines(diagnosis.profile, look))
    yield from _section(page, "What this could not tell", limit_lines(diagnosis, look))


def main_findings(diagnosis: Diagnosis) -> list[Finding]:
    """The findings that no other explains, the gravest first, then in order of stream."""
    told = [finding for finding in diagnosis.findings if finding.explained_by is None]
    return sorted(
        told,
        key=lambda finding: (
            -finding.severity,
            finding.stuck_side is None,  # a socket that is stuck now comes first
            finding.capture,
            -1 if finding.stream is None else finding.stream,
            finding.code,
        ),
    )


def _by_code(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    return list(groups.values())


def _section(page: _Page, title: str, lines: Iterable[str]) -> Iterator[str]:
    """A titled part; nothing at all where there is nothing to say."""
    body = list(lines)
    if body:
        yield ""
        yield page.look.paint(title, "bold")
        yield from body


def _story(page: _Page, finding: Finding) -> Iterator[str]:
    """Everything about one main finding."""
    yield from _title(page, finding)
    parts: tuple[tuple[str, Callable[[_Page, Finding], Iterable[str]]], ...] = (
        ("What happened", _happened),
        ("The frames that matter", _ladder),
        ("Also seen in this connection", _also),
        ("The reset", _resets),
        ("Whose fault", _fault),
        ("What to do", _remedies),
        ("What could prove this wrong", _doubt),
        ("See for yourself", _see),
    )
    for title, lines in parts:
        yield from _section(page, title, lines(page, finding))


def _title(page: _Page, finding: Finding) -> Iterator[str]:
    look = page.look
    name = page.names.get(finding.code, "")
    label = look.paint(finding.severity.name, "bold", COLOURS[finding.severity])
    if len(f"{finding.severity.name}  {finding.code} {name}") <= look.width:
        yield f"{label}  {finding.code} {look.plain(name)}".rstrip()
    else:
        yield f"{label}  {finding.code}"
        yield f"  {look.plain(name)}"
    for line in look.wrap(_ends(page, finding)):
        yield look.paint(line, "dim")
    yield ""
    for line in look.wrap(sentence(finding.headline)):
        yield look.paint(line, "bold")


def _ends(page: _Page, finding: Finding) -> str:
    row = page.row(finding)
    where = f"stream {finding.stream}" if finding.stream is not None else "the whole capture"
    if page.files > 1 and finding.capture < page.files:
        where += f" of {page.diagnosis.captures[finding.capture].path}"
    if row is None:
        return where
    return f"client {_client(row)}, server {_server(row)}, {where}"


def _client(row: StreamRow) -> str:
    return endpoint(row.client, row.client_port)


def _server(row: StreamRow) -> str:
    return endpoint(row.server, row.server_port)


def _happened(page: _Page, finding: Finding) -> Iterator[str]:
    """The evidence as numbered sentences, each with the frames that prove it."""
    for number, evidence in enumerate(finding.evidence, 1):
        yield from _sentence(page, evidence, f"  {number}. ", page.file(finding))


def _also(page: _Page, finding: Finding) -> Iterator[str]:
    """What this finding explains, in the order of the frames."""
    others = sorted(_explained(page, finding), key=lambda other: _frames(other)[:1])
    for other in others:
        facts = Evidence(other.headline, _frames(other))
        yield from _sentence(page, facts, f"  {other.code}  ", page.file(other))
        if page.verbose:
            for evidence in other.evidence:
                yield from _sentence(page, evidence, "      - ", page.file(other))


def _explained(page: _Page, finding: Finding) -> list[Finding]:
    return [
        other
        for other in page.diagnosis.findings
        if other.explained_by == finding.code
        and (other.capture, other.stream) == (finding.capture, finding.stream)
    ]


def _frames(finding: Finding) -> tuple[int, ...]:
    return tuple(frame for evidence in finding.evidence for frame in evidence.frames)


def _sentence(page: _Page, evidence: Evidence, first: str, file: str) -> Iterator[str]:
    marks = [frames_text(evidence.frames, file=file)] if evidence.frames else []
    if evidence.cite:
        marks.append(evidence.cite)
    mark = f"[{'; '.join(marks)}]" if marks else ""
    if len(mark) <= LONGEST_MARK:
        mark = mark.replace(" ", KEPT)
    yield from page.look.wrap(f"{sentence(evidence.says)} {mark}".rstrip(), first)
    if page.verbose and evidence.values:
        values = (f"{name} = {value_text(name, value)}" for name, value in evidence.values.items())
        for line in page.look.wrap(", ".join(values), " " * len(first)):
            yield page.look.paint(line, "dim")


def _ladder(page: _Page, finding: Finding) -> Iterable[str]:
    row = page.row(finding)
    if row is None or finding.stream is None:
        return []
    lines = page.diagnosis.ladders.get((finding.capture, finding.stream), ())
    ends = (f"client {_client(row)}", f"server {_server(row)}")
    return ladder(lines, page.start_ns(finding), page.look, ends)


def _resets(page: _Page, finding: Finding) -> Iterator[str]:
    if finding.stream is None:
        return
    own = [
        reset
        for reset in page.diagnosis.resets
        if (reset.capture, reset.stream) == (finding.capture, finding.stream)
    ]
    yield from resets.reset_lines(
        own, page.diagnosis.profile, page.look, page.verbose, files=page.files
    )


def _other_resets(page: _Page, told: list[Finding]) -> Iterator[str]:
    """Resets of connections that have no story of their own."""
    shown = {(same[0].capture, same[0].stream) for same in _by_code(told)}
    others = [one for one in page.diagnosis.resets if (one.capture, one.stream) not in shown]
    yield from resets.reset_lines(
        others, page.diagnosis.profile, page.look, True, name_stream=True, files=page.files
    )


def _segments(page: _Page) -> Iterator[str]:
    """SYNs out of place, odd ACKs, signatures nobody agreed on: what the law says of each."""
    for one in page.diagnosis.segments:
        state = f" in {one.state}" if one.state else ""
        seen = ""
        if one.after_frame is not None:
            what = "its challenge ACK" if one.challenged else "its next packet"
            seen = f"; {what} is frame {one.after_frame}"
        yield from page.look.wrap(
            f"stream {one.stream}, frame {one.frame}: {one.kind} of the {one.sender}. The "
            f"receiver{state} should: {one.verdict} ({one.rule}, {one.cite}){seen}.",
            "  ",
            "      ",
        )


def _fault(page: _Page, finding: Finding) -> Iterator[str]:
    if finding.blames:
        yield from page.look.wrap(sentence(BLAMES.get(finding.blames, finding.blames)), "  ")


def _remedies(page: _Page, finding: Finding) -> Iterator[str]:
    for number, remedy in enumerate(finding.remedies, 1):
        first = f"  {number}. "
        yield from page.look.wrap(f"{remedy.do} ({_where(remedy)})", first)
        if remedy.command:
            yield from command_lines(remedy.command, page.look, " " * len(first))


def _where(remedy: Remedy) -> str:
    return f"{remedy.where.value}; {remedy.risk.value}"


def _doubt(page: _Page, finding: Finding) -> Iterator[str]:
    if finding.doubt:
        yield from page.look.wrap(sentence(finding.doubt), "  ")


def _see(page: _Page, finding: Finding) -> Iterator[str]:
    if finding.capture >= page.files:
        return
    shown = display_filter(finding, groups=FILTER_GROUPS, files=page.files)
    if shown is not None:
        path = page.diagnosis.captures[finding.capture].path
        yield from tshark_lines(path, shown, page.look)
    yield from command_lines(f"unstick checks {finding.code}", page.look, "  ")


def _headline_only(page: _Page, finding: Finding, indent: str = "") -> Iterator[str]:
    row = page.row(finding)
    who = "" if row is None else f" {_client(row)} {_server(row)}"
    where = "capture" if finding.stream is None else f"stream {finding.stream}"
    first = f"{finding.code} {finding.severity.name.lower()} {where}{who}: "
    yield from page.look.wrap(first + sentence(finding.headline), indent, f"{indent}    ")


def _others(page: _Page, findings: list[Finding]) -> Iterator[str]:
    """The connections that have the same trouble as the one just told."""
    if not findings:
        return
    shown = findings if page.verbose else findings[:MORE_SHOWN]
    lines: list[str] = []
    for finding in shown:
        row = page.row(finding)
        who = "" if row is None else f"  {_client(row)} {_server(row)}"
        since = ""
        if finding.since_ns is not None:
            since = f", since {page.seconds(finding, finding.since_ns):.3f} s"
        lines += page.look.wrap(f"stream {finding.stream}{who}{since}", "  ", "      ")
    left = len(findings) - len(shown)
    if left:
        lines.append(f"  and {left:,} more (-v lists all)")
    title = f"The same trouble on {len(findings):,} more"
    yield from _section(page, title, lines)


def _notes(page: _Page, notes: list[Finding]) -> Iterator[str]:
    lines: list[str] = []
    for finding in notes if page.verbose else notes[:MORE_SHOWN]:
        lines += _headline_only(page, finding, "  ")
    left = 0 if page.verbose else max(0, len(notes) - MORE_SHOWN)
    if left:
        lines.append(f"  and {left:,} more (-v lists all)")
    yield from _section(page, "Notes", lines)

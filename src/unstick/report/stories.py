"""The parts of the text report that tell of findings: stories, lists of the like, odd segments.

Loaded where there is something to tell. What stands where is decided in ``text.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from unstick.checks.base import Evidence, Finding, Remedy, Severity
from unstick.diagnosis import StreamRow
from unstick.report import resets
from unstick.report.commands import command_lines, tshark_lines
from unstick.report.human import endpoint, frames_text, sentence, value_text
from unstick.report.ladder import ladder
from unstick.report.look import KEPT
from unstick.report.model import display_filter
from unstick.report.page import Page, by_code, section

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


def story(page: Page, finding: Finding) -> Iterator[str]:
    """Everything about one main finding."""
    yield from _title(page, finding)
    parts: tuple[tuple[str, Callable[[Page, Finding], Iterable[str]]], ...] = (
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
        yield from section(page, title, lines(page, finding))


def _title(page: Page, finding: Finding) -> Iterator[str]:
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


def _ends(page: Page, finding: Finding) -> str:
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


def _happened(page: Page, finding: Finding) -> Iterator[str]:
    """The evidence as numbered sentences, each with the frames that prove it."""
    for number, evidence in enumerate(finding.evidence, 1):
        yield from _sentence(page, evidence, f"  {number}. ", page.file(finding))


def _also(page: Page, finding: Finding) -> Iterator[str]:
    """What this finding explains, in the order of the frames."""
    others = sorted(_explained(page, finding), key=lambda other: _frames(other)[:1])
    for other in others:
        facts = Evidence(other.headline, _frames(other))
        yield from _sentence(page, facts, f"  {other.code}  ", page.file(other))
        if page.verbose:
            for evidence in other.evidence:
                yield from _sentence(page, evidence, "      - ", page.file(other))


def _explained(page: Page, finding: Finding) -> list[Finding]:
    return [
        other
        for other in page.diagnosis.findings
        if other.explained_by == finding.code
        and (other.capture, other.stream) == (finding.capture, finding.stream)
    ]


def _frames(finding: Finding) -> tuple[int, ...]:
    return tuple(frame for evidence in finding.evidence for frame in evidence.frames)


def _sentence(page: Page, evidence: Evidence, first: str, file: str) -> Iterator[str]:
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


def _ladder(page: Page, finding: Finding) -> Iterable[str]:
    row = page.row(finding)
    if row is None or finding.stream is None:
        return []
    lines = page.diagnosis.ladders.get((finding.capture, finding.stream), ())
    ends = (f"client {_client(row)}", f"server {_server(row)}")
    return ladder(lines, page.start_ns(finding), page.look, ends)


def _resets(page: Page, finding: Finding) -> Iterator[str]:
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


def other_resets(page: Page, told: Sequence[Finding]) -> Iterator[str]:
    """Resets of connections that have no story of their own."""
    shown = {(same[0].capture, same[0].stream) for same in by_code(told)}
    others = [one for one in page.diagnosis.resets if (one.capture, one.stream) not in shown]
    yield from resets.reset_lines(
        others, page.diagnosis.profile, page.look, True, name_stream=True, files=page.files
    )


def segments(page: Page) -> Iterator[str]:
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


def _fault(page: Page, finding: Finding) -> Iterator[str]:
    if finding.blames:
        yield from page.look.wrap(sentence(BLAMES.get(finding.blames, finding.blames)), "  ")


def _remedies(page: Page, finding: Finding) -> Iterator[str]:
    for number, remedy in enumerate(finding.remedies, 1):
        first = f"  {number}. "
        yield from page.look.wrap(f"{remedy.do} ({_where(remedy)})", first)
        if remedy.command:
            yield from command_lines(remedy.command, page.look, " " * len(first))


def _where(remedy: Remedy) -> str:
    return f"{remedy.where.value}; {remedy.risk.value}"


def _doubt(page: Page, finding: Finding) -> Iterator[str]:
    if finding.doubt:
        yield from page.look.wrap(sentence(finding.doubt), "  ")


def _see(page: Page, finding: Finding) -> Iterator[str]:
    if finding.capture >= page.files:
        return
    shown = display_filter(finding, groups=FILTER_GROUPS, files=page.files)
    if shown is not None:
        path = page.diagnosis.captures[finding.capture].path
        yield from tshark_lines(path, shown, page.look)
    yield from command_lines(f"unstick checks {finding.code}", page.look, "  ")


def headline_only(page: Page, finding: Finding, indent: str = "") -> Iterator[str]:
    row = page.row(finding)
    who = "" if row is None else f" {_client(row)} {_server(row)}"
    where = "capture" if finding.stream is None else f"stream {finding.stream}"
    first = f"{finding.code} {finding.severity.name.lower()} {where}{who}: "
    yield from page.look.wrap(first + sentence(finding.headline), indent, f"{indent}    ")


def others(page: Page, findings: Sequence[Finding]) -> Iterator[str]:
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
    yield from section(page, title, lines)


def listed_notes(page: Page, notes: Sequence[Finding]) -> Iterator[str]:
    lines: list[str] = []
    for finding in notes if page.verbose else notes[:MORE_SHOWN]:
        lines += headline_only(page, finding, "  ")
    left = 0 if page.verbose else max(0, len(notes) - MORE_SHOWN)
    if left:
        lines.append(f"  and {left:,} more (-v lists all)")
    yield from section(page, "Notes", lines)

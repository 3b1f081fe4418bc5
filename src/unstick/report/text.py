"""The report a person reads: what happened, the frames, whose fault, what to do, what may be wrong.

1. Never wider than the page, so that it can be pasted into a ticket.
2. A finding that another explains is told inside that other's story, not beside it.
3. One full story a code: the second and later connections with the same trouble are a list.
4. Every sentence about the connection comes from the check that found it; the sentences made here
   speak of resets, stacks and captures, and only repeat what the diagnosis holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unstick.report.captures import capture_lines, connections_line, healthy_line, limit_lines
from unstick.report.page import Page, by_code, section

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.checks.base import Finding
    from unstick.diagnosis import Diagnosis
    from unstick.report.look import Look


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
    page = Page(diagnosis, names, look, verbose)
    told = main_findings(diagnosis)
    if quiet:
        yield from _headlines(page, told)
        return
    loud = [finding for finding in told if finding.grave]
    notes = [finding for finding in told if not finding.grave]
    first = connections_line(diagnosis) if loud else healthy_line(diagnosis, chosen)
    yield from look.wrap(first)
    if told or verbose:
        yield from _told(page, loud, notes)
    damaged = any(capture.anomalies for capture in diagnosis.captures)
    if told or damaged or verbose:
        yield from section(page, "Captures", capture_lines(diagnosis, look, verbose))
    if loud or verbose or diagnosis.profile.contradicted_by:
        from unstick.report.resets import profile_lines

        yield from section(page, "Stack", profile_lines(diagnosis.profile, look))
    yield from section(page, "What this could not tell", limit_lines(diagnosis, look))


def _headlines(page: Page, told: Sequence[Finding]) -> Iterator[str]:
    if not told:
        return
    from unstick.report.stories import headline_only

    for finding in told:
        yield from headline_only(page, finding)


def _told(page: Page, loud: Sequence[Finding], notes: Sequence[Finding]) -> Iterator[str]:
    """The stories, and what is only listed. Most captures have neither."""
    from unstick.report import stories

    for number, same in enumerate(by_code(loud)):
        yield ""
        if number:
            yield page.look.paint(page.look.plain("─" * page.look.width), "dim")
        yield from stories.story(page, same[0])
        yield from stories.others(page, same[1:])
    if notes:
        yield from stories.listed_notes(page, notes)
    if page.verbose:
        yield from section(page, "Other resets", stories.other_resets(page, loud))
        yield from section(page, "Other odd segments", stories.segments(page))


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

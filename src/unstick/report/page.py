"""What every part of the text report shares: the diagnosis, how it may look, who is who."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from unstick.named import NamedTuple
from unstick.report.human import SECOND_NS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.checks.base import Finding
    from unstick.diagnosis import Diagnosis, StreamRow
    from unstick.report.look import Look


class Page(NamedTuple):
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


def section(page: Page, title: str, lines: Iterable[str]) -> Iterator[str]:
    """A titled part; nothing at all where there is nothing to say."""
    body = list(lines)
    if body:
        yield ""
        yield page.look.paint(title, "bold")
        yield from body


def by_code(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    return list(groups.values())

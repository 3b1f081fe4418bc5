"""Which finding explains which: data, and the one function that applies it.

A finding that another one of the same connection explains is kept, and folded under it in the
report. A row names the explaining code first; earlier rows win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.checks.base import Finding

EXPLAINS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # A forged or ignored reset is the cause of what it did; sprays and loops are its pattern.
    ("R108", ("R101", "R102", "R103", "R106", "H402")),
    ("R109", ("R101", "R102", "R103")),
    ("R107", ("R101", "R102", "R106")),
    ("R106", ("R101", "R102", "R103")),
    # The story: the socket is stuck because the reset was refused and the path is silent.
    ("C201", ("R101", "R102", "R103", "R104", "R105", "P301", "P303", "P304", "C203", "C204")),
    # A box that forgot the connection explains the silence after it.
    ("R105", ("R101", "R102", "R103", "R104")),
    ("P305", ("P301", "P304", "C203")),
    ("P303", ("P301", "P304", "C203")),
    ("C203", ("P301", "C204")),
    ("C202", ("C204",)),
    ("P302", ("P301", "P304", "C203")),
    ("P301", ("P304", "R103", "C204")),
    # That a challenge went unanswered is the news; that there was one is how it came to be.
    ("R103", ("R102", "R104")),
    ("R102", ("R104",)),
    ("R101", ("R104",)),
    ("H402", ("R101", "R102", "H401")),
)


def settle(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each told what explains it. Works stream by stream."""
    codes: dict[tuple[int, int | None], set[str]] = {}
    for finding in findings:
        codes.setdefault((finding.capture, finding.stream), set()).add(finding.code)
    return [_explained(one, codes[(one.capture, one.stream)]) for one in findings]


def _explained(finding: Finding, present: Iterable[str]) -> Finding:
    for code, effects in EXPLAINS:
        if finding.code in effects and code in present:
            return finding._replace(explained_by=code)
    return finding

"""Captures of a run explained, and what that says held against what the hosts said.

Three questions: does the explanation name the trouble it should, and no other? Does it know in
which state each end was? Were the scenario's own claims true?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from unstick.checks.base import Severity
from unstick.diagnose import explain, streams
from unstick.diagnosis import Diagnosis, StreamRow
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.lab.scenario import Scenario
from unstick.lab.truth import Checked, Seen, check


class Verdict(NamedTuple):
    """``checked``: every comparison. ``diagnosis``: of the server's capture."""

    diagnosis: Diagnosis
    client_diagnosis: Diagnosis
    checked: tuple[Checked, ...]

    @property
    def holds(self) -> bool:
        return all(one.holds for one in self.checked)


def judge(scenario: Scenario, captures: Mapping[Side, Sequence[Path]], seen: Seen) -> Verdict:
    """Explains both captures and compares."""
    diagnoses = {side: explain([str(one) for one in captures[side]]) for side in captures}
    checked = [named(SERVER, scenario.findings, diagnoses[SERVER])]
    if scenario.client_findings is not None:
        checked.append(named(CLIENT, scenario.client_findings, diagnoses[CLIENT]))
    rows = list(streams([str(one) for one in captures[SERVER]]))
    checked += [known(side, rows, seen) for side in (SERVER,)]
    checked += check(scenario.truth, seen)
    return Verdict(diagnoses[SERVER], diagnoses[CLIENT], tuple(checked))


def main_codes(diagnosis: Diagnosis) -> list[str]:
    """Codes of what no other finding explains, notes left out."""
    return sorted(
        {
            one.code
            for one in diagnosis.findings
            if one.explained_by is None and one.severity > Severity.NOTE
        }
    )


def named(side: Side, wanted: frozenset[str], diagnosis: Diagnosis) -> Checked:
    codes = main_codes(diagnosis)
    what = ", ".join(sorted(wanted)) if wanted else "nothing"
    says = f"explain names {what} in the {side}'s capture"
    return Checked(says, codes == sorted(wanted), ", ".join(codes) or "nothing")


OVER = frozenset({"CLOSED", "TIME-WAIT", "?"})
"""States in which a kernel shows no socket, or need not."""


def known(side: Side, rows: Sequence[StreamRow], seen: Seen) -> Checked:
    """The states that the capture shows are those the kernel had."""
    read = sorted(
        state
        for state in (row.server_state if side == SERVER else row.client_state for row in rows)
        if state not in OVER
    )
    kernel = sorted(str(one["state"]) for one in seen.final[side])
    says = f"from the capture, the {side} is in {', '.join(read) or 'no state: all is over'}"
    return Checked(says, read == kernel, ", ".join(kernel) or "nothing is left")

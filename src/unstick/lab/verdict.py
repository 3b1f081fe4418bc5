"""Captures of a run explained, and what that says held against what the hosts said.

Does the explanation name the trouble it should, and no other? Does it know in which state the
server was? Does ``compare`` see that both captures show one path? Were the scenario's own claims
true?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from unstick.compare import compare
from unstick.compare.model import TWO_POINTS, Comparison
from unstick.diagnose import explain, streams
from unstick.diagnosis import Diagnosis, StreamRow
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.lab.scenario import Scenario
from unstick.lab.truth import Checked, Seen, check


class Verdict(NamedTuple):
    """``checked``: every comparison. ``diagnosis``: of the server's capture. ``between``: what
    ``compare`` says of what happened between the two captures."""

    diagnosis: Diagnosis
    client_diagnosis: Diagnosis
    checked: tuple[Checked, ...]
    between: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return all(one.holds for one in self.checked)


def judge(scenario: Scenario, captures: Mapping[Side, Sequence[Path]], seen: Seen) -> Verdict:
    """Explains both captures and compares."""
    diagnoses = {side: explain([str(one) for one in captures[side]]) for side in captures}
    checked = []
    for side, wanted in ((SERVER, scenario.findings), (CLIENT, scenario.client_findings)):
        if wanted is not None:
            checked.append(named(side, wanted, diagnoses[side]))
    checked += [mentioned(code, diagnoses[SERVER]) for code in sorted(scenario.mentions)]
    checked.append(known(streams([str(one) for one in captures[SERVER]]), seen))
    between: tuple[str, ...] = ()
    if all(len(files) == 1 for files in captures.values()):  # compare knows no rotations
        both = compare(str(captures[CLIENT][0]), str(captures[SERVER][0]))
        checked.append(seen_from_both_ends(both))
        between = both.headlines
    checked += check(scenario.truth, seen)
    return Verdict(diagnoses[SERVER], diagnoses[CLIENT], tuple(checked), between)


def main_codes(diagnosis: Diagnosis) -> list[str]:
    """Codes of what no other finding explains, notes left out."""
    return sorted(
        {one.code for one in diagnosis.findings if one.explained_by is None and one.grave}
    )


def named(side: Side, wanted: frozenset[str], diagnosis: Diagnosis) -> Checked:
    codes = main_codes(diagnosis)
    what = ", ".join(sorted(wanted)) if wanted else "nothing"
    says = f"explain names {what} in the {side}'s capture"
    return Checked(says, codes == sorted(wanted), ", ".join(codes) or "nothing")


def mentioned(code: str, diagnosis: Diagnosis) -> Checked:
    codes = sorted({one.code for one in diagnosis.findings})
    says = f"explain mentions {code}, in a note or inside another's story"
    return Checked(says, code in codes, ", ".join(codes) or "nothing")


UNKNOWN = "?"
OVER = frozenset({"CLOSED", "TIME-WAIT"})
"""States in which a kernel shows no socket, or need not."""


def known(rows: Iterable[StreamRow], seen: Seen) -> Checked:
    """The server's states that its capture shows are those its kernel had. Of several connections
    between the same ports only the last can still be there; a SYN that met only a challenge made
    none, and its row knows no state of the server."""
    latest = {
        (one.client, one.client_port, one.server, one.server_port): one
        for one in rows
        if one.server_state != UNKNOWN
    }
    read = sorted(one.server_state for one in latest.values() if one.server_state not in OVER)
    kernel = sorted(str(one["state"]) for one in seen.final[SERVER])
    says = f"from the capture, the server is in {', '.join(read) or 'no state: all is over'}"
    return Checked(says, read == kernel, ", ".join(kernel) or "nothing is left")


def seen_from_both_ends(both: Comparison) -> Checked:
    """Every connection of either capture is found in the other."""
    found = both.kind == TWO_POINTS and not both.only_a and not both.only_b
    return Checked("compare sees one path from both ends", found, both.because or both.kind)

"""A bad path and a good one side by side: what came at the end of a connection, and what it did.

Small on purpose: for two captures of one connection each. ``unstick compare`` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unstick.diagnosis import Diagnosis, ResetVerdict
from unstick.report.human import SECOND_NS, seconds_text
from unstick.report.look import Look, columns
from unstick.report.resets import count, runs

GAP = 2


@dataclass(frozen=True, slots=True)
class Case:
    """One column: its title and what was found."""

    title: str
    diagnosis: Diagnosis


def contrast(cases: Sequence[Case], look: Look) -> Iterator[str]:
    """The table: a row a question, a column a case."""
    rows = (
        ("resets that arrived", [_arrived(case) for case in cases]),
        ("their numbers", [_numbers(case) for case in cases]),
        ("number expected", [_expected(case) for case in cases]),
        ("the last one was", [_outcome(case) for case in cases]),
        ("after that", [_after(case) for case in cases]),
    )
    label = max(len(name) for name, _ in rows) + GAP
    cell = (look.width - 2 - label - GAP * len(cases)) // len(cases)
    yield look.paint(_line(label, cell, "", [case.title for case in cases]), "bold")
    for name, values in rows:
        wrapped = [Look(cell, unicode=look.unicode).wrap(value) for value in values]
        for number in range(max(map(len, wrapped))):
            texts = [lines[number] if number < len(lines) else "" for lines in wrapped]
            yield _line(label, cell, "" if number else name, texts)


def _line(label: int, cell: int, name: str, texts: list[str]) -> str:
    gap = " " * GAP
    cells = gap.join(text + " " * max(0, cell - columns(text)) for text in texts)
    return f"  {name:<{label}}{cells}".rstrip()


def _arrived(case: Case) -> str:
    return f"{count(case.diagnosis.resets):,}"


def _numbers(case: Case) -> str:
    parts = []
    for group in runs(case.diagnosis.resets):
        number = count(group)
        times = f" {number:,} times" if number > 1 else ""
        parts.append(f"{_seq(group[0])}{times}")
    return ", then ".join(parts) or "none"


def _seq(reset: ResetVerdict) -> str:
    return str(reset.seq_raw if reset.seq is None else reset.seq)


def _expected(case: Case) -> str:
    known = [one.rcv_nxt for one in case.diagnosis.resets if one.rcv_nxt is not None]
    return str(known[-1]) if known else "not known"


def _outcome(case: Case) -> str:
    if not case.diagnosis.resets:
        return "missing"
    last = case.diagnosis.resets[-1]
    if last.offset == 0:
        place = "exact"
    elif last.offset is None:
        place = "not comparable"
    else:
        size = abs(last.offset)
        place = f"{'one' if size == 1 else f'{size:,}'} too {'low' if last.offset < 0 else 'high'}"
    obeyed = {"honoured": "obeyed", "refused": "refused", "unknown": "nothing seen after it"}
    return f"{place}: {obeyed[last.observed]}"


def _after(case: Case) -> str:
    """How long the connection lived on after the last reset."""
    diagnosis = case.diagnosis
    if not diagnosis.resets or not diagnosis.captures:
        return "nothing"
    last, end_ns = diagnosis.resets[-1], diagnosis.captures[0].last_ns
    stuck = [row.stuck_side for row in diagnosis.rows.values() if row.stuck_side]
    if stuck and end_ns is not None:
        lasted = seconds_text((end_ns - last.time_ns) / SECOND_NS)
        return f"the {stuck[0]} is still stuck {lasted} later"
    begin_ns = diagnosis.captures[0].first_ns or last.time_ns
    began = seconds_text((last.time_ns - begin_ns) / SECOND_NS)
    return f"the connection is gone, {began} after it began"

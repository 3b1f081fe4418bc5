"""The list of checks is complete, sorted and kept: nobody has to remember what a check needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import CASES, Case, all_cases
from tests.house import SOURCE
from unstick.checks import CHECKS, NAMES, OF_CAPTURES, OF_CONNECTIONS, check, of_captures
from unstick.checks.base import Check, Risk
from unstick.report.manual import HEADINGS
from unstick.tcp.captured import JUMP_NS, CaptureFacts

HELPERS = frozenset({"__init__", "base", "ladders", "limits", "refusals", "remedies", "words"})
"""Files of the room that are no checks."""

NOT_IN_A_TRACE = frozenset({"M505"})
"""A trace has no damage to write down: ``test_capture_damaged.py`` fires it with broken files."""

CODE = re.compile(r"^(?:[RCPHM])\d{3}$")
COLUMNS = 80


def files() -> list[str]:
    stems = (path.stem for path in (SOURCE / "checks").glob("*.py"))
    return sorted(stem for stem in stems if stem not in HELPERS)


def module_of(one: Check) -> str:
    return one.name.replace("-", "_")


every_check = pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.code)
every_check_of_traces = pytest.mark.parametrize(
    "one", [one for one in CHECKS if one.code not in NOT_IN_A_TRACE], ids=lambda one: one.code
)


def test_every_file_is_listed() -> None:
    assert files() == sorted(module_of(one) for one in CHECKS)


@every_check
def test_stands_in_the_table_of_what_it_looks_at(one: Check) -> None:
    table = OF_CAPTURES if one.in_connection is None else OF_CONNECTIONS
    assert table[one.code] == NAMES[one.code] == one.name
    assert (one.in_connection is None) != (one.in_capture is None)


ORDINARY = CaptureFacts(
    capture=0,
    path="a.pcap",
    packets=300,
    tcp_segments=300,
    connections=9,
    copies=0,
    copy_frame=None,
    clock_back=0,
    clock_back_frame=None,
    clock_back_ns=0,
    clock_jump_frame=7,
    clock_jump_ns=1_000_000_000,
    unseen_acks=0,
    unseen_frame=None,
    one_way=0,
    one_way_streams=(),
    two_way=9,
)


def test_no_check_speaks_of_an_ordinary_capture() -> None:
    assert ORDINARY.ordinary
    for one in of_captures():
        assert one.in_capture is not None
        assert not list(one.in_capture(ORDINARY))


ODD = [
    {"copies": 1, "copy_frame": 2},
    {"clock_back": 1, "clock_back_frame": 2, "clock_back_ns": 1},
    {"clock_jump_ns": JUMP_NS},
    {"unseen_acks": 1},
    {"one_way": 1, "one_way_streams": (3,)},
    {"anomalies": {"file-cut": (1, None, "the file ends")}},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_whatever_they_may_speak_of_is_not_ordinary(odd: dict[str, Any]) -> None:
    assert not ORDINARY._replace(**odd).ordinary


@every_check
def test_name_is_the_file_name(one: Check) -> None:
    assert import_module(f"unstick.checks.{module_of(one)}").CHECK is one


def test_codes_are_sorted_and_unique() -> None:
    codes = [one.code for one in CHECKS]
    assert codes == sorted(set(codes))
    assert all(CODE.match(code) for code in codes)


def test_names_are_unique() -> None:
    assert len({one.name for one in CHECKS}) == len(CHECKS)


@every_check
def test_found_by_code_and_name(one: Check) -> None:
    assert check(one.code.lower()) is check(one.name.upper()) is one


@every_check
def test_looks_at_one_thing(one: Check) -> None:
    assert (one.in_connection is None) != (one.in_capture is None)


@every_check
def test_summary_is_one_short_line(one: Check) -> None:
    assert one.summary
    assert len(one.summary) < COLUMNS
    assert "\n" not in one.summary
    assert not one.summary.endswith(".")


@every_check
def test_manual_has_every_heading_in_order(one: Check) -> None:
    lines = one.manual.splitlines()
    found = [
        line for line, below in pairwise(lines) if line in HEADINGS and below == "-" * len(line)
    ]
    assert tuple(found) == HEADINGS
    assert lines[0].strip().endswith(".")


@every_check
def test_some_remedy_and_every_remedy_has_its_risk(one: Check) -> None:
    assert one.remedies
    assert all(isinstance(remedy.risk, Risk) for remedy in one.remedies)
    assert len({remedy.do for remedy in one.remedies}) == len(one.remedies)
    assert any(remedy.risk is Risk.SAFE for remedy in one.remedies)


@every_check
def test_commands_have_known_placeholders_only(one: Check) -> None:
    known = {"client", "client_port", "server", "server_port", "address", "port"}
    known |= {"peer", "peer_port"}
    for remedy in one.remedies:
        assert set(re.findall(r"{(\w+)}", remedy.command or "")) <= known


def concluded(case: Case) -> Iterator[tuple[str, str]]:
    """Code and headline of every finding that a case holds."""
    for line in case.findings.splitlines():
        code, _, rest = line.partition(" ")
        if CODE.match(code):
            yield code, rest.partition(": ")[2]


def codes_of(case: Case) -> set[str]:
    return {code for code, _ in concluded(case)}


@every_check_of_traces
def test_a_case_fires_it(one: Check) -> None:
    assert any(one.code in codes_of(case) for case in all_cases())


@every_check_of_traces
def test_a_look_alike_does_not(one: Check) -> None:
    """A look-alike stands in a file with a case that fires the check, or names its code."""
    firing = {case.path for case in all_cases() if one.code in codes_of(case)}
    silent = [case for case in all_cases() if one.code not in codes_of(case)]
    named = re.compile(rf"\b{one.code}\b")
    assert any(case.path in firing or named.search(prose(case.path)) for case in silent)


def prose(path: Path) -> str:
    """A file of cases without its blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_headlines_fit_a_terminal() -> None:
    headlines = [text for case in all_cases() for _, text in concluded(case)]
    assert headlines
    assert [text for text in headlines if len(text) >= COLUMNS or text.endswith(".")] == []


def test_cases_name_only_checks_that_exist() -> None:
    known = {one.code for one in CHECKS}
    assert {code for case in all_cases() for code in codes_of(case)} <= known


def test_cases_are_there() -> None:
    assert any(CASES.glob("*.md"))

"""``checks`` and ``profiles``: every one can be shown, in text and JSON, on a narrow page."""

from __future__ import annotations

import json

import pytest

from unstick.checks import CHECKS
from unstick.cli import main
from unstick.cli.checks import find
from unstick.errors import UsageError
from unstick.report.manual import HEADINGS, sections
from unstick.report.stacks import PLACES
from unstick.tcp.profiles import NAMES
from unstick.tcp.vocabulary import Seq

Text = pytest.CaptureFixture[str]


def shown(capsys: Text, *arguments: str) -> str:
    assert main([*arguments]) == 0
    return capsys.readouterr().out


def test_checks_are_listed(capsys: Text) -> None:
    out = shown(capsys, "checks")
    assert max(map(len, out.splitlines())) <= 79
    for check in CHECKS:
        assert f"{check.code}  {check.name}" in out
    data = json.loads(shown(capsys, "checks", "--format", "json"))
    assert [one["code"] for one in data] == [check.code for check in CHECKS]


@pytest.mark.parametrize("code", [check.code for check in CHECKS])
def test_manual_page_of_a_check(code: str, capsys: Text) -> None:
    out = shown(capsys, "checks", code)
    assert max(map(len, out.splitlines())) <= 79
    lines = out.splitlines()
    assert [line for line in lines if line in HEADINGS] == list(HEADINGS)
    assert not [line for line in lines if line.startswith("---")]
    assert "Remedies" in lines
    assert "{" not in "".join(line for line in lines if "$ " in line)


def test_check_is_found_by_code_or_name_in_any_case() -> None:
    check = CHECKS[0]
    assert find(check.code.lower(), CHECKS) is check
    assert find(check.name.upper(), CHECKS) is check
    with pytest.raises(UsageError) as caught:
        find(check.name + "s", CHECKS)
    assert caught.value.hint == f"did you mean {check.code} {check.name}?"


def test_sections_of_a_manual() -> None:
    manual = """Title line.

    What happens
    ------------
    One
    two.

    Three.

    References
    ----------
    - RFC 9293
    """
    assert sections(manual) == [
        ("", ["Title line."]),
        ("What happens", ["One\ntwo.", "Three."]),
        ("References", ["- RFC 9293"]),
    ]


def test_profiles_are_listed(capsys: Text) -> None:
    out = shown(capsys, "profiles")
    assert max(map(len, out.splitlines())) <= 79
    data = json.loads(shown(capsys, "profiles", "--format", "json"))
    assert sorted(one["name"] for one in data) == sorted(NAMES)
    linux = [one["name"] for one in data if one["name"].startswith("linux")]
    assert linux.index("linux-4.7") < linux.index("linux-4.11")
    assert sum(one["default"] for one in data) == 1
    for name in NAMES:
        assert f"\n{name} " in f"\n{out}"


@pytest.mark.parametrize("name", NAMES)
def test_page_of_a_profile(name: str, capsys: Text) -> None:
    out = shown(capsys, "profiles", name)
    assert max(map(len, out.splitlines())) <= 79
    data = json.loads(shown(capsys, "profiles", name, "--format", "json"))
    assert data["name"] == name
    assert data["rules"]
    for rule in data["rules"]:
        assert f" {rule['name']} [" in " ".join(out.split())


def test_diff_names_what_only_one_has(capsys: Text) -> None:
    out = shown(capsys, "profiles", "--diff", "linux-4.7", "linux-4.11")
    assert "Only linux-4.11" in out
    assert "tcp_reset_check()" in out
    same = shown(capsys, "profiles", "--diff", "rfc793", "rfc793")
    assert same == "rfc793 and rfc793 have the same rules and numbers.\n"


def test_every_place_of_a_sequence_number_is_explained() -> None:
    for place in Seq:
        assert place.name.removesuffix("_CLOSED") in PLACES

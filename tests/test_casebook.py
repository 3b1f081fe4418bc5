"""Every case of ``tests/cases`` concludes what is written below it, in every format and engine.

``pytest tests/test_casebook.py --update-cases`` rewrites the findings blocks; read the diff.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.casebook import (
    CASES,
    VARIANTS,
    Case,
    Variant,
    all_cases,
    cases_of,
    findings_block,
    names,
    rewrite,
    write_variant,
)
from unstick import engine as engines
from unstick.diagnose import explain
from unstick.errors import NotationError
from unstick.wire.notation_reader import parse_trace

UPDATED_FROM = VARIANTS[0]


@cache
def engine_named(name: str) -> engines.Engine:
    """The plain engine, or the one of this installation (compiled, where it could be)."""
    return engines.load_plain() if name == "plain" else engines.load()


def conclusions(case: Case, variant: Variant, folder: Path) -> str:
    """The findings block that this case gets when its trace is written down this way."""
    try:
        trace = parse_trace(case.trace)
    except NotationError as error:
        line = case.trace_line + error.line - 1
        pytest.fail(f"{case.path.name}:{line}: {error.sentence}", pytrace=False)
    path = folder / f"case.{variant.style.container}"
    write_variant(path, trace, variant)
    diagnosis = explain([str(path)], profile=trace.profile, engine=engine_named(variant.engine))
    return findings_block(diagnosis, names(trace, variant))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_case(case: Case, variant: Variant, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expected = case.findings
    concluded = conclusions(case, variant, tmp_path)
    if request.config.getoption("--update-cases"):
        (current,) = [one for one in cases_of(case.path) if one.title == case.title]
        if variant == UPDATED_FROM:
            rewrite(current, concluded)
            return
        expected = current.findings
    assert concluded == expected, f"{case.path.name}, {case.title!r}, as {variant.name}"


def test_there_are_cases() -> None:
    assert len(all_cases()) >= 3


def test_titles_are_unique_in_a_file() -> None:
    for path in CASES.glob("*.md"):
        titles = [case.title for case in cases_of(path)]
        assert len(titles) == len(set(titles)), path.name


@pytest.mark.parametrize(
    "value",
    [
        lambda variant: variant.style.container,
        lambda variant: variant.style.resolution,
        lambda variant: variant.style.byte_order,
        lambda variant: variant.version,
        lambda variant: variant.engine,
    ],
)
def test_variants_cover_both_values_of_every_dimension(value: Callable[[Variant], object]) -> None:
    assert len({value(variant) for variant in VARIANTS}) == 2


BROKEN = (
    "# T\n```findings\n```\n",
    "# T\n```trace\n```\n",
    "text\n",
    "```trace\n```\n```findings\n```\n",
)


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_no_case_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.md"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"broken\.md: "):
        cases_of(path)


def test_rewriting_keeps_everything_else(tmp_path: Path) -> None:
    path = tmp_path / "case.md"
    text = (
        "# A\n\n```trace\n```\n\n```findings\nold\n```\n\n"
        "## B\n```trace\n```\n```findings\n```\nend\n"
    )
    path.write_text(text)
    first, _ = cases_of(path)
    rewrite(first, "C201 new\nmore\n")
    assert path.read_text() == text.replace("old\n", "C201 new\nmore\n")
    assert [case.findings for case in cases_of(path)] == ["C201 new\nmore\n", ""]

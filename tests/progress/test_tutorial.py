"""docs/tutorial-progress.md is played as it stands: its programs, its commands, what they print."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.house import REPOSITORY
from tests.progress.pages import Shell, Step, alike, files, steps

PAGE = (REPOSITORY / "docs" / "tutorial-progress.md").read_text("utf-8")

needs_programs = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "ss"))), reason="needs bash, curl and ss"
)


@needs_programs
@pytest.mark.long
@pytest.mark.parametrize("policy", [None, "idle=3 silent=3"], ids=["as-told", "shorter"])
def test_it_goes_as_the_page_tells(tmp_path: Path, policy: str | None) -> None:
    told = list(steps(PAGE))
    with Shell(tmp_path, PAGE, policy) as shell:
        for step in told:
            played = shell.play(step)
            assert alike(step.prints, played.prints), (step, played)


@needs_programs
def test_the_first_half_goes_as_the_page_tells(tmp_path: Path) -> None:
    """The hang and the cure, sooner."""
    text = PAGE.partition("## The outcome")[0]
    told = list(steps(text))
    assert len(told) > 10
    with Shell(tmp_path, text, "idle=2 silent=2") as shell:
        for step in told:
            played = shell.play(step)
            assert alike(step.prints, played.prints), (step, played)


def test_every_program_is_begun_and_compiles() -> None:
    commands = " ".join(step.command for step in steps(PAGE))
    programs = files(PAGE)
    assert len(programs) == PAGE.count("```python")
    for name, text in programs.items():
        compile(text, name, "exec")
        assert f"{name} " in commands


@needs_programs
def test_a_page_that_tells_otherwise_is_noticed(tmp_path: Path) -> None:
    page = "## Page\n```console\n$ echo one 2\none 3\n$ echo two\nthree\n$ seq 2\n1\n```\n"
    with Shell(tmp_path, page, None) as shell:
        played = [shell.play(step) for step in steps(page)]
    assert [step.prints for step in played] == [("one 2",), ("two",), ("1", "2")]
    same = [alike(*pair) for pair in zip(told(page), (one.prints for one in played), strict=True)]
    assert same == [True, False, False]


def told(page: str) -> list[tuple[str, ...]]:
    return [step.prints for step in steps(page)]


def test_sockets_come_in_any_order() -> None:
    assert alike(("ESTAB 0", "CLOSE-WAIT  1"), ("CLOSE-WAIT 9", "ESTAB 7 "))
    assert not alike(("ESTAB 0",), ("FIN-WAIT-1 0",))
    assert Step("x", ()).prints == ()

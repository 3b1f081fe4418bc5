"""docs/servers.md is what the tests run: every file, every command, none forgotten."""

from __future__ import annotations

import tomllib

import pytest

from tests.progress.servers import recipes
from tests.progress.servers.configurations import CONFIGURATIONS
from tests.progress.servers.running import APPS
from unstick.lab.pythons.recipes import FILES, GUARD, POLICY, RECIPES, REQUIREMENTS, with_policy
from unstick.progress import Policy

TEXT = recipes.DOCUMENT.read_text("utf-8")
BOOK = recipes.read(TEXT)


def test_every_command_of_the_document_is_a_configuration() -> None:
    told = {(heading, at) for heading, lines in BOOK.commands.items() for at in range(len(lines))}
    assert told == {(one.heading, one.command) for one in CONFIGURATIONS}


def test_the_lab_plays_what_the_document_tells() -> None:
    assert BOOK.files == FILES
    told = [line for lines in BOOK.commands.values() for line in lines]
    assert sorted(one.command for one in RECIPES) == sorted(told)


def test_the_labs_environment_is_that_of_the_long_tests() -> None:
    project = tomllib.loads((recipes.DOCUMENT.parents[1] / "pyproject.toml").read_text("utf-8"))
    assert sorted(REQUIREMENTS) == sorted(project["dependency-groups"]["servers"])


def test_every_configuration_has_a_name_of_its_own_and_a_program() -> None:
    assert len({one.name for one in CONFIGURATIONS}) == len(CONFIGURATIONS)
    assert {APPS / f"{one.program}.py" for one in CONFIGURATIONS} <= set(APPS.iterdir())


@pytest.mark.parametrize("name", BOOK.files)
def test_every_file_installs_a_policy_that_parses_and_is_served(name: str) -> None:
    text = BOOK.files[name]
    compile(text, name, "exec")
    assert text.count("install(") == 1
    (policy,) = POLICY.findall(text)
    assert Policy.parse(policy).idle
    module = name.removesuffix(".py")
    lines = [line for lines in BOOK.commands.values() for line in lines]
    assert name == "gunicorn.conf.py" or any(module in line for line in lines)


@pytest.mark.parametrize("name", BOOK.files)
def test_without_the_guard_it_is_the_same_file(name: str) -> None:
    text = BOOK.files[name]
    plain = with_policy(text, None)
    changed = [
        before
        for before, after in zip(text.splitlines(), plain.splitlines(), strict=True)
        if before != after
    ]
    assert [line.strip() for line in changed] == [GUARD]
    assert "idle=5 silent=4" in with_policy(text, "idle=5 silent=4")


def test_the_matrix_has_every_configuration_without_and_with_the_guard() -> None:
    table = recipes.DOCUMENT.with_name("server-matrix.md").read_text("utf-8")
    for half in table.split("\n## ")[1:]:
        rows = [line.split(" | ")[0] for line in half.splitlines() if line.startswith("| ")]
        assert rows == ["| server", *(f"| {one.name}" for one in CONFIGURATIONS)]
    freed = table.split("## With the guard")[1]
    assert freed.count("nothing left") == 2 * len(CONFIGURATIONS)


def test_the_document_says_who_drops_half_closed_clients() -> None:
    sections = dict.fromkeys(BOOK.commands, "")
    for part in TEXT.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        sections[heading] = " ".join(body.split())
    droppers = {one.heading for one in CONFIGURATIONS if one.drops_half_closed}
    told = {
        heading for heading, body in sections.items() if "drops half-closed clients" in body.lower()
    }
    assert told == droppers

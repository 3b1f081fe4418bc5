"""docs/limits.md: each fact names a test that is there, and each policy parses."""

from __future__ import annotations

import ast
import re
import warnings

import pytest

from tests.house import REPOSITORY
from unstick.progress import Policy
from unstick.progress.policy import WORDS

DOCS = REPOSITORY / "docs"
PAGE = (DOCS / "limits.md").read_text("utf-8")
FACTS = PAGE.partition("## The facts behind it")[2].partition("\n## ")[0]
POLICIES = sorted(set(re.findall(r"`((?:\w+=[\w./]+ ?)+)`", PAGE)))
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize("section", FACTS.split("\n### ")[1:], ids=lambda one: one.splitlines()[0])
def test_each_fact_names_what_shows_it(section: str) -> None:
    assert re.search(r"^Tests?: `tests/", section, re.MULTILINE)


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_the_test_is_there(path: str, name: str) -> None:
    tree = ast.parse((REPOSITORY / path).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_policies_parse_and_those_of_the_table_do_not_warn() -> None:
    table = PAGE.partition("## What each word costs")[0]
    assert len(POLICIES) > 8
    for line in POLICIES:
        with warnings.catch_warnings():
            warnings.simplefilter("error" if f"| `{line}`" in table else "ignore")
            assert Policy.parse(line)
    assert Policy.parse("idle=60 silent=30") == Policy()


def test_each_rule_has_its_row() -> None:
    """Rules end peers; the other words say how, or how far a send waits."""
    rows = set(re.findall(r"^\| `(\w+)=", PAGE.partition("## The facts")[0], re.MULTILINE))
    how = {"window", "grace", "drain", "kill", "lowat", "probes", "until"}
    assert rows >= WORDS.keys() - how


OURS = ("tutorial-progress", "limits", "reference-progress", "servers", "testing-your-server")


def test_links_between_pages_lead_somewhere() -> None:
    for page in (DOCS / f"{name}.md" for name in OURS):
        for name in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (DOCS / name).exists(), f"{page.name}: {name}"

"""The reference is made of today's docstrings, and no public name is missing from it."""

from __future__ import annotations

import ast

import pytest
from tools import reference
from tools.reference import CHAPTERS, PAGE, TOP, WIDTH

from unstick import progress
from unstick.progress import aio


def test_it_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == reference.page(), "make reference"


def told(module: str) -> set[str]:
    return {name for one in CHAPTERS if one.module == module for name in one.names}


def test_every_public_name_is_told() -> None:
    assert told(TOP) | {"guarded"} == set(progress.HOME)
    assert told(f"{TOP}.aio") == {name for name in vars(aio) if name in aio.__all__}


def test_prose_fits_a_terminal() -> None:
    """Code and tables are as wide as they are."""
    code = False
    for line in reference.page().splitlines():
        code ^= line.startswith("```")
        assert code or line.startswith(("|", "    ")) or len(line) <= WIDTH, line


@pytest.mark.parametrize(
    ("source", "complaint"),
    [("def there(): pass", "is not where"), ("def gone(): pass", "has no docstring")],
)
def test_it_refuses_what_is_not_promised(source: str, complaint: str) -> None:
    tree = ast.parse(source)
    with pytest.raises(LookupError, match=complaint):
        list(reference.entry("gone", tree, source))

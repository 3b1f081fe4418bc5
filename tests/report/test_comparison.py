"""Comparisons in text and JSON: the contract, the width, and what must be said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.compare.network import Captures, Run, both_ends, talk
from tests.compare.test_changes import nat, natted
from tests.compare.test_paths import cut_off, server_of
from tests.compare.test_vantage import first_only, resets
from unstick.compare import Comparison
from unstick.report.comparison import text, to_json
from unstick.report.look import Look, columns

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "compare-1.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(params=["story", "nat", "healthy", "paths", "alike", "refused", "one way"])
def comparison(request: pytest.FixtureRequest, tmp_path: Path) -> Comparison:
    run = Run(tmp_path)
    healthy = both_ends(talk().packets)
    captures = {
        "story": lambda: both_ends(resets().packets, first_only()),
        "nat": lambda: natted(both_ends(talk().packets, nat)),
        "healthy": lambda: healthy,
        "paths": lambda: Captures(server_of(talk()), server_of(cut_off((7, 8)), 50000)),
        "alike": lambda: Captures(server_of(talk()), server_of(talk(isns=(7, 8)), 50000)),
        "refused": lambda: Captures([], healthy.server),
        "one way": lambda: Captures(
            healthy.client, [one for one in healthy.server if one.source_port == 80]
        ),
    }
    return run(captures[request.param]())


def keys_in_order(instance: object, schema: dict[str, Any]) -> None:
    """Every object has its keys in the order the schema lists them."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    for one in schema.get("anyOf", ()):
        if instance is not None and one != {"type": "null"}:
            keys_in_order(instance, one)
    if isinstance(instance, dict) and "properties" in schema:
        assert list(instance) == [key for key in schema["properties"] if key in instance]
        for key, value in instance.items():
            keys_in_order(value, schema["properties"][key])
    elif isinstance(instance, list) and isinstance(schema.get("items"), dict):
        for item in instance:
            keys_in_order(item, schema["items"])


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_json_holds_the_schema(comparison: Comparison) -> None:
    data = json.loads(to_json(comparison))
    Draft202012Validator(SCHEMA).validate(data)
    keys_in_order(data, SCHEMA)


def test_text_fits_the_page(comparison: Comparison) -> None:
    for width, unicode in ((79, True), (79, False), (60, True)):
        lines = list(text(comparison, Look(width, unicode=unicode)))
        folder = str(Path(comparison.a.path).parent)
        assert lines[0]
        assert not lines[0].startswith(" "), "the headline comes first"
        for line in lines:
            assert columns(line) <= 79 or folder[:20] in line, line
            assert line == line.rstrip()
            assert unicode or line.isascii()


def test_text_of_the_story(tmp_path: Path) -> None:
    found = Run(tmp_path)(both_ends(resets().packets, first_only()))
    words = " ".join(" ".join(text(found, Look())).split())
    assert "The client sent 46 resets; the server saw 1." in words
    assert "The path stopped forwarding client → server after frame" in words
    assert "either the path stopped in this direction, or the capture was stopped." in words
    assert "B's clock is equal to A's" in words

"""The JSON contract: schema, key order, ndjson."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.report import factory
from unstick.checks.base import Evidence
from unstick.diagnosis import Diagnosis
from unstick.report.model import display_filter, report, to_json, to_ndjson

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "report-1.schema.json").read_text(encoding="utf-8")
)
DIAGNOSES = {
    "story": factory.story(),
    "healthy": factory.healthy(),
    "many": factory.many(),
}


def check(instance: object, where: str = "#") -> None:
    schema = {**SCHEMA, **({} if where == "#" else {"$ref": where, "type": "object"})}
    if where != "#":
        schema = {"$defs": SCHEMA["$defs"], "$ref": where}
    Draft202012Validator(schema).validate(instance)


def keys_in_order(instance: object, schema: dict[str, Any]) -> None:
    """Every object has its keys in the order the schema lists them."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(instance, dict) and "properties" in schema:
        assert list(instance) == [key for key in schema["properties"] if key in instance]
        for key, value in instance.items():
            keys_in_order(value, schema["properties"][key])
    elif isinstance(instance, list) and isinstance(schema.get("items"), dict):
        for item in instance:
            keys_in_order(item, schema["items"])


@pytest.mark.parametrize("name", DIAGNOSES)
def test_json_holds_the_schema(name: str) -> None:
    data = json.loads(to_json(DIAGNOSES[name], factory.NAMES))
    check(data)
    keys_in_order(data, SCHEMA)


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_ndjson_is_one_record_a_finding_and_one_a_reset(name: str) -> None:
    diagnosis = DIAGNOSES[name]
    records = [json.loads(line) for line in to_ndjson(diagnosis, factory.NAMES)]
    kinds = [record["type"] for record in records]
    assert kinds == ["finding"] * len(diagnosis.findings) + ["reset"] * len(diagnosis.resets)
    for record in records:
        assert next(iter(record)) == "type"
        check(record, f"#/$defs/{record['type']}")


def test_reset_of_the_story() -> None:
    (reset,) = report(factory.story(), factory.NAMES)["resets"]
    assert (reset["frame"], reset["seq"], reset["rcv_nxt"], reset["offset"]) == (326, 276, 277, -1)
    assert reset["from"] == "client"
    assert reset["profiles"]["linux-4.11"] == "honoured"


def test_times_have_nanoseconds() -> None:
    (capture,) = report(factory.story(), factory.NAMES)["captures"]
    assert capture["first_time"] == "2026-11-23T03:30:10.605159000Z"


def test_numbers_json_cannot_say_become_null() -> None:
    odd = Evidence("odd", values={"a": float("inf"), "b": float("nan"), "c": 2**63, "d": 1.5})
    finding = factory.C201._replace(evidence=(odd,))
    data = json.loads(to_json(with_findings(finding), factory.NAMES))
    values = data["findings"][0]["evidence"][0]["values"]
    assert values == {"a": None, "b": None, "c": 2**63, "d": 1.5}


def test_text_of_any_kind_stays_ascii_json() -> None:
    finding = factory.C201._replace(headline="Zürich → \udcff \x1b[31m 中")
    text = to_json(with_findings(finding), factory.NAMES)
    assert text.isascii()
    assert json.loads(text)["findings"][0]["headline"] == finding.headline


def test_display_filter_joins_neighbours() -> None:
    assert display_filter(factory.C201) == (
        "tcp.stream eq 0 && frame.number in {4, 307, 309, 326, 335..341}"
    )
    assert display_filter(factory.C201, groups=3) == "tcp.stream eq 0"


def test_display_filter_without_frames_or_stream() -> None:
    assert display_filter(factory.C201._replace(evidence=(), stream=None)) is None


def with_findings(*findings: Any) -> Diagnosis:
    return factory.story()._replace(findings=findings)

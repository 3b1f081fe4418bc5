"""Every query of docs/queries.md runs in DuckDB, on a table made of real captures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.house import REPOSITORY, SOURCE
from tests.tcp.segments import CAPTURES
from tests.truth.reading import files, needs_captures
from unstick.cli import main

PAGE = (REPOSITORY / "docs" / "queries.md").read_text("utf-8")
QUERIES = dict(re.findall(r"^## \d+\. (.*?)\n.*?```sql\n(.*?)```", PAGE, re.M | re.S))
STORY = str(SOURCE / "data" / "story.server.pcap")


def table_of(folder: Path, captures: list[str]) -> None:
    target = str(folder / "streams.parquet")
    assert main(["streams", "-q", "--format", "parquet", "-o", target, *captures]) == 0


def answers(title: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the query answers, in the folder where the page has its file."""
    monkeypatch.chdir(folder)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        # through Arrow: for times with a zone DuckDB's own way to Python wants pytz
        rows: list[dict[str, Any]] = database.sql(QUERIES[title]).to_arrow_table().to_pylist()
    return rows


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story")
    table_of(folder, [STORY])
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    named = [name for name in files("lab") if name.endswith("server.pcap")]
    table_of(folder, [str(CAPTURES / name) for name in [*named, *files("public/fixtures")]])
    return folder


def test_the_page_has_ten() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("title", QUERIES)
def test_query_runs(title: str, story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answers(title, story, monkeypatch)
    assert rows or title in ("Who does not read?", "Which servers do not answer?")


@needs_captures
@pytest.mark.parametrize("title", QUERIES)
def test_query_has_an_answer(title: str, many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers(title, many, monkeypatch)


def test_who_is_stuck_and_since_when(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = answers("Who is stuck, and since when?", story, monkeypatch)
    assert (row["stream"], row["stuck_side"], row["stuck_for_s"]) == (0, "server", 39.9)
    assert row["since"].strftime("%Y-%m-%d %H:%M:%S.%f%z") == "2026-11-30 10:19:09.608949+0000"
    assert "C201" in row["codes"]


def test_whose_resets_were_refused(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = answers("Whose resets were refused?", story, monkeypatch)
    assert (row["client_resets"], row["server_resets"]) == (1, 0)
    assert row["server_state"] == "CLOSE-WAIT"


@needs_captures
def test_who_does_not_read(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = answers("Who does not read?", many, monkeypatch)
    assert (first["client"], first["client_zero_windows"]) == ("192.168.72.14", 57)
    assert second["client"] == "10.9.1.2"  # the lab's client that stops reading

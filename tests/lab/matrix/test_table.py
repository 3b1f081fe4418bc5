"""What a cell says, and the matrix as JSON and Markdown."""

from __future__ import annotations

import pytest

from tests.house import REPOSITORY
from tests.lab.matrix.making import CORPSE, STUCK, cell
from unstick.lab.matrix import table, words
from unstick.lab.matrix.columns import COLUMNS, HALF_CLOSE_BYTES, LARGE_BYTES
from unstick.lab.matrix.outcome import Cell
from unstick.lab.matrix.rows import USUAL, rows
from unstick.lab.matrix.table import Matrix

ABOUT = {
    "command": "unstick lab matrix --servers nginx",
    "when": "2026-11-30T09:00:00+00:00",
    "versions": {"kernel": "Linux 6.18", "nginx": "1.22.1"},
}


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (cell(left=(STUCK,), watched_s=644.2), "**held** 644 s: CLOSE-WAIT 2.3 MB"),
        (cell(let_go_s=10.2, left=(CORPSE,)), "let go after 10.2 s, left FIN-WAIT-1 3.6 MB"),
        (cell(let_go_s=613.8, gone_s=613.8), "let go after 614 s, nothing left"),
        (cell("half-closes", got_bytes=HALF_CLOSE_BYTES, told="end"), "served"),
        (
            cell("half-closes", got_bytes=30_000, told="ECONNRESET"),
            "**dropped** after 30 kB (ECONNRESET)",
        ),
        (cell("slow", got_bytes=3_600_000), "alive after 30 s, 3.6 MB read"),
        (
            cell("slow", got_bytes=3_200_000, let_go_s=10.2, left=(CORPSE,)),
            "**dropped** after 10.2 s, 3.2 MB read, left FIN-WAIT-1 3.6 MB",
        ),
        (
            cell("slow", got_bytes=LARGE_BYTES - 3_500_000, let_go_s=1360.6, left=(CORPSE,)),
            "alive: all was sent after 1361 s",
        ),
        (
            cell(let_go_s=1.0, grown_bytes=61_000_000, next_answer_s=None),
            "let go after 1.0 s, nothing left; process +61 MB; **the next client is not answered**",
        ),
        (cell(failure="it ended"), "no result: it ended"),
        (
            cell("half-closes", got_bytes=HALF_CLOSE_BYTES, lost_frames=7),
            "served; the middlebox lost 7 frames",
        ),
    ],
)
def test_a_cell_in_words(one: Cell, says: str) -> None:
    assert words.cell(one) == says


def test_json_is_read_again_without_loss() -> None:
    cells = [cell(left=(STUCK, CORPSE), log=("a", "b")), cell("slow", failure="no")]
    matrix = Matrix(ABOUT, cells)
    assert table.from_json(table.to_json(matrix)) == matrix
    for text in ("{}", "[]", '{"schema": "other/1", "cells": []}', "x"):
        with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
            table.from_json(text)


def test_markdown_has_a_table_for_each_condition_and_what_logs_say() -> None:
    guarded = Cell("nginx", "enforce", "", "slow", next_answer_s=0.1, log=("cause=|x\x1b[0m",))
    limited = Cell("nginx", "limits", "send_timeout 10s", "slow", next_answer_s=0.1)
    lines = list(table.markdown(Matrix(ABOUT, [cell(), cell("slow"), limited, guarded])))
    text = "\n".join(lines)
    assert "kernel Linux 6.18, nginx 1.22.1" in text
    assert [one for one in lines if one.startswith("| server")] == [
        "| server | never reads | 20 kB/s |",
        "| server | 20 kB/s |",
        "| server | 20 kB/s |",
    ]
    assert "| nginx: `send_timeout 10s` |" in text
    assert "nginx (slow)\n    cause=|x [0m" in text
    assert "\x1b" not in text
    legend = [one for one in lines if one.startswith("- **")]
    assert len(legend) == 2
    assert len(COLUMNS) > 2


def test_lines_that_say_the_same_are_told_once() -> None:
    first = cell(log=("started", "10.9.1.2:4000 timed out after 10.2 s"))
    second = cell(
        "slow",
        log=("10.9.1.2:4001 timed out after 11 s",),
        guard=("cause=SILENT a=1 enforce=ended",),
    )
    other = cell("abort", log=("reset",), guard=("cause=SILENT b=2 guard=reset",))
    lines = list(table.markdown(Matrix(ABOUT, [first, second, other])))
    assert lines[lines.index("```") + 1 : -1] == [
        "nginx (never-reads, slow)",
        "    10.9.1.2:4000 timed out after 10.2 s",
        "the guard (slow, abort)",
        "    cause=SILENT a=1 enforce=ended",
        "nginx (abort)",
        "    reset",
    ]


def test_the_committed_matrix_has_every_server_and_every_client() -> None:
    page = (REPOSITORY / "docs" / "matrix.md").read_text("utf-8")
    titles = [one.title for one in COLUMNS]
    for condition, title in table.TITLES.items():
        section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
        head, _, *lines = [one for one in section.splitlines() if one.startswith("|")]
        assert head == f"| {' | '.join(['server', *titles])} |"
        names = [line.split(" | ")[0].removeprefix("| ") for line in lines]
        wanted = rows(condition, USUAL)
        assert names == [
            f"{one.server}: `{one.words}`" if one.words else one.server for one in wanted
        ]
        assert "no result" not in section
    cured = page.split("unstick enforce --policy")[1].split("\n## ")[0]
    assert ", left " not in "".join(line for line in cured.splitlines() if line.startswith("|"))


def test_a_pipe_in_a_cell_does_not_end_it() -> None:
    lines = list(table.markdown(Matrix(ABOUT, [cell(failure="a|b")])))
    assert [one for one in lines if one.endswith("no result: a\\|b |")]

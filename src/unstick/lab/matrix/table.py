"""The matrix as a whole: as JSON that can be read again, and as Markdown. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from unstick.lab.matrix import words
from unstick.lab.matrix.columns import COLUMNS, Column
from unstick.lab.matrix.outcome import Cell, from_data
from unstick.lab.matrix.rows import POLICY, Condition

SCHEMA = "unstick.lab-matrix/1"

TITLES = {
    Condition.DEFAULT: "As they come",
    Condition.LIMITS: "With their own timeouts set",
    Condition.ENFORCE: f"Defaults, with `unstick enforce --policy '{POLICY}'` beside",
    Condition.INSTALL: f"Defaults, with `install({POLICY!r})` inside",
}
PAGE_COLUMNS = 99
VERDICT = re.compile(r"cause=(\w+) .*(?:guard|enforce)=\w+$")
NUMBERS = re.compile(r"\d[\d.,:]*")


class Matrix(NamedTuple):
    """``about``: when, by which command, with which versions."""

    about: Mapping[str, Any]
    cells: Sequence[Cell]


def to_json(matrix: Matrix) -> str:
    cells = [one.to_data() for one in matrix.cells]
    return json.dumps({"schema": SCHEMA, **matrix.about, "cells": cells}, indent=1) + "\n"


def from_json(text: str) -> Matrix:
    """Raises ValueError, KeyError, TypeError for what is no matrix."""
    data = json.loads(text)
    if data.pop("schema") != SCHEMA:
        raise ValueError("written by another version")
    cells = [from_data(one) for one in data.pop("cells")]
    return Matrix(data, cells)


def markdown(matrix: Matrix) -> Iterator[str]:
    """A table for each condition, what the logs say below it."""
    about = matrix.about
    yield "# How long does each server keep a dead request?"
    yield ""
    yield f"    {about['command']}"
    yield ""
    yield from wrap(f"{about['when']}. {versions(about['versions'])}.", PAGE_COLUMNS)
    yield ""
    yield from legend(
        [one for one in COLUMNS if one.name in {cell.client for cell in matrix.cells}]
    )
    for condition, title in TITLES.items():
        chosen = [one for one in matrix.cells if one.condition == condition]
        if chosen:
            yield from ["", f"## {title}", ""]
            yield from tabled(chosen)
            yield from logged(chosen)


def versions(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())


def legend(columns: Sequence[Column]) -> Iterator[str]:
    for one in columns:
        text = f"- **{one.title}**: {one.says}."
        yield from wrap(text, PAGE_COLUMNS, subsequent_indent="  ", break_on_hyphens=False)


def tabled(cells: Sequence[Cell]) -> Iterator[str]:
    there = {one.client for one in cells}
    columns = [one for one in COLUMNS if one.name in there]
    yield f"| {' | '.join(['server', *(one.title for one in columns)])} |"
    yield f"|{'---|' * (len(columns) + 1)}"
    rows: dict[tuple[str, str], dict[str, Cell]] = {}
    for one in cells:
        rows.setdefault((one.server, one.words), {})[one.client] = one
    for (server, settings), row in rows.items():
        name = f"{server}: `{settings}`" if settings else server
        told = [words.cell(row[one.name]) if one.name in row else "" for one in columns]
        yield f"| {' | '.join([name, *map(escaped, told)])} |"


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def logged(cells: Sequence[Cell]) -> Iterator[str]:
    """The last line of each cell's logs: of those that differ in numbers only, one a row, and of
    the guard's verdicts one a cause."""
    told: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for one in cells:
        row = f"{one.server}, {one.words}" if one.words else one.server
        for line in (*one.log[-1:], *one.guard[-1:]):
            verdict = VERDICT.search(line)
            key = ("the guard", verdict[1]) if verdict else (row, NUMBERS.sub("0", line))
            told.setdefault(key, (line, []))[1].append(one.client)
    if not told:
        return
    yield from ["", "What logs say, the last line of each cell:", "", "```"]
    for (name, _), (line, clients) in told.items():
        head = f"{name} ({', '.join(dict.fromkeys(clients))})"
        yield from wrap(head, PAGE_COLUMNS, subsequent_indent="  ", break_on_hyphens=False)
        yield from wrap(
            printable(line), PAGE_COLUMNS, initial_indent="    ", subsequent_indent="    "
        )
    yield "```"


def printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in line)

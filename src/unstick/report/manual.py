"""Checks in words: the list of all, and the manual page of one, made of its file's docstring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from typing import Any

from unstick.checks.base import Check
from unstick.report.commands import command_lines
from unstick.report.look import Look

HEADINGS = ("What happens", "Why it sticks", "Look-alikes", "What to do", "References")
LISTED = re.compile(r"^(\s*)([-*]|\d+\.)\s+")
PLACEHOLDER = re.compile(r"\{(\w+)\}")  # filled in where a finding has a connection
UNDERLINE = re.compile(r"^[-=~]{3,}$")


def record(check: Check) -> dict[str, Any]:
    """A check as plain data, for JSON."""
    return {
        "code": check.code,
        "name": check.name,
        "summary": check.summary,
        "manual": cleandoc(check.manual),
        "remedies": [
            {
                "do": remedy.do,
                "where": remedy.where.value,
                "risk": remedy.risk.value,
                "command": remedy.command,
            }
            for remedy in check.remedies
        ],
    }


def check_list(checks: Iterable[Check], look: Look) -> Iterator[str]:
    """Code, name and one line of each."""
    listed = list(checks)
    width = max((len(check.name) for check in listed), default=0) + 2
    for check in listed:
        head = f"{check.code}  {check.name:<{width}}"
        lines = look.wrap(check.summary, head)
        yield look.paint(head, "bold") + lines[0][len(head) :]
        yield from lines[1:]


def check_page(check: Check, look: Look) -> Iterator[str]:
    """The manual page: the docstring, its headings bold, its paragraphs filled to the page."""
    yield look.paint(look.plain(f"{check.code} {check.name}"), "bold")
    parts = sections(check.manual)
    if not parts or parts[0][0]:  # the docstring begins with a heading
        yield from look.wrap(check.summary, "  ")
    for heading, blocks in parts:
        if heading:
            yield ""
            yield look.paint(look.plain(heading), "bold")
        yield from _blocks(blocks, look)
    if check.remedies:
        yield ""
        yield look.paint("Remedies", "bold")
    for number, remedy in enumerate(check.remedies, 1):
        first = f"  {number}. "
        words = f"{remedy.do} ({remedy.where.value}; {remedy.risk.value})"
        yield from look.wrap(words, first)
        if remedy.command:
            command = PLACEHOLDER.sub(lambda found: found.group(1).upper(), remedy.command)
            yield from command_lines(command, look, " " * len(first))


def sections(manual: str) -> list[tuple[str, list[str]]]:
    """(heading, paragraphs). What stands before the first heading has the heading ``""``."""
    found: list[tuple[str, list[str]]] = [("", [])]
    paragraph: list[str] = []

    def close() -> None:
        if paragraph:
            found[-1][1].append("\n".join(paragraph))
            paragraph.clear()

    for line in cleandoc(manual).splitlines():
        title = line.strip().strip("#:*= ")
        if title in HEADINGS:
            close()
            found.append((title, []))
        elif not line.strip():
            close()
        elif not (UNDERLINE.match(line.strip()) and not paragraph):
            paragraph.append(line)
    close()
    return [(heading, blocks) for heading, blocks in found if heading or blocks]


def _blocks(blocks: list[str], look: Look) -> Iterator[str]:
    for number, block in enumerate(blocks):
        if number:
            yield ""
        lines = block.splitlines()
        if lines[0].startswith("    ") and not LISTED.match(lines[0]):  # an example, as it stands
            yield from (look.plain(line) for line in lines)
        else:
            yield from _filled(lines, look)


def _filled(lines: list[str], look: Look) -> Iterator[str]:
    """A paragraph, or a list whose items may go over several lines."""
    items: list[str] = []
    for line in lines:
        if not items or LISTED.match(line):
            items.append(line.strip())
        else:
            items[-1] += " " + line.strip()
    for item in items:
        mark = LISTED.match(item)
        first = f"  {mark.group(2)} " if mark else "  "
        yield from look.wrap(item[mark.end() :] if mark else item, first)

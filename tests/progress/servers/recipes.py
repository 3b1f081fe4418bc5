"""What docs/servers.md tells people to type: its files and its commands. Pure.

A Python block whose first line is ``# name.py`` is a file; a console block is commands, one a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs" / "servers.md"

HEADING = re.compile(r"^#{2,3} (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# ([\w.]+\.py)\n")


@dataclass(frozen=True)
class Recipes:
    """``files``: text by name. ``commands``: in the document's order, by heading."""

    files: dict[str, str]
    commands: dict[str, tuple[str, ...]]


def read(text: str) -> Recipes:
    files: dict[str, str] = {}
    commands: dict[str, tuple[str, ...]] = {}
    headings = [(found.start(), found[1]) for found in HEADING.finditer(text)]
    for block in BLOCK.finditer(text):
        kind, content = block.groups()
        if kind == "python":
            name = FILE_NAME.match(content)
            if name:
                files[name[1]] = content
            continue
        heading = max((at, title) for at, title in headings if at < block.start())[1]
        lines = [line.removeprefix("$ ") for line in content.splitlines() if line.startswith("$ ")]
        commands[heading] = commands.get(heading, ()) + tuple(lines)
    return Recipes(files, commands)

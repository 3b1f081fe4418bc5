"""Writes the completion scripts that ``unstick completion`` prints: ``make completion``.

shtab turns argparse parsers into scripts for bash, zsh and fish. It is a tool of developers: users
get the files. What is known only at run time (stack profiles, codes of checks) is filled in here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import shtab

from unstick.checks import CHECKS
from unstick.cli.completion import FOLDER, SHELLS
from unstick.cli.parser import Formatter
from unstick.cli.run import COMMANDS, command
from unstick.lab.scenarios import SCENARIOS
from unstick.lab.servers import SERVERS
from unstick.tcp.profiles import NAMES

FILES = {"captures", "capture", "a", "b", "output"}
"""Arguments that are names of files."""

FOLDERS = {"folder", "keep"}

CHOICES = {("lab", "scenario"): list(SCENARIOS), ("lab", "server"): list(SERVERS)}
"""By command and argument, what is known only at run time."""

HEAD = "# Made by `make completion` with shtab (https://github.com/tqdm/shtab); do not edit.\n"
NOT_OURS = ("# AUTOMATICALLY GENERATED", "# Usage:", "# 1)", "# 2)", "#    ", "# See also:")
"""shtab's own heading: it names other places than ``unstick completion --help`` does."""


def tree() -> argparse.ArgumentParser:
    """One parser with every command below it, choices and kinds of files filled in."""
    top = argparse.ArgumentParser(prog="unstick", formatter_class=Formatter, allow_abbrev=False)
    top.add_argument("-V", "--version", action="store_true", help="the version")
    below = top.add_subparsers(parser_class=_SubParser, dest="command")
    for name, summary in COMMANDS.items():
        parser = below.add_parser(name, help=summary, formatter_class=Formatter)
        command(name).fill(parser)
        parser.description = summary  # what fish shows beside the command
        _fill(parser, name)
    return top


def scripts() -> dict[str, str]:
    """The script of every shell."""
    return {shell: _script(shell) for shell in SHELLS}


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for shell, script in scripts().items():
        (folder / f"unstick.{shell}").write_text(script, encoding="utf-8")


def _script(shell: str) -> str:
    text: str = shtab.complete(tree(), shell)
    lines = (line.rstrip() for line in text.splitlines() if not line.startswith(NOT_OURS))
    body = "\n".join(lines).lstrip("\n") + "\n"
    first, _, rest = body.partition("\n")
    if first.startswith("#compdef"):  # zsh looks for it in the first line
        return f"{first}\n{HEAD}{rest}"
    return HEAD + body


def _fill(parser: argparse.ArgumentParser, name: str) -> None:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                _fill(part, name)
        elif (name, action.dest) in CHOICES:
            action.choices = CHOICES[name, action.dest]
        elif action.dest in FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.dest in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.dest in ("profile", "diff") or (name, action.dest) == ("profiles", "name"):
            action.choices = NAMES
        elif (name, action.dest) == ("checks", "code"):
            action.choices = [check.code for check in CHECKS]


class _SubParser(argparse.ArgumentParser):
    """A parser with our own ``describe``: completion has no use for its texts."""

    def describe(self, about: str, *, examples: str, exits: str, see: str) -> None:
        pass


if __name__ == "__main__":
    write(*(Path(folder) for folder in sys.argv[1:]))

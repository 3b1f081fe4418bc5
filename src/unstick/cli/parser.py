"""The parsers: argparse with examples, one-line errors and hints.

What several commands share and what needs no argparse stands in ``options.py``; a command that is
not in a hurry finds both here.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from difflib import get_close_matches

from unstick.cli.options import EXIT_PLAIN as EXIT_PLAIN
from unstick.cli.options import EXIT_STATUS
from unstick.cli.options import add_captures as add_captures
from unstick.cli.options import add_judging as add_judging
from unstick.cli.options import add_output as add_output
from unstick.cli.options import number as number
from unstick.cli.options import positive as positive
from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

WIDTH = 80

HABITS = {
    "-r": "captures are plain arguments: unstick explain FILE",
    "--read-file": "captures are plain arguments: unstick explain FILE",
    "-n": "addresses are never looked up; nothing to switch off",
    "-w": "-o FILE writes the report",
    "-f": "-Y chooses connections: -Y 'host 10.9.1.2 and port 8080'",
    "-T": "--format json, ndjson or csv",
}
"""What people type from other tools, and what it is called here."""


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps line ends of descriptions and examples; always 80 columns, whatever COLUMNS says."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=WIDTH)


class Parser(argparse.ArgumentParser):
    """Errors become ``UsageError`` with a hint instead of a page of usage."""

    color: bool  # argparse knows it from Python 3.14 on

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog.partition(' ')[2]}: {message}", self.hint_for(message))

    def hint_for(self, message: str) -> str:
        word = next((word for word in message.split() if word.startswith("-")), "")
        option = word.partition("=")[0]
        if message.startswith("unrecognized") and option in HABITS:
            return HABITS[option]
        near = get_close_matches(option, list(self._option_string_actions), n=1, cutoff=0.7)
        if message.startswith("unrecognized") and near:
            return f"did you mean {near[0]}?"
        return f"{self.prog} --help"

    def describe(self, about: str, *, examples: str, exits: str, see: str) -> None:
        """The texts of the help page: what it does, examples, exit status, see also."""
        self.description = about
        self.epilog = f"examples:\n{examples}\n{exits}\nsee also:\n  {see}"


def parser_for(name: str) -> Parser:
    """An empty parser for one command."""
    parser = Parser(
        prog=f"unstick {name}", formatter_class=Formatter, allow_abbrev=False, add_help=True
    )
    # Python 3.14 colours help, into a pipe too if FORCE_COLOR is set: output to a pipe never is.
    parser.color = False
    return parser


def overview(commands: Mapping[str, str]) -> str:
    """What ``unstick --help`` prints."""
    lines = "\n".join(f"  {name:<12}{summary}" for name, summary in commands.items())
    return f"""\
usage: unstick COMMAND [OPTIONS]

unstick finds, explains, reproduces and cures TCP connections that will not die.

commands:
{lines}

options:
  -h, --help     this page; unstick COMMAND --help for one command
  -V, --version  the version

examples:
  unstick demo
  unstick explain office.pcap
  unstick explain -Y 'host 10.9.1.2 and port 8080' --format json office.pcap
  tcpdump -i any -s 128 -w - tcp port 8080 | unstick explain -

{EXIT_STATUS}"""

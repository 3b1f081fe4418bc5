"""The parsers: argparse with examples, one-line errors and hints. Shared options live here."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

WIDTH = 80

EXIT_STATUS = """\
exit status:
  0    nothing found, or --exit-zero
  1    findings of severity error or warning
  2    could not do it: one line says why, a hint says what to do
  130  interrupted
"""
EXIT_PLAIN = """\
exit status:
  0    done
  2    could not do it: one line says why, a hint says what to do
"""

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


def add_captures(parser: Parser) -> None:
    parser.add_argument(
        "captures",
        metavar="CAPTURE",
        nargs="+",
        help="pcap or pcapng, plain, gzip or zstd; - is standard input; several files of one "
        "rotation are one capture in time order",
    )


def add_choosing(parser: Parser, *, stream: bool = True) -> None:
    """Which connections."""
    group = parser.add_argument_group("which connections")
    group.add_argument(
        "-Y",
        dest="accept",
        metavar="FILTER",
        help="host A, net P, port N, stream N; 'src' before them is the client, 'dst' the server; "
        "and or not ( )",
    )
    if stream:
        group.add_argument(
            "--stream",
            type=number,
            metavar="N",
            help="only this connection, numbered as in Wireshark",
        )


def add_judging(parser: Parser) -> None:
    """By whose rules."""
    group = parser.add_argument_group("which rules")
    group.add_argument(
        "--profile",
        metavar="NAME",
        help="the TCP stack whose rules resets are judged by (default: the newest Linux; "
        "see unstick profiles)",
    )


def add_output(parser: Parser, formats: Sequence[str]) -> argparse._ArgumentGroup:
    """Form and place of the output."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format", choices=formats, default=formats[0], help=f"default: {formats[0]}"
    )
    group.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="write there instead of standard output; the file appears whole or not at all",
    )
    return group


MAX_STREAMS = 1_000_000
"""``analysis`` has the same number: importing it costs more than a small command."""


def add_jobs(parser: Parser) -> None:
    parser.add_argument(
        "--jobs",
        type=positive,
        default=0,
        metavar="N",
        help="threads that may be used (default: one a processor); two read and judge side by side",
    )
    parser.add_argument(
        "--max-connections",
        type=positive,
        default=MAX_STREAMS,
        metavar="N",
        help=f"connections known at once, about 450 bytes each (default {MAX_STREAMS:,}); what "
        "a flood opens beyond is counted and reported, not followed",
    )


def number(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1."""
    if not number(text):
        raise argparse.ArgumentTypeError("must be at least 1")
    return number(text)

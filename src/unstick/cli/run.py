"""From words to a command: which file, its parser, and what is said when it cannot be done."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from unstick.cli import FAILED, OK
from unstick.errors import UnstickError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Protocol

    from unstick.cli.options import Options

    class Command(Protocol):
        """What every file of a command offers."""

        def fill(self, parser: Options) -> None:
            """Adds description, arguments, examples."""

        def run(self, options: Namespace) -> int:
            """Does it and returns the exit status."""


COMMANDS = {
    "demo": "explain two recorded captures of the story; no network, no root",
    "explain": "why does a connection in this capture not die?",
    "streams": "one row for every TCP connection of a capture",
    "compare": "two captures: both ends of one path, or a good and a bad one",
    "trace": "one connection as text, without payload and addresses",
    "checks": "every check, or the manual page of one",
    "profiles": "every TCP stack we know, or the rules of one",
    "lab": "reproduce it: real hosts, real stacks, a fault of your choice",
    "enforce": "end connections whose peer takes nothing, of any program here",
    "serve": "a caching proxy that delivers as in 2015, or with a guarantee",
    "completion": "completion for bash, zsh or fish",
}
"""Name to one line of help, in the order of the help. The file of a command has its name."""

STRAIGHT = frozenset({"explain", "streams", "trace"})
"""Commands that are called in loops and pipes: argparse would be a fifth of their start."""


def command(name: str) -> Command:
    """The module of a command."""
    module: Command = import_module(f"unstick.cli.{name}")
    return module


def run(arguments: list[str]) -> int:
    """Finds the command, reads its options, runs it. Raises UnstickError where that fails."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        return _help(arguments[1:])
    name = arguments[0]
    if name not in COMMANDS:
        raise UsageError(f"there is no command {name!r}", _hint(name))
    return command(name).run(options_of(name, arguments[1:]))


def options_of(name: str, words: list[str]) -> Namespace:
    """The options of a command line, without argparse where that can be."""
    if name in STRAIGHT:
        from unstick.cli.options import Plain

        plain = Plain()
        command(name).fill(plain)
        options = plain.read(words)
        if options is not None:
            return options
    return parsed(name, words)


def parsed(name: str, words: list[str]) -> Namespace:
    """The options as argparse reads them. Prints help and leaves if that is asked for."""
    from unstick.cli.parser import parser_for

    parser = parser_for(name)
    command(name).fill(parser)
    return parser.parse_args(words)


def _help(topics: list[str]) -> int:
    from unstick.cli.parser import overview, parser_for

    if topics and topics[0] in COMMANDS:
        parser = parser_for(topics[0])
        command(topics[0]).fill(parser)
        parser.print_help()
    else:
        print(overview(COMMANDS), end="")
    return OK


def _hint(name: str) -> str:
    from difflib import get_close_matches

    if os.path.exists(name) or name.endswith((".pcap", ".pcapng", ".cap", ".gz", ".zst")):
        return f"unstick explain {name}"
    near = get_close_matches(name.lower(), COMMANDS, n=1)
    return f"did you mean {near[0]}?" if near else "unstick --help lists the commands"


def report_failure(error: Exception) -> int:
    """One line and a hint on stderr. An error we did not foresee is shown whole: it is our bug."""
    if isinstance(error, UnstickError):
        say(error.sentence, error.hint)
    elif isinstance(error, OSError) and error.strerror:
        name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None
        say(f"{name}: {error.strerror}" if name else error.strerror, None)
    elif isinstance(error, MemoryError):
        say("out of memory", "choose fewer connections with -Y or --stream")
    else:
        import traceback

        traceback.print_exception(error)
        say("this is a bug in unstick, not in your capture", "please report the lines above")
    return FAILED


def say(sentence: str, hint: str | None) -> None:
    """``unstick: sentence`` and ``hint: ...``; control characters of file names are not obeyed."""
    from unstick.report.look import printable

    lines = [f"unstick: {sentence}"] + ([f"hint: {hint}"] if hint else [])
    for line in "\n".join(lines).split("\n"):
        print(printable(line), file=sys.stderr)

"""Options that several commands share, and a reader of plain command lines.

A command declares its options once (``fill``). argparse makes help, errors and completion of that
(``parser.py``); importing it takes as long as explaining a small capture. Where the words are plain
and right, ``Plain`` reads the same declarations to the same result. It never complains: whatever
it is not sure of is left to argparse.
"""

from __future__ import annotations

from types import SimpleNamespace

from unstick.named import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    class Taker(Protocol):
        """What takes declarations, in the words of argparse."""

        def add_argument(self, *names: str, **how: Any) -> Any: ...

    class Group(Taker, Protocol):
        """Options that stand together in the help."""

        def add_mutually_exclusive_group(self) -> Taker: ...

    class Options(Taker, Protocol):
        """What ``fill`` gets: a parser of argparse, or ``Plain``."""

        def describe(self, about: str, *, examples: str, exits: str, see: str) -> None: ...

        def add_argument_group(self, title: str) -> Group: ...


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


def add_captures(parser: Taker) -> None:
    parser.add_argument(
        "captures",
        metavar="CAPTURE",
        nargs="+",
        help="pcap or pcapng, plain, gzip or zstd; - is standard input; several files of one "
        "rotation are one capture in time order",
    )


def add_choosing(parser: Options, *, stream: bool = True) -> None:
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


def add_judging(parser: Options) -> None:
    """By whose rules."""
    group = parser.add_argument_group("which rules")
    group.add_argument(
        "--profile",
        metavar="NAME",
        help="the TCP stack whose rules resets are judged by (default: the newest Linux; "
        "see unstick profiles)",
    )


def add_output(parser: Options, formats: Sequence[str]) -> Group:
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


def add_jobs(parser: Taker) -> None:
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
        help=f"connections known at once, about 1 kB each (default {MAX_STREAMS:,}); what "
        "a flood opens beyond is counted and reported, not followed",
    )


def number(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise _wrong(f"{text!r} is not a number from 0")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1."""
    if not number(text):
        raise _wrong("must be at least 1")
    return number(text)


def _wrong(sentence: str) -> Exception:
    """What argparse tells the user as it is."""
    from argparse import ArgumentTypeError

    return ArgumentTypeError(sentence)


# --- plain command lines ---------------------------------------------------------------------


class _Declared(NamedTuple):
    """One argument, as far as its words must be understood. A switch ``takes`` no value."""

    dest: str
    takes: bool
    many: bool
    kind: Callable[[str], Any]
    choices: Sequence[str] | None

    def value(self, text: str) -> Any:
        """What the text means. Raises what ``kind`` raises, ValueError if it is no choice."""
        value = self.kind(text)
        if self.choices is not None and value not in self.choices:
            raise ValueError(text)
        return value


class Plain:
    """Takes the declarations that explain, streams and trace make, and reads words by them."""

    def __init__(self) -> None:
        self._options: dict[str, _Declared] = {}
        self._places: list[_Declared] = []
        self._defaults: dict[str, Any] = {}
        self._required: set[str] = set()
        self._apart: list[set[str]] = []

    def describe(self, about: str, *, examples: str, exits: str, see: str) -> None:
        """The texts of the help page: not needed here."""

    def add_argument_group(self, title: str) -> Plain:
        return self

    def add_mutually_exclusive_group(self) -> _Apart:
        self._apart.append(set())
        return _Apart(self, self._apart[-1])

    def add_argument(self, *names: str, **how: Any) -> str:
        """As argparse takes it. Returns where the value goes."""
        dest: str = how.get("dest") or names[-1].lstrip("-").replace("-", "_")
        takes = how.get("action") != "store_true"
        many = how.get("nargs") == "+"
        declared = _Declared(dest, takes, many, how.get("type", str), how.get("choices"))
        if not names[0].startswith("-"):
            self._places.append(declared)
            return dest
        self._options.update(dict.fromkeys(names, declared))
        self._defaults[dest] = how.get("default", None if takes else False)
        if how.get("required"):
            self._required.add(dest)
        return dest

    def read(self, words: Sequence[str]) -> Namespace | None:
        """The options these words give, or None: ask argparse."""
        names: list[str] = []
        given: dict[str, Any] = {}
        ended = False
        left = iter(words)
        for word in left:
            if not _is_option(word):
                if ended:  # names on both sides of an option
                    return None
                names.append(word)
                continue
            ended = bool(names)
            option, equals, value = word.partition("=")
            declared = self._options.get(option)
            if declared is None or (equals and not (declared.takes and option[:2] == "--")):
                return None
            if declared.takes and not equals:
                value = next(left, option)
                if _is_option(value):
                    return None
            try:
                given[declared.dest] = declared.value(value) if declared.takes else True
            except Exception:
                return None  # argparse says what is wrong with it
        return self._whole(names, given)

    def _whole(self, names: list[str], given: dict[str, Any]) -> Namespace | None:
        """Names given their places, and what was not given its default; None if one is missing,
        too many or beside one that excludes it."""
        many = [place for place in self._places if place.many]
        fits = names if many else len(names) == len(self._places)
        if not fits or not self._required.issubset(given):
            return None
        if any(len(apart.intersection(given)) > 1 for apart in self._apart):
            return None
        placed = {many[0].dest: names} if many else dict(zip(self._dests(), names, strict=True))
        values = {**self._defaults, **given, **placed}
        return SimpleNamespace(**values)  # type: ignore[return-value]  # the same to its readers

    def _dests(self) -> list[str]:
        return [place.dest for place in self._places]


class _Apart(NamedTuple):
    """Options of which one may be given."""

    plain: Plain
    dests: set[str]

    def add_argument(self, *names: str, **how: Any) -> None:
        self.dests.add(self.plain.add_argument(*names, **how))


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"

"""``unstick profiles``: the stacks we know, and the rules each judges by."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import asdict
from enum import IntEnum

from unstick.cli import OK, output
from unstick.cli.parser import EXIT_PLAIN, Parser
from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.report.stacks import RuleRecord, StackRecord
    from unstick.tcp.rules import Rule

ABOUT = """\
The TCP stacks unstick can judge by. Without a name: all of them, and how we
know what each does. With a name: its rules in the order they are tried, and
its numbers. What we have neither read in a stack's source nor measured is
marked unconfirmed.
"""
EXAMPLES = """\
  unstick profiles
  unstick profiles linux-6.17
  unstick profiles --diff linux-3.6 linux-4.11
  unstick profiles linux-6.17 --format json | jq '.rules[] | .cite'
"""
SEE = "unstick explain --profile NAME"


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)
    parser.add_argument("name", metavar="NAME", nargs="?", help="one stack, whole")
    parser.add_argument(
        "--diff", metavar=("A", "B"), nargs=2, help="the rules and numbers in which two differ"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: Namespace) -> int:
    from unstick.report import stacks
    from unstick.report.human import by_version
    from unstick.tcp.profiles import NAMES

    if options.name and options.diff:
        raise UsageError("NAME and --diff do not go together", "unstick profiles --diff A B")
    look = output.look(None)
    if options.diff:
        one, other = (stack(name, whole=True) for name in options.diff)
        if options.format == "json":
            _print_json({"a": _plain(one), "b": _plain(other)})
        else:
            output.write_lines(None, stacks.stack_diff(one, other, look))
    elif options.name:
        chosen = stack(options.name, whole=True)
        if options.format == "json":
            _print_json(_plain(chosen))
        else:
            output.write_lines(None, stacks.stack_page(chosen, look))
    else:
        every = [stack(name, whole=False) for name in sorted(NAMES, key=by_version)]
        if options.format == "json":
            _print_json([_brief(one) for one in every])
        else:
            output.write_lines(None, stacks.stack_list(every, look))
    return OK


def stack(name: str, *, whole: bool) -> StackRecord:
    """The record of a stack; ``whole`` with its rules and numbers. Raises ProfileError."""
    from unstick.report.stacks import NumberRecord, StackRecord
    from unstick.tcp.profiles import DEFAULT, profile, rows
    from unstick.tcp.profiles.base import Numbers

    found = profile(name)
    law = rows(name)
    numbers: list[NumberRecord] = []
    for number in Numbers._fields if whole else ():
        source = (found.number_sources or {}).get(number)
        value = getattr(found.numbers, number)
        if value is not None or source is not None:
            numbers.append(
                NumberRecord(
                    number,
                    value,
                    source.text if source else None,
                    source.confirmed if source else False,
                )
            )
    return StackRecord(
        name=found.name,
        title=found.title,
        base=found.base,
        known_from=found.known_from,
        default=name == DEFAULT,
        unconfirmed=sum(not row.confirmed for row in law),
        numbers=tuple(numbers),
        rules=tuple(_rule(row) for row in law) if whole else (),
        limits=found.limits,
    )


def _rule(row: Rule) -> RuleRecord:
    from unstick.report.stacks import RuleRecord
    from unstick.tcp.vocabulary import Ack, Kind, Seq, State

    return RuleRecord(
        name=row.name,
        action=row.action.name,
        cite=row.cite,
        confirmed=row.confirmed,
        kinds=_members(row.kinds, Kind),
        states=_members(row.states, State),
        seqs=_members(row.seqs, Seq),
        acks=_members(row.acks, Ack),
    )


def _members(mask: int, axis: Iterable[IntEnum]) -> tuple[str, ...] | None:
    """The names in a set of axis values; None for all of them."""
    every = list(axis)
    inside = [member for member in every if (mask >> member) & 1]
    if len(inside) == len(every):
        return None
    return tuple(getattr(member, "rfc_name", member.name) for member in inside)


def _plain(record: StackRecord) -> dict[str, object]:
    return asdict(record)


def _brief(record: StackRecord) -> dict[str, object]:
    whole = asdict(record)
    return {key: value for key, value in whole.items() if key not in ("rules", "numbers")}


def _print_json(data: object) -> None:
    import json

    output.write(None, [json.dumps(data, indent=2) + "\n"])

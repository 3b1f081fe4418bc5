"""``unstick checks``: what is looked for, and the whole explanation of one trouble."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from unstick.cli import OK, output
from unstick.cli.parser import EXIT_PLAIN, Parser
from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.checks.base import Check

ABOUT = """\
Everything unstick looks for. Without a code: one line a check. With a code or a
name: its manual page: what happens, why it sticks, what only looks like it,
what to do, and where it is written.
"""
EXAMPLES = """\
  unstick checks
  unstick checks C201
  unstick checks reset-refused-silently
  unstick checks --format json | jq -r '.[].code'
"""
SEE = "unstick explain"


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)
    parser.add_argument("code", metavar="CODE", nargs="?", help="C201 or close-wait-unsendable")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: Namespace) -> int:
    from unstick.checks import CHECKS
    from unstick.report import manual

    look = output.look(None)
    if options.code is None:
        if options.format == "json":
            _print_json([manual.record(check) for check in CHECKS])
        else:
            output.write_lines(None, manual.check_list(CHECKS, look))
        return OK
    check = find(options.code, CHECKS)
    if options.format == "json":
        _print_json(manual.record(check))
    else:
        output.write_lines(None, manual.check_page(check, look))
    return OK


def find(wanted: str, checks: Iterable[Check]) -> Check:
    """The check of this code or name, in any case. Raises UsageError with the nearest."""
    from difflib import get_close_matches

    known = {name: check for check in checks for name in (check.code.lower(), check.name)}
    found = known.get(wanted.lower())
    if found is not None:
        return found
    near = get_close_matches(wanted.lower(), known, n=1)
    if near:
        check = known[near[0]]
        raise UsageError(
            f"there is no check {wanted!r}", f"did you mean {check.code} {check.name}?"
        )
    raise UsageError(f"there is no check {wanted!r}", "unstick checks lists them all")


def _print_json(data: object) -> None:
    import json

    output.write(None, [json.dumps(data, indent=2) + "\n"])

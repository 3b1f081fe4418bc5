"""Commands as a reader can paste them into a shell: one command, however many lines it takes.

The one thing that may be wider than the page is a word that has no place to break, such as a path.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from unstick.report.look import Look, columns

CONTINUED = " \\"


def command_lines(command: str, look: Look, indent: str) -> Iterator[str]:
    """``$ ss -K ...``; a long command continues behind a backslash."""
    first, rest = f"{indent}$ ", f"{indent}      "
    lines = look.wrap(command, first, rest, whole_words=True)
    if len(lines) > 1:
        narrower = Look(look.width - len(CONTINUED), look.colour, look.unicode)
        lines = narrower.wrap(command, first, rest, whole_words=True)
    yield from _continued(lines, look)


def tshark_lines(path: str, display_filter: str, look: Look) -> Iterator[str]:
    """The frames of a finding in Wireshark's own words.

    The filter is broken inside its quotes, where tshark reads a line end as a space.
    """
    name = quote(path)
    whole = look.plain(f"  $ tshark -r {name} -Y '{display_filter}'")
    if columns(whole) <= look.width:
        yield look.paint(whole, "cyan")
        return
    yield look.paint(look.plain(f"  $ tshark -r {name}{CONTINUED}"), "cyan")
    for line in look.wrap(f"'{display_filter}'", "      -Y ", "          ", whole_words=True):
        yield look.paint(line, "cyan")


def _continued(lines: list[str], look: Look) -> Iterator[str]:
    for line in lines[:-1]:
        yield look.paint(line + CONTINUED, "cyan")
    yield look.paint(lines[-1], "cyan")

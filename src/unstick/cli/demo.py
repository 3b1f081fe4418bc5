"""``unstick demo``: the story, explained from two captures that come with the package."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path

from unstick.cli import OK, output
from unstick.cli.parser import EXIT_PLAIN, Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.compare.model import Comparison
    from unstick.diagnosis import Diagnosis
    from unstick.report.look import Look

ABOUT = """\
Explains two captures that come with unstick: the same client, the same request,
once through a firewall that forgets a connection after its first reset, once
without it. Needs no network and no root.
"""
EXAMPLES = """\
  unstick demo
"""
SEE = "unstick explain, unstick compare"

DATA = Path(__file__).parent.parent / "data"
OFFICE, VPS = "story.server.pcap", "story-vps.server.pcap"

OPENING = """\
A cache node sends a large object. Its client takes a part of it, closes, and is
gone. Asked from a VPS, the node forgets that client at once. Asked from the
office, behind a firewall, it keeps a socket in CLOSE-WAIT that the client cannot
end and keepalive does not end; only the server's own send timeout does, after
ten minutes. Both were recorded at the cache node.\
"""
CLOSING = """\
The client did the same twice: to every byte that came after it had closed, it
answered with a reset. A reset carries the number that the byte's segment asked
for, and what was on its way before the node had heard of the close asked for
276. The node, which by then expects 277, refuses such resets, and must: a
stranger who may miss by one may also guess. Without a firewall, later segments
ask for 277, and one of their resets ends the connection. The firewall let the
first reset pass, took the connection for dead, and let nothing through again.\
"""


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)


def run(options: Namespace) -> int:
    from unstick.checks import NAMES

    look = output.look(None)
    output.write_lines(None, told(_explained(OFFICE), _explained(VPS), NAMES, look))
    return OK


def _explained(name: str) -> Diagnosis:
    """What ``explain`` says of an embedded capture, under its plain name."""
    from unstick.diagnose import explain

    found = explain([os.fspath(DATA / name)])
    captures = tuple(one._replace(path=name) for one in found.captures)
    return found._replace(captures=captures)


def _compared() -> Comparison:
    """What ``compare`` says of the two, under their plain names."""
    from dataclasses import replace

    from unstick.compare import compare

    found = compare(os.fspath(DATA / OFFICE), os.fspath(DATA / VPS))
    return replace(found, a=found.a._replace(path=OFFICE), b=found.b._replace(path=VPS))


def told(office: Diagnosis, vps: Diagnosis, names: Mapping[str, str], look: Look) -> Iterator[str]:
    """The whole demonstration."""
    from unstick.report.comparison import text as compared
    from unstick.report.resets import reset_lines
    from unstick.report.text import text

    yield from look.wrap(OPENING)
    yield ""
    yield from _rule(look, "1. From the office, through the firewall")
    yield ""
    yield from text(office, names, look)
    yield ""
    yield from _rule(look, "2. From the VPS, without it")
    yield ""
    yield from text(vps, names, look)
    yield ""
    yield look.paint("Its resets", "bold")
    yield from reset_lines(vps.resets, vps.profile, look, verbose=True)
    yield ""
    yield from _rule(look, "3. What differs")
    yield ""
    yield from compared(_compared(), look)
    yield ""
    yield from look.wrap(CLOSING)
    yield ""
    yield from look.wrap("Your own capture: unstick explain FILE")


def _rule(look: Look, title: str) -> Iterator[str]:
    line = look.plain("─" * max(0, look.width - len(title) - 1))
    yield f"{look.paint(title, 'bold')} {look.paint(line, 'dim')}"

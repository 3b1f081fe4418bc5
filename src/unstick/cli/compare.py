"""``unstick compare``: two captures side by side."""

from __future__ import annotations

from argparse import Namespace

from unstick.cli import output
from unstick.cli.captures import expand
from unstick.cli.parser import Parser, add_judging, add_output
from unstick.cli.progress import progress
from unstick.errors import UsageError

ABOUT = """\
Two captures of the same connections, taken at both ends: which segments one end
sent and the other never saw, when the path stopped forwarding and in which
direction, what was rewritten, how far the clocks are apart.

Two captures of different connections: a good path and a bad one. Their closings
are laid side by side, and the first difference that matters is named.
"""
EXITS = """\
exit status:
  0    no difference that matters: lost data and ACKs, NAT and TTL do not
  1    a difference: the path stopped, resets were lost, segments injected,
       numbers or options rewritten, or the connections end differently
  2    could not compare: a sentence says why
  130  interrupted
"""
EXAMPLES = """\
  unstick compare office.client.pcap office.server.pcap
  unstick compare vps.pcap office.pcap
"""
SEE = "unstick explain"
EXITS = """\
exit status:
  0    no difference that matters
  1    there is one
  2    could not do it: one line says why, a hint says what to do
"""
FORMATS = ("text", "json")


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXITS, see=SEE)
    parser.add_argument("a", metavar="A", help="a capture")
    parser.add_argument("b", metavar="B", help="another")
    add_judging(parser)
    add_output(parser, FORMATS)


def run(options: Namespace) -> int:
    paths = expand([options.a, options.b])
    if len(paths) != 2:
        raise UsageError(
            f"compare takes two captures, and {options.a} {options.b} are {len(paths)} files",
            "join the files of a rotation first: mergecap -w joined.pcap 'rotated-'*.pcap",
        )
    from unstick.compare import compare
    from unstick.report import comparison as report

    watched = progress()
    try:
        comparison = compare(paths[0], paths[1], options.profile, watched)
    finally:
        if watched is not None:
            watched.clear()
    if options.format == "json":
        output.write(options.output, [report.to_json(comparison)])
    else:
        look = output.look(options.output)
        output.write_lines(options.output, report.text(comparison, look))
    return comparison.exit_status

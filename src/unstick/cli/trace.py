"""``unstick trace``: one connection as text that can be shared."""

from __future__ import annotations

from unstick.cli import OK, output
from unstick.cli.captures import expand
from unstick.cli.options import EXIT_PLAIN, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from unstick.cli.options import Options

ABOUT = """\
Prints one connection in trace notation, a line a segment: relative time,
sender, flags, relative sequence and ack numbers, window, options. No payload
ever; no addresses unless you ask for them.

It is made for bug reports: paste it, and it becomes a test case as it stands.
"""
EXAMPLES = """\
  unstick trace office.pcap --stream 0
  unstick trace office.pcap --stream 0 --addresses -o office.trace
"""
SEE = "unstick streams (lists the numbers), unstick explain"


def fill(parser: Options) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)
    parser.add_argument("capture", metavar="CAPTURE", help="pcap or pcapng; - is standard input")
    parser.add_argument(
        "--stream",
        type=number,
        required=True,
        metavar="N",
        help="which connection, numbered as in Wireshark",
    )
    parser.add_argument("--addresses", action="store_true", help="print addresses and ports, too")
    parser.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="write there; the file appears whole or not at all",
    )


def run(options: Namespace) -> int:
    (path,) = expand([options.capture])
    from unstick.tracing import trace

    output.write(options.output, [trace(path, options.stream, options.addresses)])
    return OK

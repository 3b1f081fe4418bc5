"""``unstick streams``: one row for every connection."""

from __future__ import annotations

import os

from unstick.cli import OK, output
from unstick.cli.captures import expand
from unstick.cli.options import (
    EXIT_PLAIN,
    add_captures,
    add_choosing,
    add_jobs,
    add_judging,
    add_output,
)
from unstick.cli.progress import progress
from unstick.errors import UnstickError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from unstick.chores import Chores
    from unstick.cli.options import Options
    from unstick.diagnosis import StreamRow
    from unstick.rowtable import RowTable

ABOUT = """\
One row for every TCP connection: who, how long, how much, how often sent again,
resets, the states both ends are in, and what is wrong, if anything is.

Streams are numbered as Wireshark numbers them: tcp.stream eq N shows the same
packets. A long silence never splits a connection. The text table shows the
columns that fit; csv, ndjson and parquet hold them all.
"""
EXAMPLES = """\
  unstick streams office.pcap
  unstick streams -Y 'net 10.9.0.0/16 and not port 22' office.pcap
  unstick streams --format csv -o streams.csv 'rotated-*.pcap'
  unstick streams --format ndjson office.pcap | jq 'select(.stuck_side)'
  unstick streams --format parquet -o streams.parquet office.pcap
"""
SEE = "unstick explain, unstick trace"
FORMATS = ("text", "csv", "ndjson", "parquet")


def fill(parser: Options) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)
    add_captures(parser)
    add_choosing(parser, stream=False)
    add_judging(parser)
    group = add_output(parser, FORMATS)
    group.add_argument("-q", dest="quiet", action="store_true", help="no progress line")
    add_jobs(parser)


def run(options: Namespace) -> int:
    accept = None
    if options.accept is not None:
        from unstick.filters import parse_filter

        accept = parse_filter(options.accept)
    if options.format == "parquet":
        _need_parquet(options.output)
    paths = expand(options.captures)
    from unstick.analysis import Effort
    from unstick.chores import Chores
    from unstick.diagnose import stream_pieces, streams

    watched = progress(options.quiet)
    chores = Chores()
    try:
        jobs = options.jobs or os.cpu_count() or 1
        effort = Effort(jobs, options.max_connections, chores.help)
        how = {
            "accept": accept,
            "profile": options.profile,
            "effort": effort,
            "on_progress": watched,
        }
        if options.format == "text":
            write_table(streams(paths, **how), options.output)
        else:
            helped = chores if jobs > 1 else None
            write(stream_pieces(paths, **how), options.format, options.output, helped)
    finally:
        if watched is not None:
            watched.clear()
    return OK


def write_table(rows: Iterable[StreamRow], path: str | None) -> None:
    """The table for people, as the rows come."""
    from unstick.report.table import to_table

    output.write_lines(path, to_table(rows, output.look(path, wide=True)))


def write(
    pieces: Iterable[RowTable | StreamRow], form: str, path: str | None, chores: Chores | None
) -> None:
    """The rows for machines, as they come; ``chores``: their lines are made by who is idle."""
    if form == "parquet":
        from unstick.report.parquet import to_parquet

        with output.binary(path) as file:
            to_parquet(pieces, file)
        return
    from unstick.report.streams import to_csv, to_ndjson

    writer = {"csv": to_csv, "ndjson": to_ndjson}[form]
    output.write_bytes(path, writer(pieces, chores))


def _need_parquet(path: str | None) -> None:
    """Says what is missing before an hour of reading, not after."""
    output.refuse_terminal(path)
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise UnstickError(
            "parquet needs pyarrow", "pip install 'unstick[arrow]', or use --format csv"
        )

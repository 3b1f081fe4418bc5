"""``unstick explain``: from captures to findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from time import perf_counter_ns, process_time_ns

from unstick.cli import FOUND, OK, output
from unstick.cli.captures import expand
from unstick.cli.options import (
    EXIT_STATUS,
    add_captures,
    add_choosing,
    add_jobs,
    add_judging,
    add_output,
)
from unstick.cli.progress import progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from unstick.cli.options import Options
    from unstick.diagnosis import Diagnosis
    from unstick.filters import Filter

ABOUT = """\
Says why a TCP connection in a capture will not die: what happened, the frames
that prove it, whose fault it is, what to do, and what could prove this wrong.

Every reset gets a verdict: should its receiver have obeyed it, by which rule,
and did it? The verdicts are those of the newest Linux unless --profile names
another stack; if what was captured contradicts the stack, the report says so
and names the stacks it fits.
"""
EXAMPLES = """\
  unstick explain office.pcap
  unstick explain -Y 'host 10.9.1.2 and port 8080' office.pcap.gz
  unstick explain --stream 4 -v office.pcap
  unstick explain --profile linux-3.6 --format json office.pcap | jq .resets
  unstick explain -q 'rotated-*.pcap.zst' || mail -s stuck ops@example.com
  ssh cache1 tcpdump -s 128 -w - tcp port 8080 | unstick explain -
"""
SEE = "unstick streams, unstick checks CODE, unstick profiles"
FORMATS = ("text", "json", "ndjson")


def fill(parser: Options) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_STATUS, see=SEE)
    add_captures(parser)
    add_choosing(parser)
    add_judging(parser)
    group = add_output(parser, FORMATS)
    loudness = group.add_mutually_exclusive_group()
    loudness.add_argument("-q", dest="quiet", action="store_true", help="only the headlines")
    loudness.add_argument(
        "-v", dest="verbose", action="store_true", help="every reset, every value of the evidence"
    )
    group.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 even if there are findings"
    )
    add_jobs(parser)
    parser.add_argument(
        "--timings", action="store_true", help="say on standard error where the time went"
    )


def run(options: Namespace) -> int:
    accept = chosen(options.accept, options.stream)
    paths = expand(options.captures)
    from unstick.analysis import Effort
    from unstick.diagnose import explain

    watched = progress(options.quiet)
    try:
        diagnosis = explain(
            paths,
            profile=options.profile,
            accept=accept,
            effort=Effort(options.jobs or os.cpu_count() or 1, options.max_connections),
            on_progress=watched,
        )
    finally:
        if watched is not None:
            watched.clear()
    if diagnosis.engine == "plain" and not options.quiet:
        say_slow()
    begun = perf_counter_ns()
    output.write(options.output, rendered(diagnosis, options))
    if options.timings:
        say_timings({**diagnosis.spent, "report": perf_counter_ns() - begun})
    return OK if options.exit_zero else status(diagnosis)


def chosen(expression: str | None, stream: int | None) -> Filter | None:
    """The filter of ``-Y`` and ``--stream`` together. Raises FilterError."""
    if expression is None and stream is None:
        return None
    from unstick.filters import Joined, Stream, parse_filter

    parts = [] if expression is None else [parse_filter(expression)]
    if stream is not None:
        parts.append(Stream(stream))
    return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))


def rendered(diagnosis: Diagnosis, options: Namespace) -> Iterator[str]:
    """The report in the format asked for."""
    from unstick.checks import NAMES

    if options.format == "json":
        from unstick.report.model import to_json

        yield to_json(diagnosis, NAMES)
    elif options.format == "ndjson":
        from unstick.report.model import to_ndjson

        yield from to_ndjson(diagnosis, NAMES)
    else:
        from unstick.report.text import text

        look = output.look(options.output)
        how = {
            "quiet": options.quiet,
            "verbose": options.verbose,
            "chosen": options.accept is not None or options.stream is not None,
        }
        for line in text(diagnosis, NAMES, look, **how):
            yield f"{line}\n"


def say_timings(spent: Mapping[str, int]) -> None:
    """One line a stage. What Python needed to start is nobody's stage."""
    for stage, ns in spent.items():
        print(f"unstick: {stage:<9} {ns / 1e9:8.3f} s", file=sys.stderr)
    print(
        f"unstick: processor {process_time_ns() / 1e9:8.3f} s, start included; "
        "with two threads stages overlap",
        file=sys.stderr,
    )


def say_slow() -> None:
    """Tells a person, once a run, why this took long. Scripts are left in peace."""
    if sys.stderr.isatty():
        print(
            "unstick: running uncompiled, to the same result but slower; "
            "install it where a C compiler is",
            file=sys.stderr,
        )


def status(diagnosis: Diagnosis) -> int:
    """1 if anything is graver than a note."""
    return FOUND if any(finding.grave for finding in diagnosis.findings) else OK

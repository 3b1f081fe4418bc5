"""``unstick lab probe``: this kernel's law, measured cell by cell."""

from __future__ import annotations

import argparse
from argparse import Namespace

from unstick.cli import FOUND, OK, output
from unstick.cli.parser import number, positive
from unstick.cli.progress import progress
from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from unstick.lab.probe.measured import Measured
    from unstick.lab.probe.probing import Traces

ABOUT = """\
Brings a socket of this machine's kernel into every state, injects every kind of
segment at every place, one a connection, and holds what comes of it against the
profile of the kernel. Needs root: one namespace whose wire ends in this process.
"""
EPILOG = """\
examples:
  sudo unstick lab probe
  sudo unstick lab probe -o this-kernel.json
  sudo unstick lab probe --fuzz 100000 --seed 7
  unstick lab probe --measured this-kernel.json --compare linux-4.11

exit status:
  0    the kernel does what its profile says, or the comparison is printed
  1    it does not
  2    could not do it: one line says why, a hint says what to do

see also:
  unstick profiles NAME, unstick lab conformance, docs/lab.md
"""


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = ABOUT
    parser.add_argument("-o", dest="output", metavar="FILE", help="all that was measured, as JSON")
    parser.add_argument(
        "--compare", metavar="PROFILE", help="where does the kernel differ from this one?"
    )
    parser.add_argument(
        "--measured", metavar="FILE", help="read such a file instead; needs no root"
    )
    parser.add_argument(
        "--fuzz", type=positive, metavar="N", help="N segments by chance, several in a row"
    )
    parser.add_argument("--seed", type=number, metavar="S", help="of that chance (1)")
    parser.epilog = EPILOG


def run(options: Namespace) -> int:
    check(options)
    if options.fuzz is not None:
        return run_fuzz(options)
    from unstick.lab.probe.probing import held
    from unstick.lab.probe.telling import compared, summary

    measured, traces = kept(options)
    found = held(measured, options.compare or measured.profile)
    if options.output != "-":
        look = output.look(None)
        lines = compared(found, look) if options.compare else summary(measured, found, traces, look)
        output.write_lines(None, lines)
    return FOUND if found.differ and not options.compare else OK


def check(options: Namespace) -> None:
    """Raises UsageError for what does not go together or is not there."""
    if options.compare is not None:
        from unstick.tcp.profiles import profile

        profile(options.compare)
    if options.fuzz is None:
        if options.seed is not None:
            raise UsageError("--seed goes with --fuzz", "unstick lab probe --fuzz 2000 --seed 1")
        return
    for name in ("output", "compare", "measured"):
        if getattr(options, name) is not None:
            written = "-o" if name == "output" else f"--{name}"
            raise UsageError(f"--fuzz and {written} do not go together")


def kept(options: Namespace) -> tuple[Measured, Traces]:
    """The same as ``taken``, written where it is wanted. That there is a place is seen first."""
    from pathlib import Path

    from unstick.lab.probe.measured import to_json

    if options.output in (None, "-"):
        measured, traces = taken(options)
        if options.output == "-":
            output.write(None, [to_json(measured)])
        return measured, traces
    with output.replaced(options.output) as draft:
        measured, traces = taken(options)
        Path(draft).write_text(to_json(measured), encoding="utf-8")
    return measured, traces


def taken(options: Namespace) -> tuple[Measured, Traces]:
    """What is measured now, or what was, and the reproducers. Raises UnstickError."""
    from unstick.lab.errors import LabError, require_root

    if options.measured is None:
        require_root("probe")
        from unstick.lab.probe.bench import built
        from unstick.lab.probe.probing import held, measure, reproduced

        with built() as bench, Shown("cells") as tell:
            measured = measure(bench, tell)
            return measured, reproduced(bench, held(measured, measured.profile))
    from pathlib import Path

    from unstick.lab.probe.measured import from_json

    try:
        return from_json(Path(options.measured).read_text(encoding="utf-8")), {}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is no text"
        raise LabError(f"{options.measured}: {why.lower()}") from error
    except LabError as error:
        raise LabError(f"{options.measured}: {error}") from error


def run_fuzz(options: Namespace) -> int:
    from unstick.lab.errors import require_root

    require_root("probe")
    import platform

    from unstick.lab.probe.bench import built
    from unstick.lab.probe.fuzz import fuzz
    from unstick.lab.probe.probing import profile_of
    from unstick.lab.probe.telling import fuzzed

    seed = 1 if options.seed is None else options.seed
    profile = profile_of(platform.release())
    with built() as bench, Shown("segments") as tell:
        total = fuzz(bench, profile, options.fuzz, seed, tell)
    output.write_lines(None, fuzzed(total, profile, seed, output.look(None)))
    return FOUND if total.disagreements else OK


class Shown:
    """A bar while somebody watches."""

    def __init__(self, unit: str) -> None:
        self._bar = progress(unit=unit)

    def __enter__(self) -> Callable[[int, int], None]:
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.clear()

    def _tell(self, done: int, total: int) -> None:
        if self._bar is not None:
            self._bar(done, total, done)

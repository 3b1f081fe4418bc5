"""``unstick lab matrix``: every server against every bad client, as a table."""

from __future__ import annotations

import argparse
import shlex
import sys
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import closing
from textwrap import wrap

from unstick.cli import OK, output
from unstick.cli.parser import positive
from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.lab.matrix.cell import Job
    from unstick.lab.matrix.outcome import Cell
    from unstick.lab.matrix.table import Matrix

WATCH_S = 30.0
PAGE_COLUMNS = 79
DEFAULTS = {
    "servers": "usual",
    "clients": "all",
    "conditions": "default,limits",
    "parallel": 8,
}

SUMMARY = "how long does each server keep a dead request?"
EPILOG = """\
conditions:
  default  as the server comes          limits   with its own timeouts set
  enforce  unstick enforce beside it    install  unstick.progress inside it
  With --full those after the first are watched for a minute at most: they
  need no more.

examples:
  sudo unstick lab matrix --servers nginx,varnish -o matrix.md
  sudo unstick lab matrix --clients never-reads,slow --conditions limits
  sudo unstick lab matrix --servers gunicorn --conditions default,install
  sudo unstick lab matrix --full --conditions all -o all.md -o all.json

exit status:
  0    done
  2    could not do it: one line says why, a hint says what to do
  130  interrupted: the files have the cells that were done
"""


def fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--servers",
        default=DEFAULTS["servers"],
        metavar="S,...",
        help="names, or how they begin (gunicorn); usual, all (default: usual)",
    )
    parser.add_argument("--clients", default="all", metavar="C,...", help="names (default: all)")
    parser.add_argument(
        "--conditions",
        default=DEFAULTS["conditions"],
        metavar="K,...",
        help=f"see below; all (default: {DEFAULTS['conditions']})",
    )
    parser.add_argument(
        "--watch",
        type=positive,
        metavar="SECONDS",
        help=f"how long a cell is looked at, at most (default: {WATCH_S:g})",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="as long as each server's longest limit takes: up to 31 minutes",
    )
    parser.add_argument(
        "--parallel",
        type=positive,
        default=DEFAULTS["parallel"],
        metavar="N",
        help=f"cells at once (default: {DEFAULTS['parallel']})",
    )
    parser.add_argument(
        "-o",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="*.json, or Markdown; may be repeated (default: Markdown to the terminal)",
    )
    parser.add_argument(
        "--resume",
        action="append",
        default=[],
        metavar="FILE",
        help="take the cells that are in this JSON from there; may be repeated",
    )
    parser.epilog = EPILOG


def run(options: Namespace) -> int:
    from datetime import UTC, datetime

    from unstick.lab.errors import require_root
    from unstick.lab.matrix import planning
    from unstick.lab.matrix.versions import versions

    servers = planning.servers(options.servers)
    clients = planning.clients(options.clients)
    conditions = planning.conditions(options.conditions)
    kept = [cell for path in options.resume for cell in resumed(path)]
    require_root("matrix")
    check_places(options.files)
    wanted = planning.jobs(servers, clients, conditions, options.watch, options.full)
    jobs = planning.playable(wanted, note)
    about: dict[str, object] = {
        "command": command_of(options),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(dict.fromkeys(job.row.server for job in jobs)),
    }
    keys = {job.empty.key for job in jobs}
    had = {one.key: one for one in kept if one.key in keys}
    done = list(had.values())
    rest = [job for job in jobs if job.empty.key not in had]
    try:
        with closing(played(rest, options.parallel)) as cells:
            for cell in cells:
                done.append(cell)
                note(f"[{len(done)}/{len(jobs)}] {told(cell)}")
                write_files(options.files, planning.ordered(about, jobs, done))
    finally:
        if not rest or not options.files:
            write_files(options.files or ["-"], planning.ordered(about, jobs, done))
    return OK


def played(jobs: Sequence[Job], parallel: int) -> Generator[Cell]:
    """Cells as they are done; SIGTERM ends them as Ctrl-C does."""
    from signal import SIGTERM, default_int_handler, signal

    from unstick.lab.matrix.running import results

    before = signal(SIGTERM, default_int_handler)
    try:
        with closing(results(jobs, parallel)) as cells:
            yield from cells
    finally:
        signal(SIGTERM, before)


def resumed(path: str) -> list[Cell]:
    """The cells of an earlier matrix that have a result. Raises UsageError."""
    from pathlib import Path

    from unstick.lab.matrix.table import from_json

    try:
        found = from_json(Path(path).read_text("utf-8"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: no matrix", "unstick lab matrix -o FILE.json") from error
    return [one for one in found.cells if one.failure is None]


def check_places(paths: Sequence[str]) -> None:
    """Before hours are spent. Raises UsageError."""
    from pathlib import Path

    for path in map(Path, paths):
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"{path}: cannot be written", "-o FILE, in a folder that is there")


def write_files(paths: Sequence[str], matrix: Matrix) -> None:
    """Each by the end of its name. Nothing where no cell is done."""
    from unstick.lab.matrix.table import markdown, to_json

    for path in paths if matrix.cells else ():
        if path.endswith(".json"):
            output.write(path, [to_json(matrix)])
        else:
            output.write_lines(path, markdown(matrix))


def told(cell: Cell) -> str:
    """One line of progress."""
    from unstick.lab.matrix import words

    name = f"{cell.server}, {cell.words}" if cell.words else cell.server
    return f"{name} ({cell.condition}), {cell.client}: {words.cell(cell).replace('**', '')}"


def note(line: str) -> None:
    """On stderr, in lines that fit."""
    if sys.stderr is None:
        return
    for one in wrap(line, PAGE_COLUMNS, subsequent_indent="    "):
        print(one, file=sys.stderr, flush=True)


def command_of(options: Namespace) -> str:
    """As a person would type it again."""
    words = ["unstick", "lab", "matrix"]
    for name in ("servers", "clients", "conditions", "watch", "parallel"):
        value = getattr(options, name)
        if value != DEFAULTS.get(name):
            words += [f"--{name}", str(value)]
    words += ["--full"] * options.full
    words += [word for path in options.files for word in ("-o", path)]
    return shlex.join(words)

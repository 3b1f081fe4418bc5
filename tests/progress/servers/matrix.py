"""The server matrix, before and after: ``python -m tests.progress.servers.matrix``.

Plays each scene of ``cells.py`` on each server, without and with the guard, and prints the tables
of docs/server-matrix.md. It judges nothing: ``test_servers.py`` does. Options: ``--server NAME``
(may be repeated), ``--watch SECONDS`` (how long a stalled client is looked at), ``--policy``,
``--parallel N`` (servers at a time).
"""

from __future__ import annotations

import argparse
import platform
import signal
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.progress.servers.cells import LATE_BYTES, SCENES, Cell, Limits, play
from tests.progress.servers.configurations import CONFIGURATIONS, Configuration, configuration
from tests.progress.servers.running import PYTHON, missing

COLUMNS = ("server", "never reads", "vanishes", "half-closes", "20 kB/s", "SIGTERM then")
EXIT_S = 45.0

Row = dict[str, Cell]


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended: waiting for the servers under way"))
    chosen = [configuration(name) for name in options.server or names(CONFIGURATIONS)]
    there = [one for one in chosen if not missing(one.needs)]
    for one in chosen:
        if one not in there:
            print(f"{one.name}: not installed ({', '.join(missing(one.needs))})", file=sys.stderr)
    print(head(options), flush=True)
    before = Limits(None, options.watch, options.watch / 2, EXIT_S)
    after = Limits(options.policy, options.watch, options.watch / 2, EXIT_S)
    for title, limits in (("Without the guard", before), ("With the guard", after)):
        print(f"\n## {title}\n")
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
        for line in table(there, limits, options.parallel):
            print(line, flush=True)
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, prog="tests.progress.servers.matrix")
    made.add_argument("--server", action="append", choices=names(CONFIGURATIONS))
    made.add_argument("--watch", type=float, default=90.0, metavar="SECONDS")
    made.add_argument("--policy", default="idle=5 silent=5")
    made.add_argument("--parallel", type=int, default=4, metavar="N")
    return made


def names(configurations: Iterable[Configuration]) -> list[str]:
    return [one.name for one in configurations]


def head(options: argparse.Namespace) -> str:
    return (
        f"Python {versions_of('python')}, Linux {platform.release()}; "
        f"stalled clients watched for {options.watch:g} s; policy `{options.policy}`.\n\n"
        f"{versions_of('packages')}"
    )


def versions_of(what: str) -> str:
    """From the environment of the servers, which need not be this one."""
    packages = sorted({need for one in CONFIGURATIONS for need in one.needs})
    program = "import platform; print(platform.python_version())"
    if what == "packages":
        program = (
            "import sys\nfrom importlib.metadata import PackageNotFoundError, version\n"
            "for name in sys.argv[1:]:\n"
            "    try: print(name, version(name), sep=' ', end=', ')\n"
            "    except PackageNotFoundError: pass\n"
        )
    done = subprocess.run(
        [PYTHON, "-c", program, *packages], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip().rstrip(",")


def table(servers: list[Configuration], limits: Limits, parallel: int) -> Iterable[str]:
    """The rows, as soon as each is complete."""
    with ThreadPoolExecutor(parallel) as pool:
        cells = {
            (one.name, scene): pool.submit(play, one, scene, limits)
            for one in servers
            for scene in SCENES
        }
        try:
            for one in servers:
                yield row(one.name, {scene: cells[one.name, scene].result() for scene in SCENES})
        finally:
            pool.shutdown(cancel_futures=True)  # interrupted: servers under way end, no more begin


def row(name: str, cells: Row) -> str:
    stalled = [stall(cells[scene]) for scene in ("never reads", "vanishes")]
    texts = [name, *stalled, half(cells["half-closes"]), slow(cells["20 kB/s"])]
    return f"| {' | '.join([*texts, ended(cells['never reads'])])} |"


def stall(cell: Cell) -> str:
    """``freed after 6.3 s, nothing left``; ``held: ESTABLISHED 3.6 MB; server does not answer``."""
    if cell.let_go_s is None:
        told = f"held: {cell.left}"
    elif cell.left == "nothing":
        told = f"freed after {cell.let_go_s:.1f} s, nothing left"
    else:
        told = f"closed after {cell.let_go_s:.0f} s, left {cell.left}"
    return told if cell.next_answer_s is not None else f"{told}; **server does not answer**"


def half(cell: Cell) -> str:
    return "served" if cell.got_bytes == LATE_BYTES else f"dropped: {cell.got_bytes} B"


def slow(cell: Cell) -> str:
    rate = f"{cell.got_bytes / 1000:.0f} kB read"
    if cell.end is not None:
        return f"**{cell.end}** after {rate}"
    if cell.let_go_s is not None:
        return f"**given up** after {cell.let_go_s:.0f} s, left {cell.left}"
    return f"alive, {rate}"


def ended(cell: Cell) -> str:
    if cell.exit_s is None:
        return f"not out in {EXIT_S:g} s"
    return f"out in {cell.exit_s:.1f} s, left {cell.exit_left}"


if __name__ == "__main__":
    sys.exit(main())

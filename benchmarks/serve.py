"""Large objects from a cache's store to a fast reader: ``python -m benchmarks.serve``.

One object of ``--size`` bytes, stored by each cache before it counts. Then each serves it to one
reader, again and again and in turn, so that what else the machine does meets all of them alike.
Printed: the best and the median rate of each, the processor time it took for a gigabyte, and the
ratio to nginx as proxy cache. Not measured: small objects, many clients, disks.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.caches import CACHES, Cache, Place, free_port, running, version

BUFFER = bytearray(1 << 20)
TICKS = os.sysconf("SC_CLK_TCK")


class Served(NamedTuple):
    """One transfer: seconds of the clock, and of processors in the cache's processes."""

    wall_s: float
    processor_s: float


def main() -> int:
    options = parser().parse_args()
    caches = [one for one in CACHES if one.is_there]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        origin, folder = free_port(), Path(scratch) / "origin"
        folder.mkdir()
        words = ("--listen", f"127.0.0.1:{origin}", "--control", str(folder / "control.sock"))
        command = [sys.executable, "-m", "unstick", "serve", "--origin", f"demo:{options.size}"]
        stack.enter_context(running([*command, *words], origin, folder))
        started: dict[Cache, tuple[int, int]] = {}
        for one in caches:
            place = Place(Path(scratch) / one.name, free_port(), origin)
            place.folder.mkdir()
            process = stack.enter_context(running(one.command(place), place.port, place.folder))
            started[one] = (place.port, process.pid)
        results = measured(started, options.size, options.rounds)
    print("\n".join(table(results, options.size)))
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    made.add_argument("--size", type=int, default=100_000_000, help="bytes (default 100,000,000)")
    made.add_argument("--rounds", type=int, default=20, help="transfers of each (default 20)")
    return made


def measured(
    started: dict[Cache, tuple[int, int]], size: int, rounds: int
) -> dict[Cache, list[Served]]:
    """``rounds`` transfers of each, in turn, after one that stores and one to warm up."""
    results: dict[Cache, list[Served]] = {one: [] for one in started}
    for number in range(-2, rounds):
        for one, (port, pid) in started.items():
            served = fetched(port, pid, size)
            if number >= 0:
                results[one].append(served)
    return results


def fetched(port: int, pid: int, size: int) -> Served:
    """One transfer, on a connection of its own. Refuses one that is not whole."""
    before = processor_s(pid)
    with socket.create_connection(("127.0.0.1", port)) as client:
        begun = time.monotonic()
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = 0
        while count := client.recv_into(BUFFER):
            got += count
        wall_s = time.monotonic() - begun
    if got < size:
        raise SystemExit(f"port {port}: {got} of {size} bytes: {bytes(BUFFER[:200])!r}")
    return Served(wall_s, processor_s(pid) - before)


def processor_s(pid: int) -> float:
    """User and system time of a process and those it started."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(path.parent.name) == pid or int(words[1]) == pid:
            total += (int(words[11]) + int(words[12])) / TICKS
    return total


def table(results: dict[Cache, list[Served]], size: int) -> list[str]:
    """Markdown. The best rate is what a machine with nothing else to do shows, the median what this
    one did; each with its ratio to nginx's."""
    rates = {
        one.name: (
            size / min(run.wall_s for run in runs) / 1e9,
            size / median(run.wall_s for run in runs) / 1e9,
        )
        for one, runs in results.items()
    }
    best, middle = rates.get("nginx", (float("nan"), float("nan")))
    lines = [
        "| cache | best GB/s | to nginx | median GB/s | to nginx | processor s/GB |",
        "|---|---|---|---|---|---|",
    ]
    for one, runs in results.items():
        own_best, own_middle = rates[one.name]
        cost = sum(run.processor_s for run in runs) / (size * len(runs)) * 1e9
        lines.append(
            f"| {one.name} | {own_best:.2f} | {own_best / best:.2f} "
            f"| {own_middle:.2f} | {own_middle / middle:.2f} | {cost:.2f} |"
        )
    return [*lines, "", *sorted({version(one) for one in results})]


if __name__ == "__main__":
    sys.exit(main())

"""How much faster two threads are than one, and how much faster the machine could make them.

    python -m benchmarks.two_threads web.pcap --rounds 20

Each round runs one thread, two processes of one thread at once, two threads, and one thread again:
the first and the last are what the round is measured by, so that a machine that becomes slower does
so for all. Two processes at once do twice the work: what they lack to 2 the machine does not give.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from benchmarks.peers import PEERS, Peer


class Round(NamedTuple):
    """Wall seconds: of one thread, before and after; of two processes at once; of two threads."""

    before: float
    processes: float
    threads: float
    after: float

    @property
    def one(self) -> float:
        return (self.before + self.after) / 2

    @property
    def machine(self) -> float:
        return 2 * self.one / self.processes

    @property
    def gain(self) -> float:
        return self.one / self.threads


def at_once(peer: Peer, capture: Path, count: int) -> float:
    """Seconds until as many processes of this command, begun at once, have ended."""
    command = peer.filled(capture, capture.parent)
    begun = time.monotonic()
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(count)
    ]
    statuses = {process.wait() for process in running}
    if not statuses <= set(peer.statuses):
        raise SystemExit(f"{' '.join(command)} ended with status {max(statuses)}")
    return time.monotonic() - begun


def measured(name: str, capture: Path) -> Round:
    """One round of ``explain`` or ``streams``."""
    one, two = (peer_of(f"unstick {name} --jobs {jobs}") for jobs in (1, 2))
    runs = ((one, 1), (one, 2), (two, 1), (one, 1))
    return Round(*(at_once(peer, capture, count) for peer, count in runs))


def peer_of(name: str) -> Peer:
    return next(peer for peer in PEERS if peer.name == name)


def table(name: str, rounds: Sequence[Round]) -> Iterator[str]:
    """Medians, and between what the middle half of the rounds lies."""
    yield f"| {name}, {len(rounds)} rounds | wall s | times as fast as one | half of the rounds |"
    yield "|---|---:|---:|---:|"
    yield f"| one thread | {median(one.one for one in rounds):.3f} | 1.00 | |"
    threads = median(one.threads for one in rounds)
    yield f"| two threads | {threads:.3f} | {spread([one.gain for one in rounds])} |"
    processes = median(one.processes for one in rounds)
    machine = spread([one.machine for one in rounds])
    yield f"| two processes at once, twice the work | {processes:.3f} | {machine} |"


def spread(values: Sequence[float]) -> str:
    low, _, high = quantiles(values, n=4) if len(values) > 1 else (values[0],) * 3
    return f"{median(values):.2f} | {low:.2f} to {high:.2f}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.two_threads",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("capture", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    for name in ("explain", "streams"):
        rounds = [measured(name, options.capture) for _ in range(options.rounds)]
        print("\n".join(table(name, rounds)), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

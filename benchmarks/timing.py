"""Whole processes, timed from outside: wall time, processor time, peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.peers import Peer


class Run(NamedTuple):
    """One process. Seconds, and megabytes (10**6 bytes) of peak resident memory."""

    wall: float
    processor: float
    peak: float


class Result(NamedTuple):
    """All runs of one command. ``failed`` says why there are none."""

    peer: Peer
    runs: tuple[Run, ...]
    failed: str | None = None

    @property
    def wall(self) -> float:
        return median(run.wall for run in self.runs)

    @property
    def processor(self) -> float:
        return median(run.processor for run in self.runs)

    @property
    def peak(self) -> float:
        return max(run.peak for run in self.runs)


def timed(command: Sequence[str], limit: float, statuses: Sequence[int]) -> Run | str:
    """Run it once, its output thrown away. A sentence if it cannot be run, or not to its end."""
    begun = time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        patience = threading.Timer(limit, process.kill)
        patience.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        patience.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    if wall > limit:
        return f"not done after {limit:g} s"
    if process.returncode not in statuses:
        return f"ended with status {process.returncode}"
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


def alternated(
    peers: Sequence[Peer],
    capture: Path,
    scratch: Path,
    rounds: int,
    limit: float,
    say: Callable[[str], None],
) -> list[Result]:
    """Every command once, then all of them again: what else the machine does meets all alike."""
    runs: dict[str, list[Run]] = {peer.name: [] for peer in peers}
    failed: dict[str, str] = {peer.name: "not installed" for peer in peers if not peer.is_here}
    for number in range(rounds):
        for peer in peers:
            if peer.name in failed or (peer.slow and number):
                continue
            say(f"{capture.name}: round {number + 1} of {rounds}: {peer.name}")
            run = timed(peer.filled(capture, scratch), limit, peer.statuses)
            if isinstance(run, str):
                failed[peer.name] = run
            else:
                runs[peer.name].append(run)
    return [Result(peer, tuple(runs[peer.name]), failed.get(peer.name)) for peer in peers]

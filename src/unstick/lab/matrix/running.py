"""Many cells at once: they mostly wait. Stopped at any moment, what is done is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED as ONE
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from unstick.lab import state
from unstick.lab.errors import require_root
from unstick.lab.matrix.cell import Job, play
from unstick.lab.matrix.outcome import Cell

TRIES = 2
"""A cell that failed because the machine was too busy is played once more."""

Player = Callable[[Job, Path, threading.Event], Cell]


def results(jobs: Sequence[Job], parallel: int, player: Player = play) -> Generator[Cell]:
    """Each cell when it is done, the longest begun first. Raises NeedsRootError.

    Close the iterator, or interrupt it, and those under way are ended and have no result; nothing
    of them is left.
    """
    require_root("matrix")
    state.clean()
    stopped = threading.Event()
    # Threads, not processes: what a cell starts dies with the thread that started it
    # (PR_SET_PDEATHSIG), and these live until all is done.
    pool = ThreadPoolExecutor(parallel, "cell")
    try:
        longest_first = sorted(jobs, key=lambda job: -job.watch_s)
        pending = {pool.submit(played, job, stopped, player) for job in longest_first}
        while pending:
            done, pending = wait(pending, return_when=ONE)
            yield from (one.result() for one in done)
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)


def played(job: Job, stopped: threading.Event, player: Player) -> Cell:
    """Raises StoppedError."""
    for last in (*(False for _ in range(TRIES - 1)), True):
        with state.passing_folder() as folder:
            cell = player(job, folder, stopped)
        if cell.failure is None or last:
            return cell
    raise AssertionError("the last try returns")

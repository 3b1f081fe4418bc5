"""What it costs that rows go from one core to another: the stages of one run, in turn, with the
thread that reads, decodes and numbers on the core of the one that walks, and on another.

    python -m benchmarks.hand_over web.pcap

Both never work at once, so that nothing else is in the figures. Linux, two processors.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from _queue import SimpleQueue
from collections.abc import Sequence
from statistics import median
from time import perf_counter_ns

from unstick.analysis import TABLES, begin
from unstick.tcp.walker import OVER_KEPT, OVER_STEP
from unstick.wire.capture import Batch, open_captures
from unstick.wire.columns import BRIEF
from unstick.wire.kernels import load_kernels
from unstick.wire.tables import words_of

STAGES = ("decoding", "streams", "judging")


def stages(path: str, core: int, other: int) -> tuple[float, ...]:
    """Seconds of each of STAGES; who walks is on ``core``."""
    analysis = begin()
    streams, walker, spent = analysis.streams, analysis.walker, analysis.spent
    kernels = load_kernels(analysis.engine.modules.__getitem__)
    (capture,) = open_captures([path], detail=BRIEF, engine=kernels)
    made: SimpleQueue[tuple[Batch, memoryview] | None] = SimpleQueue()
    taken: SimpleQueue[bool] = SimpleQueue()

    def read() -> None:
        os.sched_setaffinity(0, {other})
        for batch in capture.batches(TABLES):
            begun = perf_counter_ns()
            replaced = words_of(streams.assign(batch.segments, 0, batch.count))
            spent["streams"] += perf_counter_ns() - begun
            made.put((batch, replaced))
            taken.get()
        made.put(None)

    os.sched_setaffinity(0, {core})
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while (given := made.get()) is not None:
        batch, replaced = given
        begun = perf_counter_ns()
        walker.feed(batch.segments, batch.count, streams.slots)
        walker.retire(replaced)
        spent["judging"] += perf_counter_ns() - begun
        while walker.over >= OVER_KEPT + OVER_STEP:
            slots = walker.oldest_over(OVER_STEP)
            walker.forget(slots)
            streams.forget(slots, len(slots))
            streams.release(slots, len(slots))
        taken.put(True)
    reader.join()
    return tuple(ns / 1e9 for ns in (capture.decode_ns, spent["streams"], spent["judging"]))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hand_over",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("capture")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    allowed = os.sched_getaffinity(0)
    here = sorted(allowed)
    if len(here) < 2:
        parser.error("there is only one processor")
    runs: dict[str, list[tuple[float, ...]]] = {"one core": [], "two cores": []}
    for _ in range(options.rounds):
        for name, other in (("one core", here[0]), ("two cores", here[1])):
            runs[name].append(stages(options.capture, here[0], other))
    os.sched_setaffinity(0, allowed)
    print("|", " | ".join(("", *STAGES)), "|")
    print("|---" + "|---:" * len(STAGES) + "|")
    for name, found in runs.items():
        medians = (f"{median(seconds):.3f} s" for seconds in zip(*found, strict=True))
        print("|", " | ".join((name, *medians)), "|")
    return 0


if __name__ == "__main__":
    sys.exit(main())

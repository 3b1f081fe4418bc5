"""One command: take or record the captures, run everybody in turn, print the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.peers import COPY, PEERS, SMALL, Peer
from benchmarks.record import RECORDINGS, cannot_record, record
from benchmarks.timing import Result, alternated

LIMIT = 600.0
"""Seconds after which a command is given up."""


def main() -> int:
    options = arguments()
    folder = Path(options.captures)
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[Result]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.only or RECORDINGS:
            capture = found_or_recorded(folder, name)
            if capture is None:
                continue
            peers = [one for one in peers_of(name) if options.slow or not one.slow]
            place = Path(scratch) / "out"
            tables[capture.name] = alternated(
                peers, capture, place, options.rounds, LIMIT, lambda text: say(text)
            )
    report = "\n".join(markdown(tables))
    print(report)
    if options.json:
        Path(options.json).write_text(json.dumps(as_json(tables), indent=1) + "\n", "utf-8")
    return 0 if tables else 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--captures", default="build/bench", help="where they are, or will be")
    parser.add_argument("--only", action="append", choices=RECORDINGS, help="this one (repeatable)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--slow", action="store_true", help="tshark on the large ones, too")
    parser.add_argument("--json", metavar="FILE", help="the figures for programs")
    return parser.parse_args()


def say(text: str) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{text:<78}", end=end, file=sys.stderr, flush=True)


def peers_of(name: str) -> Sequence[Peer]:
    return SMALL if name == "small" else PEERS


def found_or_recorded(folder: Path, name: str) -> Path | None:
    """The capture of this name; recorded now if it is not there and can be."""
    for suffix in ("pcap", "pcapng"):
        path = folder / f"{name}.{suffix}"
        if path.exists():
            return path
    if reason := cannot_record(name, folder):
        say(f"{name}: no {folder}/{name}.pcap, and it cannot be recorded: {reason}")
        return None
    say(f"{name}: recording real traffic (a minute)")
    return record(name, folder)


def markdown(tables: dict[str, list[Result]]) -> Iterator[str]:
    yield f"{platform.system()} {platform.release()}, {os.cpu_count()} processors, "
    yield f"Python {platform.python_version()}. Medians of whole processes, run in turn."
    for name, results in tables.items():
        base = next((one for one in results if one.runs and one.peer.name in BASES), None)
        yield ""
        yield f"## {name}"
        yield ""
        yield "| command | wall s | processor s | peak MB | wall, ratio | |"
        yield "|---|---:|---:|---:|---:|---|"
        for one in results:
            if not one.runs:
                yield f"| `{one.peer.name}` | | | | | {one.failed} |"
                continue
            ratio = f"{one.wall / base.wall:.2f}" if base else ""
            figures = f"{one.wall:.3f} | {one.processor:.3f} | {one.peak:.0f} | {ratio}"
            yield f"| `{one.peer.name}` | {figures} | {one.peer.does} |"


BASES = (COPY, SMALL[0].name)
"""What ratios are given to."""


def as_json(tables: dict[str, list[Result]]) -> dict[str, object]:
    return {
        "schema": "unstick.benchmark/1",
        "system": f"{platform.system()} {platform.release()}",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "captures": {
            name: [
                {
                    "command": one.peer.name,
                    "failed": one.failed,
                    "runs": [run._asdict() for run in one.runs],
                }
                for one in results
            ]
            for name, results in tables.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())

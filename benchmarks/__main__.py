"""One command: take or record the captures, run everybody in turn, print the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.peers import COPY, MIX, PEERS, SMALL, Peer
from benchmarks.record import NAMES, cannot_record, record
from benchmarks.timing import Result, alternated

LIMIT = 600.0
"""Seconds after which a command is given up."""


def main() -> int:
    options = arguments()
    folder = Path(options.captures)
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[Result]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.only or NAMES:
            capture = found_or_recorded(folder, name)
            if capture is None:
                continue
            peers = [one for one in peers_of(name) if options.slow or not one.slow]
            place = Path(scratch) / "out"
            place.mkdir(exist_ok=True)
            tables[capture.name] = alternated(
                peers, capture, place, options.rounds, LIMIT, lambda text: say(text)
            )
    print("\n".join(markdown(tables)), flush=True)
    figures = Path(options.json or folder / "figures.json")
    figures.write_text(json.dumps(as_json(tables), indent=1) + "\n", "utf-8")
    say(f"the same for programs: {figures}", last=True)
    return 0 if tables else 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--captures", default="build/bench", help="where they are, or will be")
    parser.add_argument("--only", action="append", choices=NAMES, help="this one (repeatable)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--slow", action="store_true", help="peers that take minutes, too, once")
    parser.add_argument(
        "--json", metavar="FILE", help="the figures for programs (default: figures.json there)"
    )
    return parser.parse_args()


def say(text: str, *, last: bool = False) -> None:
    end = "\r" if sys.stderr.isatty() and not last else "\n"
    print(f"{text:<78}" if end == "\r" else text, end=end, file=sys.stderr, flush=True)


def peers_of(name: str) -> Sequence[Peer]:
    return {"small": SMALL, "mix": MIX}.get(name, PEERS)


def found_or_recorded(folder: Path, name: str) -> Path | None:
    """The capture of this name; recorded now if it is not there and can be."""
    for suffix in ("pcap", "pcapng"):
        path = folder / f"{name}.{suffix}"
        if path.exists():
            return path
    if reason := cannot_record(name, folder):
        say(f"{name}: none in {folder}, and it cannot be recorded: {reason}", last=True)
        return None
    say(f"{name}: recording real traffic (a minute)")
    try:
        return record(name, folder)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or error
        say(f"{name}: could not be recorded: {said}", last=True)
        return None


def markdown(tables: dict[str, list[Result]]) -> Iterator[str]:
    yield f"{platform.system()} {platform.release()}, {os.cpu_count()} processors, "
    yield f"Python {platform.python_version()}. Medians of whole processes, run in turn."
    for name, results in tables.items():
        base = base_of(results)
        yield ""
        yield f"## {name}"
        yield ""
        to = f" to `{base.peer.name}`" if base else ""
        yield f"| command | wall s | ratio{to} | processor s | ratio | peak MB | |"
        yield "|---|---:|---:|---:|---:|---:|---|"
        for one in results:
            if not one.runs:
                yield f"| `{one.peer.name}` | | | | | | {one.failed} |"
                continue
            wall, processor = ratios(one, base)
            figures = f"{one.wall:.3f} | {wall} | {one.processor:.3f} | {processor}"
            yield f"| `{one.peer.name}` | {figures} | {one.peak:.0f} | {one.peer.does} |"


BASES = (SMALL[0].name, COPY, PEERS[0].name)
"""What ratios are given to: the first of these that was run. tcpdump does not read captures of
several kinds of interfaces."""


def base_of(results: Sequence[Result]) -> Result | None:
    ran = {one.peer.name: one for one in results if one.runs}
    return next((ran[name] for name in BASES if name in ran), None)


def ratios(one: Result, base: Result | None) -> tuple[str, str]:
    """Of wall and of processor time."""
    if base is None:
        return "", ""
    return f"{one.wall / base.wall:.2f}", f"{one.processor / base.processor:.2f}"


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
                    "wall_s": one.wall if one.runs else None,
                    "processor_s": one.processor if one.runs else None,
                    "peak_mb": one.peak if one.runs else None,
                    "runs": [run._asdict() for run in one.runs],
                }
                for one in results
            ]
            for name, results in tables.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())

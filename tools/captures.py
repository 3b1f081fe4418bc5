"""Makes the embedded captures anew and holds what explain says of them against the old: ``make
captures``.

The captures of ``unstick demo`` are made by the lab: two scenarios of their own, which are those of
the story with its very numbers, and small. Beside each stands what made it (``.json``). The new
ones go into a folder; ``--replace`` puts them in the place of the old. Needs root, as the lab does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from unstick.diagnose import explain, streams
from unstick.errors import UnstickError
from unstick.lab.folder import Record
from unstick.lab.packets import SERVER, parse
from unstick.lab.runner import Order, play
from unstick.lab.scenario import Scenario, part
from unstick.lab.scenarios import SCENARIOS
from unstick.lab.verdict import judge

DATA = Path(__file__).parent.parent / "src" / "unstick" / "data"
SEED = 2015
SNAPLEN = 128
ETHERNET_BYTES = 14
ENHANCED_PACKET = 6
MAGIC_MICROSECONDS = 0xA1B2C3D4

CLIENT = part("reads_then_aborts", read=160_000, ask_bytes=275)
"""The request of the post has 275 bytes, so that the FIN has number 276."""

LITTLE = {SERVER: {"net.ipv4.tcp_wmem": "4096 16384 327680"}}
"""The server's kernel takes little of the object: a small capture, and a writev that waits."""

LINE = part("rate", bytes_per_s=1_000_000, buffer_bytes=2_000_000)
"""Slow enough that something from before the FIN's acknowledgment is on its way for 150 ms."""


def small(name: str, watch_s: float) -> Scenario:
    """A scenario of the story with the post's numbers, 40 ms of round trip, few packets."""
    story = SCENARIOS[name]
    boxes = tuple(LINE if one.name == "rate" else one for one in story.boxes)
    return replace(
        story, client=CLIENT, sysctls=LITTLE, boxes=boxes, delay_s=0.020, watch_s=watch_s
    )


FIXTURES = {
    "story.server.pcap": small("office", 44.0),
    "story-vps.server.pcap": small("vps", 15.0),
}
"""Name of the file to what makes it; it is the capture of the server's host."""


class Facts(NamedTuple):
    """What must be the same of two captures of one story. Frames and times may differ."""

    findings: frozenset[tuple[str, str, str | None]]
    """Code, severity, and the code whose story it is part of."""
    resets: frozenset[tuple[str, int | None, int | None, str, str, str]]
    """Sender, number, offset, verdict, rule, what was observed."""
    states: tuple[str, str]


def facts_of(path: Path) -> Facts:
    diagnosis = explain([str(path)])
    findings = {(one.code, one.severity.name, one.explained_by) for one in diagnosis.findings}
    resets = {
        (one.sender, one.seq, one.offset, one.verdict, one.rule, one.observed)
        for one in diagnosis.resets
    }
    (row,) = streams([str(path)])
    return Facts(frozenset(findings), frozenset(resets), (row.client_state, row.server_state))


def differences(old: Facts, new: Facts) -> Iterator[str]:
    """A line each; nothing when they tell the same."""
    for what, before, after in zip(Facts._fields, old, new, strict=True):
        if before == after:
            continue
        if isinstance(before, frozenset) and isinstance(after, frozenset):
            yield from (f"{what}: no more {one}" for one in sorted(before - after, key=str))
            yield from (f"{what}: new {one}" for one in sorted(after - before, key=str))
        else:
            yield f"{what}: {before} became {after}"


def frames(path: Path) -> Iterator[tuple[int, bytes, int]]:
    """Time, kept bytes and length of each packet of a pcapng that the lab has written."""
    data, at = path.read_bytes(), 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == ENHANCED_PACKET:
            _, high, low, kept, length = struct.unpack_from("<IIIII", data, at + 8)
            yield (high << 32) | low, data[at + 28 : at + 28 + kept], length
        at += size


def trimmed(source: Path, target: Path) -> int:
    """The TCP of it as a pcap with a short snap length; how many packets."""
    count = 0
    with target.open("wb") as file:
        file.write(struct.pack("<IHHiIII", MAGIC_MICROSECONDS, 2, 4, 0, 0, SNAPLEN, 1))
        for time_ns, frame, length in frames(source):
            if not parse(frame[ETHERNET_BYTES:] + bytes(length - len(frame)), SERVER, 0.0).tcp:
                continue
            kept = frame[:SNAPLEN]
            head = (*divmod(time_ns // 1000, 1_000_000), len(kept), length)
            file.write(struct.pack("<IIII", *head) + kept)
            count += 1
    return count


def origin(record: Record, packets: int) -> dict[str, Any]:
    """What stands beside a capture."""
    return {
        "made_by": "make captures",
        "scenario": record.scenario.to_data(),
        "seed": record.facts["seed"],
        "when": record.facts["when"],
        "versions": record.facts["versions"],
        "sysctls": record.facts["sysctls"][SERVER],
        "snaplen": SNAPLEN,
        "packets": packets,
    }


def make(name: str, folder: Path) -> list[str]:
    """Makes one of them; what is wrong with it."""
    with tempfile.TemporaryDirectory(prefix="unstick-captures-") as passing:
        where = Path(passing)
        record = play(FIXTURES[name], Order(where, seed=SEED), lambda event: None)
        verdict = judge(record.scenario, record.paths(where), record.seen)
        packets = trimmed(where / "server.pcapng", folder / name)
    beside = (folder / name).with_suffix(".json")
    beside.write_text(json.dumps(origin(record, packets), indent=1) + "\n", "utf-8")
    wrong = [f"{one.says}; it is: {one.saw}" for one in verdict.checked if not one.holds]
    if (DATA / name).exists():
        wrong += differences(facts_of(DATA / name), facts_of(folder / name))
    return wrong


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="The embedded captures, made anew.")
    parser.add_argument("folder", type=Path, help="where they go")
    parser.add_argument("--replace", action="store_true", help="and into src/unstick/data")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    status = 0
    for name in FIXTURES:
        try:
            wrong = make(name, options.folder)
        except UnstickError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        print(f"{options.folder / name}: {'tells the same' if not wrong else 'DIFFERS'}")
        for line in wrong:
            print(f"  {line}")
        status = 1 if wrong else status
        if options.replace:
            for made in (options.folder / name, (options.folder / name).with_suffix(".json")):
                shutil.copyfile(made, DATA / made.name)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

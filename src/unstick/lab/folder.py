"""A run's folder: everything that was seen, readable on any machine, without root.

``run.json`` is what a replay reads; the rest is for people and other programs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from unstick.lab.errors import LabError
from unstick.lab.events import Event
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.lab.scenario import Scenario, from_data
from unstick.lab.truth import Seen

SCHEMA = "unstick.lab/1"
MAIN = "run.json"

README = """\
# {name}

{story}

Recorded by `{command}` on {system}, {when}, seed {seed}.

| file | what |
|---|---|
| server*.pcapng, client*.pcapng | the same minute seen from both ends, headers only |
| sockets.jsonl | the sockets of both hosts each second, as their kernels told |
| counters.json | the counters of both hosts before, after, and what moved |
| events.jsonl | what each party did |
| findings.json, findings-client.json | what `unstick explain` made of the captures |
| logs/ | the server's own |
| run.json | all of it together: scenario, settings, versions, truth |

    unstick lab replay {folder}
    unstick explain {folder}/server.pcapng
    unstick compare {folder}/client.pcapng {folder}/server.pcapng

## What was true

{truth}
"""


class Record(NamedTuple):
    """A run as it is kept."""

    scenario: Scenario
    facts: dict[str, Any]  # seed, versions, addresses, settings: whatever tells how it was made
    seen: Seen
    captures: dict[Side, list[str]]  # names of files, in order of time

    def paths(self, folder: Path) -> dict[Side, list[Path]]:
        return {side: [folder / one for one in names] for side, names in self.captures.items()}


def write(folder: Path, record: Record) -> None:
    """``run.json`` and the files that repeat parts of it."""
    seen = record.seen
    data = {
        "schema": SCHEMA,
        "scenario": record.scenario.to_data(),
        **record.facts,
        "captures": record.captures,
        "ended_s": seen.ended_s,
        "final": {side: list(seen.final[side]) for side in (CLIENT, SERVER)},
        "moved": {side: dict(seen.moved[side]) for side in (CLIENT, SERVER)},
        "events": [one.to_data() for one in seen.events],
    }
    write_json(folder / MAIN, data)
    write_lines(folder / "events.jsonl", (one.to_data() for one in seen.events))


def read(folder: Path) -> Record:
    """Raises LabError for what is no folder of a run."""
    try:
        data = json.loads((folder / MAIN).read_text("utf-8"))
        if data["schema"] != SCHEMA:
            raise LabError(f"{folder}: written by another version ({data['schema']})")
        seen = Seen(
            data.pop("final"),
            data.pop("moved"),
            [Event(**one) for one in data.pop("events")],
            data.pop("ended_s"),
        )
        return Record(from_data(data.pop("scenario")), data, seen, data.pop("captures"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"{folder}: no folder of a run", "unstick lab run SCENARIO --keep DIR makes one"
        ) from error


def write_readme(folder: Path, record: Record, truths: Iterable[str]) -> None:
    scenario, facts = record.scenario, record.facts
    text = README.format(
        name=scenario.name,
        story=scenario.story,
        command=f"unstick lab run {scenario.name}",
        system=facts["versions"]["kernel"],
        when=facts["when"],
        seed=facts["seed"],
        folder=folder.name,
        truth="\n".join(f"- {one}" for one in truths),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def names_of(side: Side, count: int) -> Sequence[str]:
    """``server.pcapng``, or ``server-1.pcapng`` and so on for a rotation."""
    if count == 1:
        return [f"{side}.pcapng"]
    return [f"{side}-{number}.pcapng" for number in range(1, count + 1)]

"""A folder of scripts against a profile: how many ran, passed and failed, and why not the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from unstick.errors import UsageError
from unstick.lab.conformance.judging import Disagreement, NotRunError, run
from unstick.lab.conformance.script import UnreadableError, read
from unstick.lab.conformance.systems import system
from unstick.report.look import Look
from unstick.tcp import profiles

SCHEMA = "unstick.conformance/1"
SUFFIX = ".pkt"
SHOWN = 20
"""Failures that the text tells one by one; JSON has all."""


class Failure(NamedTuple):
    """``path`` is below the folder."""

    path: str
    at: Disagreement


class Tally(NamedTuple):
    """``not_run``: reason to the scripts it holds for. ``judged``: segments that were agreed on."""

    folder: str
    profile: str
    passed: tuple[str, ...]
    failed: tuple[Failure, ...]
    not_run: dict[str, list[str]]
    judged: int

    @property
    def scripts(self) -> int:
        return len(self.passed) + len(self.failed) + sum(map(len, self.not_run.values()))


def run_folder(folder: Path, profile: str) -> Tally:
    """Every script in and below the folder. Raises UsageError where there is none, ProfileError
    for an unknown profile."""
    profiles.profile(profile)
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder", "a folder of packetdrill scripts (*.pkt)")
    paths = sorted(folder.rglob(f"*{SUFFIX}"))
    if not paths:
        raise UsageError(f"{folder}: no packetdrill script (*{SUFFIX}) is in there")
    passed: list[str] = []
    failed: list[Failure] = []
    not_run: dict[str, list[str]] = {}
    judged = 0
    for path in paths:
        name = os.fspath(path.relative_to(folder))
        try:
            text = path.read_text("utf-8", errors="replace")
            outcome = run(read(text, system(profile).defines), profile)
        except (UnreadableError, NotRunError) as why:
            not_run.setdefault(why.reason, []).append(name)
            continue
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from error
        judged += outcome.judged
        if outcome.disagreement is None:
            passed.append(name)
        else:
            failed.append(Failure(name, outcome.disagreement))
    return Tally(os.fspath(folder), profile, tuple(passed), tuple(failed), not_run, judged)


def to_data(tally: Tally) -> dict[str, Any]:
    """For JSON."""
    return {
        "schema": SCHEMA,
        "folder": tally.folder,
        "profile": tally.profile,
        "scripts": tally.scripts,
        "passed": len(tally.passed),
        "segments_agreed": tally.judged,
        "failed": [
            {
                "path": one.path,
                "line": one.at.line,
                "segment": one.at.segment,
                "state": one.at.state,
                "rule": one.at.verdict.rule_name,
                "cite": one.at.verdict.cite,
                "model": one.at.model,
                "script": one.at.script,
            }
            for one in tally.failed
        ],
        "not_run": [
            {"reason": reason, "count": len(paths), "paths": paths}
            for reason, paths in by_count(tally)
        ],
    }


def by_count(tally: Tally) -> list[tuple[str, list[str]]]:
    return sorted(tally.not_run.items(), key=lambda item: (-len(item[1]), item[0]))


def text(tally: Tally, look: Look) -> Iterator[str]:
    """The report."""
    not_run = sum(map(len, tally.not_run.values()))
    yield from look.wrap(f"{tally.scripts:,} scripts in {tally.folder}, held against")
    yield look.paint(f"{tally.profile}: {profiles.profile(tally.profile).title}", "bold")
    yield ""
    yield f"  {len(tally.passed):6,}  passed; {tally.judged:,} segments judged as the scripts say"
    yield f"  {len(tally.failed):6,}  failed"
    yield f"  {not_run:6,}  not run"
    if tally.not_run:
        yield ""
        yield look.paint("Not run, because", "bold")
        for reason, paths in by_count(tally):
            lines = look.wrap(reason, " " * 10)
            yield f"  {len(paths):6,}  {lines[0].strip()}"
            yield from lines[1:]
    yield from failures(tally, look)


def failures(tally: Tally, look: Look) -> Iterator[str]:
    """One a rule and state, with how many more there are."""
    groups: dict[tuple[str, ...], list[Failure]] = {}
    for one in tally.failed:
        key = (one.at.verdict.rule_name, one.at.state, one.at.model)
        groups.setdefault(key, []).append(one)
    if groups:
        yield ""
        yield look.paint("Failed", "bold")
    for found in list(groups.values())[:SHOWN]:
        at = found[0].at
        yield from look.wrap(f"{found[0].path}:{at.line}", "  ")
        yield from look.wrap(f"{at.segment}  in {at.state}", "    ")
        model = f"the model: {at.model} [{at.verdict.rule_name}; {at.verdict.cite}]"
        yield from look.wrap(model, "    ", "      ")
        yield from look.wrap(f"the script: {at.script}", "    ", "      ")
        if len(found) > 1:
            yield f"    and {len(found) - 1} more like it"
    if len(groups) > SHOWN:
        yield f"  {len(groups) - SHOWN} more kinds: --format json"

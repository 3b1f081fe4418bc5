"""Real captures for the truth tests: where they are, and what unstick concludes of one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.tcp.segments import CAPTURES
from unstick.checks.base import Finding
from unstick.diagnose import explain
from unstick.diagnosis import Diagnosis

needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="the recorded captures are not beside this checkout"
)


@cache
def concluded(name: str, profile: str | None = None) -> Diagnosis:
    """What ``explain`` says of one capture, by its path under the folder of captures."""
    return explain([str(CAPTURES / name)], profile=profile)


def finding(name: str, code: str, stream: int | None) -> Finding:
    """The one finding of that code. Fails with what there is if it is not the only one."""
    found = concluded(name).findings
    matching = [one for one in found if one.code == code and one.stream == stream]
    assert len(matching) == 1, [(one.code, one.stream, one.headline) for one in found]
    return matching[0]


def frames(one: Finding) -> set[int]:
    """Every frame its evidence names."""
    return {frame for evidence in one.evidence for frame in evidence.frames}


def value(one: Finding, key: str) -> object:
    """The value of that name, from whatever evidence holds it."""
    values = {name: known for evidence in one.evidence for name, known in evidence.values.items()}
    return values[key]


def said(one: Finding) -> str:
    """All its sentences."""
    return " | ".join([one.headline, *(evidence.says for evidence in one.evidence)])


def files(folder: str) -> list[str]:
    """Captures in a folder, by their path under the folder of captures; none if it is absent."""
    found = sorted((CAPTURES / folder).glob("*")) if CAPTURES.is_dir() else []
    return [path.relative_to(CAPTURES).as_posix() for path in found if is_capture(path)]


def is_capture(path: Path) -> bool:
    return path.suffix not in {".jsonl", ".md", ".tsv"}

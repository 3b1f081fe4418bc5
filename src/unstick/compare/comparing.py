"""The one entrance: reads both captures, decides what they are to each other, and says it.

Two captures that share connections are two vantage points; others are two paths.
"""

from __future__ import annotations

from dataclasses import dataclass

from unstick.analysis import walk
from unstick.compare import headlines
from unstick.compare.closings import MOST_CONNECTIONS, Refusal, contrast, endings
from unstick.compare.model import NOT_COMPARABLE, TWO_PATHS, TWO_POINTS, Comparison, Paths
from unstick.compare.pairing import Matched, pair
from unstick.compare.points import compare_points
from unstick.compare.recording import MOST_SEGMENTS, Progress, Recording, record
from unstick.errors import UsageError
from unstick.tcp import profiles


def compare(
    path_a: str,
    path_b: str,
    profile: str | None = None,
    on_progress: Progress | None = None,
    *,
    most_segments: int = MOST_SEGMENTS,
) -> Comparison:
    """Compares two captures. Raises CaptureError if one cannot be read, ProfileError for an unknown
    profile. Both are read once or twice, so standard input is not possible."""
    if "-" in (path_a, path_b):
        raise UsageError("compare reads its captures twice: standard input cannot be one", "")
    name = profiles.profile(profile or profiles.DEFAULT).name
    a = record("A", path_a, most=most_segments, on_progress=on_progress)
    b = record("B", path_b, most=most_segments, on_progress=on_progress)
    found = pair(a, b)
    if found:
        a, b, found = _whole(_Files(path_a, path_b, most_segments, on_progress), a, b, found)
        return _points(a, b, found, name)
    return _paths(_Files(path_a, path_b, most_segments, on_progress), a, b, name)


@dataclass(frozen=True, slots=True)
class _Files:
    a: str
    b: str
    most: int
    on_progress: Progress | None


def _whole(
    files: _Files, a: Recording, b: Recording, found: list[Matched]
) -> tuple[Recording, Recording, list[Matched]]:
    """If there were too many segments to keep them all, read again and keep those of the shared
    connections only."""
    if a.dropped:
        only = {one.a.slot for one in found}
        a = record("A", files.a, only=only, most=files.most, on_progress=files.on_progress)
    if b.dropped:
        only = {one.b.slot for one in found}
        b = record("B", files.b, only=only, most=files.most, on_progress=files.on_progress)
    return a, b, pair(a, b)


def _points(a: Recording, b: Recording, found: list[Matched], profile: str) -> Comparison:
    pairs, clocks = compare_points(a, b, found)
    return Comparison(
        kind=TWO_POINTS,
        profile=profile,
        a=a.summary,
        b=b.summary,
        headlines=headlines.of_points(pairs),
        differs=any(one.troubled for one in pairs),
        pairs=pairs,
        only_a=len(a.connections) - len(pairs),
        only_b=len(b.connections) - len(pairs),
        clocks=clocks,
        paths=None,
        because=None,
        limits=tuple(_cut(one) for one in (a, b) if one.dropped),
    )


def _cut(one: Recording) -> str:
    return (
        f"{one.dropped:,} segments of {one.name} were beyond the limit and not compared: "
        "cut the captures down to the connections in question"
    )


def _paths(files: _Files, a: Recording, b: Recording, profile: str) -> Comparison:
    closings = [
        endings(name, walk([path], profile=profile, on_progress=files.on_progress))
        for name, path in (("A", files.a), ("B", files.b))
    ]
    result: Paths | Refusal
    if closings[0] is None or closings[1] is None:
        result = Refusal((f"more than {MOST_CONNECTIONS:,} connections in one capture",))
    else:
        result = contrast(closings[0], closings[1])
    paths = result if isinstance(result, Paths) else None
    because = None
    if isinstance(result, Refusal):
        because = "no connection is in both captures, and " + "; ".join(result.sentences)
    return Comparison(
        kind=NOT_COMPARABLE if paths is None else TWO_PATHS,
        profile=profile,
        a=a.summary,
        b=b.summary,
        headlines=headlines.of_paths(paths),
        differs=paths is not None and paths.difference is not None,
        pairs=(),
        only_a=len(a.connections),
        only_b=len(b.connections),
        clocks=None,
        paths=paths,
        because=because,
        limits=(),
    )

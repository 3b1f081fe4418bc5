"""Captures walked to their end: every packet read, numbered and put through the model.

Draws no conclusion (``diagnose``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unstick import engine as engines
from unstick.errors import CaptureError
from unstick.flows import Streams
from unstick.tcp import profiles
from unstick.tcp.columns import M_FRAMES_BEFORE
from unstick.tcp.reading import Reader
from unstick.tcp.walker import Walker
from unstick.wire.capture import CaptureReader, open_captures
from unstick.wire.kernels import load_kernels
from unstick.wire.rotation import Rotation

Progress = Callable[[int, int | None, int], None]
"""Called now and then with bytes read, bytes in all (None: not known), packets."""


@dataclass(slots=True)
class Analysis:
    """A capture walked to its end, before anyone has drawn a conclusion."""

    captures: list[CaptureReader]
    streams: Streams
    walker: Walker
    engine: engines.Engine
    profile: str
    frames_before: list[int] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    """Slots whose addresses and ports a new connection took over."""

    @property
    def end_ns(self) -> int:
        ends = [one.last_time_ns for one in self.captures if one.last_time_ns is not None]
        return max(ends, default=0)

    def reader(self) -> Reader:
        return Reader(
            self.walker,
            self.streams,
            0,
            self.end_ns,
            self.profile,
            self.rotation.frame_type(),
            self.streams.successors(self.replaced),
        )

    @property
    def rotation(self) -> Rotation:
        return Rotation(tuple(one.path for one in self.captures), tuple(self.frames_before))


def walk(
    paths: Sequence[str],
    *,
    profile: str | None = None,
    on_progress: Progress | None = None,
    engine: engines.Engine | None = None,
) -> Analysis:
    """Read every packet of these captures (one rotation, in time order) through the model.

    Raises CaptureError if a file cannot be read at all, ProfileError for an unknown profile.
    """
    name = profile or profiles.DEFAULT
    numbers = profiles.profile(name).numbers
    engine = engine or engines.load()
    streams = Streams(salt=_salt(), kernels=engine["flows.kernels"])
    walker = Walker(
        profiles.law(name).actions,
        paws=numbers.paws is not False,
        signatures=numbers.signatures is not False,
        kernels=engine["tcp.kernels"],
    )
    analysis = Analysis([], streams, walker, engine, name)
    packets = 0
    kernels = load_kernels(engine.modules.__getitem__)
    for capture in open_captures(paths, engine=kernels):
        analysis.captures.append(capture)
        analysis.frames_before.append(packets)
        walker.meta[M_FRAMES_BEFORE] = packets
        for batch in capture.batches():
            analysis.replaced.extend(streams.assign(batch.segments, 0, batch.count))
            walker.feed(batch.segments, batch.count, len(streams))
            if on_progress is not None:
                on_progress(capture.bytes_read, capture.size, packets + capture.packets)
        _refuse_undecoded(capture)
        packets += capture.packets
    return analysis


def _refuse_undecoded(capture: CaptureReader) -> None:
    """A file of nothing but unknown link types was not looked at: to call it healthy would be
    wrong."""
    unknown = [one for one in capture.anomalies if one.kind == "link-not-decoded"]
    if unknown and sum(one.count for one in unknown) == capture.packets:
        raise CaptureError(
            capture.path,
            f"holds nothing but {unknown[0].detail}",
            "capture on an Ethernet, cooked (any) or raw IP interface",
        )


def _salt() -> int:
    """Where streams stand in the index changes with each run, so that no capture can be made to
    collide in it. No result depends on it."""
    return int.from_bytes(os.urandom(4), "big") >> 1

"""What the reader tests share: captures on disk or in memory, read with either engine."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from unstick import engine
from unstick.wire.anomalies import Anomaly
from unstick.wire.capture import CaptureReader, open_captures
from unstick.wire.columns import HASHED, SEGMENT_WIDTH, WHOLE, segment_rows
from unstick.wire.kernels import WireKernels, load_kernels, source_kernels

CAPTURES = Path(__file__).parents[2].parent / "shared" / "captures"
"""Captures that others made; absent in a user's checkout."""

ABSENT = "the folder ../shared/captures is not here"

Row = dict[str, int | None]


@dataclass(frozen=True)
class Read:
    """A capture read to its end. ``numbers`` are the rows as they stand in the table."""

    reader: CaptureReader
    numbers: list[tuple[int, ...]]
    rows: list[Row]

    @property
    def kinds(self) -> dict[str, int]:
        return {anomaly.kind: anomaly.count for anomaly in self.anomalies}

    @property
    def anomalies(self) -> list[Anomaly]:
        return self.reader.anomalies


@cache
def compiled() -> WireKernels:
    """The kernels of this installation: compiled where a compiler was."""
    return load_kernels(engine.load().modules.__getitem__)


@cache
def plain() -> WireKernels:
    """The kernels of the plain engine."""
    return load_kernels(engine.load_plain().modules.__getitem__)


@cache
def sources() -> WireKernels:
    """The hot files uncompiled, without what makes the plain engine faster."""
    return source_kernels(engine.load_plain().modules.__getitem__)


def drain(reader: CaptureReader) -> Read:
    """Read to the end."""
    numbers: list[tuple[int, ...]] = []
    rows: list[Row] = []
    for batch in reader.batches():
        rows += segment_rows(batch.segments, batch.count)
        for base in range(0, batch.count * SEGMENT_WIDTH, SEGMENT_WIDTH):
            numbers.append(tuple(batch.segments[base : base + SEGMENT_WIDTH]))
    return Read(reader, numbers, rows)


def read(path: Path | str, kernels: WireKernels | None = None, *, hashed: bool = True) -> Read:
    """One file."""
    [reader] = open_captures(
        [str(path)], engine=kernels or compiled(), detail=HASHED if hashed else WHOLE
    )
    return drain(reader)


def read_bytes(data: bytes, kernels: WireKernels | None = None, chunk: int | None = None) -> Read:
    """A capture in memory, given as standard input; ``chunk`` bytes at a time, as a pipe does."""
    stdin = io.BytesIO(data) if chunk is None else Pipe(data, chunk)
    [reader] = open_captures(["-"], engine=kernels or compiled(), detail=HASHED, stdin=stdin)
    return drain(reader)


class Pipe(io.BytesIO):
    """Gives at most ``chunk`` bytes at once."""

    def __init__(self, data: bytes, chunk: int) -> None:
        super().__init__(data)
        self.chunk = chunk

    def readinto(self, view: object) -> int:
        window = memoryview(view)[: self.chunk]  # type: ignore[arg-type]
        return super().readinto(window)

    def read(self, size: int | None = -1) -> bytes:
        limit = self.chunk if size is None or size < 0 else min(size, self.chunk)
        return super().read(limit)


def captures(*folders: str) -> list[Path]:
    """Capture files below ../shared/captures, in order; empty if it is not here."""
    files = (file for folder in folders for file in sorted((CAPTURES / folder).rglob("*")))
    return [file for file in files if file.is_file() and file.suffix not in (".jsonl", ".tsv")]

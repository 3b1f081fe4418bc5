"""Stream numbers are Wireshark's on every recorded capture at hand."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows.packets import TSHARK, tshark_streams
from tests.house import REPOSITORY
from unstick.errors import CaptureError
from unstick.flows import Streams
from unstick.wire import columns as c
from unstick.wire.capture import open_captures

CAPTURES = REPOSITORY.parent / "shared" / "captures"
FOLDERS = (
    "lab",
    "public/controls",
    "public/fixtures",
    "public/formats",
    "public/malformed",
    "public/traps",
)
NOT_CAPTURES = frozenset({".md", ".jsonl", ".tsv", ".txt"})

NOT_IN_WIRESHARK = c.NOTICE_CUT_HEADER | c.NOTICE_FRAGMENT
"""Segments that unstick tells of where they stand, and Wireshark not at all (the header is cut) or
at the frame that completes them (fragments)."""


def captures() -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in sorted((CAPTURES / folder).glob("*"))
        if path.suffix not in NOT_CAPTURES
    ]


def our_streams(path: Path) -> dict[int, list[int]]:
    """Frame number to stream numbers, as ``tshark_streams`` gives them."""
    (reader,) = open_captures([str(path)])
    streams = Streams()
    found: dict[int, list[int]] = {}
    for batch in reader.batches():
        streams.assign(batch.segments, 0, batch.count)
        for base in range(0, batch.count * c.SEGMENT_WIDTH, c.SEGMENT_WIDTH):
            if (batch.segments[base + c.NOTICES] & NOT_IN_WIRESHARK) == 0:
                number = streams.number(batch.segments[base + c.SLOT])
                found.setdefault(batch.segments[base + c.FRAME], []).append(number)
    return found


def complaints(path: Path) -> list[str]:
    """The frames of a capture that have another stream number than in Wireshark. In damaged
    files, only frames that both can read are compared."""
    try:
        ours = our_streams(path)
    except CaptureError:
        return []  # refused by name: the readers' tests hold which captures those are
    theirs = tshark_streams(path)
    frames = ours.keys() | theirs.keys()
    if path.parent.name == "malformed":
        frames = ours.keys() & theirs.keys()
    return [
        f"{path.name} frame {frame}: {ours.get(frame)}, Wireshark {theirs.get(frame)}"
        for frame in sorted(frames)
        if ours.get(frame) != theirs.get(frame)
    ]


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
@pytest.mark.skipif(not CAPTURES.exists(), reason="the folder of recorded captures is not here")
def test_every_frame_has_the_stream_number_of_wireshark() -> None:
    paths = captures()
    assert len(paths) > 100
    # tshark takes half a second to start: one for each processor at a time.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [line for lines in pool.map(complaints, paths) for line in lines]
    assert not wrong, "\n" + "\n".join(wrong[:40])

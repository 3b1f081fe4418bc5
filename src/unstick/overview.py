"""What a capture shows as a whole, read from the walk's counters. Concludes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unstick.diagnosis import AnomalyCount, CaptureSummary
from unstick.tcp import columns as c
from unstick.tcp.captured import CaptureFacts
from unstick.wire.columns import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.analysis import Analysis
    from unstick.wire.capture import CaptureReader

ONE_WAY_NAMED = 5
"""Streams that are named; the rest is a count."""


def capture_facts(
    analysis: Analysis, connections: int, one_way: Sequence[int], two_way: int
) -> CaptureFacts:
    """The facts of these captures. ``one_way`` are the streams that are half captured."""
    meta = analysis.walker.meta
    shown = analysis.rotation.frame_type()

    def frame(column: int) -> int | None:
        return None if meta[column] == NONE else shown(meta[column])

    return CaptureFacts(
        capture=0,
        path=analysis.captures[0].path if analysis.captures else "",
        packets=sum(capture.packets for capture in analysis.captures),
        tcp_segments=meta[c.M_SEGMENTS],
        connections=connections,
        copies=meta[c.M_COPIES],
        copy_frame=frame(c.M_COPY_FRAME),
        clock_back=meta[c.M_CLOCK_BACK],
        clock_back_frame=frame(c.M_CLOCK_BACK_FRAME),
        clock_back_ns=meta[c.M_CLOCK_BACK_NS],
        clock_jump_frame=frame(c.M_CLOCK_JUMP_FRAME),
        clock_jump_ns=meta[c.M_CLOCK_JUMP_NS],
        unseen_acks=meta[c.M_UNSEEN_ACKS],
        unseen_frame=frame(c.M_UNSEEN_FRAME),
        one_way=len(one_way),
        one_way_streams=tuple(one_way[:ONE_WAY_NAMED]),
        two_way=two_way,
        anomalies=_anomalies(analysis, shown),
    )


def _anomalies(
    analysis: Analysis, shown: Callable[[int], int]
) -> dict[str, tuple[int, int | None, str]]:
    """Counts of every file added up; the first frame and sentence of the first file that has it."""
    found: dict[str, tuple[int, int | None, str]] = {}
    for capture, before in zip(analysis.captures, analysis.frames_before, strict=True):
        for one in capture.anomalies:
            if one.kind in found:
                count, first, detail = found[one.kind]
                found[one.kind] = (count + one.count, first, detail)
                continue
            first = None if one.first_frame is None else shown(before + one.first_frame)
            found[one.kind] = (one.count, first, one.detail)
    return found


def summary_of(capture: CaptureReader) -> CaptureSummary:
    """One file as it was read."""
    return CaptureSummary(
        path=capture.path,
        format=capture.format,
        compression=capture.compression,
        packets=capture.packets,
        tcp_segments=capture.tcp_segments,
        bytes=capture.bytes,
        first_ns=capture.first_time_ns,
        last_ns=capture.last_time_ns,
        link_types=tuple(capture.link_types),
        anomalies=tuple(
            AnomalyCount(one.kind, one.count, one.first_frame, one.detail)
            for one in capture.anomalies
        ),
    )

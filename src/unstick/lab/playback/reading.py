"""A connection of a capture, twice: its segments to play, and what the model makes of it.

And the mirror: the capture of a play, written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unstick.analysis import walk
from unstick.checks.words import plural
from unstick.lab import captures
from unstick.lab.errors import LabError
from unstick.lab.hosts import INTERFACE
from unstick.lab.playback.peer import Frame
from unstick.tcp.observed import Connection
from unstick.tcp.resets import with_verdicts
from unstick.tracing import MOST_PACKETS, read_trace
from unstick.version import VERSION
from unstick.wire.notation import TracePacket


def segments(path: str, stream: int) -> tuple[TracePacket, ...]:
    """Raises UsageError, CaptureError, and LabError for what is too long."""
    trace, cut = read_trace(path, stream)
    if cut:
        raise LabError(f"it has more than {MOST_PACKETS:,} segments: that is not played")
    return trace.packets


def connection_of(path: str, stream: int, profile: str) -> Connection:
    """With its resets judged by the rules of ``profile``. Raises LabError."""
    analysis = walk([path], profile=profile)
    for slot in analysis.slots():
        if analysis.streams.number(slot) == stream:
            found = with_verdicts(analysis.reader().connection(slot))
            if found.copies:
                raise LabError(
                    f"{plural(found.copies, 'packet')} of it captured twice: that is not played",
                    "capture on one interface, or remove copies with editcap -d",
                )
            return found
    raise LabError(f"stream {stream} was over so long ago that it was forgotten")


def write(path: Path, frames: Sequence[Frame], says: str, system: str) -> None:
    """The play as a capture file: every frame of its cable."""
    head = captures.section_block([says], system, f"unstick {VERSION} lab from")
    with path.open("wb") as file:
        file.write(head + captures.interface_block(INTERFACE))
        for one in frames:
            file.write(
                captures.packet_block(one.time_ns, one.data[: captures.SNAPLEN], len(one.data))
            )

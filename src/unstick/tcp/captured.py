"""One capture as a whole, for the checks that say what it cannot tell. Values only."""

from __future__ import annotations

from collections.abc import Mapping

from unstick.named import NOTHING, NamedTuple
from unstick.wire.columns import NANOSECONDS

JUMP_NS = 30 * 24 * 3600 * NANOSECONDS
"""A month without one TCP packet in a capture of TCP is not a quiet night."""


class CaptureFacts(NamedTuple):
    """The captures of one call, read as one.

    ``copies`` are packets captured twice or more. ``clock_back`` counts TCP packets with a time
    before that of the packet before them, of their interface; ``clock_back_frame`` is the one that
    went back farthest, by ``clock_back_ns``. ``clock_jump_ns`` is the longest step forward, before
    ``clock_jump_frame``. ``unseen_acks`` count ACKs of what a captured side must have sent but the
    capture does not have. ``one_way`` counts connections of which one side was never captured
    although it must have spoken; ``one_way_streams`` are the first of them. ``anomalies`` maps a
    kind to its count, first frame and sentence. None means that there is none.
    """

    capture: int
    path: str
    packets: int
    tcp_segments: int
    connections: int
    copies: int
    copy_frame: int | None
    clock_back: int
    clock_back_frame: int | None
    clock_back_ns: int
    clock_jump_frame: int | None
    clock_jump_ns: int
    unseen_acks: int
    unseen_frame: int | None
    one_way: int
    one_way_streams: tuple[int, ...]
    two_way: int
    anomalies: Mapping[str, tuple[int, int | None, str]] = NOTHING

    @property
    def ordinary(self) -> bool:
        """Nothing here is odd: no check of captures has anything to say."""
        jump = self.clock_jump_ns >= JUMP_NS
        counted = self.copies or self.clock_back or self.unseen_acks or self.one_way
        return not (jump or counted or self.anomalies)

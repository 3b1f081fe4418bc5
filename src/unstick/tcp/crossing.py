"""How long two packets may have passed each other unseen: what the capture point cannot order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.tcp.observed import Connection
    from unstick.tcp.vocabulary import Side

HOST_NS = 20_000_000
"""Between the capture point in a host and its TCP lie queues and other processes: on a busy one
packets of a dead connection still leave several milliseconds after the reset was captured."""


def crossing_ns(connection: Connection, side: Side) -> int:
    """How long after a segment to ``side`` packets of that side may still be older than it: the
    round trip from the capture point, half as much again, and what a busy host takes. Far from
    that side the longest round trip counts: packets queue, and what queues is older still."""
    near = connection.captured_near(side)
    peer = connection.side(side.other)
    distance = peer.round_trip_ns if near else peer.round_trip_most_ns
    return HOST_NS + ((3 * (distance or 0)) // 2)

"""4-tuples to streams: which connection a segment belongs to, and which side sent it.

Numbers streams as Wireshark does. No timers, no TCP law: a stream is not a connection's state.
"""

from __future__ import annotations

from unstick.flows.streams import Endpoints, Streams

__all__ = ["Endpoints", "Streams"]

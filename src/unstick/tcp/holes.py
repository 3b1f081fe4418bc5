"""What lies beyond a hole in what was received, and when it is filled (RFC 9293 3.10.7.4, eighth).

For endpoints that are followed one by one; the walk keeps its holes in columns (``receiver``).
"""

from __future__ import annotations

from collections.abc import Iterable

from unstick.tcp.classify import seq_delta

Range = tuple[int, int]
"""Sequence numbers, the second is the first behind it."""


def joined(rcv_nxt: int, held: Iterable[Range]) -> tuple[int, tuple[Range, ...]]:
    """RCV.NXT gone over all that is held without a hole before it, and what is still beyond one."""
    left = tuple(held)
    moved = True
    while moved:
        moved = False
        for start, after in left:
            if seq_delta(start, rcv_nxt) <= 0 < seq_delta(after, rcv_nxt):
                rcv_nxt, moved = after, True
    return rcv_nxt, tuple(one for one in left if seq_delta(one[1], rcv_nxt) > 0)

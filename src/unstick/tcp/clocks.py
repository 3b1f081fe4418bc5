"""The clock of the file: the largest steps back and forward, and seams, where captures of different
times were joined.

Hot file: ordinary Python on flat tables, compiled from the types in ``clocks.pxd``.

1. A capture of several interfaces has the packets of each in runs, some of which are older than
   those of another above them: a clock went back if an interface did.
2. A second back is a seam, whichever interface it is on: files that are joined have their own.
3. ``s`` segments, ``m`` counters and limits.
"""

from __future__ import annotations

from unstick.tcp.columns import (
    CLOCKS_MOST,
    M_CLOCK_BACK,
    M_CLOCK_BACK_FRAME,
    M_CLOCK_BACK_NS,
    M_CLOCK_JUMP_FRAME,
    M_CLOCK_JUMP_NS,
    M_LAST_INTERFACE,
    M_LAST_NS,
    M_SEAMS,
    META_CLOCKS,
    META_SEAMS,
    SEAM_BACK_NS,
    SEAM_FORWARD_NS,
    SEAMS_MOST,
)
from unstick.wire.columns import FRAME, INTERFACE, NONE, TIME_NS


def watch_clocks(s: memoryview, m: memoryview, base: int) -> None:
    """A TCP packet that is not a little later than the one above it, or of another interface."""
    now = s[base + TIME_NS]
    back = _back_of(m, s[base + INTERFACE], now)
    if m[M_LAST_NS] != NONE:
        gap = now - m[M_LAST_NS]
        if gap < -SEAM_BACK_NS or gap > SEAM_FORWARD_NS:
            if m[M_SEAMS] < SEAMS_MOST:
                m[META_SEAMS + m[M_SEAMS]] = m[M_LAST_NS]
            m[M_SEAMS] += 1
            if -gap > back:
                back = -gap
        if gap > m[M_CLOCK_JUMP_NS]:
            m[M_CLOCK_JUMP_NS] = gap
            m[M_CLOCK_JUMP_FRAME] = s[base + FRAME]
    if back > 0:
        m[M_CLOCK_BACK] += 1
        if back > m[M_CLOCK_BACK_NS]:
            m[M_CLOCK_BACK_NS] = back
            m[M_CLOCK_BACK_FRAME] = s[base + FRAME]
    m[M_LAST_NS] = now


def _back_of(m: memoryview, interface: int, now: int) -> int:
    """How far this is before the last packet of the interface; it is the last interface then."""
    last = m[M_LAST_INTERFACE]
    if interface == last:
        return m[M_LAST_NS] - now
    if 0 <= last < CLOCKS_MOST:
        m[META_CLOCKS + last] = m[M_LAST_NS]
    m[M_LAST_INTERFACE] = interface
    if interface < CLOCKS_MOST and m[META_CLOCKS + interface] != NONE:
        return m[META_CLOCKS + interface] - now
    return 0

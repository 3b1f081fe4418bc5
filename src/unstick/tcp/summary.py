"""Rows of ``streams`` in numbers, copied out of the tables for many connections at once.

Hot file: ordinary Python on flat tables, compiled from the types in ``summary.pxd``. What it
writes is a copy: the rows may be read after their connections were forgotten.
"""

from __future__ import annotations

from unstick.flows.columns import (
    CLIENT,
    HIGH_ADDRESS_HIGH,
    HIGH_ADDRESS_LOW,
    LOW_ADDRESS_HIGH,
    LOW_ADDRESS_LOW,
    NUMBER,
    PORTS,
    STREAM_WIDTH,
)
from unstick.flows.row_columns import (
    R_CLIENT_BYTES,
    R_CLIENT_HIGH,
    R_CLIENT_LOW,
    R_CLIENT_PACKETS,
    R_CLIENT_PORT,
    R_CLIENT_RESETS,
    R_CLIENT_RETRANSMITTED,
    R_CLIENT_STATE,
    R_CLIENT_ZERO_WINDOWS,
    R_COMPLETE,
    R_DURATION_NS,
    R_FIRST_FRAME,
    R_FIRST_NS,
    R_LAST_FRAME,
    R_NUMBER,
    R_SERVER_HIGH,
    R_SERVER_LOW,
    R_SERVER_PORT,
    R_VERSION,
    ROW_WIDTH,
)
from unstick.tcp.columns import (
    C_FIRST_FRAME,
    C_FIRST_NS,
    C_LAST_FRAME,
    C_LAST_NS,
    S_BYTES,
    S_FIN_FRAME,
    S_PACKETS,
    S_RESETS,
    S_RETRANSMITTED,
    S_STATE,
    S_SYN_FRAME,
    S_ZERO_WINDOWS,
    SIDE_WIDTH,
    SIDES,
)
from unstick.tcp.places import GROUP, NOWHERE, P_PLACE, PLACE_WIDTH, SHELVED, UNIT_WORDS
from unstick.tcp.seats import peek
from unstick.tcp.words import prefetch
from unstick.wire.columns import COMPILED, NONE

RESTED_AHEAD = 8
"""So many connections ahead what one needs is asked for: it comes from far."""

USUAL_UNITS = 10
"""Units of most blocks."""

OF_A_SIDE = (
    *(S_PACKETS, S_BYTES, S_RETRANSMITTED, S_ZERO_WINDOWS, S_RESETS, S_STATE),
    *(S_SYN_FRAME, S_FIN_FRAME),
)
WANTED = sum(
    1 << group
    for group in {
        column // GROUP
        for column in (
            *(C_FIRST_FRAME, C_FIRST_NS, C_LAST_FRAME, C_LAST_NS),
            *(SIDES + column for column in OF_A_SIDE),
            *(SIDES + SIDE_WIDTH + column for column in OF_A_SIDE),
        )
    }
)
"""The groups of columns that a summary needs, as a bit set."""


def summarise(
    t: memoryview, p: memoryview, m: memoryview, fresh: memoryview, timed: memoryview,
    stage: memoryview, b: memoryview, scratch: memoryview, streams: memoryview,
    slots: memoryview, first: int, count: int, rows: memoryview,
) -> int:  # fmt: skip
    """Write the rows of slots ``first`` to ``first + count`` one behind the other, without those
    that have no packet of their own. Returns how many rows there are."""
    written = 0
    for i in range(first, first + count):
        if COMPILED and i + RESTED_AHEAD < first + count:
            _look_ahead(p, b, streams, slots[i + RESTED_AHEAD])
        slot = slots[i]
        peek(t, p, fresh, timed, b, scratch, slot, WANTED)
        if scratch[C_FIRST_FRAME] == NONE:
            continue
        at = written * ROW_WIDTH
        _ends(streams, slot * STREAM_WIDTH, rows, at)
        rows[at + R_FIRST_FRAME] = scratch[C_FIRST_FRAME]
        rows[at + R_LAST_FRAME] = scratch[C_LAST_FRAME]
        rows[at + R_FIRST_NS] = scratch[C_FIRST_NS]
        lasted = scratch[C_LAST_NS] - scratch[C_FIRST_NS]
        rows[at + R_DURATION_NS] = lasted if lasted > 0 else 0  # a clock may go back
        complete = 1
        for side in range(2):
            mine = SIDES + (side * SIDE_WIDTH)
            rows[at + R_CLIENT_PACKETS + side] = scratch[mine + S_PACKETS]
            rows[at + R_CLIENT_BYTES + side] = scratch[mine + S_BYTES]
            rows[at + R_CLIENT_RETRANSMITTED + side] = scratch[mine + S_RETRANSMITTED]
            rows[at + R_CLIENT_ZERO_WINDOWS + side] = scratch[mine + S_ZERO_WINDOWS]
            rows[at + R_CLIENT_RESETS + side] = scratch[mine + S_RESETS]
            rows[at + R_CLIENT_STATE + side] = scratch[mine + S_STATE]
            if (scratch[mine + S_SYN_FRAME] == NONE) or (scratch[mine + S_FIN_FRAME] == NONE):
                complete = 0
        rows[at + R_COMPLETE] = complete
        written += 1
    return written


def _look_ahead(p: memoryview, b: memoryview, streams: memoryview, slot: int) -> None:
    """Ask for what a connection a few further on will need: it has rested for long."""
    prefetch(streams, slot * STREAM_WIDTH)
    prefetch(streams, (slot * STREAM_WIDTH) + NUMBER)
    place = p[(slot * PLACE_WIDTH) + P_PLACE]
    if place < NOWHERE:
        for unit in range(USUAL_UNITS):
            prefetch(b, (SHELVED - place + unit) * UNIT_WORDS)


def _ends(streams: memoryview, stream: int, rows: memoryview, at: int) -> None:
    """Who talks, client first."""
    ports = streams[stream + PORTS]
    low, high = R_CLIENT_HIGH, R_SERVER_HIGH
    low_port, high_port = R_CLIENT_PORT, R_SERVER_PORT
    if streams[stream + CLIENT] != 0:
        low, high = R_SERVER_HIGH, R_CLIENT_HIGH
        low_port, high_port = R_SERVER_PORT, R_CLIENT_PORT
    rows[at + R_NUMBER] = streams[stream + NUMBER]
    rows[at + R_VERSION] = ports >> 32
    rows[at + low] = streams[stream + LOW_ADDRESS_HIGH]
    rows[at + low + R_CLIENT_LOW - R_CLIENT_HIGH] = streams[stream + LOW_ADDRESS_LOW]
    rows[at + high] = streams[stream + HIGH_ADDRESS_HIGH]
    rows[at + high + R_SERVER_LOW - R_SERVER_HIGH] = streams[stream + HIGH_ADDRESS_LOW]
    rows[at + low_port] = (ports >> 16) & 0xFFFF
    rows[at + high_port] = ports & 0xFFFF

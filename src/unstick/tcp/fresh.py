"""A connection of which nothing is known yet, and which of its columns hold times.

Knowledge of ``columns`` only: it makes two tables, once.
"""

from __future__ import annotations

from array import array

from unstick.tcp import columns
from unstick.tcp.columns import CONNECTION_WIDTH, SIDE_WIDTH, SIDES
from unstick.wire.columns import NONE

_COUNTED = (
    columns.C_PACKETS,
    columns.C_CALM,
    columns.C_COPIES,
    columns.C_NOTE_COUNT,
    columns.C_NOTES_DROPPED,
    columns.C_MARKS,
    columns.C_SILENCE_NS,
    columns.C_CLOCK_BACK,
    columns.C_PING_PONG,
    columns.C_PING_PONG_MOST,
)
_COUNTED_SIDE = (
    columns.S_FLAGS,
    columns.S_SYN_COUNT,
    columns.S_FIN_COUNT,
    columns.S_PACKETS,
    columns.S_BYTES,
    columns.S_DATA_PACKETS,
    columns.S_RETRANSMITTED,
    columns.S_ZERO_WINDOWS,
    columns.S_RESETS,
    columns.S_LADDER_COUNT,
    columns.S_LADDER_HEARD,
    columns.S_LADDER_NOTES,
    columns.S_ZERO_PROBES,
    columns.S_ZERO_ANSWERS,
    columns.S_ZERO_UNANSWERED,
    columns.S_KEEP_COUNT,
    columns.S_KEEP_TOTAL,
    columns.S_KEEP_ANSWERED,
    columns.S_LARGEST,
    columns.S_LARGEST_ACKED,
    columns.S_LARGER_LENGTH,
    columns.S_UNSEEN_ACKS,
    columns.S_HOLES,
    columns.S_RST_SEQS,
    columns.S_SACK_ASTRAY,
    columns.S_RUN_LENGTH,
    columns.S_ID_JUMPS,
)


def _fresh_row() -> bytes:
    """A connection of which nothing is known: NONE everywhere, 0 where something is counted."""
    row = array("q", [NONE]) * CONNECTION_WIDTH
    for column in _COUNTED:
        row[column] = 0
    for side in range(2):
        for column in _COUNTED_SIDE:
            row[SIDES + (side * SIDE_WIDTH) + column] = 0
    return row.tobytes()


FRESH = memoryview(bytearray(_fresh_row())).cast("q")

_DURATIONS = frozenset({"C_SILENCE_NS", "S_RTT_LEAST_NS", "S_RTT_MOST_NS", "S_KEEP_GAP_NS"})


def _timed() -> bytes:
    """A row of -1 where a time stands, and 0 elsewhere."""
    row = array("q", [0]) * CONNECTION_WIDTH
    sides = [(SIDES + (side * SIDE_WIDTH), "S_") for side in range(2)]
    for start, prefix in ((0, "C_"), *sides):
        for at, name in enumerate(columns.names(prefix)):
            if name.endswith("_NS") and name not in _DURATIONS:
                row[start + at] = -1
    return row.tobytes()


TIMED = memoryview(bytearray(_timed())).cast("q")
"""Which columns hold times: packed, they are counted from the first one of their connection."""

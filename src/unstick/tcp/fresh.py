"""A connection of which nothing is known yet, and the kinds of its columns for the shelf.

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
    columns.S_COPY_NEXT,
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

_OWN_NUMBERS = frozenset(
    {
        "S_ISS",
        "S_SND_NXT",
        "S_FIN_SEQ",
        "S_LADDER_SEQ",
        "S_RTT_SEQ",
        "S_LARGER_END",
        "S_RST_LAST_SEQ",
    }
)
_PEER_NUMBERS = frozenset({"S_RCV_NXT", "S_LAST_ACK", "S_RIGHT_EDGE", "S_SACK_EDGE"})
_FRAMES = frozenset({"C_SILENCE_BEFORE", "C_SILENCE_AFTER", "C_RECORD"})
_DURATIONS = frozenset({"C_SILENCE_NS", "S_RTT_LEAST_NS", "S_RTT_MOST_NS", "S_KEEP_GAP_NS"})
_OTHER, _FRAME, _TIME, _NUMBER, _CLOCK = 0, 1, 2, 3, 5


def _kind(name: str, side: int) -> int:
    """Which columns are near each other: only the size of what is packed depends on it."""
    if name.endswith("_FRAME") or name in _FRAMES:
        return _FRAME
    if name.endswith("_NS") and name not in _DURATIONS:
        return _TIME
    if name in _OWN_NUMBERS:
        return _NUMBER + side
    if name in _PEER_NUMBERS or name.startswith("S_GAP"):
        return _NUMBER + 1 - side
    return {"S_TSVAL": _CLOCK + side, "S_TS_RECENT": _CLOCK + 1 - side}.get(name, _OTHER)


def _kinds() -> bytes:
    kinds = bytearray(CONNECTION_WIDTH)
    for at, name in enumerate(columns.names("C_")):
        kinds[at] = _kind(name, 0)
    for side in range(2):
        for at, name in enumerate(columns.names("S_")):
            kinds[SIDES + (side * SIDE_WIDTH) + at] = _kind(name, side)
    return bytes(kinds)


KINDS = _kinds()

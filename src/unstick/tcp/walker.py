"""Owns the tables of the walk, and makes room in them between batches.

The work is done in ``kernels``; what it means is read out by ``observed``. No files, no text.
"""

from __future__ import annotations

from array import array
from typing import Protocol

from unstick.tcp import columns
from unstick.tcp.columns import (
    CONNECTION_WIDTH,
    META_WIDTH,
    N_NEXT,
    NOTE_WIDTH,
    POOL_FREE,
    POOL_FREE_COUNT,
    RECORD_ENTRY_WIDTH,
    RECORDER_ENTRIES,
    SIDE_WIDTH,
    SIDES,
)
from unstick.wire.columns import NONE

NOTES_PER_CONNECTION = 96
"""Notable segments kept of one connection: a client that answers 100 ms of a fast server with
resets sends thousands, and they say the same."""

NOTES_PER_LADDER = 24
"""Steps kept of one retransmission ladder; tcp_retries2 = 15 ends Linux' longest."""

NOTES_MOST = 1 << 20
"""Notes in the whole pool (470 MB). Beyond it nothing notable is kept, and that is reported."""

SILENCE_NS = 10_000_000_000
"""Silences shorter than 10 s are ordinary: think times, slow origins, backoff."""

FIRST_CONNECTIONS = 64
FIRST_NOTES = 256

_UNKNOWN = (
    columns.M_LAST_NS,
    columns.M_CLOCK_BACK_FRAME,
    columns.M_CLOCK_JUMP_FRAME,
    columns.M_COPY_FRAME,
    columns.M_UNSEEN_FRAME,
)
_COUNTED = (
    columns.C_PACKETS,
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


class Kernels(Protocol):
    """What this module needs of ``tcp.kernels``, compiled or plain."""

    def walk(
        self,
        s: memoryview,
        first: int,
        count: int,
        t: memoryview,
        n: memoryview,
        r: memoryview,
        m: memoryview,
        actions: bytes,
    ) -> int: ...


class Walker:
    """The endpoint model of one capture: give it every batch, in order, with slots assigned.

    ``actions`` is a compiled profile (``profiles.law(name).actions``). ``table`` and ``notes`` are
    replaced when they grow: read them after the last batch. Not safe to use from two threads.
    """

    __slots__ = ("_actions", "_kernels", "_recorder", "limits", "meta", "notes", "table")

    def __init__(
        self,
        actions: bytes,
        *,
        paws: bool,
        signatures: bool,
        kernels: Kernels,
    ) -> None:
        self._kernels = kernels
        self._actions = actions
        self._recorder = memoryview(bytearray(RECORDER_ENTRIES * RECORD_ENTRY_WIDTH * 8)).cast("q")
        self.meta = memoryview(array("q", bytes(META_WIDTH * 8)))
        for column in _UNKNOWN:
            self.meta[column] = NONE
        self.meta[columns.M_NOTES_MOST] = NOTES_PER_CONNECTION
        self.meta[columns.M_LADDER_NOTES_MOST] = NOTES_PER_LADDER
        self.meta[columns.M_SILENCE_NS] = SILENCE_NS
        self.meta[columns.M_PAWS] = int(paws)
        self.meta[columns.M_SIGNATURES] = int(signatures)
        self.table = _longer(memoryview(b"").cast("q"), _FRESH_ROW * FIRST_CONNECTIONS)
        self.notes = _longer(memoryview(b"").cast("q"), _FRESH_NOTE * FIRST_NOTES)
        self.notes[POOL_FREE_COUNT] = 0
        self._thread_pool(1)
        self.limits: list[str] = []

    def feed(self, segments: memoryview, count: int, slots: int) -> None:
        """Walk the first ``count`` rows of a segment table; ``slots`` streams exist by now."""
        while slots * CONNECTION_WIDTH > len(self.table):
            self.table = _longer(self.table, _FRESH_ROW * (len(self.table) // CONNECTION_WIDTH))
        done = 0
        while done < count:
            done = self._kernels.walk(
                segments,
                done,
                count,
                self.table,
                self.notes,
                self._recorder,
                self.meta,
                self._actions,
            )
            if done < count and not self._grow_pool():
                break

    def _grow_pool(self) -> bool:
        """Double the pool of notes; False at its bound (then notes are dropped and counted)."""
        rows = len(self.notes) // NOTE_WIDTH
        if rows >= NOTES_MOST:
            # The walk may go on without notes: take() answers NONE.
            self.limits.append(f"more than {NOTES_MOST:,} notable segments: the rest was not kept")
            self.notes[POOL_FREE_COUNT] = 1 << 40
            return True
        self.notes = _longer(self.notes, _FRESH_NOTE * rows)
        self._thread_pool(rows)
        return True

    def _thread_pool(self, first: int) -> None:
        """Chain rows ``first`` .. end into the free list."""
        notes = self.notes
        rows = len(notes) // NOTE_WIDTH
        head = notes[POOL_FREE]
        for row in range(first, rows):
            notes[(row * NOTE_WIDTH) + N_NEXT] = row + 1 if row + 1 < rows else head
        notes[POOL_FREE] = first
        notes[POOL_FREE_COUNT] += rows - first


def _longer(table: memoryview, more: bytes) -> memoryview:
    """A table with these rows behind its own. Copies bytes, not numbers: a hundred times faster."""
    return memoryview(bytearray(b"".join((table, more)))).cast("q")


def _fresh_row() -> bytes:
    """A connection of which nothing is known: NONE everywhere, 0 where something is counted."""
    row = array("q", [NONE]) * CONNECTION_WIDTH
    for column in _COUNTED:
        row[column] = 0
    for side in range(2):
        for column in _COUNTED_SIDE:
            row[SIDES + (side * SIDE_WIDTH) + column] = 0
    return row.tobytes()


_FRESH_ROW = _fresh_row()
_FRESH_NOTE = (array("q", [NONE]) * NOTE_WIDTH).tobytes()

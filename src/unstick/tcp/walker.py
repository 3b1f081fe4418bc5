"""Owns the tables of the walk, and makes room in them between batches.

The work is done in ``kernels`` and ``seats``; what it means is read out by ``reading``. No files,
no text.
"""

from __future__ import annotations

from array import array
from types import FunctionType, ModuleType

from unstick.flows.row_columns import ROW_WIDTH
from unstick.tcp import columns
from unstick.tcp.columns import (
    BLOCK_MOST,
    CONNECTION_WIDTH,
    META_FREE,
    META_WIDTH,
    N_NEXT,
    NOTE_WIDTH,
    POOL_FREE,
    POOL_FREE_COUNT,
    RECORD_ENTRY_WIDTH,
    RECORDER_ENTRIES,
)
from unstick.tcp.fresh import FRESH, TIMED
from unstick.tcp.places import (
    NOWHERE,
    P_STANDING,
    PACKED_MOST,
    PLACE_WIDTH,
    UNIT_WORDS,
)
from unstick.wire.columns import NONE, SEGMENT_WIDTH
from unstick.wire.tables import lengthened, widened, zeros

NOTES_PER_CONNECTION = 96
"""Notable segments kept of one connection: a client that answers 100 ms of a fast server with
resets sends thousands, and they say the same."""

NOTES_PER_LADDER = 24
"""Steps kept of one retransmission ladder; tcp_retries2 = 15 ends Linux' longest."""

NOTES_MOST = 1 << 20
"""Notes in the whole pool (470 MB). Beyond it nothing notable is kept, and that is reported."""

SILENCE_NS = 10_000_000_000
"""Silences shorter than 10 s are ordinary: think times, slow origins, backoff."""

FIRST_SEATS = 64
SEATS_MOST = 4096
"""Connections that may speak at once before any is packed: 9 MB."""

FIRST_NOTES = 256
FIRST_UNITS = 1024

OVER_KEPT = 30_000
"""Connections that are over, kept in case that they speak again (about 800 bytes each). Of more
than these the longest gone are forgotten: a segment of theirs that comes all the same is a new
stream."""

OVER_STEP = 8192
"""So many are forgotten at once."""

_UNKNOWN = (
    columns.M_LAST_NS,
    columns.M_CLOCK_BACK_FRAME,
    columns.M_CLOCK_JUMP_FRAME,
    columns.M_COPY_FRAME,
    columns.M_UNSEEN_FRAME,
    columns.M_SEAT_FREE,
    columns.M_LAST_INTERFACE,
    *range(META_FREE, META_FREE + BLOCK_MOST + 1),
    *range(columns.META_CLOCKS, META_WIDTH),
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    Words = memoryview | list[int]
    """A table of which no other module has a view: Python reads a list in a third of the time."""

    class Kernels(Protocol):
        """What this module needs of ``tcp.kernels``, compiled or plain: see there."""

        def walk(self, s: Words, first: int, count: int, *tables: object) -> int: ...

    class Summary(Protocol):
        """The same for ``tcp.summary``."""

        def summarise(self, *tables: object) -> int: ...

    class Ordinary(Protocol):
        """The same for ``tcp.ordinary``."""

        def sift(self, *tables: object) -> int: ...

    class Seats(Protocol):
        """The same for ``tcp.seats``."""

        def retire(self, *tables: object) -> int: ...

        def forget(self, *tables: object) -> int: ...

        def look(self, *tables: object) -> int: ...

        def tally(self, *tables: object) -> int: ...

        def oldest_over(self, *tables: object) -> int: ...


class Walker:
    """The endpoint model of one capture: give it every batch, in order, with slots assigned.

    ``actions`` is a compiled profile (``profiles.law(name).actions``). ``notes`` is replaced when
    it grows: read it after the last batch. Not safe to use from two threads.
    """

    __slots__ = (
        "_actions",
        "_fresh",
        "_over",
        "_places",
        "_plain",
        "_recorder",
        "_seats",
        "_shelved",
        "_stage",
        "_table",
        "_walk",
        "limits",
        "meta",
        "notes",
    )

    def __init__(
        self, actions: bytes, *, paws: bool, signatures: bool, kernels: Kernels, seats: Seats
    ) -> None:
        self._seats = seats
        self._actions = actions
        self._plain = isinstance(kernels.walk, FunctionType)
        self._walk: Callable[..., int] = kernels.walk
        if isinstance(kernels, ModuleType) and self._plain:
            from unstick.tcp.plain import PlainWalk

            self._walk = PlainWalk(kernels)
        recorder = zeros(RECORDER_ENTRIES * RECORD_ENTRY_WIDTH)
        self._recorder: Words = recorder.tolist() if self._plain else recorder
        self.meta = zeros(META_WIDTH)
        for column in _UNKNOWN:
            self.meta[column] = NONE
        self.meta[columns.M_NOTES_MOST] = NOTES_PER_CONNECTION
        self.meta[columns.M_LADDER_NOTES_MOST] = NOTES_PER_LADDER
        self.meta[columns.M_SILENCE_NS] = SILENCE_NS
        self.meta[columns.M_PAWS] = int(paws)
        self.meta[columns.M_SIGNATURES] = int(signatures)
        self.meta[columns.M_SEATS_MOST] = SEATS_MOST
        self.meta[columns.M_OVER_ROOM] = OVER_KEPT + (4 * OVER_STEP)
        self._fresh: Words = FRESH.tolist() if self._plain else FRESH
        self._table: Words = [] if self._plain else zeros(0)
        self._places = zeros(0)
        self._over = zeros(2 * self.meta[columns.M_OVER_ROOM])
        self._stage = zeros(PACKED_MOST)
        self._shelved = zeros(0)
        self._grow_seats(FIRST_SEATS)
        self._grow_shelf(FIRST_UNITS)
        self.notes = lengthened(zeros(0), _FRESH_NOTE * FIRST_NOTES)
        self.notes[POOL_FREE_COUNT] = 0
        self._thread_pool(1)
        self.limits: list[str] = []

    def feed(self, segments: memoryview, count: int, slots: int) -> None:
        """Walk the first ``count`` rows of a segment table; ``slots`` slots exist by now."""
        if count * SEGMENT_WIDTH > len(segments):
            raise ValueError(f"the segment table has no {count} rows")
        known = len(self._places) // PLACE_WIDTH
        if slots > known:
            more = max(slots - known, known // 2)
            self._places = lengthened(self._places, _NOWHERE * more)
        done = 0
        while done < count:
            done = self._walk(
                segments,
                done,
                count,
                self._table,
                self.notes,
                self._recorder,
                self.meta,
                self._actions,
                self._places,
                self._over,
                *self._shelf(),
            )
            if done < count:
                self._make_room()

    def retire(self, slots: memoryview) -> None:
        """Other connections have the 4-tuples of these, which were fed to their end."""
        done = 0
        while done < len(slots):
            held = (self._table, self._places, self._over, self.meta, *self._shelf())
            done = self._seats.retire(*held, slots, done, len(slots))
            if done < len(slots):
                self._make_room()

    @property
    def over(self) -> int:
        """How many entries the ring of connections that are over has."""
        return self.meta[columns.M_OVER] - self.meta[columns.M_OVER_TAKEN]

    def oldest_over(self, most: int) -> memoryview:
        """Take up to ``most`` connections that are over from the ring, oldest first."""
        slots = zeros(most)
        found = self._seats.oldest_over(self._places, self._over, self.meta, slots, most)
        return slots[:found]

    def forget(self, slots: memoryview) -> None:
        """Free what is held of these, which ``oldest_over`` gave."""
        held = (self._places, self.notes, self._over, self.meta, *self._shelf())
        self._seats.forget(*held, self._scratch(), slots, len(slots))

    def row(self, slot: int) -> memoryview:
        """A copy of the connection's row."""
        row = zeros(CONNECTION_WIDTH)
        self.look(slot, row)
        return row

    def look(self, slot: int, row: memoryview) -> int:
        """Copies the connection's row into ``row``; returns how it stands (``STANDING_*``)."""
        held = (self._table, self._places, self.meta, *self._shelf())
        if not self._plain:
            return self._seats.look(*held, row, slot)
        scratch = row.tolist()
        standing = self._seats.look(*held, scratch, slot)
        row[:] = memoryview(array("q", scratch))
        return standing

    def standing(self, slot: int) -> int:
        """How a connection stands (``STANDING_*``), as ``tally`` or the shelf found it."""
        return self._places[(slot * PLACE_WIDTH) + P_STANDING]

    def tally(self, slots: memoryview) -> tuple[int, int, int, memoryview]:
        """Of these connections: how many have packets, how many of both sides, how many are
        undecided for want of a side, and those that have something to say or are half captured."""
        totals = zeros(3)
        chosen = zeros(max(1, len(slots)))
        found = self._seats.tally(self._table, self._places, totals, chosen, slots, len(slots))
        return totals[0], totals[1], totals[2], chosen[:found]

    def summaries(self, kernel: Summary, streams: memoryview, slots: memoryview) -> memoryview:
        """Rows of ``streams`` (``flows.row_columns``) of those of these connections that have a
        packet of their own. ``streams`` is the stream table."""
        rows = zeros(len(slots) * ROW_WIDTH)
        held = (self._table, self._places, self.meta, *self._shelf(), self._scratch())
        found = kernel.summarise(*held, streams, slots, 0, len(slots), rows)
        return rows[: found * ROW_WIDTH]

    def sift(self, kernel: Ordinary, slots: memoryview) -> memoryview:
        """What each of these connections is (``places.ODD`` and so on)."""
        found = zeros(len(slots))
        held = (self._table, self._places, self.meta, *self._shelf(), self._scratch(), self.notes)
        kernel.sift(*held, slots, len(slots), found)
        return found

    def _shelf(self) -> tuple[Words | bytes, ...]:
        return (self._fresh, TIMED, self._stage, self._shelved)

    def _scratch(self) -> Words:
        return [0] * CONNECTION_WIDTH if self._plain else zeros(CONNECTION_WIDTH)

    def _make_room(self) -> None:
        """Make room in what ran low: notes or the shelf, else it was seats."""
        meta = self.meta
        notes = self.notes[POOL_FREE_COUNT] < FIRST_NOTES
        units = (meta[columns.M_UNITS] - meta[columns.M_UNITS_USED]) < BLOCK_MOST
        if notes:
            self._grow_pool()
        if units:
            self._grow_shelf(max(FIRST_UNITS, meta[columns.M_UNITS] // 4))
        if not notes and not units:
            self._grow_seats(min(meta[columns.M_SEATS], SEATS_MOST - meta[columns.M_SEATS]))

    def _grow_seats(self, more: int) -> None:
        missing = ((self.meta[columns.M_SEATS] + more) * CONNECTION_WIDTH) - len(self._table)
        if isinstance(self._table, list):
            self._table.extend([0] * missing)
        elif missing > 0:
            self._table = widened(self._table, missing)
        self.meta[columns.M_SEATS] += more

    def _grow_shelf(self, more: int) -> None:
        self._shelved = widened(self._shelved, more * UNIT_WORDS)
        self.meta[columns.M_UNITS] = len(self._shelved) // UNIT_WORDS

    def _grow_pool(self) -> None:
        """Double the pool of notes; at its bound notes are dropped and counted."""
        rows = len(self.notes) // NOTE_WIDTH
        if rows >= NOTES_MOST:
            # The walk may go on without notes: take() answers NONE.
            self.limits.append(f"more than {NOTES_MOST:,} notable segments: the rest was not kept")
            self.notes[POOL_FREE_COUNT] = 1 << 40
            return
        self.notes = lengthened(self.notes, _FRESH_NOTE * rows)
        self._thread_pool(rows)

    def _thread_pool(self, first: int) -> None:
        """Chain rows ``first`` .. end into the free list."""
        notes = self.notes
        rows = len(notes) // NOTE_WIDTH
        head = notes[POOL_FREE]
        for row in range(first, rows):
            notes[(row * NOTE_WIDTH) + N_NEXT] = row + 1 if row + 1 < rows else head
        notes[POOL_FREE] = first
        notes[POOL_FREE_COUNT] += rows - first


_FRESH_NOTE = (array("q", [NONE]) * NOTE_WIDTH).tobytes()
_NOWHERE = array("q", [NOWHERE, 0]).tobytes()

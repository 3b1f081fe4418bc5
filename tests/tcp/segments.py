"""Whole captures as segment tables in memory, and ways to change them that must change nothing."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house import REPOSITORY
from unstick import engine as engines
from unstick.errors import CaptureError
from unstick.flows import Streams
from unstick.tcp import profiles
from unstick.tcp.columns import M_LONG_WAY
from unstick.tcp.observed import Connection, Endpoint, Note
from unstick.tcp.reading import Reader
from unstick.tcp.vocabulary import Side
from unstick.tcp.walker import Walker
from unstick.wire import columns as c
from unstick.wire.capture import open_captures

CAPTURES = REPOSITORY.parent / "shared" / "captures"
PROFILE = "linux-3.6"


@cache
def engine(name: str) -> engines.Engine:
    return engines.load_plain() if name == "plain" else engines.load()


@dataclass(slots=True)
class Table:
    """All segments of a capture, with slots and sides, and the streams they belong to."""

    rows: array[int]
    streams: Streams

    @property
    def count(self) -> int:
        return len(self.rows) // c.SEGMENT_WIDTH

    def copy(self) -> Table:
        return Table(array("q", self.rows), self.streams)

    def bases(self) -> Iterator[int]:
        return iter(range(0, len(self.rows), c.SEGMENT_WIDTH))


def table_of(path: Path) -> Table | None:
    """The capture's segments; None if it is none."""
    streams = Streams()
    rows = array("q")
    try:
        for reader in open_captures([str(path)]):
            for batch in reader.batches():
                streams.assign(batch.segments, 0, batch.count)
                rows.extend(batch.segments[: batch.count * c.SEGMENT_WIDTH])
    except CaptureError:
        return None
    return Table(rows, streams)


def walked(
    table: Table, name: str = "compiled", step: int = 1000, long_way: bool = False
) -> Walker:
    """The table walked in batches of ``step`` segments by one engine."""
    numbers = profiles.profile(PROFILE).numbers
    walker = Walker(
        profiles.law(PROFILE).actions,
        paws=numbers.paws is not False,
        signatures=numbers.signatures is not False,
        kernels=engine(name)["tcp.kernels"],
        seats=engine(name)["tcp.seats"],
    )
    walker.meta[M_LONG_WAY] = int(long_way)
    view = memoryview(array("q", table.rows))
    for first in range(0, table.count, step):
        last = min(table.count, first + step)
        part = view[first * c.SEGMENT_WIDTH : last * c.SEGMENT_WIDTH]
        walker.feed(part, last - first, table.streams.slots)
    return walker


def rows(table: Table, walker: Walker) -> list[list[int]]:
    """Every connection's row."""
    return [walker.row(slot).tolist() for slot in table.streams.by_number()]


def connections(table: Table, walker: Walker, capture_end_ns: int = 0) -> list[Connection]:
    reader = Reader(walker, table.streams, 0, capture_end_ns, PROFILE)
    return [
        reader.connection(slot)
        for slot in table.streams.by_number()
        if reader.row(slot)[0] != c.NONE
    ]


def facts(connection: Connection, begin_ns: int, swapped: bool = False) -> dict[str, object]:
    """What a connection shows, in numbers that do not depend on where sequence numbers and clocks
    begin. ``swapped`` reads the sides the other way round."""
    first, second = connection.sides if not swapped else connection.sides[::-1]
    notes = [note_facts(connection, note, begin_ns, swapped) for note in connection.notes]
    return {
        "first": side_facts(connection, first, begin_ns),
        "second": side_facts(connection, second, begin_ns),
        "notes": notes,
        "packets": connection.packets,
        "copies": connection.copies,
        "marks": connection.marks,
        "silence": connection.longest_silence_ns,
        "ping_pong": connection.ping_pong,
    }


def side_facts(connection: Connection, side: Endpoint, begin_ns: int) -> dict[str, object]:
    peer = connection.peer(side)
    seconds = {
        name: None if moment is None else (moment.frame, moment.ns - begin_ns)
        for name, moment in (
            ("syn", side.syn),
            ("fin", side.fin),
            ("fin_acked", side.fin_acked),
            ("progress", side.progress),
            ("last", side.last),
            ("data", side.last_data),
        )
    }
    ladder = side.ladder
    return {
        **seconds,
        "state": side.state,
        "snd_nxt": connection.relative(side.side, side.snd_nxt),
        "snd_una": connection.relative(side.side, side.snd_una),
        "rcv_nxt": connection.relative(peer.side, side.rcv_nxt),
        "window": side.window,
        "counts": (side.packets, side.payload_bytes, side.retransmitted, side.zero_windows),
        "resets": (side.resets, side.reset_seqs, side.alive_after_reset),
        "keepalives": (side.keepalives.total, side.keepalives.unanswered),
        "ladder": None if ladder is None else (ladder.count, ladder.heard, ladder.first.frame),
        "round_trip": side.round_trip_ns,
        "unseen": side.unseen_acks,
        "holes": side.holes,
    }


def note_facts(
    connection: Connection, note: Note, begin_ns: int, swapped: bool
) -> tuple[object, ...]:
    return (
        note.kind,
        note.frame,
        note.ns - begin_ns,
        Side(note.side ^ swapped),
        note.state,
        connection.relative(note.side, note.seq),
        connection.relative(note.side, note.rcv_nxt),
        note.action,
        note.answers_count,
        note.answers_best,
        None if note.after is None else note.after.frame,
        note.challenged,
    )


# --- changes that must change nothing ----------------------------------------------------------


def shift_numbers(table: Table, by: tuple[int, int]) -> Table:
    """Other initial sequence numbers: ``by`` for what client and server send."""
    moved = table.copy()
    rows = moved.rows
    for base in moved.bases():
        side = rows[base + c.SIDE]
        rows[base + c.SEQ] = (rows[base + c.SEQ] + by[side]) & c.MASK
        if rows[base + c.FLAGS] & c.ACK_FLAG:
            rows[base + c.ACK] = (rows[base + c.ACK] + by[1 - side]) & c.MASK
        for block in range(2 * rows[base + c.SACK_COUNT]):
            at = base + c.SACK_1_LEFT + block
            rows[at] = (rows[at] + by[1 - side]) & c.MASK
    return moved


def shift_time(table: Table, by_ns: int) -> Table:
    """Another clock."""
    moved = table.copy()
    for base in moved.bases():
        moved.rows[base + c.TIME_NS] += by_ns
    return moved


def swap_sides(table: Table) -> Table:
    """Client and server change names."""
    moved = table.copy()
    for base in moved.bases():
        moved.rows[base + c.SIDE] = 1 - moved.rows[base + c.SIDE]
    return moved

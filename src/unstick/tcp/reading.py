"""Rows of the walk's tables, read into the words of ``observed``. Nothing is concluded here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from unstick.flows import Streams
from unstick.flows.streams import endpoints_of, number_of, successor_of
from unstick.named import NamedTuple
from unstick.tcp import columns as c
from unstick.tcp.layouts import ENDPOINT, NOTE
from unstick.tcp.observed import (
    Connection,
    Endpoint,
    Keepalives,
    Ladder,
    Moment,
    Note,
    NoteKind,
    Payloads,
    StraySacks,
    ZeroWindow,
)
from unstick.tcp.vocabulary import Side
from unstick.tcp.walker import Walker
from unstick.wire.columns import NONE

NOTE_KINDS = {int(kind): kind for kind in NoteKind}
SIDE_OF = (Side.CLIENT, Side.SERVER)

NO_STEPS: tuple[tuple[memoryview, ...], ...] = ((), ())

LOSSY_SEGMENTS = 1000
"""One packet in so many missing: then of some connections the last packet is missing, too."""


class Kept(NamedTuple):
    """What the tables hold of one connection, in copies: it outlives them."""

    row: memoryview
    notes: tuple[memoryview, ...]
    steps: tuple[tuple[memoryview, ...], ...]
    stream_row: memoryview
    end_ns: int
    lossy: bool


class Reader(NamedTuple):
    """Reads connections of one finished capture. ``end_ns`` is the time of its last packet;
    ``frame`` turns the walk's frame numbers into what findings show (``wire.rotation``)."""

    walker: Walker
    streams: Streams
    capture: int
    end_ns: int
    profile: str
    frame: Callable[[int], int] = int

    def row(self, slot: int) -> memoryview:
        """A copy of the connection's row."""
        return self.walker.row(slot)

    def connection(self, slot: int) -> Connection:
        """Everything the tables hold of one connection. Resets carry no verdict yet."""
        return self.built(self.kept(slot))

    def kept(self, slot: int) -> Kept:
        """The same as it stands in the tables."""
        row = self.row(slot)
        return self.named(slot, row, tuple(self.notes(row)))

    def named(self, slot: int, row: memoryview, notes: tuple[memoryview, ...]) -> Kept:
        """The connection whose row and notes these are."""
        stream_row = self.streams.row(slot)
        successor = successor_of(stream_row)
        end_ns = self._end_ns(row) if successor is None else successor[1]
        return Kept(row, notes, self._steps(row), stream_row, end_ns, self._lossy())

    def notes(self, row: memoryview) -> Iterator[memoryview]:
        """Copies of the connection's notes, in the order in which they were taken."""
        return self._chained(row[c.C_NOTE_HEAD])

    def _steps(self, row: memoryview) -> tuple[tuple[memoryview, ...], ...]:
        """Copies of the notes of each side's ladder."""
        heads = [row[at + c.S_LADDER_HEAD] for at in (c.SIDES, c.SIDES + c.SIDE_WIDTH)]
        if heads == [NONE, NONE]:
            return NO_STEPS
        return tuple(tuple(self._chained(head)) for head in heads)

    def _chained(self, head: int) -> Iterator[memoryview]:
        pool = self.walker.notes
        while head != NONE:
            at = head * c.NOTE_WIDTH
            note = memoryview(pool[at : at + c.NOTE_WIDTH].tobytes()).cast("q")
            yield note
            head = note[c.N_NEXT]

    def built(self, kept: Kept) -> Connection:
        """A connection in words, from what was kept of it."""
        row, names = kept.row, endpoints_of(kept.stream_row)
        client = self._endpoint(kept, Side.CLIENT, names.client, names.client_port)
        server = self._endpoint(kept, Side.SERVER, names.server, names.server_port)
        notes = map(self._note, kept.notes)
        return Connection(
            capture=self.capture,
            stream=number_of(kept.stream_row),
            client=client,
            server=server,
            first=Moment(self.frame(row[c.C_FIRST_FRAME]), row[c.C_FIRST_NS]),
            last=Moment(self.frame(row[c.C_LAST_FRAME]), row[c.C_LAST_NS]),
            packets=row[c.C_PACKETS],
            copies=row[c.C_COPIES],
            copy_frame=self._frame(row[c.C_COPY_FRAME]),
            marks=row[c.C_MARKS],
            notes=tuple(sorted(notes, key=lambda note: note.frame)),
            notes_dropped=row[c.C_NOTES_DROPPED],
            longest_silence_ns=row[c.C_SILENCE_NS],
            silence_before=self._frame(row[c.C_SILENCE_BEFORE]),
            silence_after=self._frame(row[c.C_SILENCE_AFTER]),
            clock_back=row[c.C_CLOCK_BACK],
            clock_back_frame=self._frame(row[c.C_CLOCK_BACK_FRAME]),
            ping_pong=row[c.C_PING_PONG_MOST],
            ping_pong_frame=self._frame(row[c.C_PING_PONG_FRAME]),
            capture_end_ns=kept.end_ns,
            profile=self.profile,
            successor=self._successor(kept.stream_row),
            lossy=kept.lossy,
        )

    def _lossy(self) -> bool:
        meta = self.walker.meta
        return meta[c.M_UNSEEN_ACKS] * LOSSY_SEGMENTS > meta[c.M_SEGMENTS]

    def _end_ns(self, row: memoryview) -> int:
        """Until when the capture would have shown more of this connection. Files are joined from
        captures of different times: time is only measured to the next seam."""
        meta = self.walker.meta
        seam = row[c.C_SEAM]
        if seam == NONE or seam >= meta[c.M_SEAMS]:
            last_ns = meta[c.M_LAST_NS]
            joined = meta[c.M_SEAMS] or self.end_ns - last_ns > c.SEAM_FORWARD_NS
            return last_ns if joined and last_ns != NONE else self.end_ns
        if seam < c.SEAMS_MOST:
            return max(row[c.C_LAST_NS], meta[c.META_SEAMS + seam])
        return row[c.C_LAST_NS]

    def _successor(self, stream_row: memoryview) -> Moment | None:
        following = successor_of(stream_row)
        return None if following is None else Moment(self.frame(following[0]), following[1])

    def _endpoint(self, kept: Kept, side: Side, address: str, port: int) -> Endpoint:
        mine, peer = _block(kept.row, side), _block(kept.row, side.other)
        flags = mine[c.S_FLAGS]
        others = (
            *(side, address, port, known(peer[c.S_LAST_ACK])),
            bool(flags & c.SIDE_SPOKE),
            bool(flags & c.SIDE_SIGNED),
            bool(flags & c.SIDE_GUESSED),
            bool(flags & c.SIDE_ALIVE_AFTER_RESET),
            bool(flags & c.SIDE_TALKED_AFTER_OWN_RST),
            bool(flags & c.SIDE_FIN_DELIVERED),
            self._ladder(mine, kept.steps[side]),
            self._zero_window(mine),
            self._keepalives(mine),
            Payloads(mine[c.S_LARGEST], mine[c.S_LARGEST_ACKED]),
            self._stray_sacks(mine),
        )
        return Endpoint._make(ENDPOINT.filled(mine, self.frame, others))

    def _stray_sacks(self, mine: memoryview) -> StraySacks | None:
        if mine[c.S_SACK_ASTRAY] == 0:
            return None
        frame = self.frame(mine[c.S_SACK_ASTRAY_FRAME])
        return StraySacks(mine[c.S_SACK_ASTRAY], frame, mine[c.S_SACK_ASTRAY_BY])

    def _ladder(self, mine: memoryview, noted: tuple[memoryview, ...]) -> Ladder | None:
        if mine[c.S_LADDER_COUNT] == 0:
            return None
        steps = map(self._note, noted)
        return Ladder(
            seq=mine[c.S_LADDER_SEQ],
            length=mine[c.S_LADDER_LENGTH],
            count=mine[c.S_LADDER_COUNT],
            original=self._moment(mine, c.S_LADDER_ORIGINAL_FRAME, c.S_LADDER_ORIGINAL_NS),
            first=Moment(self.frame(mine[c.S_LADDER_FRAME]), mine[c.S_LADDER_NS]),
            last=Moment(self.frame(mine[c.S_LADDER_LAST_FRAME]), mine[c.S_LADDER_LAST_NS]),
            heard=mine[c.S_LADDER_HEARD],
            steps=tuple(Moment(note.frame, note.ns) for note in steps),
        )

    def _frame(self, value: int) -> int | None:
        return None if value == NONE else self.frame(value)

    def _moment(self, row: memoryview, frame: int, ns: int) -> Moment | None:
        return None if row[frame] == NONE else Moment(self.frame(row[frame]), row[ns])

    def _zero_window(self, mine: memoryview) -> ZeroWindow | None:
        since = self._moment(mine, c.S_ZERO_FRAME, c.S_ZERO_NS)
        if since is None:
            return None
        return ZeroWindow(
            since=since,
            probes=mine[c.S_ZERO_PROBES],
            answers=mine[c.S_ZERO_ANSWERS],
            last_probe=self._moment(mine, c.S_ZERO_PROBE_FRAME, c.S_ZERO_PROBE_NS),
            last_answer=self._moment(mine, c.S_ZERO_ANSWER_FRAME, c.S_ZERO_ANSWER_NS),
            unanswered=mine[c.S_ZERO_UNANSWERED],
        )

    def _keepalives(self, mine: memoryview) -> Keepalives:
        return Keepalives(
            total=mine[c.S_KEEP_TOTAL],
            answered=mine[c.S_KEEP_ANSWERED],
            unanswered=mine[c.S_KEEP_COUNT],
            first=self._moment(mine, c.S_KEEP_FRAME, c.S_KEEP_NS),
            last=self._moment(mine, c.S_KEEP_LAST_FRAME, c.S_KEEP_LAST_NS),
            first_gap_ns=known(mine[c.S_KEEP_GAP_NS]),
        )

    def _note(self, row: memoryview) -> Note:
        """One note of the pool."""
        others = NOTE_KINDS[row[c.N_KIND]], SIDE_OF[row[c.N_SIDE]], row[c.N_CHALLENGED] == 1
        return Note._make(NOTE.filled(row, self.frame, others))


def _block(row: memoryview, side: Side) -> memoryview:
    at = c.SIDES + (side * c.SIDE_WIDTH)
    return row[at : at + c.SIDE_WIDTH]


def known(value: int) -> int | None:
    """NONE as None."""
    return None if value == NONE else value

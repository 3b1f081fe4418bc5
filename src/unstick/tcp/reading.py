"""Rows of the walk's tables, read into the words of ``observed``. Nothing is concluded here."""

from __future__ import annotations

from collections.abc import Callable

from unstick.flows import Streams
from unstick.named import NamedTuple
from unstick.tcp import columns as c
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
from unstick.tcp.vocabulary import Side, State
from unstick.tcp.walker import Walker
from unstick.wire.columns import NONE

MOMENTS = {
    "last_ack_at": (c.S_LAST_ACK_FRAME, c.S_LAST_ACK_NS),
    "syn": (c.S_SYN_FRAME, c.S_SYN_NS),
    "fin": (c.S_FIN_FRAME, c.S_FIN_NS),
    "fin_acked": (c.S_FIN_ACKED_FRAME, c.S_FIN_ACKED_NS),
    "first": (c.S_FIRST_FRAME, c.S_FIRST_NS),
    "last": (c.S_LAST_FRAME, c.S_LAST_NS),
    "last_live": (c.S_LIVE_FRAME, c.S_LIVE_NS),
    "last_data": (c.S_DATA_FRAME, c.S_DATA_NS),
    "last_talk": (c.S_TALK_FRAME, c.S_TALK_NS),
    "last_text": (c.S_TEXT_FRAME, c.S_TEXT_NS),
    "first_reset": (c.S_RST_FRAME, c.S_RST_NS),
    "progress": (c.S_PROGRESS_FRAME, c.S_PROGRESS_NS),
    "outstanding_since": (c.S_OUTSTANDING_FRAME, c.S_OUTSTANDING_NS),
}
"""Fields of an Endpoint that are a frame and its time."""

LOSSY_SEGMENTS = 1000
"""One packet in so many missing: then of some connections the last packet is missing, too."""


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
        row = self.row(slot)
        names = self.streams.endpoints(slot)
        client = self._endpoint(row, Side.CLIENT, names.client, names.client_port)
        server = self._endpoint(row, Side.SERVER, names.server, names.server_port)
        successor = self._successor(slot)
        return Connection(
            capture=self.capture,
            stream=self.streams.number(slot),
            client=client,
            server=server,
            first=Moment(self.frame(row[c.C_FIRST_FRAME]), row[c.C_FIRST_NS]),
            last=Moment(self.frame(row[c.C_LAST_FRAME]), row[c.C_LAST_NS]),
            packets=row[c.C_PACKETS],
            copies=row[c.C_COPIES],
            copy_frame=self._frame(row[c.C_COPY_FRAME]),
            marks=row[c.C_MARKS],
            notes=tuple(sorted(self._notes(row[c.C_NOTE_HEAD]), key=lambda note: note.frame)),
            notes_dropped=row[c.C_NOTES_DROPPED],
            longest_silence_ns=row[c.C_SILENCE_NS],
            silence_before=self._frame(row[c.C_SILENCE_BEFORE]),
            silence_after=self._frame(row[c.C_SILENCE_AFTER]),
            clock_back=row[c.C_CLOCK_BACK],
            clock_back_frame=self._frame(row[c.C_CLOCK_BACK_FRAME]),
            ping_pong=row[c.C_PING_PONG_MOST],
            ping_pong_frame=self._frame(row[c.C_PING_PONG_FRAME]),
            capture_end_ns=self._end_ns(row) if successor is None else successor.ns,
            profile=self.profile,
            successor=successor,
            lossy=self._lossy(),
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

    def _successor(self, slot: int) -> Moment | None:
        following = self.streams.successor(slot)
        return None if following is None else Moment(self.frame(following[0]), following[1])

    def _notes(self, head: int) -> list[Note]:
        found = []
        while head != NONE:
            at = head * c.NOTE_WIDTH
            found.append(self._note(self.walker.notes[at : at + c.NOTE_WIDTH]))
            head = self.walker.notes[at + c.N_NEXT]
        return found

    def _endpoint(self, row: memoryview, side: Side, address: str, port: int) -> Endpoint:
        mine, peer = _block(row, side), _block(row, side.other)
        flags = mine[c.S_FLAGS]
        return Endpoint(
            side=side,
            address=address,
            port=port,
            spoke=bool(flags & c.SIDE_SPOKE),
            state=_state(mine[c.S_STATE]),
            state_before_reset=_state(mine[c.S_STATE_BEFORE_RESET]),
            reset_at_ns=known(mine[c.S_RESET_NS]),
            alive_after_reset=bool(flags & c.SIDE_ALIVE_AFTER_RESET),
            talked_after_own_reset=bool(flags & c.SIDE_TALKED_AFTER_OWN_RST),
            numbers_guessed=bool(flags & c.SIDE_GUESSED),
            signed=bool(flags & c.SIDE_SIGNED),
            iss=known(mine[c.S_ISS]),
            snd_una=known(peer[c.S_LAST_ACK]),
            snd_nxt=known(mine[c.S_SND_NXT]),
            rcv_nxt=known(mine[c.S_RCV_NXT]),
            last_ack=known(mine[c.S_LAST_ACK]),
            window=known(mine[c.S_WINDOW]),
            right_edge=known(mine[c.S_RIGHT_EDGE]),
            scale=known(mine[c.S_SCALE]),
            mss=known(mine[c.S_MSS]),
            syn_count=mine[c.S_SYN_COUNT],
            syn_last_ns=known(mine[c.S_SYN_LAST_NS]),
            fin_seq=known(mine[c.S_FIN_SEQ]),
            fin_count=mine[c.S_FIN_COUNT],
            fin_delivered_to_it=bool(flags & c.SIDE_FIN_DELIVERED),
            packets=mine[c.S_PACKETS],
            payload_bytes=mine[c.S_BYTES],
            data_packets=mine[c.S_DATA_PACKETS],
            retransmitted=mine[c.S_RETRANSMITTED],
            zero_windows=mine[c.S_ZERO_WINDOWS],
            resets=mine[c.S_RESETS],
            reset_seqs=mine[c.S_RST_SEQS],
            text_under=known(mine[c.S_TEXT_UNDER]),
            ladder=self._ladder(mine),
            zero_window=self._zero_window(mine),
            keepalives=self._keepalives(mine),
            round_trip_ns=known(mine[c.S_RTT_LEAST_NS]),
            round_trip_most_ns=known(mine[c.S_RTT_MOST_NS]),
            payloads=Payloads(mine[c.S_LARGEST], mine[c.S_LARGEST_ACKED]),
            ttl=known(mine[c.S_TTL]),
            ttl_least=known(mine[c.S_TTL_LEAST]),
            ttl_most=known(mine[c.S_TTL_MOST]),
            unseen_acks=mine[c.S_UNSEEN_ACKS],
            unseen_at=self._frame(mine[c.S_UNSEEN_FRAME]),
            holes=mine[c.S_HOLES],
            stray_sacks=self._stray_sacks(mine),
            **{name: self._moment(mine, *at) for name, at in MOMENTS.items()},
        )

    def _stray_sacks(self, mine: memoryview) -> StraySacks | None:
        if mine[c.S_SACK_ASTRAY] == 0:
            return None
        frame = self.frame(mine[c.S_SACK_ASTRAY_FRAME])
        return StraySacks(mine[c.S_SACK_ASTRAY], frame, mine[c.S_SACK_ASTRAY_BY])

    def _ladder(self, mine: memoryview) -> Ladder | None:
        if mine[c.S_LADDER_COUNT] == 0:
            return None
        steps = self._notes(mine[c.S_LADDER_HEAD])
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
        return Note(
            kind=NoteKind(row[c.N_KIND]),
            frame=self.frame(row[c.N_FRAME]),
            ns=row[c.N_NS],
            side=Side(row[c.N_SIDE]),
            flags=row[c.N_FLAGS],
            seq=row[c.N_SEQ],
            ack=row[c.N_ACK],
            length=row[c.N_LENGTH],
            window=row[c.N_WINDOW],
            options=row[c.N_OPTIONS],
            ttl=known(row[c.N_TTL]),
            ip_id=known(row[c.N_IP_ID]),
            tsval=known(row[c.N_TSVAL]),
            state=_state(row[c.N_STATE]),
            rcv_nxt=known(row[c.N_RCV_NXT]),
            last_ack=known(row[c.N_LAST_ACK]),
            last_ack_frame=self._frame(row[c.N_LAST_ACK_FRAME]),
            right_edge=known(row[c.N_RIGHT_EDGE]),
            sack_edge=known(row[c.N_SACK_EDGE]),
            snd_una=known(row[c.N_SND_UNA]),
            snd_nxt=known(row[c.N_SND_NXT]),
            window_most=known(row[c.N_WINDOW_MOST]),
            ts_recent=known(row[c.N_TS_RECENT]),
            cell=known(row[c.N_CELL]),
            action=known(row[c.N_ACTION]),
            sender_nxt=known(row[c.N_SENDER_NXT]),
            sender_ack=known(row[c.N_SENDER_ACK]),
            sender_ttl_least=known(row[c.N_SENDER_TTL_LEAST]),
            sender_ttl_most=known(row[c.N_SENDER_TTL_MOST]),
            sender_ttl_last=known(row[c.N_SENDER_TTL_LAST]),
            sender_ip_id=known(row[c.N_SENDER_IP_ID]),
            sender_id_jumps=row[c.N_SENDER_ID_JUMPS],
            sender_alive_ns=known(row[c.N_SENDER_ALIVE_NS]),
            sender_state=_state(row[c.N_SENDER_STATE]),
            sender_fin_seq=known(row[c.N_SENDER_FIN_SEQ]),
            sender_packets=row[c.N_SENDER_PACKETS],
            receiver_packets=row[c.N_RECEIVER_PACKETS],
            before=self._moment(row, c.N_BEFORE_FRAME, c.N_BEFORE_NS),
            answers_first=self._frame(row[c.N_ANSWERS_FIRST]),
            answers_last=self._frame(row[c.N_ANSWERS_LAST]),
            answers_best=self._frame(row[c.N_ANSWERS_BEST]),
            answers_best_ns=known(row[c.N_ANSWERS_BEST_NS]),
            answers_count=known(row[c.N_ANSWERS_COUNT]) or 0,
            sent_since=known(row[c.N_SENT_SINCE]) or 0,
            after=self._moment(row, c.N_AFTER_FRAME, c.N_AFTER_NS),
            after_flags=known(row[c.N_AFTER_FLAGS]) or 0,
            after_seq=known(row[c.N_AFTER_SEQ]),
            after_ack=known(row[c.N_AFTER_ACK]),
            after_length=known(row[c.N_AFTER_LENGTH]) or 0,
            challenged=row[c.N_CHALLENGED] == 1,
            reply=self._moment(row, c.N_REPLY_FRAME, c.N_REPLY_NS),
            reply_flags=known(row[c.N_REPLY_FLAGS]) or 0,
            reply_seq=known(row[c.N_REPLY_SEQ]),
            count=known(row[c.N_COUNT]) or 0,
            end=self._moment(row, c.N_END_FRAME, c.N_END_NS),
        )


def _block(row: memoryview, side: Side) -> memoryview:
    at = c.SIDES + (side * c.SIDE_WIDTH)
    return row[at : at + c.SIDE_WIDTH]


def known(value: int) -> int | None:
    """NONE as None."""
    return None if value == NONE else value


def _state(value: int) -> State | None:
    return None if value == NONE else State(value)

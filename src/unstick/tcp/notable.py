"""A notable segment, with both ends of its connection as it found them. Values only.

Part of what ``observed`` shows to checks; read it from there.
"""

from __future__ import annotations

from enum import IntEnum

from unstick.named import NamedTuple
from unstick.tcp.vocabulary import Side, State
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN


class NoteKind(IntEnum):
    """Why a segment was noted. Values as in ``tcp.columns``."""

    RESET = 1
    SYN = 2
    ODD_ACK = 3
    STEP = 4
    LADDER = 5
    ZERO_WINDOW = 6
    SILENCE = 7
    REFUSED = 8
    SIGNED = 9
    KEEPALIVE = 10


class Moment(NamedTuple):
    """Where and when: a frame of the capture and its time."""

    frame: int
    ns: int


class Note(NamedTuple):
    """A notable segment, with its receiver and sender as the segment found them.

    ``after`` is the receiver's next packet that is not a RST; ``challenged`` says that it looks
    like a challenge ACK; ``reply`` is the sender's next packet after that. ``answers_``: the
    receiver's segments a RST may answer, ``sent_since`` how many it sent from the first of them.
    """

    kind: NoteKind
    frame: int
    ns: int
    side: Side
    flags: int
    seq: int
    ack: int
    length: int
    window: int
    options: int
    ttl: int | None
    ip_id: int | None
    tsval: int | None
    state: State | None
    rcv_nxt: int | None
    last_ack: int | None
    last_ack_frame: int | None
    right_edge: int | None
    sack_edge: int | None
    snd_una: int | None
    snd_nxt: int | None
    window_most: int | None
    ts_recent: int | None
    cell: int | None
    action: int | None
    sender_nxt: int | None
    sender_ack: int | None
    sender_ttl_least: int | None
    sender_ttl_most: int | None
    sender_ttl_last: int | None
    sender_ip_id: int | None
    sender_id_jumps: int
    sender_alive_ns: int | None
    sender_state: State | None
    sender_fin_seq: int | None
    sender_packets: int
    receiver_packets: int
    before: Moment | None
    answers_first: int | None
    answers_last: int | None
    answers_best: int | None
    answers_best_ns: int | None
    answers_count: int
    sent_since: int
    after: Moment | None
    after_flags: int
    after_seq: int | None
    after_ack: int | None
    after_length: int
    challenged: bool
    reply: Moment | None
    reply_flags: int
    reply_seq: int | None
    count: int  # type: ignore[assignment]
    end: Moment | None

    @property
    def receiver(self) -> Side:
        return self.side.other

    @property
    def is_reset(self) -> bool:
        return bool(self.flags & RST)

    @property
    def is_syn(self) -> bool:
        return bool(self.flags & SYN)

    @property
    def has_fin(self) -> bool:
        return bool(self.flags & FIN)

    @property
    def has_ack(self) -> bool:
        return bool(self.flags & ACK_FLAG)

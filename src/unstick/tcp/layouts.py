"""Which column of the walk's tables a field of ``observed`` is read from: knowledge, and its plan.

A field is read by a table here, not by a line of code: a capture of a million resets reads as many
notes of sixty fields each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter

from unstick.named import NOTHING, NamedTuple
from unstick.tcp import columns as c
from unstick.tcp.observed import Endpoint, Moment, Note
from unstick.tcp.vocabulary import State
from unstick.wire.columns import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATES = tuple(State)

NOTE_VALUES = {
    "ns": c.N_NS,
    "flags": c.N_FLAGS,
    "seq": c.N_SEQ,
    "ack": c.N_ACK,
    "length": c.N_LENGTH,
    "window": c.N_WINDOW,
    "options": c.N_OPTIONS,
    "ttl": c.N_TTL,
    "ip_id": c.N_IP_ID,
    "tsval": c.N_TSVAL,
    "rcv_nxt": c.N_RCV_NXT,
    "last_ack": c.N_LAST_ACK,
    "right_edge": c.N_RIGHT_EDGE,
    "sack_edge": c.N_SACK_EDGE,
    "snd_una": c.N_SND_UNA,
    "snd_nxt": c.N_SND_NXT,
    "window_most": c.N_WINDOW_MOST,
    "ts_recent": c.N_TS_RECENT,
    "cell": c.N_CELL,
    "action": c.N_ACTION,
    "sender_nxt": c.N_SENDER_NXT,
    "sender_ack": c.N_SENDER_ACK,
    "sender_ttl_least": c.N_SENDER_TTL_LEAST,
    "sender_ttl_most": c.N_SENDER_TTL_MOST,
    "sender_ttl_last": c.N_SENDER_TTL_LAST,
    "sender_ip_id": c.N_SENDER_IP_ID,
    "sender_id_jumps": c.N_SENDER_ID_JUMPS,
    "sender_alive_ns": c.N_SENDER_ALIVE_NS,
    "sender_fin_seq": c.N_SENDER_FIN_SEQ,
    "sender_packets": c.N_SENDER_PACKETS,
    "receiver_packets": c.N_RECEIVER_PACKETS,
    "answers_best_ns": c.N_ANSWERS_BEST_NS,
    "after_seq": c.N_AFTER_SEQ,
    "after_ack": c.N_AFTER_ACK,
    "reply_seq": c.N_REPLY_SEQ,
}
NOTE_FRAMES = {
    "frame": c.N_FRAME,
    "last_ack_frame": c.N_LAST_ACK_FRAME,
    "answers_first": c.N_ANSWERS_FIRST,
    "answers_last": c.N_ANSWERS_LAST,
    "answers_best": c.N_ANSWERS_BEST,
}
NOTE_COUNTS = {
    "answers_count": c.N_ANSWERS_COUNT,
    "sent_since": c.N_SENT_SINCE,
    "after_flags": c.N_AFTER_FLAGS,
    "after_length": c.N_AFTER_LENGTH,
    "reply_flags": c.N_REPLY_FLAGS,
    "count": c.N_COUNT,
}
NOTE_STATES = {"state": c.N_STATE, "sender_state": c.N_SENDER_STATE}
NOTE_MOMENTS = {
    "before": (c.N_BEFORE_FRAME, c.N_BEFORE_NS),
    "after": (c.N_AFTER_FRAME, c.N_AFTER_NS),
    "reply": (c.N_REPLY_FRAME, c.N_REPLY_NS),
    "end": (c.N_END_FRAME, c.N_END_NS),
}
NOTE_OTHERS = ("kind", "side", "challenged")

SIDE_VALUES = {
    "reset_at_ns": c.S_RESET_NS,
    "iss": c.S_ISS,
    "snd_nxt": c.S_SND_NXT,
    "rcv_nxt": c.S_RCV_NXT,
    "last_ack": c.S_LAST_ACK,
    "window": c.S_WINDOW,
    "right_edge": c.S_RIGHT_EDGE,
    "scale": c.S_SCALE,
    "mss": c.S_MSS,
    "syn_count": c.S_SYN_COUNT,
    "syn_last_ns": c.S_SYN_LAST_NS,
    "fin_seq": c.S_FIN_SEQ,
    "fin_count": c.S_FIN_COUNT,
    "packets": c.S_PACKETS,
    "payload_bytes": c.S_BYTES,
    "data_packets": c.S_DATA_PACKETS,
    "retransmitted": c.S_RETRANSMITTED,
    "zero_windows": c.S_ZERO_WINDOWS,
    "resets": c.S_RESETS,
    "reset_seqs": c.S_RST_SEQS,
    "text_under": c.S_TEXT_UNDER,
    "round_trip_ns": c.S_RTT_LEAST_NS,
    "round_trip_most_ns": c.S_RTT_MOST_NS,
    "ttl": c.S_TTL,
    "ttl_least": c.S_TTL_LEAST,
    "ttl_most": c.S_TTL_MOST,
    "unseen_acks": c.S_UNSEEN_ACKS,
    "holes": c.S_HOLES,
}
SIDE_FRAMES = {"unseen_at": c.S_UNSEEN_FRAME}
SIDE_STATES = {"state": c.S_STATE, "state_before_reset": c.S_STATE_BEFORE_RESET}
SIDE_MOMENTS = {
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
SIDE_OTHERS = (
    *("side", "address", "port", "snd_una", "spoke", "signed", "numbers_guessed"),
    *("alive_after_reset", "talked_after_own_reset", "fin_delivered_to_it"),
    *("ladder", "zero_window", "keepalives", "payloads", "stray_sacks"),
)


class Layout(NamedTuple):
    """How the values of a row become the fields of a tuple. ``take`` chooses the columns of the
    row that are wanted, places are indexes into what it gives, and ``put`` gives them, the moments
    and the other fields the order of the fields."""

    take: Callable[[list[int]], tuple[int, ...]]
    put: Callable[[list[Any]], tuple[Any, ...]]
    frames: tuple[int, ...]
    counts: tuple[int, ...]
    states: tuple[int, ...]
    moments: tuple[tuple[int, int], ...]

    def filled(
        self, row: memoryview, frame: Callable[[int], int], others: Iterable[Any]
    ) -> tuple[Any, ...]:
        """The fields. Unknown is None, 0 where something is counted; ``frame`` turns the walk's
        frame numbers into those that are shown; ``others`` are the fields that are no column."""
        unknown, new = NONE, tuple.__new__  # a Moment of its own would cost five times as much
        values: list[Any] = [
            None if value == unknown else value for value in self.take(row.tolist())
        ]
        if frame is not int:
            for place in self.frames:
                if values[place] is not None:
                    values[place] = frame(values[place])
        for place in self.counts:
            values[place] = values[place] or 0
        for place in self.states:
            if values[place] is not None:
                values[place] = STATES[values[place]]
        for place, time in self.moments:
            frame_ns = (values[place], values[time])
            values.append(None if frame_ns[0] is None else new(Moment, frame_ns))
        values += others
        return self.put(values)


def _layout(
    fields: Sequence[str],
    moments: Mapping[str, tuple[int, int]],
    others: Sequence[str],
    **columns: Mapping[str, int],
) -> Layout:
    """The layout of these fields. Raises KeyError for one that stands nowhere."""
    named = {name: column for part in columns.values() for name, column in part.items()}
    wanted = [*named.values(), *(column for pair in moments.values() for column in pair)]
    place = {column: at for at, column in enumerate(wanted)}
    at = {name: place[column] for name, column in named.items()}
    at |= {name: len(wanted) + after for after, name in enumerate((*moments, *others))}
    pairs = tuple((place[frame], place[ns]) for frame, ns in moments.values())
    frames = {place[column] for column in columns["frames"].values()}
    return Layout(
        take=itemgetter(*wanted),
        put=itemgetter(*(at[name] for name in fields)),
        frames=tuple(sorted(frames | {frame for frame, _ in pairs})),
        counts=tuple(place[column] for column in columns.get("counts", NOTHING).values()),
        states=tuple(place[column] for column in columns["states"].values()),
        moments=pairs,
    )


NOTE = _layout(
    Note._fields,
    NOTE_MOMENTS,
    NOTE_OTHERS,
    values=NOTE_VALUES,
    frames=NOTE_FRAMES,
    counts=NOTE_COUNTS,
    states=NOTE_STATES,
)
ENDPOINT = _layout(
    Endpoint._fields,
    SIDE_MOMENTS,
    SIDE_OTHERS,
    values=SIDE_VALUES,
    frames=SIDE_FRAMES,
    states=SIDE_STATES,
)

"""What the peer knows of the kernel's end: its numbers, and how a segment it takes moves them.

Every number comes off the wire (what the kernel sent) or from what the law says it took; nothing is
asked of the kernel. Transitions are those of RFC 9293 3.3.2. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from unstick.lab.probe.craft import Segment
from unstick.tcp.classify import seq_delta
from unstick.tcp.closing import AFTER_ACK_OF_FIN, AFTER_FIN, HEARS_TEXT
from unstick.tcp.holes import joined
from unstick.tcp.judge import Snapshot
from unstick.tcp.vocabulary import State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, RST, SYN

PEER_IS_DONE = frozenset({State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK})


@dataclass(slots=True)
class Endpoint:
    """Absolute numbers, modulo 2**32. ``fin_seq`` is the kernel's FIN once it was on the wire;
    ``ranges`` lie beyond a hole, ``late_fin`` is the number of a FIN that does; ``unread`` counts
    what its program has not taken, a FIN as one; an ``orphan`` has been closed by its program, and
    is ``mini`` where only a mini-socket is left of it in FIN-WAIT-2."""

    state: State
    iss: int
    irs: int
    snd_una: int
    snd_nxt: int
    rcv_nxt: int
    last_ack: int
    right_edge: int
    max_window: int
    scale: int = 0
    acked_bytes: int = 0
    peer_scale: int = 0
    timestamps: bool = False
    ts_recent: int = 0
    ts_heard: int = 0
    sack_edge: int | None = None
    fin_seq: int | None = None
    ranges: tuple[tuple[int, int], ...] = ()
    late_fin: int | None = None
    unread: int = 0
    orphan: bool = False
    mini: bool = False

    def copy(self) -> Endpoint:
        return replace(self)


def sent(end: Endpoint, segment: Segment) -> None:
    """The kernel's end has sent this."""
    if segment.flags & RST:
        return
    if seq_delta(segment.end, end.snd_nxt) > 0:
        end.snd_nxt = segment.end
    if segment.flags & FIN:
        end.fin_seq = (segment.end - 1) & MASK
    # A request forgets the clock of its ACKs: it takes an echo of its SYN-ACK only.
    if segment.timestamps is not None and (
        end.state is not State.SYN_RECEIVED or segment.flags & SYN
    ):
        end.ts_heard = segment.timestamps[0]
    if not segment.flags & ACK_FLAG:
        return
    end.last_ack = segment.ack
    scale = 0 if segment.flags & SYN else end.scale
    edge = (segment.ack + (segment.window << scale)) & MASK
    # A request keeps the window of its SYN-ACK; its ACKs show it rounded down to the scale.
    if end.state is not State.SYN_RECEIVED or seq_delta(edge, end.right_edge) > 0:
        end.right_edge = edge
    # A block below the ACK, or inside the next one, tells of a duplicate (RFC 2883 4).
    blocks = list(segment.sacks)
    if blocks and (
        seq_delta(blocks[0][0], segment.ack) < 0
        or any(_inside(blocks[0], other) for other in blocks[1:])
    ):
        del blocks[0]
    edges = [right for _, right in blocks]
    end.sack_edge = None
    for edge in edges:
        if end.sack_edge is None or seq_delta(edge, end.sack_edge) > 0:
            end.sack_edge = edge


def _inside(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return seq_delta(one[0], other[0]) >= 0 and seq_delta(one[1], other[1]) <= 0


def snapshot(end: Endpoint, segment: Segment) -> Snapshot:
    """What the law is asked: this segment at this endpoint."""
    stamp = segment.timestamps
    ahead = 0
    known = end.state is not State.SYN_SENT
    if end.timestamps and stamp is not None:
        ahead = seq_delta(stamp[0], end.ts_recent)
    return Snapshot(
        state=end.state,
        flags=segment.flags,
        seq=segment.seq & MASK,
        ack=segment.ack & MASK,
        length=segment.length,
        signed=segment.signed,
        paws_failed=ahead < 0,
        newer_timestamp=ahead > 0,
        rcv_nxt=end.rcv_nxt if known else None,
        last_ack=end.last_ack if known else None,
        right_edge=end.right_edge if known else None,
        sack_edge=end.sack_edge,
        snd_una=end.snd_una,
        snd_nxt=end.snd_nxt,
        fin_sent=end.fin_seq is not None,
        max_window=end.max_window,
        acked_bytes=end.acked_bytes,
    )


def take(end: Endpoint, segment: Segment) -> None:
    """The law says ACCEPT: acknowledgment, then text, then FIN."""
    if segment.flags & SYN and end.state in (State.SYN_SENT, State.SYN_RECEIVED):
        _take_syn(end, segment)
        return
    acknowledge(end, segment)
    if end.state in HEARS_TEXT:
        _take_text(end, segment)
    elif end.state in PEER_IS_DONE and segment.flags & FIN:
        # Linux takes one more FIN behind text that is old (tcp_rcv_state_process(), step 7).
        stop = seq_delta((segment.seq + segment.length) & MASK, end.rcv_nxt)
        if stop == 0 < segment.length:
            end.rcv_nxt = (end.rcv_nxt + 1) & MASK
            end.unread += 1


def _take_syn(end: Endpoint, segment: Segment) -> None:
    if end.state is not State.SYN_SENT:
        return  # a SYN again, and its answer again
    end.irs = segment.seq
    end.rcv_nxt = end.last_ack = (segment.seq + 1) & MASK
    offered = segment.opening
    if offered is None or offered.scale is None:
        end.scale = end.peer_scale = 0
    else:
        end.peer_scale = offered.scale
    end.timestamps = segment.timestamps is not None
    if segment.timestamps is not None:
        end.ts_recent = segment.timestamps[0]
    end.max_window = segment.window
    if not segment.flags & ACK_FLAG:
        end.state = State.SYN_RECEIVED
        return
    end.snd_una = segment.ack
    end.acked_bytes = 1  # Linux counts the SYN, where it is its own
    end.state = State.ESTABLISHED


def acknowledge(end: Endpoint, segment: Segment) -> None:
    """Its timestamp, its acknowledgment, and what that does to the state."""
    stamp = segment.timestamps
    in_order = seq_delta(segment.seq, end.last_ack) <= 0  # RFC 7323 4.3
    if end.timestamps and stamp is not None and in_order:
        end.ts_recent = stamp[0] if seq_delta(stamp[0], end.ts_recent) > 0 else end.ts_recent
    if not segment.flags & ACK_FLAG:
        return
    if seq_delta(segment.ack, end.snd_una) <= 0 or seq_delta(segment.ack, end.snd_nxt) > 0:
        return
    opens = end.state is State.SYN_RECEIVED
    end.acked_bytes += 0 if opens else seq_delta(segment.ack, end.snd_una)
    end.snd_una = segment.ack & MASK
    if opens:
        end.state = State.ESTABLISHED
    if end.fin_seq is not None and seq_delta(end.snd_una, end.fin_seq) > 0:
        # A FIN in the same segment, even an old one, keeps the whole socket (Linux, step 5).
        waits = end.state is State.FIN_WAIT_1 and not segment.flags & FIN
        end.mini = end.orphan and waits
        end.state = AFTER_ACK_OF_FIN.get(end.state, end.state)


def _take_text(end: Endpoint, segment: Segment) -> None:
    start = seq_delta(segment.seq, end.rcv_nxt)
    stop = (segment.end - bool(segment.flags & FIN)) & MASK
    if segment.flags & FIN:
        end.late_fin = stop
    before = end.rcv_nxt
    if start > 0:
        if segment.length:
            end.ranges = (*end.ranges, (segment.seq & MASK, stop))
        return
    if seq_delta(stop, end.rcv_nxt) > 0:
        end.rcv_nxt = stop
    # Its own FIN comes first: whatever lies beyond that is forgotten.
    if end.late_fin != end.rcv_nxt:
        end.rcv_nxt, end.ranges = joined(end.rcv_nxt, end.ranges)
    end.unread += seq_delta(end.rcv_nxt, before)
    if end.late_fin == end.rcv_nxt:
        end.rcv_nxt = (end.rcv_nxt + 1) & MASK
        end.unread += 1
        end.late_fin, end.ranges = None, ()
        end.state = AFTER_FIN.get(end.state, end.state)

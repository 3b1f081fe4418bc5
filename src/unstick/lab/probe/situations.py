"""Where a segment can meet an endpoint: every state, and what its numbers may look like there.

One row a situation. A row brings a fresh connection there in a few steps, and says in a word what
the kernel must then be like; where no segment and no program can bring it, the reason stands in
``UNREACHABLE``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from unstick.lab.probe import connection
from unstick.lab.probe.bench import NARROW_PORT, PORT, Bench
from unstick.lab.probe.connection import Connection, UnreachableError
from unstick.lab.probe.craft import Opening
from unstick.tcp.classify import seq_delta
from unstick.tcp.vocabulary import State
from unstick.wire.columns import FIN, PSH

GREETING = 300
"""Bytes each side has sent, and seen acknowledged, before anything is tried."""
OUT = 200  # bytes of the kernel that are not acknowledged
LATE = 100  # bytes of the peer that are
HOLE, BLOCK = 100, 100  # before the SACK block, and in it

Step = Callable[[Connection], None]


class Situation(NamedTuple):
    """``name`` is unique; ``wants`` is the state; ``steps`` follow a greeting on an established
    connection, unless the state comes before one."""

    name: str
    wants: State
    steps: tuple[Step, ...] = ()
    narrow: bool = False


def out(one: Connection) -> None:
    """Sent and not acknowledged."""
    one.write(OUT)


def shut(one: Connection) -> None:
    one.shut()


def leave(one: Connection) -> None:
    """The program has closed it: nobody is there to read."""
    one.shut(leave=True)


def leave_acked(one: Connection) -> None:
    one.shut(leave=True)
    one.say(0)


def shut_acked(one: Connection) -> None:
    one.shut()
    one.say(0)


def late(one: Connection) -> None:
    """Received; the ACK is still to come."""
    one.delay_acks()
    one.say(PSH, LATE, ack=one.end.snd_una)


def late_octet(one: Connection) -> None:
    one.delay_acks()
    one.say(PSH, 1, ack=one.end.snd_una)


def sack(one: Connection) -> None:
    """A block beyond a hole."""
    one.beyond(HOLE, BLOCK)


def sack_to_edge(one: Connection) -> None:
    """A block that ends where the window does."""
    room = seq_delta(one.end.right_edge, one.end.rcv_nxt)
    one.beyond(HOLE, room - HOLE)


def closed(one: Connection) -> None:
    """As much as the window lets in, and nobody reads."""
    for _ in range(8):
        room = seq_delta(one.end.right_edge, one.end.rcv_nxt)
        if room == 0:
            acknowledged(one)
            return
        one.say(PSH, min(room, 1000))
    raise UnreachableError("the window does not close")


def closed_late(one: Connection) -> None:
    """The same, the last of it without an ACK yet."""
    one.delay_acks()
    one.say(PSH, seq_delta(one.end.right_edge, one.end.rcv_nxt))


def peer_closed(one: Connection) -> None:
    """The peer takes no more, and there is more to send."""
    one.say(0, window=0)
    one.write(OUT)


def acknowledged(one: Connection) -> None:
    """An ACK that waits goes with the next text."""
    if seq_delta(one.end.rcv_nxt, one.end.last_ack) > 0:
        one.write(1)
        one.say(0)


def fin(one: Connection) -> None:
    """The peer's FIN, acknowledged."""
    one.say(FIN)
    if one.end.state is State.CLOSE_WAIT:
        acknowledged(one)


def fin_late(one: Connection) -> None:
    one.delay_acks()
    one.say(FIN, ack=one.end.snd_una)


def fin_late_with_text(one: Connection) -> None:
    one.delay_acks()
    one.say(PSH | FIN, LATE, ack=one.end.snd_una)


def fin_crossing(one: Connection) -> None:
    """The peer's FIN, sent before it had ours."""
    one.say(FIN, ack=one.end.snd_una)


S = State
SITUATIONS: tuple[Situation, ...] = (
    Situation("SYN-SENT", S.SYN_SENT),
    Situation("SYN-RECEIVED", S.SYN_RECEIVED),
    Situation("ESTABLISHED", S.ESTABLISHED),
    Situation("ESTABLISHED, data unacked", S.ESTABLISHED, (out,)),
    Situation("ESTABLISHED, ACK delayed", S.ESTABLISHED, (late,)),
    Situation("ESTABLISHED, ACK of one octet delayed", S.ESTABLISHED, (late_octet,)),
    Situation("ESTABLISHED, SACK block", S.ESTABLISHED, (sack,)),
    Situation("ESTABLISHED, SACK block to the edge", S.ESTABLISHED, (sack_to_edge,), True),
    Situation("ESTABLISHED, window closed", S.ESTABLISHED, (closed,), True),
    Situation("ESTABLISHED, window closed, ACK delayed", S.ESTABLISHED, (closed_late,), True),
    Situation("ESTABLISHED, peer's window closed", S.ESTABLISHED, (peer_closed,)),
    Situation("FIN-WAIT-1", S.FIN_WAIT_1, (shut,)),
    Situation("FIN-WAIT-1, data unacked", S.FIN_WAIT_1, (out, shut)),
    Situation("FIN-WAIT-1, ACK delayed", S.FIN_WAIT_1, (shut, late)),
    Situation("FIN-WAIT-1, ACK of one octet delayed", S.FIN_WAIT_1, (shut, late_octet)),
    Situation("FIN-WAIT-1, SACK block", S.FIN_WAIT_1, (shut, sack)),
    Situation("FIN-WAIT-1, SACK block to the edge", S.FIN_WAIT_1, (shut, sack_to_edge), True),
    Situation("FIN-WAIT-1, window closed", S.FIN_WAIT_1, (closed, shut), True),
    Situation("FIN-WAIT-1, peer's window closed", S.FIN_WAIT_1, (peer_closed, shut)),
    Situation("FIN-WAIT-1, program gone", S.FIN_WAIT_1, (leave,)),
    Situation("FIN-WAIT-1, program gone, data unacked", S.FIN_WAIT_1, (out, leave)),
    Situation("FIN-WAIT-2", S.FIN_WAIT_2, (shut_acked,)),
    Situation("FIN-WAIT-2, ACK delayed", S.FIN_WAIT_2, (shut_acked, late)),
    Situation("FIN-WAIT-2, ACK of one octet delayed", S.FIN_WAIT_2, (shut_acked, late_octet)),
    Situation("FIN-WAIT-2, SACK block", S.FIN_WAIT_2, (shut_acked, sack)),
    Situation("FIN-WAIT-2, SACK block to the edge", S.FIN_WAIT_2, (shut_acked, sack_to_edge), True),
    Situation("FIN-WAIT-2, window closed", S.FIN_WAIT_2, (closed, shut_acked), True),
    Situation("FIN-WAIT-2, program gone", S.FIN_WAIT_2, (leave_acked,)),
    Situation("CLOSE-WAIT", S.CLOSE_WAIT, (fin,)),
    Situation("CLOSE-WAIT, data unacked", S.CLOSE_WAIT, (fin, out)),
    Situation("CLOSE-WAIT, ACK of the FIN delayed", S.CLOSE_WAIT, (fin_late,)),
    Situation("CLOSE-WAIT, ACK of text and FIN delayed", S.CLOSE_WAIT, (fin_late_with_text,)),
    Situation("CLOSE-WAIT, window closed", S.CLOSE_WAIT, (closed, fin), True),
    Situation("CLOSE-WAIT, peer's window closed", S.CLOSE_WAIT, (fin, peer_closed)),
    Situation("CLOSING", S.CLOSING, (shut, fin_crossing)),
    Situation("CLOSING, data unacked", S.CLOSING, (out, shut, fin_crossing)),
    Situation("CLOSING, window closed", S.CLOSING, (closed, shut, fin_crossing), True),
    Situation("CLOSING, program gone", S.CLOSING, (leave, fin_crossing)),
    Situation("LAST-ACK", S.LAST_ACK, (fin, shut)),
    Situation("LAST-ACK, data unacked", S.LAST_ACK, (fin, out, shut)),
    Situation("LAST-ACK, window closed", S.LAST_ACK, (closed, fin, shut), True),
    Situation("LAST-ACK, peer's window closed", S.LAST_ACK, (fin, peer_closed, shut)),
    Situation("LAST-ACK, program gone", S.LAST_ACK, (fin, leave)),
    Situation("TIME-WAIT", S.TIME_WAIT, (shut_acked, fin)),
    Situation("TIME-WAIT from CLOSING", S.TIME_WAIT, (shut, fin_crossing, lambda one: one.say(0))),
)

UNREACHABLE: tuple[tuple[str, str], ...] = (
    ("SYN-SENT, data unacked", "no text before the SYN-ACK without TCP Fast Open"),
    ("SYN-SENT, ACK delayed", "nothing is received before the peer's SYN"),
    ("SYN-RECEIVED, ACK delayed", "a request socket keeps no text: it is taken by its child"),
    ("SYN-RECEIVED, both opened", "the law takes SYN-RECEIVED for a passive open"),
    ("FIN-WAIT-2, data unacked", "the ACK that brought it there covers all data"),
    ("CLOSE-WAIT, SACK block", "the FIN was the last octet in order: nothing lies beyond it"),
    ("CLOSING, ACK of the FIN delayed", "Linux acknowledges that FIN at once (tcp_fin())"),
    ("CLOSING, SACK block", "nothing lies beyond the FIN"),
    ("LAST-ACK, ACK of the FIN delayed", "the own FIN carries the ACK"),
    ("LAST-ACK, SACK block", "nothing lies beyond the FIN"),
    ("TIME-WAIT, data unacked", "all of it was acknowledged with the FIN"),
    ("TIME-WAIT, ACK of the FIN delayed", "Linux acknowledges that FIN at once (tcp_fin())"),
    ("TIME-WAIT, window closed", "text is over: the mini-socket keeps the last window"),
)
"""What the state, or the law, does not allow, and why."""


def reach(bench: Bench, situation: Situation, timestamps: bool) -> Connection:
    """A fresh connection there. Raises UnreachableError."""
    if situation.wants is State.SYN_SENT:
        return connection.opening(bench, timestamps)
    port = NARROW_PORT if situation.narrow else PORT
    complete = situation.wants is not State.SYN_RECEIVED
    one = connection.accepted(bench, port, Opening(), timestamps, complete)
    try:
        if complete:
            one.say(PSH, GREETING)
            one.read()
            one.write(GREETING)
            one.say(0)
        for step in situation.steps:
            step(one)
        found = one.state()
        if (found is not situation.wants) or (one.end.state is not found):
            raise UnreachableError(
                f"the kernel is in {found.rfc_name}, the peer believes {one.end.state.rfc_name}"
            )
    except BaseException:
        one.close()
        raise
    return one

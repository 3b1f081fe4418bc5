"""What the axes of the law cannot tell apart, told apart by its numbers.

``tcp/rules.py`` lists what its four axes do not say. Where Linux decides by such a thing, a row
here says which, when, and what is done: so every segment of the probe and the fuzz is judged, and
a row of the law that is too coarse is seen to be. All are measured on Linux 6.18.44. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from unstick.lab.probe.craft import Segment
from unstick.lab.probe.endpoint import PEER_IS_DONE, Endpoint
from unstick.tcp.classify import seq_delta
from unstick.tcp.closing import HEARS_TEXT
from unstick.tcp.judge import Snapshot, Verdict, judge
from unstick.tcp.rules import axes_of
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN

MINI = frozenset({State.SYN_RECEIVED, State.TIME_WAIT})
TEXT = frozenset({Kind.DATA, Kind.FIN})
CLOSED = frozenset({Seq.EXACT_CLOSED, Seq.EXACT_UNACKED_CLOSED})


class Case(NamedTuple):
    """One segment at one endpoint, and what the law of a profile says."""

    profile: str
    end: Endpoint
    segment: Segment
    snapshot: Snapshot
    verdict: Verdict

    @property
    def kind(self) -> Kind:
        return Kind(axes_of(self.verdict.cell)[1])

    @property
    def seq(self) -> Seq:
        return Seq(axes_of(self.verdict.cell)[2])

    @property
    def ack(self) -> Ack:
        return Ack(axes_of(self.verdict.cell)[3])

    @property
    def start(self) -> int:
        """Of the segment, from RCV.NXT."""
        return seq_delta(self.segment.seq, self.end.rcv_nxt)

    @property
    def stop(self) -> int:
        """Of its text, from RCV.NXT; a FIN is not text."""
        return self.start + self.segment.length


class Beside(NamedTuple):
    """``actions`` are what is done where ``when`` holds: more than one where it hangs on memory
    that nobody sees. ``by_number``: refused where SEQ is looked at, before its ACK is."""

    name: str
    says: str
    when: Callable[[Case], bool]
    actions: Callable[[Case], tuple[Action, ...]]
    by_number: bool = False


def _room(case: Case) -> int:
    """What is left of the window that was offered last: tcp_receive_window()."""
    return max(seq_delta(case.end.right_edge, case.end.rcv_nxt), 0)


def _signed_at_mini(case: Case) -> bool:
    return case.kind is Kind.SIGNED and case.end.state is State.TIME_WAIT


def _unsigned(case: Case) -> tuple[Action, ...]:
    plain = case.snapshot._replace(signed=False)
    verdicts, _ = refined(case._replace(snapshot=plain, verdict=judge(plain, case.profile)))
    return tuple(one.action for one in verdicts)


def _old_reset_at_mini(case: Case) -> bool:
    late = case.snapshot.paws_failed and case.kind is Kind.RST
    return late and case.end.state in MINI


def _old_bare_ack(case: Case) -> bool:
    live = case.end.state not in (State.SYN_SENT, *MINI)
    return live and case.kind is Kind.ACK and case.snapshot.paws_failed


def _by_place(case: Case) -> tuple[Action, ...]:
    if case.start < 0:
        return (Action.DROP,)
    repeats = case.start == 0 and case.segment.ack == case.end.snd_una
    return (Action.ACCEPT if repeats else Action.ACK,)


def _sticks_out(case: Case) -> bool:
    """tcp_sequence() of 6.17: its start is inside, its end is not, and the queue is not empty."""
    if case.kind not in TEXT or case.seq in (Seq.PAWS, Seq.UNKNOWN) or case.end.unread == 0:
        return False
    reachable = case.end.state not in (State.SYN_SENT, *MINI)
    answers = bool(case.segment.flags & ACK_FLAG)
    return reachable and answers and case.start <= _room(case) < case.stop


def _long_reset(case: Case) -> bool:
    """tcp_sequence() and tcp_in_window() ask where a RST ends, too. Its SYN counts, for the first
    its FIN does not."""
    end, room = case.end, _room(case)
    if case.kind is not Kind.RST or end.state in (State.SYN_SENT, State.TIME_WAIT):
        return False
    stop = seq_delta(case.segment.end, end.rcv_nxt)
    if end.state is State.SYN_RECEIVED:
        return case.start == room < stop
    at_fin = case.verdict.rule_name == "rst-at-fin"  # looked at again, wherever it ends
    past = case.start <= room < stop - bool(case.segment.flags & FIN)
    return past and not at_fin and end.unread > 0


def _odd_syn(case: Case) -> bool:
    """The mini-socket gives way; then the listener refuses what it finds."""
    fits = case.verdict.action is Action.NEW_CONNECTION
    return fits and (case.segment.signed or bool(case.segment.flags & FIN))


def _last_ack_first(case: Case) -> bool:
    """tcp_rcv_state_process(): step 5 ends the connection, or leaves a mini-socket of it; step 7 is
    never reached."""
    ends = case.end.state in (State.CLOSING, State.LAST_ACK)
    leaves = case.end.orphan and case.end.state is State.FIN_WAIT_1 and case.kind is Kind.DATA
    if (
        not (ends or leaves)
        or case.ack is not Ack.NEW_FIN
        or case.kind not in TEXT
        or case.seq in (Seq.PAWS, Seq.UNKNOWN)
    ):
        return False
    begun = seq_delta(case.segment.end, case.end.last_ack) >= 0
    return begun and case.start <= _room(case)


def _past_edge_unhindered(case: Case) -> bool:
    """The same with an empty queue: let in, and then ignored, for it comes after the FIN."""
    return case.verdict.rule_name == "text-beyond-edge" and case.end.unread == 0


def _across_fin(case: Case) -> bool:
    done = case.end.state in PEER_IS_DONE and case.kind in TEXT
    if not done or case.verdict.action is not Action.ACCEPT:
        return False
    return case.start < 0 < case.stop


def _fin_of_old_text(case: Case) -> bool:
    """tcp_data_queue(): only a FIN without any text needs no room."""
    takes = case.end.state in HEARS_TEXT and case.kind is Kind.FIN and case.ack is not Ack.NONE
    return takes and case.seq in CLOSED and case.segment.length > 0


def _text_for_nobody(case: Case) -> bool:
    """Step 7 again: receiving is shut down, and something new arrives."""
    new = seq_delta(case.segment.end, case.end.rcv_nxt) - bool(case.segment.flags & FIN) > 0
    lives = case.end.orphan and case.end.state in (State.FIN_WAIT_1, State.FIN_WAIT_2)
    taken = case.verdict.action is Action.ACCEPT or case.verdict.rule_name == "no-room"
    return lives and new and taken and case.kind in TEXT and case.ack is not Ack.NONE


def _orphan_in_fin_wait_2(case: Case) -> bool:
    return case.end.mini and case.end.state is State.FIN_WAIT_2


def _by_mini_socket(case: Case) -> tuple[Action, ...]:
    """tcp_timewait_state_process() for its substate FIN-WAIT-2, in the order it asks."""
    flags, start, room = case.segment.flags, case.start, _room(case)
    stop = seq_delta(case.segment.end, case.end.rcv_nxt)
    inside = start == 0 or (stop > 0 and start < room) or start == stop == room
    if case.snapshot.paws_failed or not inside:
        return (Action.ACK,)
    if flags & RST:
        return (Action.RESET,)
    # To a signed segment without a key it has no answer.
    killed = Action.RESET if case.segment.signed else Action.REPLY_RST_AND_RESET
    if flags & SYN and start >= 0:
        return (killed,)
    if not flags & ACK_FLAG or stop <= 0 or stop == start:
        return (Action.DROP,)
    return (Action.ACCEPT if flags & FIN and stop == 1 else killed,)


def _predicted(case: Case) -> bool:
    return case.verdict.rule_name == "ack-ancient-predicted"


ROWS: tuple[Beside, ...] = (
    Beside(
        "FIN-WAIT-2 without a program",
        "a program that has closed leaves a mini-socket in FIN-WAIT-2, with laws of its own",
        _orphan_in_fin_wait_2,
        _by_mini_socket,
        by_number=True,
    ),
    Beside(
        "SYN that is refused, TIME-WAIT",
        "TIME-WAIT gives way to a SYN that the listener then drops: signed, or with a FIN",
        _odd_syn,
        lambda case: (Action.RESET,),
    ),
    Beside(
        "signed, TIME-WAIT",
        "a signature is not looked at in TIME-WAIT: what is under it decides",
        _signed_at_mini,
        _unsigned,
    ),
    Beside(
        "old RST, mini-socket",
        "SYN-RECEIVED and TIME-WAIT drop a RST with an old timestamp",
        _old_reset_at_mini,
        lambda case: (Action.DROP,),
    ),
    Beside(
        "RST past the edge",
        "a RST that ends past the edge is refused in silence, while text waits unread",
        _long_reset,
        lambda case: (Action.DROP,),
    ),
    Beside(
        "old bare ACK",
        "with an old timestamp: below N in silence, a repeated one taken, others answered",
        _old_bare_ack,
        _by_place,
        by_number=True,
    ),
    Beside(
        "text past the edge",
        "text that begins inside and ends past the edge is refused while text waits unread",
        _sticks_out,
        lambda case: (Action.ACK,),
        by_number=True,
    ),
    Beside(
        "text past the edge, nothing unread",
        "after the peer's FIN it is ignored, where nothing waits unread",
        _past_edge_unhindered,
        lambda case: (Action.ACCEPT,),
    ),
    Beside(
        "FIN with old text",
        "a FIN with text, though all of that is old, finds no room in a closed window",
        _fin_of_old_text,
        lambda case: (Action.ACK,),
    ),
    Beside(
        "text for nobody",
        "text for a program that has closed is answered with RST, and the connection ends",
        _text_for_nobody,
        lambda case: (Action.REPLY_RST_AND_RESET,),
    ),
    Beside(
        "last ACK",
        "an ACK of the own FIN ends the connection before the text with it is looked at",
        _last_ack_first,
        lambda case: (Action.ACCEPT,),
    ),
    Beside(
        "text across the FIN",
        "text that begins below the peer's FIN and ends past it ends the connection",
        _across_fin,
        lambda case: (Action.REPLY_RST_AND_RESET,),
    ),
    Beside(
        "header prediction",
        "in order text with an ancient ACK is taken if it is what was predicted",
        _predicted,
        lambda case: (Action.ACCEPT, Action.CHALLENGE),
    ),
)


def refined(case: Case) -> tuple[tuple[Verdict, ...], Beside | None]:
    """What may be seen, and the row that says so; the law's own verdict where none does."""
    for row in ROWS:
        if row.when(case):
            actions = row.actions(case)
            return tuple(case.verdict._replace(action=one) for one in actions), row
    return (case.verdict,), None

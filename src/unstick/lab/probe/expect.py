"""From a verdict to what must be seen, and from there to complaints.

The law says what becomes of a segment (``unstick.tcp.vocabulary.Action``). What that means for who
watches from outside - answers, state, bytes counted, the error a blocked program gets - stands here
once, for the probe and the fuzz. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from unstick.lab.probe import endpoint
from unstick.lab.probe.beside import Case, refined
from unstick.lab.probe.connection import Answer, Books
from unstick.lab.probe.craft import Segment
from unstick.lab.probe.endpoint import Endpoint
from unstick.tcp.classify import seq_delta
from unstick.tcp.closing import HEARS_TEXT
from unstick.tcp.judge import judge
from unstick.tcp.vocabulary import Action, Kind, Seq, State
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN

ENDS = frozenset({Action.RESET, Action.REPLY_RST_AND_RESET})
ANSWERED_BY_RST = frozenset({Action.REPLY_RST, Action.REPLY_RST_AND_RESET})

ERRORS = {State.SYN_SENT: "ECONNREFUSED", State.CLOSE_WAIT: "EPIPE"}
"""Linux tcp_reset(); everywhere else it is ECONNRESET."""

CARRIES_ACK = {"ACK", "data", "FIN"}

WITHOUT_SOCKET = frozenset({State.SYN_RECEIVED, State.TIME_WAIT, State.CLOSED})
"""Nobody has a socket there, or none that is connected any more."""


def word(reply: Segment) -> str:
    """``ACK``, ``RST``, ``SYN+ACK``, ``data``, ``FIN``."""
    if reply.flags & RST:
        return "RST"
    if reply.flags & SYN:
        return "SYN+ACK" if reply.flags & ACK_FLAG else "SYN"
    if reply.flags & FIN:
        return "FIN"
    return "data" if reply.length else "ACK"


def moved(case: Case, refused_by_number: bool = False) -> Endpoint:
    """The endpoint after the segment, as the law has it.

    ``refused_by_number``: it was refused where SEQ is looked at, before its ACK was.
    """
    after = case.end.copy()
    action = case.verdict.action
    if action is Action.ACCEPT:
        endpoint.take(after, case.segment)
    elif action in ENDS:
        after.state = State.CLOSED
    elif action is Action.NEW_CONNECTION:
        after.state = State.SYN_RECEIVED
    elif action is Action.ACK and not refused_by_number and _is_old_text(case):
        endpoint.acknowledge(after, case.segment)
    return after


def _is_old_text(case: Case) -> bool:
    """Text in the window that brings nothing, or finds no room: its ACK is taken (``rules.py``)."""
    if case.kind not in (Kind.DATA, Kind.FIN) or case.seq in (Seq.PAWS, Seq.UNKNOWN):
        return False
    if case.end.state in (State.SYN_RECEIVED, State.TIME_WAIT):
        return False
    begun = seq_delta(case.segment.end, case.end.last_ack) >= 0
    return begun and seq_delta(case.segment.seq, case.end.right_edge) <= 0


def judged(end: Endpoint, segment: Segment, profile: str) -> Case:
    """What the law of a profile says to this segment."""
    seen = endpoint.snapshot(end, segment)
    return Case(profile, end, segment, seen, judge(seen, profile))


class Compared(NamedTuple):
    """``complaints``: in what the kernel did not do what the law says; none where they agree.
    ``beside``: the row beside the law that decided. ``after``: the endpoint, if they agree."""

    complaints: tuple[str, ...]
    beside: str | None
    after: Endpoint


def compare(case: Case, answer: Answer, before: Books | None) -> Compared:
    """The law, and where its axes do not tell the rows beside it, held against the kernel."""
    verdicts, row = refined(case)
    name = None if row is None else row.name
    tried = []
    for verdict in verdicts:
        one = case._replace(verdict=verdict)
        after = moved(one, refused_by_number=row is not None and row.by_number)
        found = tuple(complaints(one, after, answer, before))
        tried.append(Compared(found, name, after))
        if not found:
            break
    return tried[-1] if not tried[-1].complaints else tried[0]


def complaints(case: Case, after: Endpoint, answer: Answer, before: Books | None) -> Iterator[str]:
    """In what the kernel's answer is not what the verdict says. Nothing: they agree."""
    end, action = case.end, case.verdict.action
    if action is Action.UNDECIDABLE:
        return
    yield from _about_replies(case, after, answer)
    if answer.state is not after.state:
        yield f"{answer.state.rfc_name}, not {after.state.rfc_name}"
    error = ""
    if action in ENDS and end.state not in WITHOUT_SOCKET and not end.orphan:
        error = ERRORS.get(end.state, "ECONNRESET")
    if answer.error != error:
        yield f"the program is told {answer.error or 'nothing'}, not {error or 'nothing'}"
    challenged = answer.counters is None or "TcpExtTCPChallengeACK" in answer.counters
    if action is Action.CHALLENGE and not challenged:
        yield "an ACK that is not counted as a challenge"
    if answer.books is None or before is None or answer.state in WITHOUT_SOCKET:
        return
    if end.state is State.SYN_SENT:
        return
    received = seq_delta(after.rcv_nxt, end.rcv_nxt)
    if answer.books.received - before.received != received:
        yield f"takes {answer.books.received - before.received} octets, not {received}"
    acked = seq_delta(after.snd_una, end.snd_una)
    if answer.books.acked - before.acked != acked:
        yield f"has {answer.books.acked - before.acked} octets acknowledged, not {acked}"


def _about_replies(case: Case, after: Endpoint, answer: Answer) -> Iterator[str]:
    words = [word(one) for one in answer.replies]
    said = ", ".join(words) or "silence"
    action, end = case.verdict.action, case.end
    if action in (Action.CHALLENGE, Action.ACK):
        # Where its ACK lets more out, what is sent says the same.
        if not words or not set(words) <= (CARRIES_ACK if _is_old_text(case) else {"ACK"}):
            yield f"{said}, not an ACK"
        elif len(words) > 1 and "data" not in words:
            yield f"{said}, not one ACK"
        elif answer.replies[0].ack != end.rcv_nxt:
            yield f"ACK {seq_delta(answer.replies[0].ack, end.rcv_nxt):+} of N"
        elif words == ["ACK"] and answer.replies[0].seq != end.snd_nxt:
            yield f"an ACK at {seq_delta(answer.replies[0].seq, end.snd_nxt):+} of SND.NXT"
    elif action in (Action.DROP, Action.RESET):
        if words:
            yield f"{said}, not silence"
    elif action in ANSWERED_BY_RST:
        if words != ["RST"]:
            yield f"{said}, not a RST"
        elif case.segment.flags & ACK_FLAG and answer.replies[0].seq != case.segment.ack:
            yield f"a RST at {seq_delta(answer.replies[0].seq, case.segment.ack):+} of SEG.ACK"
    elif action is Action.NEW_CONNECTION:
        if words != ["SYN+ACK"]:
            yield f"{said}, not a SYN+ACK"
    elif "RST" in words:
        yield f"{said}, no RST"
    else:
        yield from _about_accepted(case, after, answer)


def _about_accepted(case: Case, after: Endpoint, answer: Answer) -> Iterator[str]:
    """What is taken may be acknowledged later; but what is said must be true."""
    wrong = [one for one in answer.replies if one.flags & ACK_FLAG and one.ack != after.rcv_nxt]
    if wrong:
        yield f"ACK {seq_delta(wrong[0].ack, after.rcv_nxt):+} of N after it"
    takes = case.end.state in HEARS_TEXT and case.segment.length
    if takes and case.start > 0 and not answer.replies:
        yield "silence, not an ACK for text beyond a hole"

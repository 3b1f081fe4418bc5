"""What a script should say after each action of the law, and what it says instead.

Only of the answer itself: its kind and its numbers. Errors and states are ``judging``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from unstick.lab.conformance.endpoint import Endpoint
from unstick.lab.conformance.script import Segment
from unstick.tcp.vocabulary import Action, State
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN


class Answer(NamedTuple):
    """What the script says of the time after a segment. ``error``: what SO_ERROR or a call told
    the program (None: nobody asked). ``listening``: later something is expected to come out, and
    packetdrill would notice anything else; after the last such line it does not listen."""

    segments: tuple[Segment, ...]
    error: str | None
    listening: bool


def nothing(endpoint: Endpoint, segment: Segment, answer: Answer) -> str | None:
    return f"an answer comes: {answer.segments[0].text}" if answer.segments else None


def one_ack(endpoint: Endpoint, segment: Segment, answer: Answer) -> str | None:
    """``<SEQ=SND.NXT><ACK=RCV.NXT>``; in SYN-RECEIVED the SYN-ACK once more says the same."""
    if not answer.segments:
        return "nothing comes"
    first = answer.segments[0]
    syn = first.flags & SYN and endpoint.state is State.SYN_RECEIVED
    if first.flags & (RST | FIN) or not first.flags & ACK_FLAG or (first.flags & SYN and not syn):
        return f"another answer comes: {first.text}"
    if first.ack != endpoint.rcv_nxt or (first.seq != endpoint.snd_nxt and not syn):
        return f"its numbers are others: {first.text}"
    return None


def a_reset(endpoint: Endpoint, segment: Segment, answer: Answer) -> str | None:
    if not answer.segments:
        return "nothing comes"
    first = answer.segments[0]
    return None if first.flags & RST else f"another answer comes: {first.text}"


def taken(endpoint: Endpoint, segment: Segment, answer: Answer) -> str | None:
    """No reset; and what is acknowledged at the end is what the model has received."""
    for one in answer.segments:
        if one.flags & RST:
            return f"a reset comes: {one.text}"
    acks = [one for one in answer.segments if one.flags & ACK_FLAG]
    if acks and endpoint.rcv_nxt is not None and acks[-1].ack != endpoint.rcv_nxt:
        return f"it acknowledges another number: {acks[-1].text}"
    if segment.flags & SYN and not any(one.flags & ACK_FLAG for one in answer.segments):
        return "no SYN-ACK comes"
    return None


def a_new_one(endpoint: Endpoint, segment: Segment, answer: Answer) -> str | None:
    return (
        taken(endpoint, segment, answer)
        if endpoint.listening
        else a_reset(endpoint, segment, answer)
    )


EXPECTED: dict[Action, Callable[[Endpoint, Segment, Answer], str | None]] = {
    Action.ACCEPT: taken,
    Action.RESET: nothing,
    Action.CHALLENGE: one_ack,
    Action.ACK: one_ack,
    Action.DROP: nothing,
    Action.REPLY_RST: a_reset,
    Action.REPLY_RST_AND_RESET: a_reset,
    Action.NEW_CONNECTION: a_new_one,
}

WORDS = {
    Action.ACCEPT: "it is taken",
    Action.RESET: "the connection is reset",
    Action.CHALLENGE: "a challenge ACK",
    Action.ACK: "an ACK",
    Action.DROP: "dropped in silence",
    Action.REPLY_RST: "a reset in answer",
    Action.REPLY_RST_AND_RESET: "a reset in answer, and the connection is over",
    Action.NEW_CONNECTION: "a new connection begins",
}

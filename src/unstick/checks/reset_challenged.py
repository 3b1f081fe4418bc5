"""A reset inside the window that is not exact: it is owed a challenge ACK, and an answer to that.

What happens
------------
A RST inside the receive window could be a lucky guess of an attacker. Since RFC 5961 a stack does
not obey it; it sends an ACK with the number it does expect. A host that really has no such
connection answers that ACK with a reset of exactly that number, and the connection ends one round
trip later.

Why it sticks
-------------
It does not, if both the challenge ACK and the second reset arrive. Boxes that forget a connection
at the first reset drop one of the two (R103, R105), hosts limit how often they answer, and stacks
limit how often they challenge (Linux: once in 500 ms for a connection).

Look-alikes
-----------
- An ordinary ACK that crossed the reset on the wire: told apart by the round trip.
- A reset outside the window: nothing is sent (R101).
- Linux before 3.6, FreeBSD with insecure_rst: any reset inside the window ends the connection.

What to do
----------
Nothing, when the answer came. Let both pass, the challenge ACK and the reset that answers it;
otherwise see R103.

References
----------
RFC 5961 3.2; RFC 9293 3.10.7.4, second; Linux tcp_send_challenge_ack().
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.refusals import apart, fell, genuine, matters
from unstick.checks.words import name
from unstick.tcp.observed import Connection, Note, Reset
from unstick.wire.columns import RST

REMEDIES = (
    Remedy(
        "Let challenge ACKs pass, and the exact resets that answer them, in both directions",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """One note a side: a challenge that was seen, else one that the law demands."""
    for side in connection.sides:
        owed = [one for one in genuine(connection, side.side) if _owed(connection, one)]
        if owed:
            yield _finding(connection, owed)


def _owed(connection: Connection, reset: Reset) -> bool:
    if reset.challenge is not None:
        return True
    return reset.verdict == "refused-challenged" and matters(connection, reset)


def exact_answer(note: Note) -> int | None:
    """The frame in which the sender of the reset answers the challenge with the exact one."""
    if note.reply is None or not (note.reply_flags & RST) or note.reply_seq != note.after_ack:
        return None
    return note.reply.frame


def _finding(connection: Connection, owed: Sequence[Reset]) -> Finding:
    seen = [one for one in owed if one.challenge is not None]
    reset = (seen or owed)[0]
    sender, receiver = name(reset.note.side), name(reset.note.receiver)
    evidence = [fell(connection, reset)]
    if reset.challenge is None:
        headline = f"The {sender}'s reset, {apart(reset)}, is owed a challenge ACK"
        evidence.append(
            Evidence(
                f"it lies inside the window: {connection.profile} answers with a challenge ACK "
                "and goes on; the capture shows none",
                (reset.frame,),
                {"verdict": reset.verdict},
                reset.cite,
            )
        )
    else:
        headline = f"The {receiver} challenges the {sender}'s reset: it is {apart(reset)}"
        evidence.append(_challenge(connection, reset))
    return Finding(
        code="R102",
        severity=Severity.NOTE,
        headline=headline,
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"If the {receiver} had received less or more than this capture shows, the reset "
        "fell elsewhere",
        since_ns=reset.note.ns,
    )


def _challenge(connection: Connection, reset: Reset) -> Evidence:
    answer = exact_answer(reset.note)
    frames = [reset.frame, reset.challenge or reset.frame]
    ack = connection.relative(reset.note.side, reset.note.after_ack)
    says = f"frame {reset.challenge} is the challenge ACK: it says that {ack} is expected"
    if answer is not None:
        says += f"; frame {answer} answers with just that reset"
        frames.append(answer)
    return Evidence(
        says, tuple(frames), {"ack": ack, "answered": answer is not None}, "RFC 5961 3.2"
    )


CHECK = Check(
    code="R102",
    name="reset-challenged",
    summary="RST inside the window, not exact: challenge ACK; was it answered?",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""The reset that was refused answers an older segment: which one, and what came in between.

What happens
------------
A host without the socket answers every segment with a reset of its own: SEQ = SEG.ACK (RFC 9293
3.10.7.1). It copies the number; it does not know the connection. A segment that was sent before
the last bytes or the FIN were acknowledged carries the older ACK number, so the reset it draws is
too low by just those.

Why it sticks
-------------
Every stack must refuse a reset below its window (R101). Segments sent after the FIN was
acknowledged would draw exact resets: they are on the way, unless a box stops forwarding after the
first reset (R105).

Look-alikes
-----------
- A reset at the sender's own SND.NXT with an ACK answers nothing: a program closed with unread
  data, or was killed.
- A forged reset (R106) may have any number.

What to do
----------
Nothing is wrong with either host. Look at what swallowed the resets that should have followed.

References
----------
RFC 9293 3.5.2 (reset generation) and 3.10.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.refusals import between, fell, genuine, matters
from unstick.checks.words import name
from unstick.tcp.observed import Connection, Reset

REMEDIES = (
    Remedy(
        "Forward every reset of a closed connection: later ones carry the exact number",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """The first refused reset of a side that is too low and answers a known segment."""
    for side in connection.sides:
        for reset in genuine(connection, side.side):
            low = (reset.below or 0) > 0 and reset.answers_frame is not None
            if low and matters(connection, reset):
                yield _finding(connection, reset)
                break


def _finding(connection: Connection, reset: Reset) -> Finding:
    note = reset.note
    sender, receiver = name(note.side), name(note.receiver)
    gap = between(connection, reset) or "more"
    seq = connection.relative(note.side, note.seq)
    short = gap.partition(" (frame")[0]
    return Finding(
        code="R104",
        severity=Severity.NOTE,
        headline=f"The reset answers frame {reset.answers_frame}, older than {short}",
        evidence=(
            fell(connection, reset),
            Evidence(
                _which(reset, receiver, seq),
                tuple(
                    frame for frame in (note.answers_first, note.answers_last) if frame is not None
                ),
                {
                    "ack": seq,
                    "first_frame": note.answers_first,
                    "last_frame": note.answers_last,
                    "candidates": note.answers_count,
                },
                "RFC 9293 3.10.7.1: SEQ = SEG.ACK",
            ),
            Evidence(
                f"the {receiver} sent it before {gap} of the {sender} had been acknowledged; "
                f"what it sends now draws resets that are not too low",
                values={"bytes_between": reset.below_data, "fin_between": reset.below_fin},
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        since_ns=note.ns,
    )


def _which(reset: Reset, receiver: str, seq: int | None) -> str:
    """The segment it answers, or how many it may be."""
    note = reset.note
    if note.answers_count == 1:
        return f"it answers frame {reset.answers_frame} of the {receiver}, which acknowledges {seq}"
    return (
        f"it answers a segment of the {receiver} that acknowledges {seq}: frame "
        f"{reset.answers_frame}, or another of the {note.answers_count:,} up to frame "
        f"{note.answers_last}"
    )


CHECK = Check(
    code="R104",
    name="reset-answers-older-segment",
    summary="names the segment a refused RST answers, and the bytes or FIN in between",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

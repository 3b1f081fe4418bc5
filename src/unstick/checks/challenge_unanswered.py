"""A challenge ACK was sent, and nothing ever answered it.

What happens
------------
A reset fell inside the window without being exact. The receiver did as RFC 5961 asks: it sent a
challenge ACK and waits for the exact reset. The host that sent the first reset would answer at
once, for it has no such connection. No answer comes.

Why it sticks
-------------
The receiver goes on as if nothing had happened, and its peer is gone. Boxes that forget the
connection at the first reset drop the challenge ACK, or the answer to it; the comment in Linux's
tcp_reset_check() names both. A host whose firewall drops what belongs to no connection is as
silent.

Look-alikes
-----------
- The answer came: R102, and no trouble.
- The capture ends soon after the challenge ACK, or its peer goes on sending: not a finding.
- A forged reset (R106): the real peer answers the challenge with an ordinary ACK, or not at all.

What to do
----------
End the socket now (ss -K). Keep the connection in the box until a reset is exact, or until a
timer ends it; do not drop what it can answer with a reset.

References
----------
RFC 5961 3.2 and 10; Linux tcp_reset_check() (comment).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.refusals import fell, genuine, is_stuck
from unstick.checks.remedies import END_SOCKET
from unstick.checks.words import name, seconds
from unstick.tcp.observed import SECOND, Connection, Reset

SILENT_NS = 3 * SECOND
"""A host without the connection answers in one round trip; three seconds are beyond any."""

REMEDIES = (
    END_SOCKET,
    Remedy(
        "Keep a connection's state until its reset is exact, or answer for the host",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """The last challenge ACK of a side that nothing answered."""
    for side in connection.sides:
        resets = list(genuine(connection, side.side))
        challenged = [one for one in resets if one.challenge is not None]
        if challenged and _unanswered(connection, challenged[-1]):
            yield _finding(connection, challenged[-1])


def _unanswered(connection: Connection, reset: Reset) -> bool:
    """Neither the other host's reset nor anything else of it comes after the challenge."""
    last = connection.side(reset.note.side).last
    after = reset.note.after
    if after is None or last is None or last.frame > after.frame:
        return False
    return (connection.capture_end_ns - after.ns) >= SILENT_NS


def _finding(connection: Connection, reset: Reset) -> Finding:
    sender, receiver = name(reset.note.side), name(reset.note.receiver)
    assert reset.note.after is not None
    quiet = connection.capture_end_ns - reset.note.after.ns
    stuck = is_stuck(connection, reset)
    return Finding(
        code="R103",
        severity=Severity.WARNING,
        headline=f"The {receiver}'s challenge ACK in frame {reset.challenge} is never answered",
        evidence=(
            fell(connection, reset),
            Evidence(
                f"frame {reset.challenge} is its challenge ACK; nothing of the {sender} follows "
                f"in {seconds(quiet)}",
                (reset.challenge or reset.frame,),
                {"silent_s": round(quiet / SECOND, 3)},
                "RFC 5961 3.2",
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"An answer of the {sender}, seen nearer to it, would put the loss on the path",
        stuck_side=receiver if stuck else None,
        since_ns=reset.note.after.ns,
        blames="the path",
    )


CHECK = Check(
    code="R103",
    name="challenge-unanswered",
    summary="a challenge ACK was sent and the path or peer never answered it",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

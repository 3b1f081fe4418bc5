"""FIN-WAIT-2: this end's FIN was acknowledged, the peer's never came.

What happens
------------
This end closed, the peer's kernel acknowledged the FIN, and then nothing: the peer's program does
not close its side. This end waits in FIN-WAIT-2. It is the other view of a CLOSE-WAIT leak (C202)
and seldom comes without it.

Why it sticks
-------------
It depends on the program here. If it has closed its socket, Linux waits 60 s (tcp_fin_timeout) and
forgets; data that comes later is answered with a reset. If it has only shut down its sending side
(shutdown SHUT_WR) and still reads, no limit holds: the wait is as long as the peer's.

Look-alikes
-----------
- A half-closed connection that is served: data keeps coming, and the FIN at its end.
- FIN-WAIT-1: this end's FIN was not acknowledged at all (C203).
- A capture that ends between the two FINs.

What to do
----------
Look at the peer: its program owes a close. On this side close() instead of shutdown() if no
answer is wanted, or put a timeout on the read that waits for the peer's end of file.

References
----------
RFC 9293 3.6; RFC 1122 4.2.2.13 (half-open closes); Linux tcp_fin_timeout.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import name, seconds
from unstick.tcp import profiles
from unstick.tcp.half_close import HalfClose, half_close
from unstick.tcp.observed import SECOND, Connection

FORGOTTEN_NS = 60 * SECOND
"""Linux tcp_fin_timeout: what a closed socket waits in FIN-WAIT-2; beyond it the wait is lost."""

LATE_NS = 10 * SECOND
"""Peers that drain before they close (nginx lingering_timeout 5 s) are done by then."""

UNREAD_NS = 30_000_000
"""The peer's acknowledgement came alone, after its delayed-ACK timer (40 ms, and timers are not
exact): its program had not closed by then."""

REMEDIES = (
    Remedy(
        "Look at the program on the other end: it does not close (see C202)",
        Where.OPERATOR,
        Risk.SAFE,
        "ss -tanpo state close-wait",
    ),
    Remedy(
        "Close the socket, or put a timeout on the read that waits for the peer's end of file",
        Where.APPLICATION,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end in FIN-WAIT-2 to which nothing comes any more."""
    half = half_close(connection)
    if half is None:
        return
    unread = half.last_word and half.reaction_ns >= UNREAD_NS and not half.answer_due
    if half.idle_ns >= FORGOTTEN_NS and not connection.lossy:
        yield _finding(connection, half, Severity.WARNING)
    elif half.idle_ns >= (FORGOTTEN_NS if half.answer_due else LATE_NS) or unread:
        yield _finding(connection, half, Severity.NOTE)


def _finding(connection: Connection, half: HalfClose, severity: Severity) -> Finding:
    closer, other = half.closer, half.other
    who, peer = name(closer.side), name(other.side)
    assert closer.fin is not None
    assert closer.fin_acked is not None
    limit_s = profiles.profile(connection.profile).numbers.fin_wait_2_timeout_s
    limit = "the profile does not say how long a stack waits"
    if limit_s is not None:
        limit = f"{connection.profile} waits {limit_s:.0f} s if the program has closed its socket"
    open_still = half.ended_by is None
    return Finding(
        code="C204",
        severity=severity,
        headline=f"The {who} closed and waits in FIN-WAIT-2: the {peer}'s FIN never comes"
        if open_still
        else f"The {who} waited {seconds(half.idle_ns)} in FIN-WAIT-2: the {peer} never closed",
        evidence=(
            Evidence(
                f"the {peer} acknowledged the FIN of frame {closer.fin.frame} in frame "
                f"{closer.fin_acked.frame} and sent none of its own",
                (closer.fin.frame, closer.fin_acked.frame),
                {"fin_seq": connection.relative(closer.side, closer.fin_seq)},
                "RFC 9293 3.6",
            ),
            Evidence(
                f"{limit}, without limit if it still reads",
                () if half.ended_by is None else (half.ended_by.frame,),
                {"limit_s": limit_s, "idle_s": round(half.idle_ns / SECOND, 3)},
                "Linux tcp_fin_timeout",
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"A FIN of the {peer} after frame {closer.fin_acked.frame}, seen anywhere on the "
        "path, would prove this wrong",
        stuck_side=who if open_still and severity > Severity.NOTE else None,
        since_ns=closer.fin_acked.ns,
        blames=f"the {peer}'s application" if severity > Severity.NOTE else None,
    )


CHECK = Check(
    code="C204",
    name="fin-wait-2-abandoned",
    summary="our FIN acked, the peer's never came",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

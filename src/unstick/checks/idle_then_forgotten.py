"""After a long silence, the next segment is sent again and again, and nobody answers.

What happens
------------
A connection was idle. Then one end sends something, and nothing comes back: no ACK, no reset.

Why it sticks
-------------
A NAT, a firewall or a load balancer between the ends keeps a table of connections and drops an
entry that was idle for too long. It tells neither end. What is sent later finds no entry and is
dropped without a word; to the sender that is a silent peer (P301), for 15 minutes or more. The
silence bounds the timeout of that box: longer than the longest silence the connection survived, at
most this one.

Look-alikes
-----------
- The other host went away during the silence: power, suspend, a cable. From here that looks the
  same; only a capture at the other end tells.
- The box answers with a reset: then the connection ends at once (R106 says who sent it).
- The silence was not before the segment but is the ladder itself: P301.

What to do
----------
Send something more often than the box forgets: keepalive of the application or of TCP
(TCP_KEEPIDLE below the estimate; the default of 2 h is above nearly every box). Or make pools
drop connections that were idle for longer. Or raise the idle timeout of the box, and let it send
resets when it forgets. TCP_USER_TIMEOUT bounds the wait.

References
----------
RFC 5382 REQ-5 (NATs: 2 h 4 min at least); RFC 9293 3.8.4; Linux nf_conntrack_tcp_timeout_*.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks import ladders
from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import end_of_ladder
from unstick.checks.remedies import END_SOCKET, USER_TIMEOUT
from unstick.checks.words import name, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Ladder, Note, NoteKind

IDLE_NS = 30 * SECOND
"""The shortest idle timeouts of boxes for TCP are of this order: conntrack forgets CLOSE-WAIT and
LAST-ACK after 60 s and 30 s, cheap NATs an established connection after a minute."""

CREDIBLE_NS = 30 * 24 * 3600 * SECOND
"""A longer pause inside one connection is a clock that was set, or captures that were joined."""

REMEDIES = (
    Remedy(
        "Keep it busy: application keepalive, or TCP_KEEPIDLE below the estimated timeout",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    Remedy(
        "Raise the idle timeout of the NAT or firewall, or let it reset what it forgets",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    END_SOCKET,
    USER_TIMEOUT,
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An unheard ladder whose first segment broke a long silence."""
    for side in connection.sides:
        ladder = ladders.unheard(connection, side)
        pause = None if ladder is None else ladders.idle_before(connection, side)
        if ladder is None or pause is None or not connection.both_spoke:
            continue
        if IDLE_NS <= ladders.pause_ns(pause) <= CREDIBLE_NS:
            yield _finding(connection, side, ladder, pause)


def survived_ns(connection: Connection, side: Endpoint) -> int:
    """The longest silence after which this side's peer was heard again; 0 if none was long."""
    last = connection.peer(side).last
    if last is None:
        return 0
    return max(
        (
            ladders.pause_ns(note)
            for note in connection.notes_of(NoteKind.SILENCE)
            if note.frame <= last.frame and ladders.pause_ns(note) <= CREDIBLE_NS
        ),
        default=0,
    )


def _finding(connection: Connection, side: Endpoint, ladder: Ladder, pause: Note) -> Finding:
    who, other = name(side.side), name(side.side.other)
    over = ladders.is_over(connection, side)
    stuck = not over and side.fin is None
    long = ladders.silence_ns(connection, side) >= ladders.STUCK_NS
    return Finding(
        code="P303",
        severity=Severity.ERROR if stuck and long else Severity.WARNING,
        headline=f"Forgotten while idle: nobody answers the {who} after "
        f"{seconds(ladders.pause_ns(pause))} of silence",
        evidence=tuple(_evidence(connection, side, ladder, pause)),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"The {other} may have left the network during the silence: from here that looks "
        "the same",
        stuck_side=None if over else who,
        since_ns=ladders.moments(ladder)[0].ns,
        blames="the path",
    )


def _evidence(
    connection: Connection, side: Endpoint, ladder: Ladder, pause: Note
) -> Iterator[Evidence]:
    assert pause.before is not None
    who, other = name(side.side), name(side.side.other)
    idle_ns = ladders.pause_ns(pause)
    yield Evidence(
        f"no packet for {seconds(idle_ns)} between frames {pause.before.frame} and {pause.frame}",
        (pause.before.frame, pause.frame),
        {"idle_s": round(idle_ns / SECOND, 3)},
    )
    sent = ladders.moments(ladder)
    yield Evidence(
        f"then the {who} sent {ladders.what(side, ladder)} and {ladders.copies(ladder)} of it, "
        f"after {ladders.gaps_in_words(ladder)}; the {other} did not answer",
        tuple(moment.frame for moment in sent),
        {"retransmissions": ladder.count},
    )
    survived = survived_ns(connection, side)
    least = seconds(survived) if survived else "less than 10 s"
    yield Evidence(
        f"the box forgets after at most {seconds(idle_ns)}; a silence of {least} was survived",
        values={
            "timeout_at_most_s": round(idle_ns / SECOND, 3),
            "timeout_above_s": round(survived / SECOND, 3) if survived else None,
        },
        cite="RFC 5382 REQ-5",
    )
    if not ladders.is_over(connection, side):
        limit = end_of_ladder(connection, side, closed=side.fin is not None)
        if limit is not None:
            yield limit


CHECK = Check(
    code="P303",
    name="idle-then-forgotten",
    summary="silence, then data nobody answers: a box timed out; estimates its timeout",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

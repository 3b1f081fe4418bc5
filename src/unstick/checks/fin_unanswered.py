"""FIN-WAIT-1, CLOSING or LAST-ACK: a FIN is sent again and again, and nobody answers.

What happens
------------
This end closed. Its FIN, alone or behind the last bytes, is retransmitted with growing gaps, and
nothing comes back: no ACK, no reset. The program has long called close() and knows nothing of it;
what waits is a socket without an owner (Linux: an orphan) and whatever its send buffer holds.

Why it sticks
-------------
The peer is gone, or the path forgot the connection and drops what passes. The retransmission
limit ends it: for an orphan sooner (Linux tcp_orphan_retries, 8: about 100 s, more on slow paths),
for a socket that is still held later (tcp_retries2, 15: 924 s and more). TCP_USER_TIMEOUT shortens
both.

Look-alikes
-----------
- The FIN was acknowledged and the peer's is missing: C204, and C202 on the other end.
- A FIN that was lost once and sent once more: ordinary loss.
- Data before the FIN is not acknowledged because the peer does not read: P302.
- FIN not sent at all, data unanswered in CLOSE-WAIT: C201.

What to do
----------
Mostly nothing: it ends by itself, and one or two are the ordinary end of clients that vanish.
Many of them, or large send buffers behind them, are worth a limit: TCP_USER_TIMEOUT before close,
or a lower tcp_orphan_retries. Was it the path (an idle timeout of a firewall)? Then keepalive
before that timeout, or a longer timeout there.

References
----------
RFC 9293 3.6 and 3.8.3; RFC 1122 4.2.3.5 (R2); Linux tcp_write_timeout(), tcp_orphan_retries().
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import end_of_ladder, has_stopped, started_ns
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Ladder
from unstick.tcp.vocabulary import State

SILENT_NS = 3 * SECOND
"""A live peer acknowledges a FIN within a round trip and its delayed-ACK timer (at most 0.5 s,
RFC 9293 3.8.6.3); three seconds is beyond any backoff of a healthy path."""

STEPS = 3
"""Three retransmissions without a word are not loss: at 5 % loss that is one in 8,000."""

REMEDIES = (
    Remedy(
        "Wait: the retransmission limit ends it, and no program is blocked by it",
        Where.OPERATOR,
        Risk.SAFE,
    ),
    Remedy(
        "Free the socket and its buffer now",
        Where.OPERATOR,
        Risk.DISRUPTIVE,
        "ss -K dst {peer} dport = :{peer_port} sport = :{port}",
    ),
    Remedy(
        "Set TCP_USER_TIMEOUT (30-60 s) before close: it holds for what the close leaves behind",
        Where.APPLICATION,
        Risk.DISRUPTIVE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end whose FIN climbs a ladder into silence."""
    for side in connection.sides:
        ladder = side.ladder
        if ladder is not None and _unheard(connection, side, ladder):
            yield _finding(connection, side, ladder)


def _unheard(connection: Connection, side: Endpoint, ladder: Ladder) -> bool:
    peer = connection.peer(side)
    if not side.fin_outstanding or peer.last is None or side.last_live is None:
        return False
    if ladder.count < STEPS or ladder.heard or peer.last.ns > ladder.first.ns:
        return False
    return side.last_live.ns - peer.last.ns >= SILENT_NS


def state_of(connection: Connection, side: Endpoint) -> State:
    """The state its FIN left it in. A FIN of the peer that was never acknowledged may not have
    arrived: it counts only if it was."""
    heard_fin = connection.peer(side).fin_acked is not None
    return State.LAST_ACK if heard_fin else State.FIN_WAIT_1


def _finding(connection: Connection, side: Endpoint, ladder: Ladder) -> Finding:
    peer = connection.peer(side)
    assert peer.last is not None
    who, other = name(side.side), name(peer.side)
    state = state_of(connection, side).rfc_name
    ended = side.state is State.CLOSED and side.first_reset is not None
    return Finding(
        code="C203",
        severity=Severity.WARNING,
        headline=f"The {who} closed and nobody answers: {state} for {_lasted(side, ladder)}"
        if not ended
        else f"The {who} closed, nobody answered for {_lasted(side, ladder)}, it gave up",
        evidence=tuple(_evidence(connection, side, ladder, ended)),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"A packet of the {other} after frame {peer.last.frame}, seen anywhere on the path, "
        "would prove this wrong",
        stuck_side=None if ended or has_stopped(connection, side) else who,
        since_ns=started_ns(side),
        blames=f"the {other} or the path",
    )


def _lasted(side: Endpoint, ladder: Ladder) -> str:
    """From the first copy to the last packet of this end."""
    start = started_ns(side)
    end = ladder.last.ns
    if side.first_reset is not None:
        end = max(end, side.first_reset.ns)
    return seconds(end - (ladder.first.ns if start is None else start))


def _evidence(
    connection: Connection, side: Endpoint, ladder: Ladder, ended: bool
) -> Iterator[Evidence]:
    peer = connection.peer(side)
    assert peer.last is not None
    assert side.fin is not None
    who, other = name(side.side), name(peer.side)
    first = (ladder.original,) if ladder.original is not None else ()
    waiting = max(0, side.outstanding_bytes - 1)
    what = f"{plural(waiting, 'byte')} and its FIN" if waiting else "its FIN"
    yield Evidence(
        f"the {who} has {what} (frame {side.fin.frame}) outstanding and sent the oldest segment "
        f"{ladder.count} times more, until frame {ladder.last.frame}",
        tuple(dict.fromkeys(one.frame for one in (*first, side.fin, *ladder.steps))),
        {
            "retransmissions": ladder.count,
            "outstanding_bytes": waiting,
            "fin_seq": connection.relative(side.side, side.fin_seq),
        },
        "RFC 9293 3.8.3",
    )
    yield Evidence(
        f"the last packet of the {other} is frame {peer.last.frame}; since then "
        f"{seconds(max(0, connection.capture_end_ns - peer.last.ns))} of silence",
        (peer.last.frame,),
    )
    if peer.fin is not None and peer.fin_acked is None and peer.fin.frame < ladder.first.frame:
        yield Evidence(
            f"the {other}'s own FIN, frame {peer.fin.frame}, was never acknowledged: "
            "both ends closed and neither knows",
            (peer.fin.frame,),
        )
    if ended and side.first_reset is not None:
        yield Evidence(
            f"the {who} gave up with a reset in frame {side.first_reset.frame}",
            (side.first_reset.frame,),
        )
        return
    if has_stopped(connection, side):
        yield Evidence(
            f"the next repetition is overdue since frame {ladder.last.frame}: the {who} gave up "
            "without a word, or its packets do not come by here any more",
            (ladder.last.frame,),
        )
    limit = end_of_ladder(connection, side, closed=True)
    if limit is not None:
        yield limit


CHECK = Check(
    code="C203",
    name="fin-unanswered",
    summary="FIN-WAIT-1 or LAST-ACK ladder",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""CLOSE-WAIT with data outstanding and a silent peer: the socket that cannot die.

What happens
------------
The peer closed (its FIN arrived and was acknowledged), this end still has data on the way, and
from some moment on nothing comes back: no ACK, no reset that counts. The socket stands in
CLOSE-WAIT and retransmits. The program is blocked in its write, or its buffers are held.

Why it sticks
-------------
A reset would have ended it, but none was accepted: either none arrived, or the one that did had
a sequence number the stack must refuse. Keepalive does not run while data is outstanding. What
ends it is the retransmission limit (Linux tcp_retries2: 924 s and more), TCP_USER_TIMEOUT, or
the program's own send timeout (SO_SNDTIMEO; 600 s in Varnish). A program that closes then with a
request unread resets the connection (RFC 2525 2.17), else it sends its FIN into the same silence.

Look-alikes
-----------
- A half-closed connection that is served: the peer sent its FIN and goes on acknowledging.
- CLOSE-WAIT with nothing to send: the application owes a close (C202); the network is innocent.
- LAST-ACK: this end has closed too, only its FIN or last bytes are unanswered (C203).
- An end that resets after a short outage, or while the peer still acknowledges: it was not stuck.

What to do
----------
End the socket now (ss -K), or restart the worker; unstick enforce ends all that are like it, and
only those. Then bound sends: by what the peer acknowledges (unstick.progress), with
TCP_USER_TIMEOUT on the listening socket, or a send timeout that fits the service. If a middlebox
forwards only the first reset of a closed connection, make it keep the connection until the reset
is acknowledged, or let it answer later segments with resets of its own.

References
----------
RFC 9293 3.10.7.4 and 3.5.2; RFC 5961 3.2; Linux tcp_validate_incoming(), tcp_reset_check().
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import end_of_ladder, has_stopped
from unstick.checks.remedies import END_SOCKET, ENFORCE, MEASURED_SENDS, USER_TIMEOUT
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Moment, Reset
from unstick.tcp.vocabulary import State

SILENT_NS = 3 * SECOND
"""A live peer acknowledges data within a round trip and its delayed-ACK timer (at most 0.5 s,
RFC 9293 3.8.6.3); three seconds is beyond any backoff of a healthy path."""

STEPS = 3
"""Three retransmissions without a word are not loss: at 5 % loss that is one in 8,000."""

GONE_NS = 15 * SECOND
"""Handovers and route changes silence a live peer for seconds; after 15 s, six doublings of a
200 ms timer, it will hardly come back. A reset that was refused proves at once that it is gone."""

REMEDIES = (
    END_SOCKET,
    ENFORCE,
    MEASURED_SENDS,
    USER_TIMEOUT,
    Remedy(
        "Lower the send timeout of the server (Varnish: send_timeout, idle_send_timeout)",
        Where.SERVER,
        Risk.DISRUPTIVE,
    ),
    Remedy(
        "Keep forwarding (or answer with resets) for a connection after its first reset",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end in CLOSE-WAIT whose data nobody acknowledges, and a peer that says nothing."""
    for side in connection.sides:
        ended = _ended_by_itself(side)
        if (side.state is State.CLOSE_WAIT or ended is not None) and _unheard(
            connection, side, ended
        ):
            yield _finding(connection, side, ended)


def _ended_by_itself(side: Endpoint) -> Moment | None:
    """Its own reset, if that took it out of CLOSE-WAIT. A FIN does not: then it waits on, in
    LAST-ACK (C203)."""
    own = side.first_reset is not None and side.reset_at_ns == side.first_reset.ns
    was_stuck = side.state is State.CLOSED and side.state_before_reset is State.CLOSE_WAIT
    return side.first_reset if own and was_stuck else None


def _unheard(connection: Connection, side: Endpoint, ended: Moment | None) -> bool:
    peer = connection.peer(side)
    if side.outstanding_bytes == 0 or peer.last is None or side.last_live is None:
        return False
    ladder = side.ladder
    tried = ladder is not None and ladder.count >= STEPS and ladder.heard == 0
    quiet = _until_ns(connection, ended) - peer.last.ns
    return tried and quiet >= SILENT_NS and side.last_live.ns > peer.last.ns


def _until_ns(connection: Connection, ended: Moment | None) -> int:
    return connection.capture_end_ns if ended is None else ended.ns


def _finding(connection: Connection, side: Endpoint, left: Moment | None) -> Finding:
    peer = connection.peer(side)
    assert peer.last is not None
    who, other = name(side.side), name(peer.side)
    stuck_ns = _until_ns(connection, left) - peer.last.ns
    survived = [one for one in connection.resets if one.note.side is peer.side and one.survived]
    limit = end_of_ladder(connection, side, closed=False) if left is None else None
    ended = left is not None or has_stopped(connection, side)
    gone = bool(survived) or stuck_ns >= GONE_NS
    evidence = [
        _closed(connection, peer),
        *(_reset(reset) for reset in survived[:1]),
        *_unacknowledged(connection, side, left),
        *([limit] if limit is not None else []),
        *([_gave_up(side, left, stuck_ns)] if ended else []),
    ]
    headline = f"The {who} is stuck in CLOSE-WAIT, sending to a peer silent for {seconds(stuck_ns)}"
    if left is not None:
        headline = f"The {who} was stuck in CLOSE-WAIT for {seconds(stuck_ns)}, then it gave up"
    elif ended:
        headline = f"The {who} gave up in CLOSE-WAIT: it had sent to a peer that was gone"
    return Finding(
        code="C201",
        severity=Severity.ERROR if gone and not ended else Severity.WARNING,
        headline=headline,
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"Packets of the {other} after frame {peer.last.frame}, seen anywhere on the path, "
        "would prove this wrong",
        stuck_side=None if ended else who,
        since_ns=peer.last.ns,
        blames="the path" if survived else other,
    )


def _closed(connection: Connection, peer: Endpoint) -> Evidence:
    who = name(peer.side)
    number = connection.relative(peer.side, peer.fin_seq)
    says = f"the {who} closed: its FIN has number {number:,}" if number else f"the {who} closed"
    if peer.fin_acked is not None:
        says += f", acknowledged with {number + 1:,}" if number else ", and that is acknowledged"
    frames = tuple(one.frame for one in (peer.fin, peer.fin_acked) if one is not None)
    return Evidence(says, frames, {"fin_seq": number}, "RFC 9293 3.6")


def _reset(reset: Reset) -> Evidence:
    offset = None if reset.below is None else -reset.below
    place = ""
    if offset:
        place = f" ({abs(offset):,} too {'low' if offset < 0 else 'high'})"
    return Evidence(
        f"the reset{place} did not end it: {reset.observed_because}",
        (reset.frame,),
        {"offset": offset},
        reset.cite,
    )


def _unacknowledged(
    connection: Connection, side: Endpoint, left: Moment | None
) -> tuple[Evidence, Evidence]:
    peer = connection.peer(side)
    assert side.ladder is not None
    assert peer.last is not None
    stuck_ns = _until_ns(connection, left) - peer.last.ns
    until = "capture ends" if left is None else f"{name(side.side)} ends it"
    return (
        Evidence(
            f"the {name(side.side)} has {plural(side.outstanding_bytes, 'byte')} outstanding and "
            f"sent the oldest segment {side.ladder.count} times more; nothing came back",
            tuple(step.frame for step in side.ladder.steps),
            {
                "outstanding_bytes": side.outstanding_bytes,
                "retransmissions": side.ladder.count,
                "seq": connection.relative(side.side, side.ladder.seq),
            },
        ),
        Evidence(
            f"the last packet of the {name(peer.side)} comes {seconds(stuck_ns)} before "
            f"the {until}",
            (peer.last.frame,),
            {"silent_s": round(stuck_ns / SECOND, 3)},
        ),
    )


def _gave_up(side: Endpoint, left: Moment | None, stuck_ns: int) -> Evidence:
    assert side.ladder is not None
    if left is not None:
        return Evidence(
            f"the {name(side.side)} itself ended it with a reset, after {seconds(stuck_ns)}",
            (left.frame,),
            {"stuck_s": round(stuck_ns / SECOND, 3)},
        )
    return Evidence(
        "the next repetition is overdue: the stack gave up without a word, or its packets do not "
        "come by here any more",
        (side.ladder.last.frame,),
    )


CHECK = Check(
    code="C201",
    name="close-wait-unsendable",
    summary="CLOSE-WAIT with data outstanding and a silent peer: the story",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""A reset and an ACK answer each other, again and again.

What happens
------------
One host has no such connection and answers each segment with a reset. The other refuses that
reset and answers it with an ACK, which draws the next reset, and so on: as fast as the path
allows, or once for each keepalive.

Why it sticks
-------------
The reset's number is wrong for the receiver and always will be: it copies the ACK number of what
it answers, and a box between the two rewrites numbers, or one side's numbers are off. Linux
limits its part to one ACK in 500 ms (tcp_invalid_ratelimit); older stacks load the path.

Look-alikes
-----------
- One challenge and its answer: three packets, then silence (R102).
- Resets that answer a stream of data, or of ACKs that were under way when their host's program
  died: they alternate, too, but all within one round trip, for none answers the other.
- Keepalive probes and their ACKs: no reset among them.

What to do
----------
End the socket of the side that sends the ACKs (ss -K). Then look for a box that rewrites
sequence numbers or answers for hosts (unstick compare, with a capture at each end).

References
----------
RFC 5961 3.2 and 7; RFC 9293 3.5.2; Linux f2b2c582e824 "mitigate ACK loops".
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import name, plural
from unstick.tcp.observed import Connection, Endpoint

PACKETS = 8
"""Four resets and four ACKs in strict alternation: a challenge and its answer are three packets,
and a lost one makes them five."""

ROUND_NS = 50_000
"""No two hosts answer each other faster; on one host, or where no round trip was timed."""

REMEDIES = (
    Remedy(
        "End the socket that answers the resets",
        Where.OPERATOR,
        Risk.DISRUPTIVE,
        "ss -K dst {peer} dport = :{peer_port} sport = :{port}",
    ),
    Remedy(
        "Look for a box that rewrites sequence numbers between the two hosts",
        Where.OPERATOR,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """The longest run in which a reset and a bare ACK take turns."""
    if connection.ping_pong < PACKETS or connection.ping_pong_frame is None:
        return
    resetting = max(connection.sides, key=lambda side: side.resets)
    answering = connection.peer(resetting)
    first = resetting.first_reset
    if first is None or answering.last_live is None:
        return
    if not _takes_turns(connection, resetting):
        return
    rounds = connection.ping_pong // 2
    yield Finding(
        code="R109",
        severity=Severity.WARNING,
        headline=f"Resets and ACKs answer each other: {rounds} rounds from frame "
        f"{connection.ping_pong_frame}",
        evidence=(
            Evidence(
                f"the {name(resetting.side)} sent {plural(resetting.resets, 'reset')} in all, and "
                f"the {name(answering.side)} answers them with bare ACKs",
                (connection.ping_pong_frame, first.frame, answering.last_live.frame),
                {"rounds": rounds, "resets": resetting.resets},
                "RFC 5961 3.2",
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="A capture in which most packets are missing may only look like it",
        stuck_side=name(answering.side),
        since_ns=first.ns,
    )


def _takes_turns(connection: Connection, resetting: Endpoint) -> bool:
    """Each reset waits for an ACK that waited for the reset before: a round trip a round, and a
    receiver that was seen to live on."""
    resets = [one for one in connection.resets if one.note.side is resetting.side]
    if not any(one.observed == "refused" for one in resets):
        return False
    count = sum(max(1, one.note.count) for one in resets)
    end = resets[-1].note.end
    last_ns = resets[-1].note.ns if end is None else end.ns
    trips = [side.round_trip_ns for side in connection.sides if side.round_trip_ns is not None]
    round_ns = max(ROUND_NS, (sum(trips) * 4) // 5)
    return (last_ns - resets[0].note.ns) >= (count - 1) * round_ns


CHECK = Check(
    code="R109",
    name="reset-loop",
    summary="RST and ACK answering each other",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

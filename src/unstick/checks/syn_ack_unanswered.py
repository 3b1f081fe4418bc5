"""The server answers, and the handshake does not end: SYN-ACK after SYN-ACK, no ACK.

What happens
------------
The SYN arrived, the server answered with a SYN-ACK, and repeats it because no ACK comes. Either
the SYN-ACK does not reach the client (then the client repeats its SYN, too), or the client's ACK
does not reach the server, or there is no such client: a forged address, a scan.

Why it sticks
-------------
It holds a place in the listener's queue of half-open connections until the limit: Linux
tcp_synack_retries (5: 63 s). The client waits as long as its own limit (H401).

Look-alikes
-----------
- TCP_DEFER_ACCEPT: the server leaves the ACK aside until data comes, and repeats its SYN-ACK. The
  ACK is in the capture, so this is not reported.
- A SYN-ACK that was lost once.
- A client that answers the SYN-ACK with a reset: it did not ask, or asked only to see (a scan).

What to do
----------
If the client repeats its SYN, follow the SYN-ACK: routing of the way back, a firewall that sees
only one direction. If it does not, and there are many: a SYN flood (SYN cookies are on by default).

References
----------
RFC 9293 3.5; RFC 4987; Linux tcp_synack_retries.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import syn_steps
from unstick.checks.words import plural, seconds
from unstick.tcp import profiles
from unstick.tcp.observed import SECOND, Connection, Endpoint
from unstick.tcp.profiles.deadlines import synack_deadline_s
from unstick.tcp.vocabulary import State

SYN_ACKS = 3
"""Two repetitions, one second and three seconds after the first: not one lost packet."""

SPAN_NS = 2 * SECOND
"""RFC 6298: the first repetition after one second, the next after two more."""

CLIENT_SYNS = 2
"""A client that repeats its SYN is alive and did not get the SYN-ACK."""

REMEDIES = (
    Remedy(
        "See whether the SYN-ACK reaches the client",
        Where.OPERATOR,
        Risk.SAFE,
        "tcpdump -ni any 'host {server} and tcp port {client_port}'",
    ),
    Remedy(
        "Make both directions pass the same firewall, or let it accept half of a connection",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A server in SYN-RECEIVED that repeats its SYN-ACK to a client that does not finish."""
    client, server = connection.client, connection.server
    if server.syn is None or server.syn_last_ns is None or server.syn_count < SYN_ACKS:
        return
    if server.syn_last_ns - server.syn.ns < SPAN_NS or server.state is not State.SYN_RECEIVED:
        return
    if client.resets or client.packets != client.syn_count:
        return
    yield _finding(connection, client, server)


def _finding(connection: Connection, client: Endpoint, server: Endpoint) -> Finding:
    assert server.syn is not None
    assert server.syn_last_ns is not None
    span = seconds(server.syn_last_ns - server.syn.ns)
    asks = client.syn_count >= CLIENT_SYNS
    evidence = [
        Evidence(
            f"the SYN-ACK was sent {server.syn_count} times over {span}; no ACK came",
            (server.syn.frame, *syn_steps(server)),
            {"syn_acks": server.syn_count, "syns": client.syn_count},
            "RFC 9293 3.5",
        )
    ]
    if asks and client.syn is not None:
        evidence.append(
            Evidence(
                f"the client repeats its SYN ({plural(client.syn_count, 'SYN')}): "
                "it does not get the SYN-ACK",
                (client.syn.frame,),
            )
        )
    limit_s = synack_deadline_s(profiles.profile(connection.profile))
    if limit_s is not None:
        evidence.append(
            Evidence(
                f"{connection.profile} gives up {limit_s:.0f} s after the first SYN-ACK",
                values={"limit_s": round(limit_s, 1)},
                cite="Linux tcp_synack_retries",
            )
        )
    headline = f"The client never answers: {server.syn_count} SYN-ACKs over {span}, no ACK"
    if asks:
        headline = f"The SYN-ACK does not reach the client: sent {server.syn_count} times, no ACK"
    return Finding(
        code="H404",
        severity=Severity.WARNING if asks else Severity.NOTE,
        headline=headline,
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="An ACK of the client that was not captured here may be dropped behind this point",
        stuck_side="server" if asks else None,
        since_ns=server.syn.ns,
        blames="the path to the client" if asks else None,
    )


CHECK = Check(
    code="H404",
    name="syn-ack-unanswered",
    summary="SYN-ACK after SYN-ACK and no ACK",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

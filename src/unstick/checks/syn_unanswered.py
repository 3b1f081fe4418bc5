"""SYN after SYN, and no answer.

What happens
------------
The client asks for a connection again and again, with growing gaps, and nothing comes back: no
SYN-ACK, no reset. connect() blocks until its own timeout or the limit of the kernel.

Why it sticks
-------------
A packet filter drops without a word, the host is down or the route is wrong, the way back is
another one and broken, or the listener's queue is full (Linux drops SYNs then). Linux gives up
after tcp_syn_retries (6: 127 s; newer kernels begin with four retries at one second: 131 s).

Look-alikes
-----------
- A capture of one direction: the answers are not in it. But a client that got an answer does not
  repeat its SYN: repeats over seconds prove that none arrived, whatever the capture shows.
- Refused: a reset came back (H403). Answered by an ACK of an older connection: H402.
- One SYN: a scan, or a capture that ends.
- SYN answered late: a note, since it healed.

What to do
----------
Look for the SYN on the server: not there, the path; there, its packet filter or its listen queue
(ss -ltn: Recv-Q against Send-Q; nstat TcpExtListenOverflows).

References
----------
RFC 9293 3.8.1; RFC 6298 2; Linux tcp_syn_retries, tcp_syn_linear_timeouts.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import syn_steps
from unstick.checks.words import seconds
from unstick.tcp import profiles
from unstick.tcp.observed import SECOND, Connection, Endpoint
from unstick.tcp.profiles.deadlines import syn_deadline_s
from unstick.tcp.vocabulary import State

SYNS = 3
"""Two repetitions: what the shortest common client (Windows: at 3 s and 9 s) sends at all."""

SPAN_NS = 2 * SECOND
"""Windows repeats a refused SYN twice within a second; unanswered ones take longer (RFC 6298: 1 s,
then twice that)."""

REMEDIES = (
    Remedy(
        "See whether the SYN reaches the server",
        Where.OPERATOR,
        Risk.SAFE,
        "tcpdump -ni any 'host {client} and tcp port {server_port}'",
    ),
    Remedy(
        "See whether the listener's queue overflows",
        Where.SERVER,
        Risk.SAFE,
        "nstat -az TcpExtListenOverflows TcpExtListenDrops",
    ),
    Remedy(
        "Let the packet filter answer with a reset (REJECT) instead of dropping",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A client whose SYNs are unanswered, or were for seconds."""
    client, server = connection.client, connection.server
    if client.syn is None or client.syn_last_ns is None or client.syn_count < SYNS:
        return
    if client.syn_last_ns - client.syn.ns < SPAN_NS:
        return
    answered = server.first is not None and server.first.ns < client.syn_last_ns
    if client.state is State.SYN_SENT and client.packets == client.syn_count and not answered:
        yield _finding(connection, client)
    elif server.syn is not None and server.first == server.syn and not answered:
        yield _late(connection, client)


def _span_ns(client: Endpoint) -> int:
    assert client.syn is not None
    assert client.syn_last_ns is not None
    return client.syn_last_ns - client.syn.ns


def _syns(connection: Connection, client: Endpoint) -> Evidence:
    assert client.syn is not None
    return Evidence(
        f"the same SYN was sent {client.syn_count} times over {seconds(_span_ns(client))}",
        (client.syn.frame, *syn_steps(client)),
        {"syns": client.syn_count, "span_s": round(_span_ns(client) / SECOND, 3)},
        "RFC 6298 5.7",
    )


def _finding(connection: Connection, client: Endpoint) -> Finding:
    assert client.syn is not None
    evidence = [_syns(connection, client)]
    limit_s = syn_deadline_s(profiles.profile(connection.profile))
    if limit_s is not None:
        evidence.append(
            Evidence(
                f"{connection.profile} gives connect() up {limit_s:.0f} s after the first SYN",
                values={"limit_s": limit_s},
                cite="Linux tcp_syn_retries",
            )
        )
    return Finding(
        code="H401",
        severity=Severity.WARNING,
        headline=f"The server does not answer: {client.syn_count} SYNs over "
        f"{seconds(_span_ns(client))}, nothing came back",
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="No answer reached the client; whether the server sent one, a capture there tells",
        since_ns=client.syn.ns,
        blames="the server or the path",
    )


def _late(connection: Connection, client: Endpoint) -> Finding:
    answer = connection.server.syn
    assert answer is not None
    assert client.syn is not None
    waited = seconds(answer.ns - client.syn.ns)
    return Finding(
        code="H401",
        severity=Severity.NOTE,
        headline=f"The connection opened only at SYN number {client.syn_count}, after {waited}",
        evidence=(
            _syns(connection, client),
            Evidence(
                f"frame {answer.frame} is the first answer, {waited} after the first SYN",
                (answer.frame,),
                {"waited_s": round((answer.ns - client.syn.ns) / SECOND, 3)},
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        since_ns=client.syn.ns,
    )


CHECK = Check(
    code="H401",
    name="syn-unanswered",
    summary="SYN after SYN and no answer",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

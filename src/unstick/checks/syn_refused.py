"""A SYN that was answered with a reset: refused.

What happens
------------
The client asked for a connection and got a reset. Nobody listens on that port, or a packet filter
says so in the server's name. connect() fails at once with "connection refused".

Why it sticks
-------------
It does not: a refused connection is over. It is told because it explains why a client that was
reset goes elsewhere, or retries.

Look-alikes
-----------
- Unanswered: nothing came back (H401). Challenged: a bare ACK came back (H402).
- A reset that does not acknowledge the SYN is not an answer to it: forged or late (R106).
- A reset before the SYN-ACK, after which the connection opens all the same: not refused.

What to do
----------
Is the service running, and on this address? (ss -ltn.) Is a packet filter set to reject?

References
----------
RFC 9293 3.5.2 and 3.10.7.1 (CLOSED), 3.10.7.3 (SYN-SENT).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural
from unstick.tcp.observed import Connection, Note, NoteKind
from unstick.tcp.vocabulary import Side, State

REMEDIES = (
    Remedy(
        "See whether anything listens on the port",
        Where.SERVER,
        Risk.SAFE,
        "ss -ltnp sport = :{server_port}",
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A client in SYN-SENT whose SYN was answered with a reset, and nothing else."""
    client, server = connection.client, connection.server
    if client.syn is None or client.state is not State.CLOSED:
        return
    if client.state_before_reset is not State.SYN_SENT or server.packets != server.resets:
        return
    answers = [one for one in connection.notes_of(NoteKind.RESET) if _answers_syn(one)]
    if answers:
        yield _finding(connection, answers)


def _answers_syn(note: Note) -> bool:
    """A reset from the server that acknowledges exactly the SYN (and its data, if any)."""
    return (
        note.side is Side.SERVER
        and note.state is State.SYN_SENT
        and note.has_ack
        and note.ack == note.snd_nxt
    )


def _finding(connection: Connection, answers: list[Note]) -> Finding:
    client = connection.client
    assert client.syn is not None
    tries = f" ({plural(client.syn_count, 'SYN')})" if client.syn_count > 1 else ""
    return Finding(
        code="H403",
        severity=Severity.NOTE,
        headline=f"Port {connection.server.port} refuses the connection{tries}",
        evidence=(
            Evidence(
                f"frame {answers[0].frame} answers the SYN of frame {client.syn.frame} with a "
                "reset that acknowledges it",
                (client.syn.frame, *(one.frame for one in answers)),
                {"syns": client.syn_count, "ttl": answers[0].ttl},
                "RFC 9293 3.10.7.1",
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="A packet filter can refuse in the server's name: look on the server",
        since_ns=client.syn.ns,
    )


CHECK = Check(
    code="H403",
    name="syn-refused",
    summary="a SYN was answered with a reset",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

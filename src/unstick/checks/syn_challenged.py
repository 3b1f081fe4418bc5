"""The answer to a SYN is a bare ACK of another connection: the server has an old one open.

What happens
------------
The client uses a port again for which the server still holds an older connection: one that leaked
in CLOSE-WAIT, or whose end never reached the server. A SYN that meets such a socket is answered
with a challenge ACK. It carries the old connection's numbers, so it acknowledges nothing the
client sent; the client answers it with a reset at just that number, the old socket dies, and the
next SYN (a second later, three on older stacks) gets its SYN-ACK.

Why it sticks
-------------
If the client's reset does not arrive (a firewall drops it, because for it the connection is new
and a reset does not belong), or the server's stack refuses it, every SYN meets the same old
socket, until the client's connect() gives up or a free port is tried.

Look-alikes
-----------
- Refused: the answer is a reset (H403).
- A SYN-ACK with a wrong ACK number: a SYN proxy or load balancer out of step.
- A blind attack with SYNs (R108): then the client never sent them.

What to do
----------
Healed: nothing, though the old connection on the server is worth a look: why was it still open?
Not healed: end it there (ss -K), let the firewall pass resets of connections it believes new, and
find the leak (C202).

References
----------
RFC 9293 3.5.1 (half-open connections) and 3.10.7.3; RFC 5961 4.2; Linux tcp_send_challenge_ack().
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural, seconds
from unstick.tcp.observed import SECOND, Connection, Note, NoteKind
from unstick.tcp.vocabulary import Side, State
from unstick.wire.columns import FIN, SYN

ROUNDS = 2
"""One challenge is the design at work. A second one says that the reset did not."""

REMEDIES = (
    Remedy(
        "End the old connection on the server",
        Where.OPERATOR,
        Risk.DISRUPTIVE,
        "ss -K dst {client} dport = :{client_port} sport = :{server_port}",
    ),
    Remedy(
        "Let the firewall pass the client's reset to the server",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    Remedy(
        "Find out why the server still had the old connection open (C202)",
        Where.APPLICATION,
        Risk.SAFE,
        "ss -tanpo state close-wait",
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A SYN that met a socket of an older connection."""
    notes = [one for one in connection.notes_of(NoteKind.ODD_ACK) if _challenges(one)]
    if notes and connection.client.syn is not None:
        yield _finding(connection, notes)


def _challenges(note: Note) -> bool:
    """A bare ACK from the server to a client that has only sent its SYN."""
    if note.side is not Side.SERVER or note.state is not State.SYN_SENT or note.length:
        return False
    return note.has_ack and not note.is_reset and not note.flags & (SYN | FIN)


def _finding(connection: Connection, notes: list[Note]) -> Finding:
    client, server = connection.client, connection.server
    assert client.syn is not None
    healed = server.syn is not None and server.syn.frame > notes[-1].frame
    stuck = not healed and len(notes) >= ROUNDS
    resets = [one.note for one in connection.resets if one.note.side is Side.CLIENT]
    killers = tuple(one.frame for one in resets if one.seq in {note.ack for note in notes})
    evidence = [
        Evidence(
            f"frame {notes[0].frame} answers the SYN of frame {client.syn.frame} with a bare ACK "
            "that acknowledges nothing the client sent",
            (client.syn.frame, *(one.frame for one in notes)),
            {"challenges": len(notes)},
            "RFC 5961 4.2",
        )
    ]
    if killers:
        evidence.append(
            Evidence(
                f"the client resets the old connection in frame {killers[0]}, at the very number "
                "the ACK asked for",
                killers,
                cite="RFC 9293 3.10.7.3",
            )
        )
    headline = "The SYN met an older connection of the same ports on the server"
    if healed and server.syn is not None:
        waited = seconds(server.syn.ns - client.syn.ns)
        headline = f"The SYN met an older connection on the server; it opened after {waited}"
        evidence.append(
            Evidence(
                f"frame {server.syn.frame} is the SYN-ACK, {waited} after the first SYN",
                (server.syn.frame,),
                {"waited_s": round((server.syn.ns - client.syn.ns) / SECOND, 3)},
            )
        )
    elif stuck:
        headline = f"The server keeps an older connection: {plural(len(notes), 'SYN')} challenged"
    return Finding(
        code="H402",
        severity=Severity.WARNING if stuck else Severity.NOTE,
        headline=headline,
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="A box that answers in the server's name would look the same: compare the TTLs",
        since_ns=client.syn.ns,
        blames="an old connection on the server" if stuck else None,
    )


CHECK = Check(
    code="H402",
    name="syn-challenged",
    summary="a SYN meets an older connection and draws a challenge ACK",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""The server reset the connection under its own response.

What happens
------------
The server is sending a response; part of it is on the way and not acknowledged. Then its own
kernel sends RST,ACK at SND.NXT. A program that closes a socket while input it has not read stands
in the receive queue causes exactly that: the kernel throws away what was queued to be sent and
resets, because it can no longer deliver what the client is sending. The client sees "connection
reset by peer" and may lose the response: bytes not yet sent are gone, and many stacks also drop
what had arrived but was not read. Typical: a server that answers 413 or 400 to an upload and
closes, or closes after a response while the client's next request is already there.

Why it sticks
-------------
It does not: this is the opposite trouble. It is listed because it is taken for a network fault,
and because lingering too long against it is how CLOSE-WAIT and FIN-WAIT-2 piles are made.

Look-alikes
-----------
- A client that resets: it wants no more (a browser's stop button). Not a finding.
- A reset after everything was acknowledged: rude, but nothing is lost.
- A server that gave up on a silent peer: the reset comes after a retransmission ladder (P301).
- SO_LINGER with timeout 0: an abort by intent looks the same on the wire. With the client's bytes
  arriving under the response unread input is the likely cause; without them this is a note.
- A reset forged by another host in the server's name (R106).

What to do
----------
In the server: shutdown(SHUT_WR) after the response, read and discard until end of file or a few
seconds have passed, then close (lingering close: nginx lingering_close, Apache, HAProxy do it). Or
answer early errors without closing. Remove SO_LINGER 0 where it is set to be rid of TIME-WAIT.

References
----------
RFC 2525 2.17; RFC 1122 4.2.2.13; RFC 9112 9.6; Linux tcp_close(), TcpExtTCPAbortOnClose.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural, seconds
from unstick.tcp.observed import SECOND, Connection, Reset, delta
from unstick.tcp.vocabulary import Side, State

LIVE_NS = SECOND
"""A close that follows the last packet within this is the program's own act. Later ones follow a
timeout: of the program, of keepalive, of retransmission."""

RESPONSE_BYTES = 100
"""Less than this on the way is a farewell, not a response: a TLS close_notify record has 24 to 69
bytes, an HTTP response more than 100 with its first headers."""

LADDER_STEPS = 2
"""A server that has repeated its oldest segment twice resets because nobody answers."""

REMEDIES = (
    Remedy(
        "Read and discard input until end of file before close (lingering close)",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    Remedy(
        "Turn lingering close on in the server (nginx: lingering_close, lingering_timeout)",
        Where.SERVER,
        Risk.SAFE,
    ),
    Remedy(
        "See whether the server's kernel counts aborts on close",
        Where.OPERATOR,
        Risk.SAFE,
        "nstat -az TcpExtTCPAbortOnClose",
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """The server's first reset, if it cut its own response."""
    own = (one for one in connection.resets if one.note.side is Side.SERVER)
    first = next(own, None)
    if first is not None and _cuts(connection, first):
        yield _finding(connection, first)


def _cuts(connection: Connection, reset: Reset) -> bool:
    """RST,ACK at SND.NXT, from a live connection that neither side had closed, over payload."""
    note = reset.note
    if not note.has_ack or note.sender_state is not State.ESTABLISHED or _in_flight(reset) <= 0:
        return False
    if note.seq != note.sender_nxt or reset.origin == "another-host" or note.before is None:
        return False
    client, ladder = connection.client, connection.server.ladder
    if client.last_live is None or (note.ns - note.before.ns) > LIVE_NS:
        return False
    if client.first_reset is not None and client.first_reset.frame < note.frame:
        return False
    return ladder is None or ladder.count < LADDER_STEPS or ladder.first.frame > note.frame


def _in_flight(reset: Reset) -> int:
    """Bytes of the server the client had not acknowledged when the reset was sent."""
    note = reset.note
    if note.sender_nxt is None or note.last_ack is None or note.sender_fin_seq is not None:
        return 0
    return delta(note.sender_nxt, note.last_ack)


def _late_bytes(reset: Reset) -> int:
    """Bytes of the client that the server acknowledged with the reset and not before."""
    note = reset.note
    return 0 if note.sender_ack is None else max(0, delta(note.ack, note.sender_ack))


def _unheard_bytes(reset: Reset) -> int:
    """Bytes of the client that were sent before the reset and are not in its ACK number."""
    note = reset.note
    return 0 if note.snd_nxt is None else max(0, delta(note.snd_nxt, note.ack))


def _client_was_sending(connection: Connection, reset: Reset) -> bool:
    """Its payload was written under the response, or was still on the way at the reset."""
    client = connection.client
    if client.last_text is None:
        return False
    under = client.text_under is not None and client.text_under > 0
    later = client.last_text.frame > reset.frame
    return under or later or _late_bytes(reset) > 0 or _unheard_bytes(reset) > 0


def _finding(connection: Connection, reset: Reset) -> Finding:
    note, lost = reset.note, _in_flight(reset)
    sending = _client_was_sending(connection, reset)
    # Where the capture misses packets, it may miss the ACK that would end the matter.
    trouble = sending and lost >= RESPONSE_BYTES and not connection.lossy
    evidence = [
        Evidence(
            f"the server's reset in frame {note.frame} stands at its SND.NXT with "
            f"{plural(lost, 'byte')} of its own not acknowledged",
            (note.frame,),
            {"in_flight_bytes": lost, "seq": connection.relative(Side.SERVER, note.seq)},
            "RFC 2525 2.17",
        )
    ]
    text = connection.client.last_text
    if sending and text is not None:
        gap_ns = note.ns - text.ns
        when = f"{seconds(gap_ns)} before it" if gap_ns >= 0 else "after it"
        evidence.append(
            Evidence(
                f"the client wrote under the response, last in frame {text.frame}, {when}; "
                "input that is not read makes the kernel reset at close",
                (text.frame,),
                {
                    "late_bytes": _late_bytes(reset),
                    "unheard_bytes": _unheard_bytes(reset),
                    "under_bytes": connection.client.text_under,
                },
                "Linux tcp_close(), TcpExtTCPAbortOnClose",
            )
        )
    return Finding(
        code="C205",
        severity=Severity.WARNING if trouble else Severity.NOTE,
        headline=f"The server resets the connection under {plural(lost, 'byte')} of its response",
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="SO_LINGER 0 gives the same packets; TcpExtTCPAbortOnClose on the server tells",
        since_ns=note.ns,
        blames="the server's application" if trouble else None,
    )


CHECK = Check(
    code="C205",
    name="response-cut-by-reset",
    summary="close with unread input reset the connection under a response in flight",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""CLOSE-WAIT with nothing to send: the application owes a close.

What happens
------------
The peer closed: its FIN arrived and was acknowledged, by the kernel. Everything this end had sent
was acknowledged, too. Now the connection waits for one thing, that the program on this end closes
its socket, and the program does not. The network is innocent: every packet got through.

Why it sticks
-------------
No kernel ends CLOSE-WAIT: to send nothing is the program's right, and keepalive, where it is on,
is answered by a peer that waits in FIN-WAIT-2. When the peer has gone (Linux: 60 s after its
program closed, tcp_fin_timeout) nobody is left to close for, and the socket, its descriptor and
its worker stay until the program exits. Leaked sockets add up to "too many open files", and a
client that uses the port again meets the old socket (H402).

Look-alikes
-----------
- A half-closed connection that is served: the client has sent all it had (shutdown SHUT_WR) and
  the answer is still coming, or is still being made. Only silence counts, and where an answer is
  due, a minute of it.
- CLOSE-WAIT with bytes outstanding: the peer or the path is silent (C201).
- A capture that ends between the two FINs. If the FIN had been read at once, the second FIN
  would have gone out with its acknowledgement; how late the bare acknowledgement came is shown.
- The second FIN was lost on the path. A capture on the host itself leaves no doubt, nor does
  ss: LAST-ACK there would show that the program has closed.

What to do
----------
In the program: treat end of file (read returns 0, EPOLLRDHUP) as the end of the connection, also
while no request is being served and while a backend is slow; close on every error path; give idle
connections a timeout. Until then, end the sockets (ss -K) or restart the worker.

References
----------
RFC 9293 3.6 (half-closed connections) and 3.3.2; Linux tcp_fin_timeout; Cloudflare, "This is
strictly a violation of the TCP specification" (2016).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.remedies import END_SOCKET
from unstick.checks.words import name, seconds
from unstick.tcp.half_close import HalfClose, half_close
from unstick.tcp.observed import SECOND, Connection
from unstick.tcp.vocabulary import Side

FORGOTTEN_NS = 60 * SECOND
"""Linux tcp_fin_timeout: a peer whose program has closed waits this long in FIN-WAIT-2. Whatever
the program may still send after that is answered with a reset."""

LATE_NS = 10 * SECOND
"""A program that waits for its peer closes within milliseconds; one that drains first (nginx
lingering_timeout, Apache's lingering close) within 5 s, at most twice over."""

UNREAD_NS = 30_000_000
"""Linux acknowledges a FIN with the program's own FIN if the program closes at once; a bare
acknowledgement after the delayed-ACK timer (TCP_DELACK_MIN, 40 ms) says that it did not. 30 ms,
because timers and round trips are not exact."""

REMEDIES = (
    Remedy(
        "Close the socket when the peer does (read returned 0), on every path of the program",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    Remedy(
        "Find the program and its leaked sockets",
        Where.OPERATOR,
        Risk.SAFE,
        "ss -tanpo state close-wait",
    ),
    END_SOCKET,
    Remedy(
        "Give idle connections a timeout in the server's configuration",
        Where.SERVER,
        Risk.DISRUPTIVE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end in CLOSE-WAIT, all it sent acknowledged, whose program does not close."""
    half = half_close(connection)
    if half is None:
        return
    severity = _severity(connection, half)
    if severity is not None:
        # A capture that loses packets loses last packets: a reset leaves no other trace.
        yield _finding(connection, half, Severity.NOTE if connection.lossy else severity)


def _severity(connection: Connection, half: HalfClose) -> Severity | None:
    """None: an ordinary half-close, or a capture too short to tell."""
    forgotten = half.idle_ns >= FORGOTTEN_NS
    late = half.idle_ns >= LATE_NS
    if half.ended_by is not None or half.answer_due:
        if forgotten:
            return Severity.WARNING
        return Severity.NOTE if late and not half.answer_due else None
    if forgotten:
        certain = connection.captured_near(half.other.side) and half.other.last_text is not None
        return Severity.ERROR if certain else Severity.WARNING
    if late:
        # Pools of idle client connections close late and harm nobody.
        return Severity.WARNING if half.other.side is Side.SERVER else Severity.NOTE
    if half.last_word and half.reaction_ns >= UNREAD_NS:
        return Severity.WARNING if half.settled else Severity.NOTE
    return None


def _finding(connection: Connection, half: HalfClose, severity: Severity) -> Finding:
    closer, other = half.closer, half.other
    who = name(other.side)
    assert closer.fin is not None
    since = max(closer.fin.ns, half.idle_from_ns - half.reaction_ns)
    return Finding(
        code="C202",
        severity=severity,
        headline=_headline(half, who, severity),
        evidence=tuple(_evidence(connection, half)),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=_doubt(connection, half, who),
        stuck_side=who if half.ended_by is None and severity > Severity.NOTE else None,
        since_ns=since,
        blames=f"the {who}'s application" if severity > Severity.NOTE else None,
    )


def _doubt(connection: Connection, half: HalfClose, who: str) -> str:
    lost = "" if connection.captured_near(half.other.side) else ", also one lost on its way here,"
    if half.ended_by is not None:
        return f"A FIN of the {who} before frame {half.ended_by.frame}{lost} would prove this wrong"
    assert half.closer.fin_acked is not None
    return (
        f"A FIN of the {who} after frame {half.closer.fin_acked.frame}{lost} would prove this "
        f"wrong; ss on the {who} shows CLOSE-WAIT if it is right"
    )


def _headline(half: HalfClose, who: str, severity: Severity) -> str:
    if half.ended_by is not None:
        lasted = seconds(half.idle_ns)
        return f"The {who}'s program did not close for {lasted}: a reset ended the wait"
    if half.answer_due:
        return f"The {who} neither answers nor closes: its socket is left in CLOSE-WAIT"
    if severity is Severity.NOTE and half.last_word:
        return f"The capture ends with the {who} in CLOSE-WAIT: its program owes a close"
    return f"The {who}'s program owes a close: its socket is left in CLOSE-WAIT"


def _evidence(connection: Connection, half: HalfClose) -> Iterator[Evidence]:
    closer, other = half.closer, half.other
    who, peer = name(other.side), name(closer.side)
    assert closer.fin is not None
    assert closer.fin_acked is not None
    yield Evidence(
        f"the {peer} closed: FIN in frame {closer.fin.frame}, "
        f"acknowledged in frame {closer.fin_acked.frame}",
        (closer.fin.frame, closer.fin_acked.frame),
        {"fin_seq": connection.relative(closer.side, closer.fin_seq)},
        "RFC 9293 3.6",
    )
    if half.reaction_ns >= UNREAD_NS:
        yield Evidence(
            f"the acknowledgement came alone, {seconds(half.reaction_ns)} after the FIN: "
            "the program had not closed by then",
            (closer.fin_acked.frame,),
            {"reaction_s": round(half.reaction_ns / SECOND, 3)},
        )
    yield _what_is_left(half, who, peer)
    if half.ended_by is not None:
        yield Evidence(
            f"the {name(half.ended_by.note.side)} ended it with the reset in frame "
            f"{half.ended_by.frame}, after {seconds(half.idle_ns)}",
            (half.ended_by.frame,),
            {"idle_s": round(half.idle_ns / SECOND, 3)},
        )
    elif half.last_word:
        yield Evidence(
            f"frame {connection.last.frame} is the last of the capture: "
            "how long the socket stayed so is not in it; no kernel limits it",
            (connection.last.frame,),
        )
    else:
        yield Evidence(
            f"for {seconds(half.idle_ns)}, to the end of the capture, the {who} sends no FIN; "
            "no kernel limits that",
            (connection.last.frame,),
            {"idle_s": round(half.idle_ns / SECOND, 3)},
        )


def _what_is_left(half: HalfClose, who: str, peer: str) -> Evidence:
    nothing = {"outstanding_bytes": 0}
    if half.answer_due:
        says = f"the {who} has not answered what the {peer} sent last, and nothing is on the way"
        return Evidence(says, (), nothing)
    if half.other.last_text is None or half.other.progress is None:
        return Evidence(f"the {who} sent no data: nothing but its close is missing", (), nothing)
    says = f"all that the {who} sent is acknowledged: nothing but its close is missing"
    return Evidence(says, (half.other.progress.frame,), nothing)


CHECK = Check(
    code="C202",
    name="close-wait-leak",
    summary="CLOSE-WAIT, nothing to send, application owes a close",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

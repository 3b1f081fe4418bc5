"""A segment is sent again and again, and nothing at all comes back.

What happens
------------
One end has data on the way. It sends the oldest segment again, each time after about twice the
wait, and not one packet of the other end is heard any more: no ACK, no reset. A closed window
whose probes nobody answers is the same trouble.

Why it sticks
-------------
A host that lost the connection would answer with a reset; one that is alive would acknowledge.
Silence means that packets do not arrive, there or here: the host is off the network, or the path
drops them. TCP cannot tell this from a long outage, so it waits: Linux for tcp_retries2 timeouts,
15 minutes or more. Keepalive does not help, it rests while data is outstanding.

Look-alikes
-----------
- The other end answers, but never with progress: P302 (it does not read), P305 (large segments
  vanish).
- It was idle for long before the segment was sent: P303, a box on the path forgot it.
- One side of the connection was never captured: M504. What is said then is only a note.
- Loss: one or two copies, then an ACK. Not a finding.

What to do
----------
Look at the other end and at the path between. To bound such waits: TCP_USER_TIMEOUT on the
socket, a send timeout that fits the service. To free the socket now: ss -K.

References
----------
RFC 9293 3.8.3 (R1, R2); RFC 6298 5.5; Linux tcp_write_timeout(), tcp_retries2.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks import ladders
from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import end_of_ladder
from unstick.checks.remedies import END_SOCKET, ENFORCE, MEASURED_SENDS, USER_TIMEOUT
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Ladder, ZeroWindow
from unstick.tcp.vocabulary import State

PROBES = 3
"""Probes of a closed window without an answer: as many as copies of data (ladders.STEPS)."""

REMEDIES = (
    Remedy(
        "See whether the silent host is up, and where its packets stop: capture there, too",
        Where.OPERATOR,
        Risk.SAFE,
    ),
    END_SOCKET,
    ENFORCE,
    MEASURED_SENDS,
    USER_TIMEOUT,
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end that retransmits payload into silence, or probes a closed window that is silent."""
    for side in connection.sides:
        ladder = ladders.unheard(connection, side)
        if ladder is not None and ladder.length:
            yield _of_ladder(connection, side, ladder)
            continue
        closed = connection.peer(side).zero_window
        if closed is not None and _probes_in_vain(connection, side, closed):
            yield _of_probes(connection, side, closed)
        elif side.keepalives.back_off and side.state is not State.CLOSED:
            yield _of_lost_update(connection, side)


def _severity(side: Endpoint, peer: Endpoint, waited_ns: int, *, over: bool) -> Severity:
    """A side that has closed is left to shorter limits, and blocks no program: a warning."""
    if not peer.spoke:
        return Severity.NOTE
    lasting = waited_ns >= ladders.STUCK_NS and not over and side.fin is None
    return Severity.ERROR if lasting else Severity.WARNING


def _of_ladder(connection: Connection, side: Endpoint, ladder: Ladder) -> Finding:
    peer = connection.peer(side)
    who, other = name(side.side), name(peer.side)
    waited_ns = ladders.silence_ns(connection, side)
    over = ladders.is_over(connection, side)
    headline = (
        f"The {other} is silent: the {who} sent one segment {ladder.count} times more "
        f"in {seconds(waited_ns)}"
    )
    if side.first_reset is not None:
        headline = f"The {other} fell silent; the {who} gave up after {ladders.copies(ladder)}"
    if not peer.spoke:
        headline = f"The {who} hears no answer; the {other} was not captured"
    return Finding(
        code="P301",
        severity=_severity(side, peer, waited_ns, over=over),
        headline=headline,
        evidence=tuple(_evidence(connection, side, ladder)),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=_doubt(peer),
        stuck_side=None if over else who,
        since_ns=ladders.moments(ladder)[0].ns,
        blames=f"the {other} or the path" if peer.spoke else None,
    )


def _doubt(peer: Endpoint) -> str:
    other = name(peer.side)
    if peer.last is None:
        return f"Packets of the {other}, captured where both directions pass, would tell more"
    return (
        f"Packets of the {other} after frame {peer.last.frame}, seen anywhere on the path, "
        "would prove this wrong"
    )


def _evidence(connection: Connection, side: Endpoint, ladder: Ladder) -> Iterator[Evidence]:
    who = name(side.side)
    sent = ladders.moments(ladder)
    yield Evidence(
        f"the {who} sent {ladders.what(side, ladder)} in frame {sent[0].frame} and "
        f"{ladders.copies(ladder)} of it, after {ladders.gaps_in_words(ladder)}",
        tuple(moment.frame for moment in sent),
        {
            "retransmissions": ladder.count,
            "seq": connection.relative(side.side, ladder.seq),
            "outstanding_bytes": side.outstanding_bytes,
        },
        "RFC 6298 5.5",
    )
    last = connection.peer(side).last
    yield Evidence(
        ladders.last_heard(connection, side),
        () if last is None else (last.frame,),
        {"silent_s": round(ladders.silence_ns(connection, side) / SECOND, 3)},
    )
    if side.first_reset is not None:
        yield Evidence(
            f"the {who} gave up with a reset in frame {side.first_reset.frame}",
            (side.first_reset.frame,),
        )
    elif not ladders.is_over(connection, side):
        yield end_of_ladder(connection, side, closed=side.fin is not None) or UNKNOWN_LIMIT


UNKNOWN_LIMIT = Evidence(
    "when this stack gives up is not known; the RFC wants it to try for 100 s at least",
    cite="RFC 9293 3.8.3 (R2)",
)


PROBES_COUNT = Evidence(
    "probes without an answer count as timeouts: the limit for data ends this, too",
    cite="Linux tcp_probe_timer(), tcp_retries2",
)


# --- a closed window, and nobody behind it -------------------------------------------------------


def _probes_in_vain(connection: Connection, side: Endpoint, closed: ZeroWindow) -> bool:
    peer = connection.peer(side)
    if peer.last is None or closed.last_probe is None or side.state is State.CLOSED:
        return False
    waited_ns = closed.last_probe.ns - peer.last.ns
    silent = peer.last.frame < closed.last_probe.frame and waited_ns >= ladders.SILENT_NS
    return silent and closed.unanswered >= PROBES


def _of_probes(connection: Connection, side: Endpoint, closed: ZeroWindow) -> Finding:
    peer = connection.peer(side)
    assert peer.last is not None
    assert closed.last_probe is not None
    who, other = name(side.side), name(peer.side)
    waited_ns = closed.last_probe.ns - peer.last.ns
    over = connection.successor is not None
    return Finding(
        code="P301",
        severity=_severity(side, peer, waited_ns, over=over),
        headline=f"The {other} closed its window and fell silent: "
        f"{closed.unanswered} probes in {seconds(waited_ns)}",
        evidence=(
            Evidence(
                f"the window of the {other} is closed since frame {closed.since.frame}",
                (closed.since.frame,),
            ),
            Evidence(
                f"the {who} probed {plural(closed.unanswered, 'time')} without an answer, "
                f"until frame {closed.last_probe.frame}",
                (closed.last_probe.frame,),
                {"probes": closed.probes, "unanswered": closed.unanswered},
                "RFC 9293 3.8.6.1",
            ),
            Evidence(
                f"nothing was heard of the {other} since frame {peer.last.frame}, "
                f"for {seconds(waited_ns)}",
                (peer.last.frame,),
                {"silent_s": round(waited_ns / SECOND, 3)},
            ),
            PROBES_COUNT,
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=_doubt(peer),
        stuck_side=None if over else who,
        since_ns=peer.last.ns,
        blames=f"the {other} or the path",
    )


def _of_lost_update(connection: Connection, side: Endpoint) -> Finding:
    """Probes with growing pauses although the window looks open here: its opening, or the probes,
    do not get through."""
    peer, probes = connection.peer(side), side.keepalives
    assert probes.first is not None
    assert probes.last is not None
    who, other = name(side.side), name(peer.side)
    waited_ns = probes.last.ns - probes.first.ns
    over = connection.successor is not None
    return Finding(
        code="P301",
        severity=_severity(side, peer, waited_ns, over=over),
        headline=f"The {other} is silent: {probes.unanswered} window probes of the {who} "
        "have no answer",
        evidence=(
            Evidence(
                f"the {who} probed {plural(probes.unanswered, 'time')} in {seconds(waited_ns)}, "
                "with growing pauses, and nothing came back",
                (probes.first.frame, probes.last.frame),
                {"unanswered": probes.unanswered},
                "RFC 9293 3.8.6.1",
            ),
            Evidence(
                f"it probes a closed window, but the last one of the {other} seen here is open: "
                f"that news did not reach the {who}",
                () if peer.last is None else (peer.last.frame,),
                {"window": peer.window},
            ),
            PROBES_COUNT,
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=_doubt(peer),
        stuck_side=None if over else who,
        since_ns=probes.first.ns,
        blames=f"the {other} or the path",
    )


CHECK = Check(
    code="P301",
    name="peer-silent",
    summary="retransmission ladder without any answer; when each kernel limit would end it",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

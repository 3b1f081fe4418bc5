"""Keepalive probes that nobody answers, or keepalive that does not even run.

What happens
------------
The connection is idle, and one end asks whether the other is still there: an empty segment one
below the next number, which must draw an ACK. It does not. After some probes the stack gives the
connection up.

Or keepalive is switched on and would end the connection, but data is outstanding: then no stack
sends probes. The retransmission ladder runs instead, and its limit is much longer.

Why it sticks
-------------
The other host is gone, or a box on the path forgot the connection. While it lasts the program
believes in a connection that is dead: with Linux' defaults for 2 h 11 min (7,200 s, then 9 probes
75 s apart).

Look-alikes
-----------
- Window probes have the same shape, but the window is closed (P302, P301).
- One or two lost probes, then an ACK: not a finding.
- Probes that are answered: the connection is idle and well.

What to do
----------
Nothing is needed to end it: the count of probes does. To learn of it sooner set TCP_KEEPIDLE,
TCP_KEEPINTVL and TCP_KEEPCNT on the socket; for data in flight add TCP_USER_TIMEOUT, because
keepalive rests then.

References
----------
RFC 9293 3.8.4; RFC 1122 4.2.3.6; Linux tcp_keepalive_timer(); RFC 5482.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks import ladders
from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.remedies import END_SOCKET
from unstick.checks.words import name, plural, seconds
from unstick.tcp import profiles
from unstick.tcp.observed import SECOND, Connection, Endpoint
from unstick.tcp.vocabulary import State

PROBES = 3
"""Three lost probes in a row are not loss: at 5 % loss that is one in 8,000."""

REMEDIES = (
    Remedy(
        "Wait: the count of probes ends it",
        Where.OPERATOR,
        Risk.SAFE,
    ),
    Remedy(
        "Set TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT to what the service can wait",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    Remedy(
        "Add TCP_USER_TIMEOUT: it bounds data in flight, where keepalive rests",
        Where.APPLICATION,
        Risk.DISRUPTIVE,
    ),
    END_SOCKET,
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A run of unanswered probes at the end, or a ladder where keepalive was seen before."""
    for side in connection.sides:
        if _is_unanswered(connection, side):
            yield _unanswered(connection, side)
        elif side.keepalives.total and ladders.unheard(connection, side) is not None:
            yield _resting(connection, side)


def _is_unanswered(connection: Connection, side: Endpoint) -> bool:
    probes, peer = side.keepalives, connection.peer(side)
    if probes.unanswered < PROBES or probes.first is None or probes.last is None:
        return False
    if probes.back_off:
        return False  # window probes: P301
    if peer.last is None or peer.last.frame > probes.first.frame:
        return False
    return probes.last.ns - probes.first.ns >= SECOND  # TCP_KEEPINTVL is in whole seconds


def _unanswered(connection: Connection, side: Endpoint) -> Finding:
    who, other = name(side.side), name(side.side.other)
    probes, peer = side.keepalives, connection.peer(side)
    assert probes.first is not None
    assert probes.last is not None
    assert peer.last is not None
    ended = side.state is State.CLOSED or connection.successor is not None
    lasted = seconds(probes.last.ns - probes.first.ns)
    evidence = [
        Evidence(
            f"the {who} sent {plural(probes.unanswered, 'keepalive probe')} in {lasted}, "
            f"from frame {probes.first.frame} to frame {probes.last.frame}, without an answer",
            (probes.first.frame, probes.last.frame),
            {"unanswered": probes.unanswered, "interval_s": round(interval_s(side), 3)},
            "RFC 9293 3.8.4",
        ),
        Evidence(
            f"the last packet of the {other} is frame {peer.last.frame}, "
            f"{seconds(probes.first.ns - peer.last.ns)} before the first of them",
            (peer.last.frame,),
        ),
    ]
    if ended and side.first_reset is not None:
        evidence.append(
            Evidence(
                f"the {who} gave up with a reset in frame {side.first_reset.frame}",
                (side.first_reset.frame,),
            )
        )
    elif not ended:
        evidence.append(_limit(connection, side))
    return Finding(
        code="P304",
        severity=Severity.WARNING,
        headline=f"The {other} is gone: {plural(probes.unanswered, 'keepalive probe')} "
        "without an answer",
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"Packets of the {other} after frame {peer.last.frame}, seen anywhere on the path, "
        "would prove this wrong",
        stuck_side=None if ended else who,
        since_ns=probes.first.ns,
        blames=f"the {other} or the path",
    )


def interval_s(side: Endpoint) -> float:
    """Seconds between two probes of the unanswered run, on average."""
    probes = side.keepalives
    if probes.first is None or probes.last is None or probes.unanswered < 2:
        return 0.0
    return (probes.last.ns - probes.first.ns) / SECOND / (probes.unanswered - 1)


def _limit(connection: Connection, side: Endpoint) -> Evidence:
    """When the count of probes ends it: the interval is seen, the count is the stack's default."""
    count = profiles.profile(connection.profile).numbers.keepalive_probes_count
    if count is None:
        return Evidence(f"how many probes {connection.profile} sends is not known")
    left = max(0, count - side.keepalives.unanswered)
    rest_s = (left + 1) * interval_s(side)
    return Evidence(
        f"{connection.profile} gives up after {count} probes (tcp_keepalive_probes), here "
        f"{seconds(round(rest_s * SECOND))} after the last one, unless TCP_KEEPCNT says other",
        values={"probes": count, "gives_up_in_s": round(rest_s, 1)},
        cite="Linux tcp_keepalive_timer()",
    )


def _resting(connection: Connection, side: Endpoint) -> Finding:
    who = name(side.side)
    probes, ladder = side.keepalives, side.ladder
    assert ladder is not None
    first = ladders.moments(ladder)[0]
    return Finding(
        code="P304",
        severity=Severity.NOTE,
        headline=f"Keepalive of the {who} is on, but rests: data is outstanding",
        evidence=(
            Evidence(
                f"the {who} sent {plural(probes.total, 'keepalive probe')} earlier"
                + (f", the last in frame {probes.last.frame}" if probes.last else ""),
                () if probes.last is None else (probes.last.frame,),
                {"probes": probes.total},
            ),
            Evidence(
                f"since frame {first.frame} data is outstanding: no stack sends keepalives then",
                (first.frame,),
                cite="RFC 9293 3.8.4; Linux tcp_keepalive_timer()",
            ),
        ),
        remedies=REMEDIES[2:],
        stream=connection.stream,
        capture=connection.capture,
        since_ns=first.ns,
    )


CHECK = Check(
    code="P304",
    name="keepalive-unanswered",
    summary="probes without answer; when it will end, or why keepalive is not even running",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

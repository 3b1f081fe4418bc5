"""Small segments pass, full-size ones never arrive: a path MTU black hole.

What happens
------------
The handshake works, small requests and answers work, and then the first full-size segment is sent
again and again. The other end is alive: it acknowledges what is small, reports holes, repeats its
own question. The large segment never arrives.

Why it sticks
-------------
Somewhere on the path a link is narrower than the ends believe (a tunnel, PPPoE, a VPN, an overlay
network). The router before it drops what does not fit and says so by ICMP ("fragmentation needed",
"packet too big"); a filter drops that message. The sender never learns and repeats the same size
until its retransmission limit, 15 minutes or more.

Look-alikes
-----------
- A peer that fell silent at that moment: P301. If nothing at all was heard while the segment was
  repeated, this is said with less weight.
- A filter that drops this one segment for its content: the same pattern, whatever the size.
- A full-size segment was acknowledged earlier: then the path is wide enough; not a finding.

What to do
----------
Let ICMP type 3 code 4 and ICMPv6 type 2 through. Clamp the MSS on the router before the narrow
link (iptables -j TCPMSS --clamp-mss-to-pmtu), or lower the MTU of the sender's route. Linux finds
the size by itself with tcp_mtu_probing=1.

References
----------
RFC 2923; RFC 4821; RFC 8899; Linux tcp_mtu_probing.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks import ladders
from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import end_of_ladder
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Ladder

LARGE_BYTES = 1220
"""Payload that fits every path in use: IPv6 guarantees 1,280 bytes (RFC 8200 5), less 60 for the
headers. What is smaller and vanishes has another cause."""

RECENT_NS = 2 * SECOND
"""A peer that spoke this shortly before the large segment was sent did not leave by chance in
between: think times and idle periods are where hosts vanish."""

REMEDIES = (
    Remedy(
        "Let ICMP 3/4 (IPv4) and ICMPv6 type 2 pass: they tell the sender the size",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    Remedy(
        "Clamp the MSS on the router before the narrow link",
        Where.MIDDLEBOX,
        Risk.SAFE,
        "iptables -t mangle -A FORWARD -p tcp --syn -j TCPMSS --clamp-mss-to-pmtu",
    ),
    Remedy(
        "Let the sender find the size by itself",
        Where.OPERATOR,
        Risk.SAFE,
        "sysctl -w net.ipv4.tcp_mtu_probing=1",
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end whose full-size segment never arrives, while smaller ones did."""
    for side in connection.sides:
        ladder = side.ladder
        if ladder is not None and _vanishes(connection, side, ladder):
            yield _finding(connection, side, ladder)


def _vanishes(connection: Connection, side: Endpoint, ladder: Ladder) -> bool:
    peer = connection.peer(side)
    if ladder.length <= LARGE_BYTES or side.payloads.largest_acked >= ladder.length:
        return False
    if peer.last is None or side.state in ladders.UNBORN or not _has_room(peer, ladder):
        return False
    gaps = ladders.gaps_ns(ladder)
    timeouts = sum(1 for gap in gaps if gap >= ladders.TIMER_GAP_NS)
    if timeouts < ladders.STEPS or any(gap > ladders.GAP_MOST_NS for gap in gaps):
        return False
    if repeated_ns(ladder) < ladders.SILENT_NS:
        return False
    return _is_alive(ladder) or _was_alive(connection, side, ladder)


def _has_room(peer: Endpoint, ladder: Ladder) -> bool:
    return peer.window is None or peer.window >= ladder.length


def _is_alive(ladder: Ladder) -> bool:
    """The other end spoke while the segment was repeated."""
    return ladder.heard > 0


def _was_alive(connection: Connection, side: Endpoint, ladder: Ladder) -> bool:
    """Nothing was heard since, but smaller segments had passed, and the other end had just spoken
    when the first large one was sent."""
    peer = connection.peer(side)
    if side.payloads.largest_acked == 0 or peer.last is None:
        return False
    if ladders.unheard(connection, side) is None:
        return False
    return ladders.moments(ladder)[0].ns - peer.last.ns <= RECENT_NS


def repeated_ns(ladder: Ladder) -> int:
    """From the first copy that was seen to the last."""
    return ladder.last.ns - ladders.moments(ladder)[0].ns


def _finding(connection: Connection, side: Endpoint, ladder: Ladder) -> Finding:
    who, other = name(side.side), name(side.side.other)
    over = ladders.is_over(connection, side)
    sure = _is_alive(ladder) and repeated_ns(ladder) >= ladders.STUCK_NS and not over
    return Finding(
        code="P305",
        severity=Severity.ERROR if sure else Severity.WARNING,
        headline=f"Segments of {ladder.length:,} bytes from the {who} vanish; small ones pass",
        evidence=tuple(_evidence(connection, side, ladder, over)),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"A filter that drops this segment for its content looks the same; so does a {other} "
        "that fell silent"
        if not _is_alive(ladder)
        else "A filter that drops this segment for its content looks the same",
        stuck_side=None if over else who,
        since_ns=ladders.moments(ladder)[0].ns,
        blames="the path",
    )


def _evidence(
    connection: Connection, side: Endpoint, ladder: Ladder, over: bool
) -> Iterator[Evidence]:
    who, other = name(side.side), name(side.side.other)
    sent = ladders.moments(ladder)
    yield Evidence(
        f"the {who} sent a segment of {plural(ladder.length, 'byte')} in frame {sent[0].frame} "
        f"and {ladders.copies(ladder)} of it in {seconds(repeated_ns(ladder))}; no progress",
        tuple(moment.frame for moment in sent),
        {"length": ladder.length, "retransmissions": ladder.count},
        "RFC 2923 2.1",
    )
    largest = side.payloads.largest_acked
    small = "no other payload of it was sent before"
    if largest:
        small = f"the largest that was acknowledged before has {plural(largest, 'byte')}"
    yield Evidence(small, values={"largest_acked": largest})
    last = connection.peer(side).last
    assert last is not None
    if _is_alive(ladder):
        yield Evidence(
            f"meanwhile {plural(ladder.heard, 'packet')} came from the {other}, up to frame "
            f"{last.frame}: it is alive and still waits for this segment",
            (last.frame,),
            {"heard": ladder.heard},
        )
    else:
        before = seconds(max(0, sent[0].ns - last.ns))
        yield Evidence(
            f"the {other} spoke {before} before, in frame {last.frame}, and not since",
            (last.frame,),
        )
    if not over:
        limit = end_of_ladder(connection, side, closed=side.fin is not None)
        if limit is not None:
            yield limit


CHECK = Check(
    code="P305",
    name="large-segments-vanish",
    summary="small pass, full-size do not: path MTU black hole",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

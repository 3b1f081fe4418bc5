"""A box on the path rewrites sequence numbers, but not those in SACK blocks.

What happens
------------
A firewall replaces the initial sequence number by a random one and adds the difference to every
sequence and ACK number that passes (Cisco ASA: "random-sequence-number"). The numbers inside SACK
blocks stay as they were. The end that receives them sees blocks that lie millions of bytes from
anything it ever sent.

Why it sticks
-------------
Without loss nobody notices. With loss, SACK is useless at best: a sender ignores such blocks, or
counts each as a broken duplicate ACK, fast retransmission fails, and transfers crawl from timeout
to timeout. On the far side of the box the same packets are correct.

Look-alikes
-----------
- D-SACK: a block below the ACK number reports what arrived twice, close to it (RFC 2883).
- A capture that lost packets: blocks lie beyond what was captured, but within the window.

What to do
----------
Let the box rewrite SACK blocks or stop randomising (ASA: set connection random-sequence-number
disable; every modern host randomises by itself, RFC 6528). Or switch SACK off at the ends.

References
----------
RFC 2018 3; RFC 2883; RFC 6528; Suricata pull request 1162 (2014).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import name, plural
from unstick.tcp.observed import Connection, Endpoint, StraySacks

PACKETS = 2
"""One odd packet may be damaged or forged; a box does it to every one."""

REMEDIES = (
    Remedy(
        "Stop the box from randomising sequence numbers, or update it to rewrite SACK, too",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    Remedy(
        "Until then do without SACK on the path's hosts",
        Where.OPERATOR,
        Risk.DISRUPTIVE,
        "sysctl -w net.ipv4.tcp_sack=0",
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end whose SACK blocks are of another sequence space than its ACK numbers."""
    for side in connection.sides:
        stray = side.stray_sacks
        if stray is not None and stray.packets >= PACKETS:
            yield _finding(connection, side, stray)


def _finding(connection: Connection, side: Endpoint, stray: StraySacks) -> Finding:
    who, other = name(side.side), name(side.side.other)
    where = "above" if stray.away > 0 else "below"
    return Finding(
        code="M506",
        severity=Severity.WARNING,
        headline="A box on the path rewrites sequence numbers but not SACK blocks",
        evidence=(
            Evidence(
                f"{plural(stray.packets, 'packet')} of the {who} report blocks that the {other} "
                f"never sent; in frame {stray.frame} they lie {abs(stray.away):,} {where} the ACK",
                (stray.frame,),
                {"packets": stray.packets, "away": stray.away},
                "RFC 2018 3",
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"The same blocks in a capture made at the {who}: then its stack is broken",
        blames="the path",
    )


CHECK = Check(
    code="M506",
    name="sequence-rewritten",
    summary="SACK blocks of another sequence space than the ACK numbers",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""Many resets or SYNs at many sequence numbers: somebody guesses blindly.

What happens
------------
An attacker who cannot see the connection sends resets (or SYNs) at one sequence number after the
other, a window apart, until one falls into the window. Against stacks of before RFC 5961 that
ends the connection; since then the number must be exact, and other hits draw challenge ACKs.

Why it sticks
-------------
Usually it does not. If one is honoured, the connection is gone for one side only. Challenge ACKs
are limited, and their limit once betrayed the window to the attacker (CVE-2016-5696).

Look-alikes
-----------
- A host without the socket answers every segment: its resets stand at numbers the other side has
  acknowledged. Thousands of them are ordinary.
- A pair of resets of a box on the path (R106).
- A port scan: one SYN a connection.

What to do
----------
Filter the source if it can be found; use TCP-AO for long-lived connections; keep stacks at
RFC 5961 (FreeBSD: net.inet.tcp.insecure_rst=0).

References
----------
RFC 5961 1 and 7; CVE-2016-5696; Watson: Slipping in the Window (2004).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import name, plural
from unstick.tcp.observed import Connection, Note, NoteKind, delta
from unstick.tcp.vocabulary import Side

GUESSES = 5
"""Distinct numbers that answer nothing. Boxes on the path send two or three (X, X + 1460,
X + 4380); no host sends any."""

BEHIND_BYTES = 1 << 20
"""A number that much below what was acknowledged answers nothing that was still under way; nearer
ones may answer segments that left long ago."""

FRAMES_SHOWN = 24

REMEDIES = (
    Remedy("Drop the guesses at the edge: spoofed sources, if they can be told", Where.OPERATOR,
           Risk.DISRUPTIVE),
    Remedy("Sign long-lived connections (TCP-AO), or run them inside IPsec or WireGuard",
           Where.APPLICATION, Risk.SAFE),
)  # fmt: skip


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A side in whose name many numbers are tried."""
    if not connection.both_spoke:
        return
    for side in connection.sides:
        guesses = list(_guesses(connection, side.side))
        if len({note.seq for note in guesses}) >= GUESSES:
            yield _finding(connection, guesses)


def _guesses(connection: Connection, side: Side) -> Iterator[Note]:
    """Resets and SYNs of this side that stand where it never was and answer nothing."""
    if connection.side(side).numbers_guessed:
        return
    for note in connection.notes_of(NoteKind.RESET, NoteKind.SYN):
        if note.side is not side or note.sender_nxt is None or note.answers_count > 0:
            continue
        ahead = delta(note.seq, note.sender_nxt)
        behind = -delta(note.seq, note.last_ack) if note.last_ack is not None else 0
        if ahead > 1 or behind > max(BEHIND_BYTES, note.window_most or 0):
            yield note


def _finding(connection: Connection, guesses: Sequence[Note]) -> Finding:
    side = guesses[0].side
    frames = tuple(note.frame for note in guesses)
    what = "resets" if guesses[0].is_reset else "SYNs"
    numbers = sorted({note.seq for note in guesses}, key=lambda seq: delta(seq, guesses[0].seq))
    steps = [delta(b, a) for a, b in pairwise(numbers)]
    hits = [
        reset
        for reset in connection.resets
        if reset.frame in frames and reset.observed == "honoured" and reset.verdict == "honoured"
    ]
    apart = f"{min(steps):,} to {max(steps):,}" if min(steps) < max(steps) else f"{min(steps):,}"
    effect = "none was seen to be honoured"
    if hits:
        effect = f"the one in frame {hits[0].frame} was honoured: {hits[0].observed_because}"
    return Finding(
        code="R108",
        severity=Severity.WARNING,
        headline=f"{len(numbers)} sequence numbers are tried in the {name(side)}'s name",
        evidence=(
            Evidence(
                f"{plural(len(guesses), 'packet')} ({what}) answer nothing and stand where the "
                f"{name(side)} never was; the numbers lie {apart} apart",
                frames[:FRAMES_SHOWN],
                {"numbers": len(numbers), "least_step": min(steps), "largest_step": max(steps)},
                "RFC 5961 1",
            ),
            Evidence(effect, tuple(reset.frame for reset in hits), {"honoured": len(hits)}),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt="A capture that missed most of the connection would make true numbers look guessed",
        since_ns=guesses[0].ns,
        blames="the path",
    )


CHECK = Check(
    code="R108",
    name="reset-spray",
    summary="many RSTs or SYNs walking the window: a blind attack; was any honoured?",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""A reset that its claimed sender did not send: it contradicts what that host does and how.

What happens
------------
A box on the path writes a RST with the address of one end. Firewalls and load balancers do it to
end idle connections, NATs to clean up, censors and attackers to cut live ones. It gives itself
away: the host goes on sending; the number is beyond all the host had sent, often in a pair with
a second one further on; the TTL is another together with the IP identification; it comes out of
long silence, or answers a reset.

Why it sticks
-------------
If the number is right the connection ends, and each end blames the other. If it is wrong for one
side, that side lives on and its peer is gone.

Look-alikes
-----------
- Another TTL alone: load balancers, several paths, and stacks whose resets start from another
  TTL. Never a finding.
- A host that answers an old duplicate while it opens a connection (H402).
- A capture with gaps: what seems beyond all that was sent may have been sent unseen.

What to do
----------
Find the box: its TTL says how far away it is. Raise its idle timeout above that of the
application, or send keepalives more often. Against injection: TCP-AO, or encryption below TCP.

References
----------
RFC 5961 1; Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets (NDSS 2009).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import name, plural
from unstick.tcp.observed import Connection, Reset
from unstick.tcp.origins import INITIAL_TTLS, Sign

CUTTING = frozenset({Sign.LATER.value, Sign.VOLLEY.value, Sign.RESERVED.value})
"""Signs of a reset that cuts, or tries to cut, a live connection. The others are those of boxes
that clean up: idle timers, NATs, load balancers. They inform. A jump alone may be the end of data
that was lost before the capture point."""

FRAMES_SHOWN = 12

IDLE_REMEDY = Remedy(
    "Set the idle timeout of the box above the application's, or send keepalives sooner",
    Where.MIDDLEBOX,
    Risk.SAFE,
)

REMEDIES = (
    Remedy(
        "Find the box that writes these resets: capture on both sides of it",
        Where.OPERATOR,
        Risk.SAFE,
    ),
    IDLE_REMEDY,
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """One finding a side whose name was used."""
    for side in connection.sides:
        foreign = [
            one
            for one in connection.resets
            if one.note.side is side.side and one.origin == "another-host"
        ]
        if foreign:
            yield _finding(connection, foreign)


def _finding(connection: Connection, foreign: Sequence[Reset]) -> Finding:
    first = foreign[0]
    claimed, receiver = name(first.note.side), name(first.note.receiver)
    cutting = any(CUTTING & set(one.signs) for one in foreign)
    frames = tuple(one.frame for one in foreign)
    others = f" and {len(frames) - 1} more" if len(frames) > 1 else ""
    evidence = [_says(one) for one in foreign[:3]]
    hops = _hops(first)
    if hops is not None:
        evidence.append(hops)
    evidence.append(_effect(foreign, receiver))
    idle = any(Sign.SILENCE.value in one.signs for one in foreign)
    return Finding(
        code="R106",
        severity=Severity.WARNING if cutting else Severity.NOTE,
        headline=f"Another host sent the {claimed}'s reset in frame {first.frame}{others}",
        evidence=tuple(evidence),
        remedies=REMEDIES if cutting else ((IDLE_REMEDY,) if idle else ()),
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"A capture next to the {claimed} that shows this reset leaving it would prove "
        "this wrong",
        since_ns=first.note.ns,
        blames="the path",
    )


def _says(reset: Reset) -> Evidence:
    note = reset.note
    return Evidence(
        f"frame {reset.frame}: {reset.origin_evidence}",
        (reset.frame,),
        {
            "signs": ", ".join(reset.signs),
            "ttl": note.ttl,
            "host_ttl": note.sender_ttl_last,
            "offset": None if reset.below is None else -reset.below,
        },
    )


def _hops(reset: Reset) -> Evidence | None:
    """How far away its sender is, if its TTL began at one of the usual values."""
    if reset.note.ttl is None or Sign.TTL.value not in reset.signs:
        return None
    start = min(one for one in INITIAL_TTLS if reset.note.ttl <= one)
    hops = start - reset.note.ttl
    where = f"{plural(hops, 'hop')} from the capture" if hops else "on the capture's own network"
    return Evidence(
        f"if its TTL began at {start}, its sender is {where}",
        values={"hops": hops},
    )


def _effect(foreign: Sequence[Reset], receiver: str) -> Evidence:
    honoured = [one for one in foreign if one.observed == "honoured"]
    refused = [one for one in foreign if one.observed == "refused"]
    if honoured:
        says = f"the {receiver} obeyed: {honoured[0].observed_because}"
    elif refused:
        says = f"the {receiver} did not obey: {refused[0].observed_because}"
    else:
        says = f"whether the {receiver} obeyed is not to be seen"
    frames = tuple(one.frame for one in foreign)
    return Evidence(says, frames[:FRAMES_SHOWN], {"resets": len(frames)})


CHECK = Check(
    code="R106",
    name="reset-from-another-host",
    summary="a RST that contradicts its claimed sender; never on TTL alone",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""Connections of which only one side was captured, although the other must have spoken.

What happens
------------
One end sends on and on, or acknowledges more and more, and not one packet of the other end is in
the capture. The two directions take different ways and the capture stands on one of them, or a
filter or a mirror port takes one direction.

Why it sticks
-------------
Nothing can be said of an end that was not captured: not what it received, not whether it answered.
unstick counts such connections as undecided and concludes nothing about the silence of the unseen
side.

Look-alikes
-----------
- A SYN that nobody answered: the other side did not speak at all (H401).
- A scan, or resets sprayed at a host: one packet each, nothing that implies an answer.
- A capture that ends just after the first packet.

What to do
----------
Capture where both directions pass: on one of the two hosts, or mirror both directions (a SPAN port
with "both", an optical tap with both fibres merged).

References
----------
RFC 9293 3.4 (an ACK number rises only with what was received).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural
from unstick.tcp.captured import CaptureFacts

REMEDIES = (
    Remedy("Capture on one of the hosts, or mirror both directions", Where.OPERATOR, Risk.SAFE),
)


def in_capture(facts: CaptureFacts) -> Iterator[Finding]:
    """Connections that are half captured."""
    if not facts.one_way:
        return
    named = ", ".join(str(stream) for stream in facts.one_way_streams)
    more = facts.one_way - len(facts.one_way_streams)
    yield Finding(
        code="M504",
        severity=Severity.NOTE,
        headline=f"Only one direction was captured of {plural(facts.one_way, 'connection')}",
        evidence=(
            Evidence(
                f"one side speaks to another that is not in the capture: stream {named}"
                + (f" and {more:,} more" if more else "")
                + f"; {facts.two_way:,} of {facts.connections:,} connections have both sides",
                values={
                    "one_way": facts.one_way,
                    "two_way": facts.two_way,
                    "connections": facts.connections,
                },
            ),
        ),
        remedies=REMEDIES,
        capture=facts.capture,
    )


CHECK = Check(
    code="M504",
    name="one-direction-only",
    summary="one side of a connection was never captured",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_capture=in_capture,
)

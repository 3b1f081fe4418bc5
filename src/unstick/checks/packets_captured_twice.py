"""The same packets stand in the capture twice or more: copies, not retransmissions.

What happens
------------
A packet was recorded on its way in and on its way out, on a bridge and its port, before and after
a router (TTL one lower), or by a mirror port that copies both directions of two links. Its copies
have the same sequence numbers, checksum and IP identification, microseconds apart.

Why it sticks
-------------
Many tools count copies as retransmissions or duplicate ACKs and see a lossy network where there is
none. unstick counts each packet once: no finding is built on copies.

Look-alikes
-----------
- Retransmissions: they come after a timeout or after duplicate ACKs, and have a new IP
  identification.
- A packet that a link layer sent twice (802.11 retries): the same packet, too.
- Both sides of a NAT in one capture: the addresses differ, so these are two streams here.

What to do
----------
Capture on one interface (not "any"), or mirror one direction of each link. To clean a capture:
editcap -d.

References
----------
editcap(1); tcpdump(1) -i any; RFC 791 (identification).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural
from unstick.tcp.captured import CaptureFacts

REMEDIES = (
    Remedy("Capture on one interface, or mirror one direction", Where.OPERATOR, Risk.SAFE),
    Remedy(
        "Take the copies out of the file",
        Where.OPERATOR,
        Risk.SAFE,
        "editcap -d with-copies.pcap without-copies.pcap",
    ),
)


def in_capture(facts: CaptureFacts) -> Iterator[Finding]:
    """Packets that were recognised as copies of one before."""
    if not facts.copies:
        return
    share = 100 * facts.copies / max(1, facts.tcp_segments)
    first = () if facts.copy_frame is None else (facts.copy_frame,)
    where = "" if facts.copy_frame is None else f"; the first copy is frame {facts.copy_frame}"
    yield Finding(
        code="M502",
        severity=Severity.NOTE,
        headline=f"Captured twice or more: {facts.copies:,} of {facts.tcp_segments:,} packets "
        "are copies",
        evidence=(
            Evidence(
                f"{plural(facts.copies, 'packet')} ({share:.0f} %) repeat one before in every "
                f"number, the IP identification included{where}",
                first,
                {"copies": facts.copies, "packets": facts.tcp_segments},
            ),
        ),
        remedies=REMEDIES,
        capture=facts.capture,
        doubt="A host that repeats a packet at once with the same IP identification",
    )


CHECK = Check(
    code="M502",
    name="packets-captured-twice",
    summary="copies of one packet, not retransmissions",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_capture=in_capture,
)

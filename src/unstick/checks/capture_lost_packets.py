"""The capture misses packets: an end acknowledged bytes that were never captured.

What happens
------------
An ACK covers sequence numbers that no captured packet carried. The bytes were sent and arrived;
only the capture does not have them: its buffer overflowed, the mirror port was too slow, or it
began in the middle.

Why it sticks
-------------
What is not in the capture did not fail to happen. Conclusions of the kind "was never sent" or
"was never answered" are weaker in such a capture. What unstick concludes from what it does see
(a sender that goes on doubling its waits hears nothing) still holds.

Look-alikes
-----------
- Packets lost on the network: they are missing as well, but then they are not acknowledged until
  they have been sent again.
- A connection of which one direction was never captured: M504.
- SACK blocks or ACKs of another sequence space: M506.

What to do
----------
Capture with a larger buffer (tcpdump -B 65536, in KiB) and a shorter snapshot (-s 128), write to a
fast disk, filter in the kernel (port or host), and look at "packets dropped by kernel" at the end.

References
----------
pcap(3PCAP): pcap_set_buffer_size(), pcap_stats(); Wireshark's "ACKed unseen segment".
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural
from unstick.tcp.captured import CaptureFacts

DROPPED = "dropped-while-capturing"
"""The anomaly by which a pcapng file itself says how many packets it lost."""

REMEDIES = (
    Remedy(
        "Capture again with a larger buffer, a shorter snapshot and a filter",
        Where.OPERATOR,
        Risk.SAFE,
        "tcpdump -B 65536 -s 128 -w again.pcap",
    ),
)


def in_capture(facts: CaptureFacts) -> Iterator[Finding]:
    """ACKs of the unseen, or the capture's own word for it."""
    evidence = []
    if facts.unseen_acks:
        first = () if facts.unseen_frame is None else (facts.unseen_frame,)
        where = "" if facts.unseen_frame is None else f"; the first is frame {facts.unseen_frame}"
        evidence.append(
            Evidence(
                f"{_acks(facts.unseen_acks)} of bytes that no captured packet carried{where}",
                first,
                {"unseen_acks": facts.unseen_acks, "packets": facts.tcp_segments},
                "RFC 9293 3.10.7.4",
            )
        )
    if DROPPED in facts.anomalies:
        _, frame, says = facts.anomalies[DROPPED]
        evidence.append(Evidence(f"the file says: {says}", () if frame is None else (frame,)))
    if evidence:
        yield Finding(
            code="M501",
            severity=Severity.NOTE,
            headline="The capture misses packets: what it does not show may have happened",
            evidence=tuple(evidence),
            remedies=REMEDIES,
            capture=facts.capture,
            doubt="A receiver that acknowledges what was never sent is broken, or forged"
            if facts.unseen_acks
            else None,
        )


def _acks(count: int) -> str:
    return plural(count, "ACK")


CHECK = Check(
    code="M501",
    name="capture-lost-packets",
    summary="ACKs of bytes that were never captured",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_capture=in_capture,
)

"""The capture file is damaged, cut, or holds packets that cannot be read to their end.

What happens
------------
The file ends inside a packet, headers make no sense, compressed data is broken, times are missing,
or packets were recorded so short that TCP's header is not complete.

Why it sticks
-------------
What was read is used, what was not is missing: a connection may seem to end where only the file
does. The evidence lists what was odd, how often, and where first.

Look-alikes
-----------
- A snapshot length that cuts payload: headers are whole, nothing is lost for unstick.
- Link types and tunnels that are not decoded: reported with the capture, not as damage.
- Packets lost while capturing: M501.

What to do
----------
Copy the file again, stop the capture before copying it (or use tcpdump -U), and record at least
128 bytes of each packet. pcapfix repairs some files.

References
----------
draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural
from unstick.tcp.captured import CaptureFacts

DAMAGE = frozenset(
    {
        # the file
        "compression-damaged",
        "compression-cut",
        "trailing-bytes",
        "file-cut",
        "damaged",
        "captured-above-length",
        "block-length",
        "block-damaged",
        "interface-unknown",
        "time-fraction",
        "time-range",
        # packets that end too soon, or whose headers contradict them
        "link-cut",
        "ip-cut",
        "ip-version",
        "ip-header-length",
        "ip-length-short",
        "ip-length-long",
        "tunnel-damaged",
        "tcp-cut",
        "tcp-header-length",
    }
)
"""Kinds of ``wire.anomalies`` that mean missing or broken data. The others are limits of what is
decoded (a link type, encryption) or ordinary (fragments)."""

REMEDIES = (
    Remedy(
        "Copy or record the file again; keep at least 128 bytes a packet", Where.OPERATOR, Risk.SAFE
    ),
)


def in_capture(facts: CaptureFacts) -> Iterator[Finding]:
    """What was odd about the file and its packets."""
    found = [(kind, *facts.anomalies[kind]) for kind in facts.anomalies if kind in DAMAGE]
    if not found:
        return
    yield Finding(
        code="M505",
        severity=Severity.NOTE,
        headline="The capture is damaged or cut: it was read as far as it makes sense",
        evidence=tuple(
            Evidence(
                f"{says} ({plural(count, 'time')})" if count > 1 else says,
                () if frame is None else (frame,),
                {"kind": kind, "count": count},
            )
            for kind, count, frame, says in found
        ),
        remedies=REMEDIES,
        capture=facts.capture,
    )


CHECK = Check(
    code="M505",
    name="capture-damaged",
    summary="the file is damaged or cut",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_capture=in_capture,
)

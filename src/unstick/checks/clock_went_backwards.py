"""The times of the capture do not follow each other: a clock was set, or captures were joined.

What happens
------------
A packet has a time before that of the one above it on its interface, by more than recording on
several cores explains; or the time leaps forward by weeks. The clock of the capturing host was set,
the file was merged from several hosts or years, or its packets were reordered or damaged.

Why it sticks
-------------
Silences, timeouts and their order are measured by these times. Across such a step they mean
nothing, and unstick does not conclude from them.

Look-alikes
-----------
- Steps back of microseconds: several receive queues write to one file. Not a finding.
- A capture of several interfaces, with the packets of each in runs: the times of each go on. Not a
  finding.
- A quiet night: forward by hours. Not a finding.

What to do
----------
Keep captures of different hosts in different files. Sort a merged one by time (reordercap), and
read its parts alone if they are from different days.

References
----------
reordercap(1), mergecap(1); ntpd(8): the step threshold is 128 ms.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.words import plural, seconds
from unstick.tcp.captured import JUMP_NS, CaptureFacts
from unstick.wire.columns import NANOSECONDS as SECOND

BACK_NS = SECOND // 100
"""Receive queues and per-core buffers swap packets by microseconds; those of a busy virtual machine
were seen to by 1.05 ms. Clocks that are set go further: ntpd steps from 128 ms on."""

DAY_NS = 24 * 3600 * SECOND

REMEDIES = (
    Remedy(
        "Sort the packets by time, if the file was merged",
        Where.OPERATOR,
        Risk.SAFE,
        "reordercap merged.pcap sorted.pcap",
    ),
    Remedy("Read captures of different days or hosts one by one", Where.OPERATOR, Risk.SAFE),
)


def in_capture(facts: CaptureFacts) -> Iterator[Finding]:
    """Steps of the file's clock that no host makes by itself."""
    back = facts.clock_back_ns >= BACK_NS and facts.clock_back_frame is not None
    jump = facts.clock_jump_ns >= JUMP_NS and facts.clock_jump_frame is not None
    if back or jump:
        yield Finding(
            code="M503",
            severity=Severity.NOTE,
            headline="The capture's clock steps: times across the step mean nothing",
            evidence=tuple(_evidence(facts, back, jump)),
            remedies=REMEDIES,
            capture=facts.capture,
        )


def _evidence(facts: CaptureFacts, back: bool, jump: bool) -> Iterator[Evidence]:
    if back:
        assert facts.clock_back_frame is not None
        yield Evidence(
            f"{plural(facts.clock_back, 'packet')} with a time before that of the packet before; "
            f"frame {facts.clock_back_frame} goes back farthest, by {_span(facts.clock_back_ns)}",
            (facts.clock_back_frame,),
            {"count": facts.clock_back, "back_s": round(facts.clock_back_ns / SECOND, 6)},
        )
    if jump:
        assert facts.clock_jump_frame is not None
        yield Evidence(
            f"before frame {facts.clock_jump_frame} the time leaps forward by "
            f"{_span(facts.clock_jump_ns)}: captures were joined, or the clock was set",
            (facts.clock_jump_frame,),
            {"forward_s": round(facts.clock_jump_ns / SECOND)},
        )


def _span(ns: int) -> str:
    """As people say it: ``0.35 s``, ``2 h 5 min``, ``41 days``, ``15.6 years``."""
    days = ns / DAY_NS
    if days < 2:
        return seconds(ns)
    return f"{days:.0f} days" if days < 730 else f"{days / 365.25:.1f} years"


CHECK = Check(
    code="M503",
    name="clock-went-backwards",
    summary="times that step back, or leap by weeks",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_capture=in_capture,
)

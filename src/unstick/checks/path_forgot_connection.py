"""One reset came through, and after it nothing does: a box on the path forgot the connection.

What happens
------------
A host has closed and answers each segment that still arrives with a reset. The first one passes a
firewall, NAT or load balancer, which takes it for the end and deletes its state. From then on it
drops the other side's segments, or the resets that answer them; the wire is silent.

Why it sticks
-------------
The first reset is often one that must be refused: it answers what was sent before the last bytes
or the FIN were acknowledged (R104). The exact ones come later, and the box swallows them. The
receiver retransmits to nobody until a limit of its own ends it.

Look-alikes
-----------
- The host itself limits or drops resets, or was switched off: the same packets at this end. A
  capture at the other end tells.
- The resets go on, and one is exact: not a finding (a path without such a box).
- Captured at the host that resets: its resets left, but where they went is not to be seen.

What to do
----------
In the box: keep a connection for some seconds after a reset, or until the reset is one the other
side accepts (Linux conntrack has a state and a timer for it; RST in window is checked against
nf_conntrack_tcp_be_liberal). Or answer segments of unknown connections with a reset instead of
dropping them. At the host: bound sends with TCP_USER_TIMEOUT.

References
----------
RFC 9293 3.10.7.1; RFC 5961 3.2; RFC 5382 (NAT behaviour, REQ-10); Linux nf_conntrack_proto_tcp.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.limits import has_stopped
from unstick.checks.refusals import LIVED_NS, genuine, is_stuck
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Reset

TRIES = 3
"""Packets after the last reset that must each have drawn one: three in a row are not lost by
chance, and at several RTOs' distance no limit on resets holds them back (FreeBSD: 200 a second,
Linux: none)."""

MISSING = 3
"""Resets that must have been sent and never came. Fewer may be on the way or lost."""

REMEDIES = (
    Remedy(
        "Keep the state of a connection for some seconds after its first reset",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    Remedy(
        "Answer segments of unknown connections with a reset instead of dropping them",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    Remedy(
        "Capture at the other end at the same time; unstick compare shows what passed",
        Where.OPERATOR,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """A receiver that lived on after the first reset of its peer, and sent into silence."""
    for side in connection.sides:
        first = next(genuine(connection, side.side), None)
        if first is not None and _forgotten(connection, first):
            yield _finding(connection, first)


def due(connection: Connection, reset: Reset) -> int:
    """How many resets there can have been: one for each segment of the receiver from the answered
    one on that is no reset itself. An upper bound, for some are lost on the way: of the 2,152
    segments of one recorded transfer 950 reached the client, and each drew its reset there."""
    receiver = connection.side(reset.note.receiver)
    after = receiver.packets - reset.note.receiver_packets - receiver.resets
    return max(0, after) + max(1, reset.note.sent_since)


def _forgotten(connection: Connection, reset: Reset) -> bool:
    sender, receiver = connection.side(reset.note.side), connection.side(reset.note.receiver)
    if not is_stuck(connection, reset) or connection.captured_near(sender.side) is True:
        return False
    if sender.last is None or sender.first_reset is None or receiver.resets:
        return False
    if reset.note.has_ack and reset.answers_frame is None:
        return False  # its program ended the connection: it answers nothing, more need not come
    silent = connection.capture_end_ns - sender.last.ns
    tries = _tries_since(receiver, sender.last.frame)
    return (
        silent >= LIVED_NS
        and tries >= TRIES
        and (due(connection, reset) - sender.resets) >= MISSING
        and sender.resets < TRIES
    )


def _tries_since(receiver: Endpoint, frame: int) -> int:
    """Steps of its retransmission ladder after this frame; keepalive probes count as well."""
    ladder = receiver.ladder
    steps = 0
    if ladder is not None:
        steps = ladder.count - sum(step.frame < frame for step in ladder.steps)
    probes = receiver.keepalives
    first = probes.first
    return steps + (probes.unanswered if first is not None and first.frame > frame else 0)


def _finding(connection: Connection, reset: Reset) -> Finding:
    sender, receiver = connection.side(reset.note.side), connection.side(reset.note.receiver)
    who, other = name(receiver.side), name(sender.side)
    assert sender.last is not None
    silent = connection.capture_end_ns - sender.last.ns
    owed = due(connection, reset)
    ended = has_stopped(connection, receiver)
    since = f" since frame {reset.answers_frame}" if reset.answers_frame is not None else ""
    tries = _tries_since(receiver, sender.last.frame)
    return Finding(
        code="R105",
        severity=Severity.WARNING if ended else Severity.ERROR,
        headline=f"The path forgot the connection: {sender.resets:,} of up to {owed:,} resets came",
        evidence=(
            Evidence(
                f"{plural(sender.resets, 'reset')} of the {other} came, the last in frame "
                f"{sender.last.frame}, and nothing more in {seconds(silent)}",
                (reset.frame, sender.last.frame),
                {"resets": sender.resets, "silent_s": round(silent / SECOND, 3)},
            ),
            Evidence(
                f"the {who} sent {plural(owed, 'segment')}{since}: a host without the socket "
                "answers each that arrives with a reset",
                tuple(step.frame for step in receiver.ladder.steps) if receiver.ladder else (),
                {"resets_at_most": owed, "resets_came": sender.resets},
                "RFC 9293 3.10.7.1",
            ),
            Evidence(
                f"after that reset the {who} sent its oldest segment, or a probe, {tries} times "
                "more: each that arrives draws a reset, and not one came",
                (receiver.last_talk.frame,) if receiver.last_talk else (),
                {"tries": tries},
            ),
        ),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"If the {other}'s own host drops, or limits, what it answers to unknown "
        "connections, the path is innocent",
        stuck_side=None if ended else who,
        since_ns=reset.note.ns,
        blames="the path",
    )


CHECK = Check(
    code="R105",
    name="path-forgot-connection",
    summary="after one RST nothing passes either way although more must have been sent",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

"""What a retransmission ladder shows, for the checks that read one. Facts and words, no findings.

A *ladder* is one segment sent again and again without progress. It is *unheard* if not one packet
of the other side was captured since it began. That needs no trust in the capture's completeness: a
sender that heard an acknowledgement would not go on doubling its gaps.
"""

from __future__ import annotations

from itertools import pairwise

from unstick.checks.limits import has_stopped
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, Ladder, Moment, Note, NoteKind
from unstick.tcp.vocabulary import State

STEPS = 3
"""Three timeouts without a word are not loss: at 5 % loss that is one in 8,000."""

SILENT_NS = 3 * SECOND
"""A live peer acknowledges data within a round trip and its delayed-ACK timer (at most 0.5 s,
RFC 9293 3.8.6.3); three seconds is beyond any backoff of a healthy path."""

STUCK_NS = 10 * SECOND
"""Shorter silences may be a handover, a route that changes or a roaming radio: trouble, but such
that mostly ends by itself."""

TIMER_GAP_NS = SECOND // 10
"""Copies closer than this are fast retransmissions or a burst, not the steps of a timer: the
smallest RTO in use is 200 ms (Linux TCP_RTO_MIN), RFC 6298 asks for 1 s."""

GAP_MOST_NS = 600 * SECOND
"""No stack waits longer between two copies (Linux TCP_RTO_MAX: 120 s, RFC 6298: at least 60 s): a
longer gap is a clock that was set, or captures that were joined."""

GAPS_SHOWN = 8
"""Gaps that are printed; the rest follows from them."""

GAP_ROUND_NS = 10 * SECOND
"""From here on whole seconds say enough."""

UNBORN = frozenset({State.SYN_SENT, State.SYN_RECEIVED, State.LISTEN})
"""States of the handshake: a ladder there is a SYN's or a SYN-ACK's (H401, H404)."""


def moments(ladder: Ladder) -> tuple[Moment, ...]:
    """The original, if it was seen, and the copies that were noted."""
    if ladder.original is None or ladder.original.frame >= ladder.first.frame:
        return ladder.steps
    return (ladder.original, *ladder.steps)


def gaps_ns(ladder: Ladder) -> tuple[int, ...]:
    """Times between the copies."""
    sent = moments(ladder)
    return tuple(later.ns - sooner.ns for sooner, later in pairwise(sent))


def unheard(connection: Connection, side: Endpoint) -> Ladder | None:
    """The ladder of this side, if it is one of timeouts and nothing was heard since it began."""
    ladder = side.ladder
    if ladder is None or side.state in UNBORN or ladder.heard:
        return None
    peer = connection.peer(side)
    if peer.last is not None and peer.last.frame > ladder.first.frame:
        return None
    gaps = gaps_ns(ladder)
    if any(gap > GAP_MOST_NS or gap < 0 for gap in gaps):
        return None
    timeouts = sum(1 for gap in gaps if gap >= TIMER_GAP_NS)
    return ladder if timeouts >= STEPS and silence_ns(connection, side) >= SILENT_NS else None


def silence_ns(connection: Connection, side: Endpoint) -> int:
    """How long this side was seen to wait for an answer: from the first time it sent the segment,
    or the last packet of the other side if that is later, to the last copy."""
    if side.ladder is None:
        return 0
    since = moments(side.ladder)[0].ns
    last = connection.peer(side).last
    if last is not None:
        since = max(since, last.ns)
    return side.ladder.last.ns - since


def is_over(connection: Connection, side: Endpoint) -> bool:
    """Has this side stopped: by its own reset, by a new connection of the same ports, or because
    its next copy is long overdue?"""
    if side.ladder is None or side.state is State.CLOSED or connection.successor is not None:
        return True
    return has_stopped(connection, side)


def idle_before(connection: Connection, side: Endpoint) -> Note | None:
    """The longest silence between the last packet of the other side and the unheard ladder."""
    ladder = side.ladder
    peer = connection.peer(side)
    if ladder is None or peer.last is None:
        return None
    start = moments(ladder)[0].frame
    found = [
        note
        for note in connection.notes_of(NoteKind.SILENCE)
        if note.before is not None and peer.last.frame <= note.before.frame and note.frame <= start
    ]
    return max(found, key=pause_ns, default=None)


def pause_ns(note: Note) -> int:
    """How long the silence before this packet was."""
    return 0 if note.before is None else note.ns - note.before.ns


def copies(ladder: Ladder) -> str:
    """``6 copies``, ``1 copy``."""
    return "1 copy" if ladder.count == 1 else f"{ladder.count:,} copies"


def gaps_in_words(ladder: Ladder) -> str:
    """``0.29, 0.54, 1.09, 17 s``; the first few, if there are many."""
    gaps = gaps_ns(ladder)
    shown = ", ".join(
        f"{gap / SECOND:.2f}" if gap < GAP_ROUND_NS else f"{gap / SECOND:.0f}"
        for gap in gaps[:GAPS_SHOWN]
    )
    return f"{shown}{' ...' if len(gaps) > GAPS_SHOWN else ''} s"


def what(side: Endpoint, ladder: Ladder) -> str:
    """``1,448 bytes`` or ``its FIN``."""
    return plural(ladder.length, "byte") if ladder.length else "its FIN"


def last_heard(connection: Connection, side: Endpoint) -> str:
    """One clause: since when the other side is silent."""
    peer = connection.peer(side)
    other = name(peer.side)
    if peer.last is None:
        return f"the capture has no packet of the {other}"
    last = peer.last.ns if side.ladder is None else side.ladder.last.ns
    since = f"nothing was heard of the {other} since frame {peer.last.frame}"
    return f"{since}, {seconds(last - peer.last.ns)} before the last copy"

"""A closed window that stays closed: the peer is alive, answers every probe, and does not read.

What happens
------------
The receiver's buffer is full and its program does not read. Its window is zero, so nothing may be
sent. The sender asks again and again with a window probe; each is answered: still no room.

Why it sticks
-------------
No timeout will ever end this. A window may be closed for as long as the receiver likes (RFC 9293
3.8.6.1), and every answered probe sets the count of unanswered ones back to zero. Keepalive is
satisfied by the same answers. A client that opens many such connections and reads nothing holds
as many sockets, buffers and workers of the server.

Look-alikes
-----------
- A slow reader that progresses: the window opens from time to time. Not a finding.
- A paused player: closed for some seconds, as often before. Not a finding unless this time it
  lasts twice as long as ever before.
- The probes are not answered: P301, and then the retransmission limit does end it.
- Keepalive: the probes look the same (an empty segment one below, and Wireshark calls them that),
  but here data waits.

What to do
----------
Look at the program that does not read: a thread that hangs, a paused download, an attack. The
sender can bound its sends by what the peer acknowledges (unstick.progress in its program, unstick
enforce beside it). TCP_USER_TIMEOUT bounds closed windows as well, answered or not, and some slow
readers with small windows; so does a send timeout (send_timeout, proxy_send_timeout), which cannot
tell a slow reader from a dead one.

References
----------
RFC 9293 3.8.6.1; RFC 1122 4.2.2.17; RFC 6429; Linux tcp_probe_timer().
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.remedies import END_SOCKET, ENFORCE, MEASURED_SENDS, USER_TIMEOUT
from unstick.checks.words import name, plural, seconds
from unstick.tcp.observed import SECOND, Connection, Endpoint, NoteKind, ZeroWindow
from unstick.tcp.vocabulary import State

CLOSED_NS = 10 * SECOND
"""Readers pause: a full disk cache, a garbage collection, a player with enough in hand. Ten
seconds without one byte read is more than most of them need."""

PROBES = 3
"""Answered probes that show a peer which is alive; with a doubling timer they take seconds."""

LONGER = 2
"""Where a reader paused before, this pause must be so many times the longest of those."""

REMEDIES = (
    Remedy(
        "Find out why the program does not read: it hangs, it is paused, or it means to",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    END_SOCKET,
    ENFORCE,
    MEASURED_SENDS,
    USER_TIMEOUT,
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """An end whose window is closed at the end, for long, with its probes answered."""
    for side in connection.sides:
        closed = side.zero_window
        if closed is not None and _is_held(connection, side, closed):
            yield _finding(connection, side, closed)


def _is_held(connection: Connection, side: Endpoint, closed: ZeroWindow) -> bool:
    if closed.answers < PROBES or closed.unanswered >= PROBES:
        return False
    shut_ns = closed_ns(closed)
    return shut_ns >= CLOSED_NS and shut_ns >= LONGER * _longest_before_ns(connection, side)


def closed_ns(closed: ZeroWindow) -> int:
    """From the first closed window to the last that was said about it."""
    said = [one.ns for one in (closed.last_probe, closed.last_answer) if one is not None]
    return max(said, default=closed.since.ns) - closed.since.ns


def _longest_before_ns(connection: Connection, side: Endpoint) -> int:
    """The longest time its window was closed before, and opened again."""
    pauses = [
        note.end.ns - note.ns
        for note in connection.notes_of(NoteKind.ZERO_WINDOW)
        if note.side is side.side and note.end is not None
    ]
    return max(pauses, default=0)


def _finding(connection: Connection, side: Endpoint, closed: ZeroWindow) -> Finding:
    sender = connection.peer(side)
    who, other = name(side.side), name(sender.side)
    ended = State.CLOSED in (side.state, sender.state) or connection.successor is not None
    lasted = seconds(closed_ns(closed))
    return Finding(
        code="P302",
        severity=Severity.NOTE if ended else Severity.ERROR,
        headline=f"The {who} did not read for {lasted}, then the connection ended"
        if ended
        else f"The {who} is alive but does not read: its window is closed for {lasted}",
        evidence=tuple(_evidence(connection, side, closed, ended)),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"A later packet of the {who} with an open window: then it is slow, not stuck",
        stuck_side=None if ended else other,
        since_ns=closed.since.ns,
        blames=f"the {who}'s application",
    )


def _evidence(
    connection: Connection, side: Endpoint, closed: ZeroWindow, ended: bool
) -> Iterator[Evidence]:
    who, other = name(side.side), name(side.side.other)
    yield Evidence(
        f"the {who} closed its window in frame {closed.since.frame} and never opened it again",
        (closed.since.frame,),
        {"closed_s": round(closed_ns(closed) / SECOND, 3), "zero_windows": side.zero_windows},
        "RFC 9293 3.8.6.1",
    )
    frames = [one.frame for one in (closed.last_probe, closed.last_answer) if one is not None]
    yield Evidence(
        f"the {other} sent {plural(closed.probes, 'window probe')}, {closed.answers} were "
        f"answered: the {who} is there and has no room",
        tuple(sorted(frames)),
        {"probes": closed.probes, "answers": closed.answers},
    )
    if not connection.peer(side).keepalives.total:
        yield Evidence(
            "these are window probes, not keepalives, although they look alike: data waits"
        )
    if not ended:
        yield Evidence(
            "no timeout will ever end this: each answer sets the count of probes back",
            cite="RFC 1122 4.2.2.17; Linux tcp_probe_timer()",
        )


CHECK = Check(
    code="P302",
    name="peer-not-reading",
    summary="zero window, probes answered: no default timeout will ever end it",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)

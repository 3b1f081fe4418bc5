"""Half closed: one end has closed and was acknowledged, the other has not closed. Facts only.

Whether that is a leak, a service still going on, or a capture that merely ends is for checks to
say. In the words of RFC 9293 the closer is in FIN-WAIT-2 and the other end in CLOSE-WAIT.
"""

from __future__ import annotations

from unstick.named import NamedTuple
from unstick.tcp.observed import SECOND, Connection, Endpoint, Reset
from unstick.tcp.vocabulary import State

SETTLED_NS = SECOND // 2
"""TCP itself holds a segment back for at most half a second (delayed ACK, RFC 9293 3.8.6.3, and
Nagle's algorithm waits for one): a longer pause before a FIN was the program's own."""


class HalfClose(NamedTuple):
    """The last thing seen of a connection, or what a reset ended.

    ``idle_from_ns``: when the other end had its FIN and nothing of its own on the way.
    ``idle_ns``: from there to the end of what was seen. ``reaction_ns``: how long the other end
    held the acknowledgement of the FIN back, 0 if that is not known. ``last_word``: no packet of
    the capture is later, so that nobody knows how long the silence after it was.
    ``answer_due``: the last payload was the closer's, and its FIN came with it: the other end may
    be at work on an answer.
    """

    closer: Endpoint
    other: Endpoint
    idle_from_ns: int
    idle_ns: int
    reaction_ns: int
    last_word: bool
    answer_due: bool
    settled: bool
    ended_by: Reset | None


def half_close(connection: Connection) -> HalfClose | None:
    """The half-closed state of a connection, None if it is in none or the capture cannot tell.

    It cannot tell if the closer acknowledged something the capture does not have: that may have
    been the other end's FIN; nor if nothing of the other end's sequence space is in the capture:
    it may have closed before. A closed window is another trouble: data may wait behind it.
    """
    for other in connection.sides:
        closer = connection.peer(other)
        if _lived_in(other) is not State.CLOSE_WAIT or _lived_in(closer) is not State.FIN_WAIT_2:
            continue
        if closer.unseen_acks or closer.zero_window is not None or other.outstanding_bytes:
            continue
        if other.syn is None and other.last_text is None:
            continue
        if closer.fin is not None and closer.fin_acked is not None:
            return _facts(connection, closer, other)
    return None


def _lived_in(side: Endpoint) -> State | None:
    """The state of an end, or the one a reset took it out of."""
    if side.state is State.CLOSED and side.state_before_reset is not None:
        return side.state_before_reset
    return side.state


def _facts(connection: Connection, closer: Endpoint, other: Endpoint) -> HalfClose:
    assert closer.fin is not None
    assert closer.fin_acked is not None
    ended_by = _ending(connection, other)
    until_ns = connection.capture_end_ns if ended_by is None else ended_by.note.ns
    answered = [one.ns for one in (other.last_data, other.progress) if one is not None]
    idle_from_ns = max(closer.fin_acked.ns, *answered)
    said = [one.ns for one in (other.last_text, closer.last_text) if one is not None]
    paused = closer.fin.ns - max(said, default=closer.fin.ns) >= SETTLED_NS
    return HalfClose(
        closer=closer,
        other=other,
        idle_from_ns=idle_from_ns,
        idle_ns=max(0, until_ns - idle_from_ns),
        reaction_ns=_reaction_ns(connection, closer, other),
        last_word=ended_by is None and connection.last.ns >= connection.capture_end_ns,
        answer_due=_closer_spoke_last(closer, other) and not paused,
        settled=paused,
        ended_by=ended_by,
    )


def _ending(connection: Connection, other: Endpoint) -> Reset | None:
    """The reset that took the other end out of CLOSE-WAIT: its own, or one it took."""
    if other.state is not State.CLOSED:
        return None
    return next((one for one in connection.resets if one.note.ns == other.reset_at_ns), None)


def _closer_spoke_last(closer: Endpoint, other: Endpoint) -> bool:
    if closer.last_text is None:
        return False
    return other.last_text is None or other.last_text.frame < closer.last_text.frame


def _reaction_ns(connection: Connection, closer: Endpoint, other: Endpoint) -> int:
    """From the FIN to its acknowledgement, without the way. A FIN sent twice tells nothing."""
    assert closer.fin is not None
    assert closer.fin_acked is not None
    if closer.fin_count != 1:
        return 0
    way = connection.distance_ns(other.side) or 0
    return max(0, closer.fin_acked.ns - closer.fin.ns - way)

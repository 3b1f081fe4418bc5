"""What the checks of resets share: which resets to speak of, and how to say where one fell."""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Evidence
from unstick.checks.words import name, plural
from unstick.tcp.observed import SECOND, Connection, Reset
from unstick.tcp.resets import of_older_connection, unexpected_signature
from unstick.tcp.vocabulary import Side, State

STATES = frozenset(
    {
        State.ESTABLISHED,
        State.FIN_WAIT_1,
        State.FIN_WAIT_2,
        State.CLOSE_WAIT,
        State.CLOSING,
        State.LAST_ACK,
    }
)
"""States in which a refused reset matters. In TIME-WAIT or CLOSED nothing is left to end; before
the handshake is over H401-H404 speak."""

LIVED_NS = 3 * SECOND
"""A receiver that sends this long after a reset has a socket that goes on; sooner it may be what
was in flight, or a close that is just under way."""


def genuine(connection: Connection, side: Side) -> Iterator[Reset]:
    """Resets of this side that are its own, meant for this connection, and met a live receiver."""
    for reset in connection.resets:
        note = reset.note
        if note.side is not side or reset.origin == "another-host":
            continue
        if note.state not in STATES or of_older_connection(note) or reset.below is None:
            continue
        if not unexpected_signature(connection, note):
            yield reset


def lived_ns(connection: Connection, reset: Reset) -> int:
    """For how long after the reset its receiver was seen to send; 0 if it was not."""
    last = connection.side(reset.note.receiver).last_talk
    if reset.observed != "refused" or last is None:
        return 0
    return max(0, last.ns - reset.note.ns)


def is_stuck(connection: Connection, reset: Reset) -> bool:
    """The receiver went on for seconds, its peer said nothing more, and nothing ended it: neither
    a later reset that counts, nor a close of both sides."""
    sender, receiver = connection.side(reset.note.side), connection.side(reset.note.receiver)
    if lived_ns(connection, reset) < LIVED_NS:
        return False
    if sender.last_talk is not None and sender.last_talk.frame > reset.frame:
        return False
    if receiver.first_reset is not None and receiver.first_reset.frame > reset.frame:
        return False
    later = (one for one in connection.resets if one.frame > reset.frame)
    if any(one.note.side is reset.note.side and _ended(one) for one in later):
        return False
    return receiver.fin is None or receiver.fin_acked is None


def matters(connection: Connection, reset: Reset) -> bool:
    """Its refusal was seen; or the law refuses it and no other reset of its side ends the
    connection, before it or after it."""
    if reset.observed != "unknown":
        return reset.observed == "refused"
    others = (one for one in connection.resets if one.frame != reset.frame)
    return reset.refused and not any(
        one.note.side is reset.note.side and _ended(one) for one in others
    )


def _ended(reset: Reset) -> bool:
    return reset.observed == "honoured" or (
        reset.observed == "unknown" and reset.verdict == "honoured"
    )


def apart(reset: Reset) -> str:
    """``one too low``, ``41 too low``, ``123,689 too high``, ``exact``."""
    below = reset.below or 0
    if below == 0:
        return "exact"
    size = "one" if abs(below) == 1 else f"{abs(below):,}"
    return f"{size} too {'low' if below > 0 else 'high'}"


def between(connection: Connection, reset: Reset) -> str | None:
    """What lies between a reset that is too low and what is expected: ``the FIN (frame 307)``,
    ``40 bytes and the FIN (frame 9)``. None if it is not too low."""
    if reset.below is None or reset.below <= 0:
        return None
    parts = [plural(reset.below_data, "byte")] if reset.below_data else []
    fin = connection.side(reset.note.side).fin
    if reset.below_fin:
        parts.append("the FIN" + (f" (frame {fin.frame})" if fin is not None else ""))
    return " and ".join(parts)


def fell(connection: Connection, reset: Reset) -> Evidence:
    """Where the reset fell, in numbers."""
    note = reset.note
    sender, receiver = name(note.side), name(note.receiver)
    seq = connection.relative(note.side, note.seq)
    expected = connection.relative(note.side, note.rcv_nxt)
    gap = between(connection, reset)
    return Evidence(
        f"the {sender}'s reset in frame {note.frame} has sequence number {seq}, the {receiver} "
        f"expects {expected}: {apart(reset)}" + (f", by {gap}" if gap else ""),
        (note.frame,),
        {
            "seq": seq,
            "rcv_nxt": expected,
            "offset": -(reset.below or 0),
            "bytes_between": reset.below_data,
            "fin_between": reset.below_fin,
        },
    )

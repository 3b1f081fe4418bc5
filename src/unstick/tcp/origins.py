"""Who sent a reset: the host whose address it carries, or another one on the path.

1. Never by TTL alone. A path changes by a hop, and some stacks send resets with a TTL of their
   own; only together with another sign does it count.
2. A sign is a contradiction between the reset and its claimed sender. ``LATER`` is enough by
   itself: a host that has reset a connection does not go on with it. So is ``VOLLEY``: a stack
   resets at its SND.NXT or at an ACK it was sent; forgers send a second one further on, in case
   data was under way (Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets, NDSS 2009).
3. Resets of one side with the same foreign TTL, close together, have one sender.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from unstick.named import NamedTuple
from unstick.tcp.crossing import crossing_ns
from unstick.tcp.observed import SECOND, Connection, Note, NoteKind, Reset, delta
from unstick.tcp.vocabulary import State


class Sign(StrEnum):
    """A contradiction between a reset and the host it claims to come from."""

    TTL = "ttl"  # another initial TTL, or many hops more or less
    RESERVED = "reserved"  # header bits set that no stack sets
    LATER = "later"  # the host goes on as if it had not reset anything
    ACCEPTED = "accepted"  # the SYN it refuses is accepted later; the capture may lack a second one
    JUMP = "jump"  # beyond all it had sent, and no answer to anything
    IP_ID = "ip-id"  # far from the host's own counter
    SILENCE = "silence"  # out of a long silence: a timer, and hosts have none that resets
    GONE = "gone"  # the host had no connection any more, and nothing to answer
    VOLLEY = "volley"  # two at once, the second beyond the first and beyond all that was sent
    ANSWERS_RESET = "answers-reset"  # RFC 9293 3.5.2: a reset is never answered with one


ENOUGH = frozenset({Sign.LATER, Sign.VOLLEY})
"""Signs that need no other."""

BUILT_ELSEWHERE = frozenset({Sign.TTL, Sign.RESERVED})
"""Signs that say how the packet was made: with any other one they are enough."""

INITIAL_TTLS = (32, 64, 128, 255)
"""What stacks start from: the least that is not below what arrives is what the sender chose."""

ROUTE_HOPS = 8
"""Routes change, and load-balanced ones differ, by a few hops; not by more than this."""

IP_ID_STEP = 4096
"""A host that counts its packets does not send this many between two of one connection..."""

IP_ID_NS = 10 * SECOND
"""...unless it had time to."""

RESERVED_BITS = 0xE00
"""The three bits of the TCP header that no standard uses (RFC 9293 3.1)."""

IDLE_NS = 30 * SECOND
"""The shortest idle timeouts of boxes on the path are of this order (30 s: some mobile NATs)."""

GONE_NS = 3 * SECOND
"""A host without the connection answers within a round trip, or not at all."""

BURST_NS = 10 * SECOND
"""Forged resets come in volleys."""

RETRY_NS = SECOND // 2
"""Windows tries a refused connection again after this; Linux does not."""

VOLLEY_NS = 2 * SECOND
"""Within this two resets are one volley (the bound of the NDSS paper)."""

OVER = frozenset({State.CLOSED, State.TIME_WAIT})
"""States in which a host has nothing left to reset."""


class Origin(NamedTuple):
    """What is concluded about a reset's sender, and from which signs."""

    word: str  # endpoint | another-host | unknown
    evidence: str | None
    signs: tuple[str, ...]


def origin_of(connection: Connection, note: Note) -> Origin:
    """Who sent this reset, judged by itself (``in_volleys`` looks at its neighbours)."""
    found = dict(_signs(connection, note))
    said: str | None = None
    signs: tuple[str, ...] = ()
    if found:
        kinds = found.keys()
        said, signs = "; ".join(found.values()), tuple(kind.value for kind in found)
        if kinds & ENOUGH or (kinds & BUILT_ELSEWHERE and len(kinds) >= 2):
            return Origin("another-host", said, signs)
        if kinds == {Sign.TTL}:
            return Origin("unknown", f"{said}, which alone proves nothing", signs)
        if kinds & {Sign.RESERVED, Sign.JUMP, Sign.ANSWERS_RESET}:
            return Origin("unknown", said, signs)
    expected = note.answers_count > 0 or note.seq in (note.sender_nxt, note.rcv_nxt)
    if note.sender_ttl_last is not None and expected:
        return Origin("endpoint", "TTL and sequence number fit the claimed sender", ())
    return Origin("unknown", said, signs)


def in_volleys(resets: Sequence[Reset]) -> tuple[Reset, ...]:
    """The same resets; those that belong to the volley of a proven stranger are its, too."""
    strangers = [one for one in resets if one.origin == "another-host"]
    return tuple(_joined(one, strangers) for one in resets)


def _joined(reset: Reset, strangers: Sequence[Reset]) -> Reset:
    if reset.origin == "another-host":
        return reset
    for other in strangers:
        alike = other.note.side is reset.note.side and other.note.ttl == reset.note.ttl
        apart_ns = abs(other.note.ns - reset.note.ns)
        foreign = Sign.TTL.value in other.signs and Sign.TTL.value in reset.signs
        volley = Sign.VOLLEY.value in other.signs and apart_ns <= VOLLEY_NS
        if alike and ((foreign and apart_ns <= BURST_NS) or volley):
            ttl = f"TTL {reset.note.ttl}"
            if foreign:
                ttl += f" where the host's packets have {_usual(reset.note)}"
            return reset._replace(
                origin="another-host",
                origin_evidence=f"{ttl}, as the forged reset in frame {other.frame}",
            )
    return reset


# --- the signs -----------------------------------------------------------------------------------


def _signs(connection: Connection, note: Note) -> Iterator[tuple[Sign, str]]:
    """Every sign this reset shows, with a clause that says it."""
    if _foreign_ttl(note):
        yield Sign.TTL, f"TTL {note.ttl} where the host's packets have {_usual(note)}"
    if note.flags & RESERVED_BITS:
        yield Sign.RESERVED, "reserved bits of its header are set"
    yield from _later(connection, note)
    ahead = _ahead(note)
    if ahead > 1:
        yield Sign.JUMP, f"its sequence number is {ahead:,} beyond all the host had sent"
        if _in_volley(connection, note):
            yield Sign.VOLLEY, "another reset comes with it at a lower number"
    if _foreign_id(note):
        yield Sign.IP_ID, f"IP identification {note.ip_id} after {note.sender_ip_id}"
    silent_ns = 0 if note.before is None or note.answers_count > 0 else note.ns - note.before.ns
    if silent_ns >= GONE_NS and note.sender_state in OVER:
        yield (
            Sign.GONE,
            (
                f"the host's end was closed already, and nothing had come to it for "
                f"{silent_ns / SECOND:.3g} s"
            ),
        )
    elif silent_ns >= IDLE_NS:
        yield Sign.SILENCE, f"it comes out of {silent_ns / SECOND:.3g} s of silence"
    if _answers_reset(connection, note):
        where = delta(note.seq, note.sender_nxt or note.seq)
        far = f", {where:,} from the host's own number" if abs(where) > 1 else ""
        yield Sign.ANSWERS_RESET, f"it answers a reset, which no TCP endpoint does{far}"


def _foreign_ttl(note: Note) -> bool:
    if note.ttl is None or note.sender_ttl_last is None or note.ttl == note.sender_ttl_last:
        return False
    if _initial(note.ttl) != _initial(note.sender_ttl_last):
        return True
    return abs(note.ttl - note.sender_ttl_last) > ROUTE_HOPS


def _initial(ttl: int) -> int:
    return min(start for start in INITIAL_TTLS if ttl <= start)


def _usual(note: Note) -> str:
    """The TTL of the host's packets; of its last one, if it had several."""
    if note.sender_ttl_least == note.sender_ttl_most:
        return str(note.sender_ttl_last)
    return f"{note.sender_ttl_last} (its last one)"


def _later(connection: Connection, note: Note) -> Iterator[tuple[Sign, str]]:
    """The claimed sender goes on with new data or a FIN; or one SYN had two answers."""
    sender = connection.side(note.side)
    if connection.clock_back or sender.snd_nxt is None:
        return
    if note.sender_nxt is None:
        yield from _two_answers(connection, note)
        return
    if note.sender_state in (None, State.SYN_SENT, State.SYN_RECEIVED, State.LISTEN):
        return
    data = sender.last_data
    if data is None or delta(sender.snd_nxt, note.sender_nxt) <= 0:
        return
    if (data.ns - note.ns) > crossing_ns(connection, note.side):
        says = f"its claimed sender goes on with the connection (until frame {data.frame})"
        yield Sign.LATER, says


def _two_answers(connection: Connection, note: Note) -> Iterator[tuple[Sign, str]]:
    """A reset and a SYN-ACK to the only SYN that was captured."""
    syn, asked = connection.side(note.side).syn, connection.side(note.receiver).syn_count
    if asked != 1 or connection.copies or syn is None or syn.frame < note.frame:
        return
    at_once = (syn.ns - note.ns) < RETRY_NS
    says = f"the SYN that it refuses is accepted in frame {syn.frame}"
    yield (Sign.LATER if at_once else Sign.ACCEPTED), says


def _ahead(note: Note) -> int:
    """A standard stack resets at SND.NXT or at an ACK number it was sent, never beyond both."""
    if note.sender_nxt is None or note.answers_count > 0:
        return 0
    return delta(note.seq, note.sender_nxt)


def _in_volley(connection: Connection, note: Note) -> bool:
    """A lower reset of the same form before it, or right beside it. One that answers something
    sent after this one is the second word of a host (a challenge was answered); an abort (with
    ACK) and the answers that follow it (without) are of one host, too. Only where the capture has
    all that was acknowledged: what it missed may have been sent."""
    if any(side.unseen_acks or side.numbers_guessed for side in connection.sides):
        return False
    return any(
        other.side is note.side
        and abs(other.ns - note.ns) <= VOLLEY_NS
        and other.has_ack == note.has_ack
        and delta(note.seq, other.seq) > 1
        and (other.answers_last or 0) < note.frame
        for other in connection.notes_of(NoteKind.RESET)
    )


def _foreign_id(note: Note) -> bool:
    """Zero proves nothing: Linux sends resets of closed sockets that way. A host whose own
    packets jump does not count, and one that was silent had time to send others."""
    if not note.ip_id or not note.sender_ip_id or note.sender_alive_ns is None:
        return False
    counts = note.sender_packets >= 3 and (note.sender_id_jumps * 4) < note.sender_packets
    if not counts or (note.ns - note.sender_alive_ns) > IP_ID_NS:
        return False
    return IP_ID_STEP < ((note.ip_id - note.sender_ip_id) & 0xFFFF) < (0x10000 - IP_ID_STEP)


def _answers_reset(connection: Connection, note: Note) -> bool:
    if not note.has_ack or note.answers_first is None or note.answers_last is None:
        return False
    return any(
        other.side is note.receiver and note.answers_first <= other.frame <= note.answers_last
        for other in connection.notes_of(NoteKind.RESET)
    )

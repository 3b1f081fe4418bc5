"""Every RST gets its verdict, what its receiver did afterwards, and where it came from.

1. A verdict is what the law of a stack says; what the receiver did is *observed*; where they
   differ, the observation wins and the difference is evidence.
2. A capture far from the receiver cannot know its last ACK exactly: then the verdict is taken
   over all it may be, and is undecidable if they disagree.
3. Where a reset comes from is never told by its TTL alone (``product.md``, R106).
"""

from __future__ import annotations

from dataclasses import replace

from unstick.tcp import judge as law
from unstick.tcp import profiles
from unstick.tcp.observed import SECOND, Connection, Endpoint, Moment, Note, NoteKind, Reset, delta
from unstick.tcp.vocabulary import Side, State
from unstick.wire.columns import OPTION_AO, OPTION_MD5

SILENT_NS = 3 * SECOND
"""A live sender with something outstanding retransmits within a few RTOs: 3 s without a word is
three times the initial RTO of RFC 6298."""

HOST_NS = 20_000_000
"""Between the capture point in a host and its TCP lie queues and other processes: on a busy one
packets of a dead connection still leave several milliseconds after the reset was captured."""

TTL_SLACK = 3
"""Routes change by a hop or two; load-balanced paths differ by about as much."""

IP_ID_JUMP = 4096
"""A host that counts its packets does not jump this far between two of one connection."""

IDLE_NS = 30 * SECOND
"""The shortest idle timeouts of boxes on the path (facts/stacks.md 5.2) are of this order."""


def with_verdicts(connection: Connection) -> Connection:
    """The same connection, its RESET notes judged."""
    notes = connection.notes_of(NoteKind.RESET)
    if not notes:
        return connection
    return replace(connection, resets=tuple(judged(connection, note) for note in notes))


def judged(connection: Connection, note: Note) -> Reset:
    """One RST: verdict under every stack, observation, provenance."""
    verdicts = {name: _verdict(connection, note, name) for name in profiles.NAMES}
    chosen = verdicts[connection.profile]
    observed, because = _observe(connection, note)
    below, data, fin = _below(note)
    origin, origin_evidence = _origin(connection, note)
    return Reset(
        note=note,
        verdict=law.verdict_word(chosen),
        rule=chosen.rule_name,
        cite=chosen.cite,
        confirmed=chosen.confirmed,
        profiles={name: law.verdict_word(verdict) for name, verdict in verdicts.items()},
        observed=observed,
        observed_because=because,
        below=below,
        below_data=data,
        below_fin=fin,
        answers_frame=note.answers_best or note.answers_last,
        origin=origin,
        origin_evidence=origin_evidence,
        possible=tuple(action.name.lower() for action in chosen.possible),
    )


def snapshot_of(note: Note) -> law.Snapshot:
    """The note as the judge wants it. An endpoint that was never seen is judged as ESTABLISHED
    with unknown numbers, which decides nothing."""
    return law.Snapshot(
        state=State.ESTABLISHED if note.state is None else note.state,
        flags=note.flags,
        seq=note.seq,
        ack=note.ack,
        length=note.length,
        signed=bool(note.options & (OPTION_MD5 | OPTION_AO)),
        rcv_nxt=note.rcv_nxt,
        last_ack=note.rcv_nxt if note.last_ack is None else note.last_ack,
        right_edge=note.right_edge,
        sack_edge=note.sack_edge,
        snd_una=note.snd_una,
        snd_nxt=note.snd_nxt,
        fin_sent=False,
        max_window=note.window_most,
    )


def _verdict(connection: Connection, note: Note, profile: str) -> law.Verdict:
    snapshot = snapshot_of(note)
    far = connection.captured_near(note.receiver) is False
    if not far or snapshot.rcv_nxt is None or snapshot.last_ack is None:
        return law.judge(snapshot, profile)
    return law.judge_band(
        replace(snapshot, last_ack=snapshot.rcv_nxt), profile, last_ack_low=snapshot.last_ack
    )


def _below(note: Note) -> tuple[int | None, int, bool]:
    """How far below RCV.NXT, and what lies between: payload bytes, and the sender's FIN."""
    if note.rcv_nxt is None:
        return None, 0, False
    below = delta(note.rcv_nxt, note.seq)
    if below <= 0 or note.sender_fin_seq is None:
        return below, max(0, below), False
    fin = delta(note.sender_fin_seq, note.seq) >= 0 and delta(note.rcv_nxt, note.sender_fin_seq) > 0
    return below, below - int(fin), fin


# --- what the receiver did -----------------------------------------------------------------------


def _observe(connection: Connection, note: Note) -> tuple[str, str | None]:
    receiver = connection.side(note.receiver)
    if note.state is State.SYN_SENT and (receiver.syn_last_ns or 0) > note.ns:
        return "unknown", None  # a new attempt (Windows makes three) is not life after the reset
    wait = crossing_ns(connection, note.receiver)
    after = next_words(connection, note)
    if after is not None and ((after.ns - note.ns) > wait or _is_challenge(note)):
        return "refused", _why_refused(note, after, receiver)
    live = receiver.last_live
    if live is not None and live.frame > note.frame and (live.ns - note.ns) > wait:
        seconds = (live.ns - note.ns) / SECOND
        return "refused", f"it still sent packets {seconds:.3g} s later"
    if receiver.first_reset is not None and receiver.first_reset.frame > note.frame:
        return "honoured", "it answered later segments with RST: the connection was gone"
    quiet = connection.capture_end_ns - note.ns
    if _had_outstanding(note) and quiet > max(SILENT_NS, 8 * wait):
        return "honoured", (
            f"it had data outstanding and retransmitted nothing for {quiet / SECOND:.3g} s"
        )
    return "unknown", None


def crossing_ns(connection: Connection, side: Side) -> int:
    """How long after a segment to ``side`` packets of that side may still be older than it: the
    round trip from the capture point, half as much again, and what a busy host takes."""
    distance = connection.distance_ns(side) or 0
    return HOST_NS + distance + (distance // 2)


def _is_challenge(note: Note) -> bool:
    """A bare ACK at SND.NXT that says nothing new, right after a RST that was not exact, answers
    it. After an exact one, or if it acknowledges something for the first time, it may just have
    crossed the reset."""
    repeats = note.last_ack is not None and note.last_ack == note.after_ack
    return note.challenged and note.seq != note.rcv_nxt and repeats


def next_words(connection: Connection, note: Note) -> Moment | None:
    """The receiver's first packet (no RST) after this note, as far as notes know."""
    if note.after is not None:
        return note.after
    later = [
        other.after
        for other in connection.notes
        if other.side is note.side and other.after is not None and other.after.frame > note.frame
    ]
    return min(later, key=lambda moment: moment.frame, default=None)


def _why_refused(note: Note, after: Moment, receiver: Endpoint) -> str:
    if note.challenged:
        return f"frame {after.frame} is its challenge ACK"
    last = receiver.last_live
    if last is not None and last.frame > after.frame:
        return f"it went on sending, from frame {after.frame} to frame {last.frame}"
    return f"it went on sending in frame {after.frame}"


def _had_outstanding(note: Note) -> bool:
    if note.snd_una is None or note.snd_nxt is None:
        return False
    return delta(note.snd_nxt, note.snd_una) > 0


# --- who sent it ---------------------------------------------------------------------------------


def _origin(connection: Connection, note: Note) -> tuple[str, str | None]:
    sender = connection.side(note.side)
    ttl = _ttl_sign(note)
    signs = [sign for sign in (_later_sign(connection, note, sender), _jump_sign(note)) if sign]
    if ttl is not None:
        signs += [sign for sign in (_idle_sign(note), _id_sign(note)) if sign]
        if signs:
            return "another-host", "; ".join([ttl, *signs])
        return "unknown", f"{ttl}, which alone proves nothing"
    if len(signs) >= 2:
        return "another-host", "; ".join(signs)
    if signs:
        return "unknown", signs[0]
    if note.sender_ttl_least is not None and (
        note.answers_count > 0 or note.sender_nxt == note.seq
    ):
        return "endpoint", "TTL and sequence number are those of the claimed sender"
    return "unknown", None


def _ttl_sign(note: Note) -> str | None:
    if note.ttl is None or note.sender_ttl_least is None or note.sender_ttl_most is None:
        return None
    low, high = note.sender_ttl_least, note.sender_ttl_most
    if low - TTL_SLACK <= note.ttl <= high + TTL_SLACK:
        return None
    usual = str(low) if low == high else f"{low} to {high}"
    return f"TTL {note.ttl} where the host's packets have {usual}"


def _later_sign(connection: Connection, note: Note, sender: Endpoint) -> str | None:
    live = sender.last_live
    if live is None or live.frame <= note.frame or not sender.talked_after_own_reset:
        return None
    wait = crossing_ns(connection, note.side)
    if (live.ns - note.ns) <= wait:
        return None
    return f"the claimed sender goes on afterwards (until frame {live.frame})"


def _jump_sign(note: Note) -> str | None:
    """A standard stack resets at SND.NXT or at an ACK number it was sent, never beyond both."""
    if note.sender_nxt is None or note.answers_count > 0:
        return None
    ahead = delta(note.seq, note.sender_nxt)
    if ahead <= 1:
        return None
    return f"its sequence number is {ahead:,} beyond all that the host had sent"


def _idle_sign(note: Note) -> str | None:
    if note.before is None or (note.ns - note.before.ns) < IDLE_NS:
        return None
    return f"it comes after {(note.ns - note.before.ns) / SECOND:.3g} s of silence"


def _id_sign(note: Note) -> str | None:
    """IP identification 0 proves nothing: Linux sends resets for closed sockets that way."""
    if not note.ip_id or not note.sender_ip_id:
        return None
    jump = (note.ip_id - note.sender_ip_id) & 0xFFFF
    if jump <= IP_ID_JUMP or jump >= 0x10000 - IP_ID_JUMP:
        return None
    return f"IP identification {note.ip_id} after {note.sender_ip_id}"

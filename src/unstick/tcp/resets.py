"""Every RST gets its verdict, what its receiver did afterwards, and where it came from.

1. A verdict is what the law of a stack says; what the receiver did is *observed*; where they
   differ, the observation wins and the difference is evidence.
2. A capture far from the receiver cannot know its last ACK exactly: then the verdict is taken
   over all it may be, and is undecidable if they disagree.
3. What may have crossed the reset on its way shows nothing, and silence shows something only next
   to the host that is silent. Undecided is a result.
4. Who sent it stands in ``origins.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from unstick.tcp import judge as law
from unstick.tcp.crossing import crossing_ns
from unstick.tcp.observed import SECOND, Connection, Endpoint, Moment, Note, NoteKind, Reset, delta
from unstick.tcp.origins import in_volleys, origin_of
from unstick.tcp.vocabulary import State
from unstick.wire.columns import OPTION_AO, OPTION_MD5

SILENT_NS = 3 * SECOND
"""A live sender with something outstanding retransmits within a few RTOs: 3 s without a word is
three times the initial RTO of RFC 6298."""

BACKOFF = 3
"""A running retransmission timer doubles: after three of its last steps the next is overdue."""

CHALLENGE_NS = 1_000_000
"""A challenge ACK leaves the host itself within microseconds. One that acknowledges something new
that soon after the reset is more likely a challenge than a delayed ACK (40 ms); after 4 ms in a
shaper's queue it was measured to be the ordinary ACK of a FIN."""

TTL_SLACK = 3
"""Routes change by a hop or two; load-balanced paths differ by about as much."""


def with_verdicts(connection: Connection) -> Connection:
    """The same connection, its RESET notes judged."""
    notes = connection.notes_of(NoteKind.RESET)
    if not notes:
        return connection
    gone = [note for note in notes if not note.has_ack and note.answers_count > 0]
    first = [judged(connection, note, gone) for note in notes]
    resets = in_volleys(_drawn_by_the_last(connection, first, gone))
    return connection._replace(resets=tuple(_not_the_cause(one, resets) for one in resets))


def _drawn_by_the_last(
    connection: Connection, resets: Sequence[Reset], gone: Sequence[Note]
) -> list[Reset]:
    """A challenge ACK is booked to the first reset that was waiting for a word. Where the law is
    silent about that one, but has a later one challenged that came before the ACK too, it is the
    later one's: a spray walks into the window while the host says nothing."""
    settled = list(resets)
    for at, reset in enumerate(resets):
        if reset.challenge is None or reset.verdict != "refused-silently":
            continue
        later = [
            number
            for number, other in enumerate(resets)
            if other.note.side is reset.note.side
            and other.verdict == "refused-challenged"
            and reset.frame < other.frame < reset.challenge
        ]
        if later or connection.notes_dropped:  # a later one may be among those not kept
            observed, because = _observe(connection, reset.note, None, gone)
            settled[at] = reset._replace(
                challenge=None, observed=observed, observed_because=because
            )
        if later:
            settled[later[-1]] = _challenged_by(resets[later[-1]], reset)
    return settled


def _challenged_by(reset: Reset, booked: Reset) -> Reset:
    """The reset with the challenge ACK, and what followed it, that was booked to another."""
    was = booked.note
    note = reset.note._replace(
        after=was.after,
        after_ack=was.after_ack,
        challenged=True,
        reply=was.reply,
        reply_flags=was.reply_flags,
        reply_seq=was.reply_seq,
    )
    because = f"frame {booked.challenge} is its challenge ACK"
    return reset._replace(
        note=note, challenge=booked.challenge, observed="refused", observed_because=because
    )


def _not_the_cause(reset: Reset, resets: Sequence[Reset]) -> Reset:
    """The end of the connection proves one of its resets honoured, not each of them: where the law
    honours another one of this side, a refused one shows nothing."""
    if reset.observed != "honoured" or not reset.refused:
        return reset
    for other in resets:
        same_side = other.note.side is reset.note.side
        if same_side and other.observed == "honoured" and other.verdict == "honoured":
            return reset._replace(
                observed="unknown",
                observed_because=f"the reset in frame {other.frame} is enough to end it",
            )
    return reset


def judged(connection: Connection, note: Note, gone: Sequence[Note]) -> Reset:
    """One RST: verdict under every stack, observation, provenance. ``gone``: the resets of this
    connection that answer a segment as a host without the socket does."""
    snapshot = snapshot_of(connection, note)
    doubt = _doubt(connection, note, snapshot)
    if doubt is not None:
        snapshot = snapshot._replace(last_ack=snapshot.rcv_nxt)
    chosen, words = law.judge_reset(snapshot, connection.profile, doubt)
    challenge = _challenge(connection, note)
    observed, because = _observe(connection, note, challenge, gone)
    far = observed == "refused" and not connection.captured_near(note.receiver)
    if far and all(word == "honoured" for word in words.values()):
        observed, because = "unknown", f"{because}: the reset may have been lost before it"
    below, data, fin = _below(note)
    origin = origin_of(connection, note)
    return Reset(
        note=note,
        verdict=law.verdict_word(chosen),
        rule=chosen.rule_name,
        cite=chosen.cite,
        confirmed=chosen.confirmed,
        profiles=words,
        observed=observed,
        observed_because=because,
        below=below,
        below_data=data,
        below_fin=fin,
        answers_frame=note.answers_best,
        origin=origin.word,
        origin_evidence=origin.evidence,
        signs=origin.signs,
        challenge=challenge,
        possible=tuple(action.name.lower() for action in chosen.possible),
    )


def of_older_connection(note: Note) -> bool:
    """Its sender is waiting for a SYN-ACK: what it resets is not this connection but an older one
    between the same ports, whose segment it was sent (RFC 9293 3.5.1)."""
    return note.sender_state is State.SYN_SENT and not note.has_ack


def unexpected_signature(connection: Connection, note: Note) -> bool:
    """It carries an MD5 or AO option that the handshake did not agree on, if one was captured."""
    if not (note.options & (OPTION_MD5 | OPTION_AO)) or connection.joined:
        return False
    return not (connection.client.signed or connection.server.signed)


def snapshot_of(connection: Connection, note: Note) -> law.Snapshot:
    """The note as the judge wants it. An endpoint that was never seen is judged as ESTABLISHED
    with unknown numbers, which decides nothing."""
    known = note.state is not None and not of_older_connection(note)
    return law.Snapshot(
        state=State.ESTABLISHED if note.state is None else note.state,
        flags=note.flags,
        seq=note.seq,
        ack=note.ack,
        length=note.length,
        signed=unexpected_signature(connection, note),
        rcv_nxt=note.rcv_nxt if known else None,
        last_ack=note.rcv_nxt if note.last_ack is None else note.last_ack,
        right_edge=note.right_edge,
        sack_edge=note.sack_edge,
        snd_una=note.snd_una,
        snd_nxt=note.snd_nxt,
        fin_sent=False,
        max_window=note.window_most,
    )


def _doubt(connection: Connection, note: Note, snapshot: law.Snapshot) -> law.Doubt | None:
    """Far from the receiver nobody sees when it sent its last ACK."""
    if snapshot.rcv_nxt is None or snapshot.last_ack is None:
        return None
    return None if connection.captured_near(note.receiver) else law.Doubt(snapshot.last_ack)


def _below(note: Note) -> tuple[int | None, int, bool]:
    """How far below RCV.NXT, and what lies between: payload bytes, and the sender's FIN."""
    if note.rcv_nxt is None or of_older_connection(note):
        return None, 0, False
    below = delta(note.rcv_nxt, note.seq)
    if below <= 0 or note.sender_fin_seq is None:
        return below, max(0, below), False
    fin = delta(note.sender_fin_seq, note.seq) >= 0 and delta(note.rcv_nxt, note.sender_fin_seq) > 0
    return below, below - int(fin), fin


# --- what the receiver did -----------------------------------------------------------------------


def _observe(
    connection: Connection, note: Note, challenge: int | None, gone: Sequence[Note]
) -> tuple[str, str | None]:
    if of_older_connection(note):
        return "unknown", "it is for an older connection between the same ports"
    receiver = connection.side(note.receiver)
    if note.state is State.SYN_SENT and (receiver.syn_last_ns or 0) > note.ns:
        return "unknown", None  # a new attempt (Windows makes three) is not life after the reset
    if challenge is not None:
        return "refused", f"frame {challenge} is its challenge ACK"
    wait = crossing_ns(connection, note.receiver)
    last = receiver.last_talk
    if last is not None and last.frame > note.frame and (last.ns - note.ns) > wait:
        return "refused", _why_refused(note, last, wait)
    if _was_gone(gone, note, receiver):
        return "honoured", "it answered later segments with RST: the connection was gone"
    if _fell_silent(connection, note, receiver, wait):
        quiet = (connection.capture_end_ns - note.ns) / SECOND
        return "honoured", f"it had data outstanding and retransmitted nothing for {quiet:.3g} s"
    return "unknown", None


def _challenge(connection: Connection, note: Note) -> int | None:
    """The frame of the challenge ACK that answers this reset: a bare ACK at SND.NXT of what was
    received, when it cannot have crossed the reset. One that acknowledges something for the first
    time had to come anyway, unless it leaves the host together with the reset's arrival."""
    if not note.challenged or note.after is None or note.seq == note.rcv_nxt:
        return None
    at_once = connection.captured_near(note.receiver) is True and (
        (note.after.ns - note.ns) <= CHALLENGE_NS
    )
    repeats = note.last_ack is not None and note.last_ack == note.after_ack
    return note.after.frame if repeats or at_once else None


def _why_refused(note: Note, last: Moment, crossing: int) -> str:
    """From which of its packets on it surely lived: the first that cannot have crossed."""
    after = note.after
    if after is not None and (after.ns - note.ns) > crossing and after.frame < last.frame:
        return f"it went on sending, from frame {after.frame} to frame {last.frame}"
    seconds = (last.ns - note.ns) / SECOND
    return f"it went on sending, {seconds:.3g} s later in frame {last.frame}"


def _was_gone(gone: Sequence[Note], note: Note, receiver: Endpoint) -> bool:
    """Later the receiver itself answers with resets, as a host without the socket does."""
    for other in gone:
        if other.side is receiver.side and other.frame > note.frame:
            return receiver.ttl_least is None or _same_host(other, receiver)
    return False


def _same_host(other: Note, receiver: Endpoint) -> bool:
    if other.ttl is None or receiver.ttl_least is None or receiver.ttl_most is None:
        return True
    return receiver.ttl_least - TTL_SLACK <= other.ttl <= receiver.ttl_most + TTL_SLACK


def _fell_silent(connection: Connection, note: Note, receiver: Endpoint, crossing: int) -> bool:
    """It had to retransmit and did not. Seen from afar the path may be silent instead."""
    if not _had_outstanding(note) or not connection.captured_near(receiver.side):
        return False
    wait = max(SILENT_NS, 8 * crossing)
    ladder = receiver.ladder
    if ladder is not None and len(ladder.steps) >= 2:
        wait = max(wait, BACKOFF * (ladder.steps[-1].ns - ladder.steps[-2].ns))
    return (connection.capture_end_ns - note.ns) > wait


def _had_outstanding(note: Note) -> bool:
    if note.snd_una is None or note.snd_nxt is None:
        return False
    return delta(note.snd_nxt, note.snd_una) > 0

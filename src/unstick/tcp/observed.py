"""What was seen of a connection, for checks to read: both ends, notable segments, silences.

Written once here: **side is the sender of a segment; the verdict belongs to the receiver.**
Values only; conclusions are drawn in ``checks``. Sequence numbers are raw (32 bits) unless a name
says ``relative``; use ``Connection.relative``. Times are nanoseconds since the epoch. None means
that the capture does not say.
"""

from __future__ import annotations

from collections.abc import Mapping

from unstick.named import NamedTuple
from unstick.tcp.notable import Moment as Moment
from unstick.tcp.notable import Note as Note
from unstick.tcp.notable import NoteKind as NoteKind
from unstick.tcp.vocabulary import Side, State
from unstick.wire.columns import HALF, MASK

SECOND = 1_000_000_000


class Ladder(NamedTuple):
    """One segment sent again and again without progress. ``count`` retransmissions; ``heard``
    packets came from the other side meanwhile; ``steps`` are the first frames of it."""

    seq: int
    length: int
    count: int  # type: ignore[assignment]  # nobody counts in it
    original: Moment | None
    first: Moment
    last: Moment
    heard: int
    steps: tuple[Moment, ...]


class ZeroWindow(NamedTuple):
    """This side's window is closed at the end of the capture. ``unanswered``: probes it received
    since it last answered one."""

    since: Moment
    probes: int
    answers: int
    last_probe: Moment | None
    last_answer: Moment | None
    unanswered: int


class Keepalives(NamedTuple):
    """Probes of an idle connection this side sent. ``unanswered``: since the other side last
    spoke, from ``first`` to ``last``; ``first_gap_ns`` is the pause between the first two."""

    total: int
    answered: int
    unanswered: int
    first: Moment | None
    last: Moment | None
    first_gap_ns: int | None = None

    @property
    def back_off(self) -> bool:
        """The pauses grow: these are window probes of a sender that never heard of the window's
        opening (RFC 9293 3.8.6.1). Keepalives keep their interval (RFC 9293 3.8.4)."""
        if self.unanswered < 3 or self.first is None or self.last is None or not self.first_gap_ns:
            return False
        even = (self.unanswered - 1) * self.first_gap_ns
        return (self.last.ns - self.first.ns) * 5 >= even * 7


class Payloads(NamedTuple):
    """Its largest segment, and the largest that was acknowledged without being cut smaller."""

    largest: int
    largest_acked: int


class StraySacks(NamedTuple):
    """Packets of this side with SACK blocks farther from their ACK number than any window it
    offered; ``away`` is how far in the first, at ``frame`` (negative: below)."""

    packets: int
    frame: int
    away: int


class Endpoint(NamedTuple):
    """One side of a connection, as far as the capture shows it, at its end.

    ``state`` is the state of RFC 9293 the model gives this end, None if it was never seen.
    ``snd_una`` is what the other side acknowledged, ``rcv_nxt`` the next byte it needs if all that
    was captured arrived, ``last_ack`` the highest ACK it put on the wire. ``round_trip_ns``: least
    time from one of *its* segments to the other side's ACK, as seen at the capture point.
    ``signed``: its SYN carried TCP-MD5 or TCP-AO.
    ``last_data`` is its newest payload or FIN, ``last_text`` its newest payload, ``text_under``
    how many bytes of the other side it had not acknowledged when it sent that payload.
    """

    side: Side
    address: str
    port: int
    spoke: bool
    state: State | None
    state_before_reset: State | None
    reset_at_ns: int | None
    alive_after_reset: bool
    talked_after_own_reset: bool
    numbers_guessed: bool
    signed: bool
    iss: int | None
    snd_una: int | None
    snd_nxt: int | None
    rcv_nxt: int | None
    last_ack: int | None
    last_ack_at: Moment | None
    window: int | None
    right_edge: int | None
    scale: int | None
    mss: int | None
    syn: Moment | None
    syn_count: int
    syn_last_ns: int | None
    fin_seq: int | None
    fin: Moment | None
    fin_count: int
    fin_acked: Moment | None
    fin_delivered_to_it: bool
    packets: int
    payload_bytes: int
    data_packets: int
    retransmitted: int
    zero_windows: int
    resets: int
    reset_seqs: int
    first: Moment | None
    last: Moment | None
    last_live: Moment | None
    last_data: Moment | None
    last_talk: Moment | None
    last_text: Moment | None
    text_under: int | None
    first_reset: Moment | None
    progress: Moment | None
    outstanding_since: Moment | None
    ladder: Ladder | None
    zero_window: ZeroWindow | None
    keepalives: Keepalives
    round_trip_ns: int | None
    round_trip_most_ns: int | None
    payloads: Payloads
    ttl: int | None
    ttl_least: int | None
    ttl_most: int | None
    unseen_acks: int
    unseen_at: int | None
    holes: int
    stray_sacks: StraySacks | None

    @property
    def outstanding_bytes(self) -> int:
        """Sent and not acknowledged, SYN and FIN counted as one each; 0 if not known."""
        if self.snd_una is None or self.snd_nxt is None:
            return 0
        return max(0, delta(self.snd_nxt, self.snd_una))

    @property
    def fin_outstanding(self) -> bool:
        """It sent a FIN that is not acknowledged."""
        return self.fin is not None and self.fin_acked is None


class Connection(NamedTuple):
    """One stream of a capture: what checks look at.

    ``capture_end_ns`` is the time of the capture's last packet: silence is measured to there. If
    a SYN used the same addresses and ports again, ``successor`` is that SYN, and what was seen of
    this connection ends there: ``capture_end_ns`` is its time. If the file was joined from
    captures of different times, it is the end of the part with this connection's last packet.
    ``lossy``: hosts acknowledged so much the capture does not have (one packet in a thousand and
    more) that a close may be missing, too.
    ``notes`` are in order of frames. ``resets`` adds verdicts to the notes of kind RESET.
    """

    capture: int
    stream: int
    client: Endpoint
    server: Endpoint
    first: Moment
    last: Moment
    packets: int
    copies: int
    copy_frame: int | None
    marks: int
    notes: tuple[Note, ...]
    notes_dropped: int
    longest_silence_ns: int
    silence_before: int | None
    silence_after: int | None
    clock_back: int
    clock_back_frame: int | None
    ping_pong: int
    ping_pong_frame: int | None
    capture_end_ns: int
    profile: str
    resets: tuple[Reset, ...] = ()
    successor: Moment | None = None
    lossy: bool = False

    def side(self, side: Side) -> Endpoint:
        """The endpoint on that side."""
        return self.client if side is Side.CLIENT else self.server

    def peer(self, endpoint: Endpoint) -> Endpoint:
        """The other end."""
        return self.server if endpoint.side is Side.CLIENT else self.client

    @property
    def sides(self) -> tuple[Endpoint, Endpoint]:
        return (self.client, self.server)

    @property
    def joined(self) -> bool:
        """The capture did not see this connection begin: no SYN of either side."""
        return self.client.syn is None and self.server.syn is None

    @property
    def both_spoke(self) -> bool:
        return self.client.spoke and self.server.spoke

    @property
    def silence_at_end_ns(self) -> int:
        """From the connection's last packet to the end of the capture."""
        return max(0, self.capture_end_ns - self.last.ns)

    def relative(self, side: Side, number: int | None) -> int | None:
        """A sequence number of ``side`` relative to its first (SYN = 0); None if not known."""
        first = self.side(side).iss
        if number is None or first is None:
            return None
        return (number - first) & MASK

    def notes_of(self, *kinds: NoteKind) -> tuple[Note, ...]:
        """The notes of these kinds, in order."""
        return tuple(note for note in self.notes if note.kind in kinds)

    def seconds(self, ns: int) -> float:
        """Seconds since the connection's first packet."""
        return (ns - self.first.ns) / SECOND

    def distance_ns(self, side: Side) -> int | None:
        """Time from the capture point to that side and back, None if nothing was timed."""
        return (self.server if side is Side.CLIENT else self.client).round_trip_ns

    def captured_near(self, side: Side) -> bool | None:
        """Is the capture point at (or within 1 ms, or a fifth of the whole path, of) that side?"""
        here, there = self.server.round_trip_ns, self.client.round_trip_ns
        if side is Side.SERVER:
            here, there = there, here
        if here is None:
            return None
        if here <= NEAR_NS:
            return True
        return there is not None and here * 4 <= there


NEAR_NS = 1_000_000
"""A host that answers within 1 ms is the one the capture was made on, or stands next to it."""


class Reset(NamedTuple):
    """A RST with its verdict. ``note`` is the segment; the rest is what ``resets.py`` made of it.

    ``verdict`` is honoured, refused-silently, refused-challenged or undecidable, under the chosen
    profile; ``profiles`` has the word of every stack. ``observed``: honoured, refused or unknown.
    ``below``: how far SEG.SEQ is below the receiver's RCV.NXT (negative: above); ``below_data``
    and ``below_fin`` split that into payload bytes and FIN of the sender. ``challenge`` is the
    frame of the challenge ACK it drew. ``signs`` are those of ``origins.Sign`` it shows.
    """

    note: Note
    verdict: str
    rule: str
    cite: str
    confirmed: bool
    profiles: Mapping[str, str]
    observed: str
    observed_because: str | None
    below: int | None
    below_data: int
    below_fin: bool
    answers_frame: int | None
    origin: str
    origin_evidence: str | None
    signs: tuple[str, ...] = ()
    challenge: int | None = None
    possible: tuple[str, ...] = ()

    @property
    def frame(self) -> int:
        return self.note.frame

    @property
    def refused(self) -> bool:
        """By the law of the chosen profile."""
        return self.verdict.startswith("refused")

    @property
    def survived(self) -> bool:
        """The receiver was seen to live on, or, where that was not seen, must have by the law."""
        if self.observed == "unknown":
            return self.refused
        return self.observed == "refused"


def delta(a: int, b: int) -> int:
    """How far ``a`` is after ``b`` in sequence space (negative: before); RFC 9293 3.4."""
    return (((a - b) + HALF) & MASK) - HALF

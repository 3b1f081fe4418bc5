"""What became of a send: the cause, the last two looks at the socket, and one sentence.

Plain data. Unknown is ``None``: an old kernel, or a socket that is not TCP, tells less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from unstick.progress.errors import words_of

Source = Literal["tcp_info", "outq", "none"]
LimitedBy = Literal["receiver", "network", "sender", "unknown"]

CLOSED = 7
"""``TCP_CLOSE`` in ``enum tcp_state`` (include/net/tcp_states.h): dead, but still readable."""
PEER_ENDED = frozenset({8, 9, 11})  # CLOSE_WAIT, LAST_ACK, CLOSING
OUR_FIN_ACKED = frozenset({5, 6})  # FIN_WAIT2, TIME_WAIT
STATES = (
    "?",
    *("ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE"),
    *("CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV", "BOUND_INACTIVE"),
)


class Cause(StrEnum):
    """Why a send ended. The first two are good ends."""

    DELIVERED = "DELIVERED"  # the drain level was reached
    FLUSHED = "FLUSHED"  # the kernel has the bytes: nothing is known of the peer

    SILENT = "SILENT"  # our verdicts
    NOT_READING = "NOT_READING"
    STALLED = "STALLED"
    TOO_SLOW = "TOO_SLOW"
    DEADLINE = "DEADLINE"
    HOARDING = "HOARDING"
    CROWDING = "CROWDING"

    RESET = "RESET"  # what the kernel said
    UNREACHABLE = "UNREACHABLE"
    KERNEL_TIMEOUT = "KERNEL_TIMEOUT"
    DESTROYED = "DESTROYED"
    CLOSED_LOCALLY = "CLOSED_LOCALLY"
    CANCELLED = "CANCELLED"
    OS_ERROR = "OS_ERROR"


GOOD = frozenset({Cause.DELIVERED, Cause.FLUSHED})
VERDICTS = frozenset({Cause.SILENT, Cause.NOT_READING, Cause.STALLED, Cause.TOO_SLOW}) | {
    Cause.DEADLINE,
    Cause.HOARDING,
    Cause.CROWDING,
}


class Sample(NamedTuple):
    """One look at a socket: names and units of ``struct tcp_info``. Absent on old kernels: None.

    ``outq`` (SIOCOUTQ) stands in where there is no TCP_INFO: bytes for TCP; for AF_UNIX the memory
    they take, which is more than their number.
    """

    source: Source
    state: int | None = None
    retransmits: int | None = None  # timeouts in a row without an ACK that advances
    probes: int | None = None  # window or keepalive probes without an answer
    backoff: int | None = None
    wscales: int | None = None  # ours to read the peer's window by: the low four bits
    snd_mss: int | None = None
    unacked: int | None = None  # segments in flight
    last_data_sent_ms: int | None = None
    last_data_recv_ms: int | None = None
    last_ack_recv_ms: int | None = None
    rtt_us: int | None = None
    total_retrans: int | None = None
    bytes_acked: int | None = None  # counts our FIN, and a client's SYN, as one
    bytes_received: int | None = None
    notsent_bytes: int | None = None
    busy_time_us: int | None = None
    rwnd_limited_us: int | None = None
    sndbuf_limited_us: int | None = None
    bytes_sent: int | None = None
    bytes_retrans: int | None = None
    snd_wnd: int | None = None
    outq: int | None = None

    @property
    def outstanding(self) -> bool:
        """Are there bytes (or a FIN) that the peer has not acknowledged? A dead socket's, too."""
        return bool(self.unacked or self.notsent_bytes or self.outq) or (
            # A reset purges what was in flight from the counters of segments, not from these.
            self.state == CLOSED and self.held_bytes > 0
        )

    @property
    def held_bytes(self) -> int:
        """Bytes of ours in the kernel; exact from Linux 4.19 on, before that to a segment."""
        if self.outq is not None:
            return self.outq
        waiting = self.notsent_bytes or 0
        if self.acked_flags is None:
            return waiting + (self.unacked or 0) * (self.snd_mss or 0)
        if not self.unacked and self.state != CLOSED:
            return waiting
        return waiting + max(0, -self.acked_flags)

    @property
    def largest_window(self) -> float:
        """Bytes: what the peer's window can never exceed (RFC 7323 2.3); infinite if not known."""
        return float("inf") if self.wscales is None else 65535 << (self.wscales & 15)

    @property
    def acked_flags(self) -> int | None:
        """Of our SYN and FIN, which ``bytes_acked`` counts and ``bytes_sent`` does not, how many
        are acknowledged, less what is in flight. None before Linux 4.19."""
        if self.bytes_sent is None or self.bytes_retrans is None or self.bytes_acked is None:
            return None
        return self.bytes_acked - (self.bytes_sent - self.bytes_retrans)

    @property
    def since_heard(self) -> float | None:
        """Seconds since anything came from the peer, data or ACK."""
        heard = [ms for ms in (self.last_ack_recv_ms, self.last_data_recv_ms) if ms is not None]
        return min(heard) / 1000 if heard else None

    @property
    def asked(self) -> bool:
        """Is a retransmission or a window probe waiting for an answer?"""
        return bool(self.retransmits or self.probes)

    @property
    def state_name(self) -> str:
        return STATES[self.state] if self.state and self.state < len(STATES) else "?"


NOTHING = Sample("none")
"""A socket of which nothing can be learnt."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known at the end of a send. Byte counts are of this Sender or Meter alone.

    ``offered`` bytes were given, ``accepted`` taken by the kernel (by TLS: before encryption),
    ``acked`` acknowledged by the peer's kernel as of ``last`` (with TLS: including records'
    overhead; on a client's socket to within one). What the peer's *program* has read, nobody
    knows. ``since_progress`` and ``since_heard`` are seconds before the end. ``busy`` is seconds in
    which there was something to send. ``refined`` is what a KERNEL_TIMEOUT really was. ``rate`` is
    acknowledged bytes a busy second, for TOO_SLOW over the window that was too slow.
    """

    cause: Cause
    ok: bool
    offered: int
    accepted: int
    acked: int
    elapsed: float
    busy: float | None
    since_progress: float
    since_heard: float | None
    limited_by: LimitedBy
    peer_half_closed: bool
    errno: int | None
    source: Source
    first: Sample
    last: Sample
    syscalls: Counter[str]
    refined: Cause | None = None
    rate: float | None = None

    def __str__(self) -> str:
        told = SENTENCES.get(self.cause, tell_other)(self)
        half = "; peer had ended its side" if self.peer_half_closed else ""
        return f"{self.cause}: {told}{half}"

    def fields(self) -> Iterator[tuple[str, str]]:
        """Names and values for one ``key=value`` line; unknown ones are left out."""
        last = self.last
        for name, value in (
            *(("cause", self.cause), ("refined", self.refined), ("errno", self.errno)),
            *(("offered", self.offered), ("accepted", self.accepted), ("acked", self.acked)),
            *(("elapsed", self.elapsed), ("busy", self.busy), ("rate", self.rate)),
            *(("since_progress", self.since_progress), ("since_heard", self.since_heard)),
            *(("limited_by", self.limited_by), ("half_closed", self.peer_half_closed)),
            *(("source", self.source), ("state", last.state_name), ("held", last.held_bytes)),
            *(("window", last.snd_wnd), ("retransmits", last.retransmits)),
            ("probes", last.probes),
        ):
            if value is not None:
                yield name, f"{value:.3f}" if isinstance(value, float) else str(value)


# --- sentences -----------------------------------------------------------------------------------


def ago(seconds: float | None) -> str:
    return "at a time unknown" if seconds is None else f"{seconds:.1f} s ago"


def tell_delivered(end: Outcome) -> str:
    return f"{end.acked} B acknowledged in {end.elapsed:.1f} s"


def tell_flushed(end: Outcome) -> str:
    return f"{end.accepted} B taken by the kernel, {end.acked} B acknowledged so far"


def tell_silent(end: Outcome) -> str:
    last = end.last
    asked = f"{last.retransmits} retransmissions" if last.retransmits else f"{last.probes} probes"
    return f"{last.held_bytes} B outstanding, {asked} unanswered, last heard {ago(end.since_heard)}"


def tell_not_reading(end: Outcome) -> str:
    heard = "" if end.since_heard is None else f"; peer answered {ago(end.since_heard)}"
    if not end.last.outstanding:
        return f"all acknowledged, peer took no end for {end.since_progress:.1f} s{heard}"
    window = "" if end.last.snd_wnd is None else f"window {end.last.snd_wnd}, "
    held = end.last.notsent_bytes or end.last.held_bytes
    return f"{held} B unsent, {window}no progress for {end.since_progress:.1f} s{heard}"


def tell_stalled(end: Outcome) -> str:
    return (
        f"{end.last.held_bytes} B outstanding, window {end.last.snd_wnd}, "
        f"no progress for {end.since_progress:.1f} s; peer heard {ago(end.since_heard)}"
    )


def tell_too_slow(end: Outcome) -> str:
    return f"{end.rate or 0:.0f} B/s while there was data to send; limited by {end.limited_by}"


def tell_deadline(end: Outcome) -> str:
    return f"time was up at {end.elapsed:.1f} s; {end.acked} of {end.offered} B acknowledged"


def tell_hoarding(end: Outcome) -> str:
    return f"{end.last.held_bytes} B of ours held in the kernel; {end.acked} B acknowledged"


def tell_crowding(end: Outcome) -> str:
    return (
        f"{end.last.notsent_bytes} B unsent, window {end.last.snd_wnd}, "
        f"no progress for {end.since_progress:.1f} s, and others wait"
    )


def tell_kernel_timeout(end: Outcome) -> str:
    really = {Cause.SILENT: "peer silent", Cause.NOT_READING: "peer not reading"}
    why = really.get(end.refined, "cause unknown") if end.refined else "cause unknown"
    return f"the kernel gave up: {why}; last heard {ago(end.since_heard)}"


def tell_other(end: Outcome) -> str:
    number = "" if end.errno is None else f"{words_of(end.errno)}; "
    return f"{number}{end.acked} of {end.offered} B acknowledged in {end.elapsed:.1f} s"


SENTENCES = {
    Cause.DELIVERED: tell_delivered,
    Cause.FLUSHED: tell_flushed,
    Cause.SILENT: tell_silent,
    Cause.NOT_READING: tell_not_reading,
    Cause.STALLED: tell_stalled,
    Cause.TOO_SLOW: tell_too_slow,
    Cause.DEADLINE: tell_deadline,
    Cause.HOARDING: tell_hoarding,
    Cause.CROWDING: tell_crowding,
    Cause.KERNEL_TIMEOUT: tell_kernel_timeout,
}

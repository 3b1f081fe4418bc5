"""The verdict rules: samples and a clock's value in, an outcome out. No socket, no clock, no I/O.

1. First the counters, then the state: a dead socket keeps its counts.
2. No rule runs while nothing is outstanding and nobody waits.
3. Progress is a byte that the peer acknowledged. "Writable" is not: on Linux a steady 50 kB/s
   reader of a 4 MB buffer makes a socket writable every 23 s.
4. ``rwnd_limited`` is never a sign of life: it grows while a vanished peer's window is closed.
5. What the peer did not do while *we* did not look counts for half a limit at most (a stopped
   process, a blocked event loop, a virtual machine that was paused).
6. With ``pace``, no rule blames a peer for what its program may still be reading: the reader that
   is just fast enough is played along, a bucket that acknowledged bytes fill and ``pace`` drains.
7. All rules run at once and the first to fire names the cause; a peer that was fast before has no
   credit.
8. ``crowd`` is asked for by who sees all connections, and only of a peer that itself keeps its
   window closed: what is in flight, lost or far away is never to blame for it.
"""

from __future__ import annotations

import errno as numbers
import math
from collections import Counter

from unstick.progress.clocks import Clock, PlayedReader, RateWindow
from unstick.progress.outcome import (
    CLOSED,
    GOOD,
    OUR_FIN_ACKED,
    PEER_ENDED,
    Cause,
    LimitedBy,
    Outcome,
    Sample,
)
from unstick.progress.policy import Policy

TICKS = 4
"""Looks within the shortest limit: a verdict is late by a quarter of it at most."""
ANSWER_S = (1.0, 5.0)
"""How long a single window probe may be under way before it counts as unanswered: a quarter of the
limit, but within these. An old kernel probes a patient reader every 120 s: just then nothing was
heard for that long, and for one round trip the probe is unanswered. And at first a reader leaves a
probe in four unanswered (Linux ``tcp_invalid_ratelimit``, 500 ms; the next comes 0.8 s later)."""
ROUND_TRIPS, MOST_ON_THE_WAY_S = 2, 1.0
"""How long the word of an open window may be on the way: a peer that acknowledges late on purpose
must not buy itself much time by it."""
ENOUGH = (3, 8)
"""Questions (retransmissions of a segment, window probes) in vain before silence ends a connection;
and the most that a path which loses much is given of probes. Linux asks a closed window less and
less often: a reader of 300 B/s on a path that lost three segments of ten was asked once in 30 s,
and just that probe was lost (6.18)."""
MISTAKE = 1e-3
"""How likely it may be that chance has taken them all, by what this path has lost before."""
MOSTLY = 0.5
"""The share of busy time from which on a connection counts as limited by one thing."""

CAUSES: dict[int, Cause] = {
    # errno of a dead socket -> cause. EPIPE: a reset that came in CLOSE-WAIT (tcp_reset()).
    numbers.ECONNRESET: Cause.RESET,
    numbers.EPIPE: Cause.RESET,
    numbers.ETIMEDOUT: Cause.KERNEL_TIMEOUT,
    numbers.ECONNABORTED: Cause.DESTROYED,  # tcp_abort(), which SOCK_DESTROY calls
    numbers.EHOSTUNREACH: Cause.UNREACHABLE,
    numbers.ENETUNREACH: Cause.UNREACHABLE,
    numbers.EBADF: Cause.CLOSED_LOCALLY,
    numbers.ENOTCONN: Cause.CLOSED_LOCALLY,
}


class Meter:
    """Watches one connection for one policy. Times are seconds on any one monotonic clock.

    A shell tells what it does (``offered``, ``accepted``, ``blocked``), looks at the socket when
    ``next_check`` says so, and passes what it saw to ``observe``. ``syscalls`` is the shell's to
    count in. Not thread safe.
    """

    def __init__(self, policy: Policy, first: Sample, now: float) -> None:
        self.policy = policy
        self.first = self.last = first
        self.started = self.checked = now
        self.progress_at = now
        self.offered_bytes = self.accepted_bytes = 0
        self.syscalls: Counter[str] = Counter()
        self.stalled = False  # as of the last look: nothing acknowledged for a tick
        self.half_closed = first.state in PEER_ENDED
        self._carried_bytes = first.held_bytes if first.state != CLOSED else 0
        self._most_read = -first.held_bytes
        self._reader = PlayedReader(policy.pace) if policy.pace else None  # rule 6
        self._crowder = PlayedReader(policy.crowd) if policy.crowd else None  # rule 8
        if first.outstanding:  # begun in the middle: all that was taken, not after the last ACK
            self._play_readers(first.bytes_acked or 0, 0.0, first)
            self._play_readers(0, first.since_heard or 0.0, first)
        self._blocked = False
        self._accepted_at = now
        self._unanswered_at: float | None = None
        self._loss = loss(first)  # as of the last progress: what is repeated in vain does not count
        self._idle = Clock(policy.idle, now + self._unread_s())
        self._silent = Clock(policy.silent, now)
        self._held = Clock(policy.idle if policy.max_bytes_held else None, now)
        self._rate = RateWindow(policy.window, policy.grace) if policy.min_rate else None
        ends = [policy.expires_at, policy.deadline and now + policy.deadline]
        self.deadline_at = min((end for end in ends if end is not None), default=None)
        limits = [policy.idle, policy.silent, policy.window if policy.min_rate else None]
        self.tick = min((limit / TICKS for limit in limits if limit is not None), default=None)
        self._rate_look(first)

    # --- what the shell did ----------------------------------------------------------------------

    def offered(self, count: int) -> None:
        """``count`` more bytes were given to be sent; without this, accepted is offered."""
        self.offered_bytes += count

    def accepted(self, n: int, now: float) -> None:
        """The kernel took ``n`` more bytes: each time, or their sum before the next look."""
        self.accepted_bytes += n
        self._accepted_at = now

    def blocked(self, waits: bool, now: float) -> None:
        """Does someone wait for this peer: with bytes the kernel refuses, or for the peer's end?

        While so, the rules run even if the kernel holds nothing (TLS may wait to *read*).
        """
        if waits and not self._blocked and not self.outstanding:
            self._restart(now)
        self._blocked = waits

    # --- what was seen ---------------------------------------------------------------------------

    @property
    def outstanding(self) -> bool:
        """Is there anything the peer owes an answer to, as of the last look?"""
        return self._blocked or self.last.outstanding

    def observe(self, s: Sample, now: float) -> Outcome | None:
        """One look at the socket; an Outcome if it ends the send.

        A socket that died with bytes outstanding is an Outcome, too, of a cause guessed from its
        counters: a shell that can ask for SO_ERROR calls ``failed`` instead.
        """
        ran = self.outstanding
        before = self.checked
        progressed = self._count(s, now)
        quiet = now - self.progress_at
        self.stalled = ran and self.outstanding and quiet >= (self.tick or quiet)
        if s.state == CLOSED and s.outstanding:
            return self.failed(0, s, now)
        if not self.outstanding:
            self._restart(now)
            return None
        if not ran:
            # Since when? Since they were accepted, if we were told so; else since now.
            self._restart(now)
            self.progress_at = self._accepted_at if self._accepted_at > before else now
        if progressed or not ran:
            self._idle.resume(self.progress_at + self._unread_s(), now)
            self._silent.resume(self.progress_at, now)
        else:
            self._idle.forgive(now - before)
            self._silent.forgive(now - before)
        self._watch_held(s, now - before, now)
        cause = self._verdict(now)
        return self.ended(cause, now) if cause else None

    def crowding(self, now: float) -> Outcome | None:
        """Rule 8, for who knows that others wait: an Outcome if this peer, as of the last look,
        keeps its window closed for longer than a reader of ``crowd`` may be reading, and the word
        that it has read may be on the way."""
        last = self.last
        closed = last.notsent_bytes and not last.unacked and last.snd_wnd is not None
        if not self._crowder or not closed or (last.snd_wnd or 0) >= (last.notsent_bytes or 0):
            return None
        on_the_way_s = min(ROUND_TRIPS * (last.rtt_us or 0) / 1e6, MOST_ON_THE_WAY_S)
        if self._crowder.unread_bytes or self._crowder.idle_s < on_the_way_s:
            return None
        return self.ended(Cause.CROWDING, now)

    def failed(self, errno: int, s: Sample | None, now: float) -> Outcome:
        """The socket is dead; ``errno`` is what a call or SO_ERROR said, 0 if nobody could ask."""
        if s is not None and is_undone(s, self.last):
            return self.ended(Cause.CLOSED_LOCALLY, now, errno=errno or None)
        if s is not None:
            self._count(s, now)
        asked_in_vain = self.last.asked and self.outstanding
        cause = CAUSES.get(errno, Cause.OS_ERROR)
        if not errno:
            cause = Cause.KERNEL_TIMEOUT if asked_in_vain else Cause.RESET
        return self.ended(cause, now, errno=errno or None)

    def ended(self, cause: Cause, now: float, errno: int | None = None) -> Outcome:
        """The Outcome of an end of any cause, from what was last seen."""
        first, last = self.first, self.last
        busy = difference(last.busy_time_us, first.busy_time_us)
        rate = self._rate.rate if self._rate and cause is Cause.TOO_SLOW else None
        since = last.since_heard
        return Outcome(
            cause=cause,
            ok=cause in GOOD,
            offered=max(self.offered_bytes, self.accepted_bytes),
            accepted=self.accepted_bytes,
            acked=self.acked_bytes,
            elapsed=now - self.started,
            busy=None if busy is None else busy / 1e6,
            since_progress=now - self.progress_at,
            since_heard=None if since is None else since + now - self.checked,
            limited_by=self._limited_by(cause),
            peer_half_closed=self.half_closed,
            errno=errno,
            source=last.source,
            first=first,
            last=last,
            syscalls=Counter(self.syscalls),
            refined=self._refined() if cause is Cause.KERNEL_TIMEOUT else None,
            rate=rate,
        )

    @property
    def acked_bytes(self) -> int:
        """Bytes of this meter that were acknowledged, as of the last look."""
        last = self.last
        if last.bytes_acked is None or self.first.bytes_acked is None:
            return max(0, self.accepted_bytes - last.held_bytes)
        acked = last.bytes_acked - self.first.bytes_acked - self._carried_bytes
        return max(0, acked - self._fin_acked())

    def _fin_acked(self) -> int:
        """1 if our FIN is among what was acknowledged since the first look."""
        before, flags = self.first.acked_flags, self.last.acked_flags
        if before is None or flags is None:
            return int(self.last.state in OUR_FIN_ACKED)
        return min(max(0, flags - max(0, before)), 1)

    def next_check(self, now: float) -> float | None:
        """When to look next, at the latest: an instant. None: nothing is outstanding, no need to.

        Also None if the policy has no rule that time could fire.
        """
        if not self.outstanding:
            return None
        dues = [self.deadline_at, self._idle.due_at(), self._silent.due_at(), self._held.due_at()]
        if self.tick is not None:
            dues.append(now + self.tick)
        coming = [due for due in dues if due is not None and due > now]
        late = self.deadline_at is not None and self.deadline_at <= now
        return now if late else min(coming, default=None)

    # --- the rules -------------------------------------------------------------------------------

    def _count(self, s: Sample, now: float) -> bool:
        """Rule 1: takes over the counters. Returns whether the peer acknowledged anything new."""
        before, self.last = self.last, s
        if s.bytes_acked is not None and before.bytes_acked is not None:
            progressed = s.bytes_acked > before.bytes_acked
        else:
            # AF_UNIX counts memory, not bytes: what rises for sure is accepted - outq, in the long
            # run, and what falls between two looks was read.
            read = self.accepted_bytes - s.held_bytes
            progressed = read > self._most_read or s.held_bytes < before.held_bytes
            self._most_read = max(read, self._most_read)
        taken = (s.bytes_acked or 0) - (before.bytes_acked or 0)
        self._play_readers(taken, now - self.checked, s)
        if self._blocked and not s.outstanding:  # waiting for the peer to send
            progressed |= (s.bytes_received or 0) > (before.bytes_received or 0)
        heard_at = now - s.since_heard if s.since_heard is not None else now
        if progressed:
            # Not after the last ACK, not before what was acknowledged can have been sent.
            self.progress_at = min(now, max(heard_at, self._accepted_at, self.checked))
            self._loss = loss(s)
        if not s.asked or heard_at > self.checked:
            self._unanswered_at = None
        elif self._unanswered_at is None:
            self._unanswered_at = now
        self.half_closed = self.half_closed or s.state in PEER_ENDED
        self._rate_look(s)
        self.checked = now
        return progressed

    def _play_readers(self, taken_bytes: int, seconds: float, s: Sample) -> None:
        """Rules 6 and 8: what the slowest reader we wait for has not read yet."""
        for reader in (self._reader, self._crowder):
            if reader:
                reader.play(taken_bytes, seconds, s.largest_window)

    def _unread_s(self) -> float:
        return self._reader.busy_s if self._reader else 0.0

    def _rate_look(self, s: Sample) -> None:
        if self._rate and s.busy_time_us is not None and s.bytes_acked is not None:
            waiting = (self._blocked or bool(s.notsent_bytes)) and not self._unread_s()
            self._rate.add(s.busy_time_us / 1e6, s.bytes_acked, waiting)

    def _restart(self, now: float) -> None:
        for clock in (self._idle, self._silent, self._held):
            clock.restart(now)
        self.progress_at = now

    def _watch_held(self, s: Sample, gap: float, now: float) -> None:
        if s.held_bytes > (self.policy.max_bytes_held or 0):
            self._held.forgive(gap)
        else:
            self._held.restart(now)

    def _verdict(self, now: float) -> Cause | None:
        """The rules, most telling first."""
        unheard = self._silent.is_due(now) and self._is_unheard(self.policy.silent or 0, now)
        if unheard and self._is_asked_enough():
            return Cause.SILENT
        if self._idle.is_due(now):
            return self._idle_cause(self.policy.idle or 0, now)
        if self._held.is_due(now):
            return Cause.HOARDING
        if self._rate and self._rate.full and self._rate.rate < (self.policy.min_rate or 0):
            return Cause.TOO_SLOW
        if self.deadline_at is not None and now >= self.deadline_at:
            return Cause.DEADLINE
        return None

    def _is_unheard(self, limit: float, now: float) -> bool:
        """Asked, for long enough to have been answered, and nothing heard for ``limit``?"""
        unanswered, heard = self._unanswered_at, self.last.since_heard
        if unanswered is None or heard is None or heard < limit:
            return False
        sure = bool(self.last.retransmits) or (self.last.probes or 0) > 1
        least, most = ANSWER_S
        return sure or now - unanswered >= min(max(limit / TICKS, least), most)

    def _is_asked_enough(self) -> bool:
        """Retransmissions begin anew after each progress and come close upon each other; probes go
        on at the pause they had reached, so that few of them fit into ``silent``."""
        last = self.last
        least, _ = ENOUGH
        return (last.retransmits or 0) >= least or (last.probes or 0) >= enough(self._loss)

    def _idle_cause(self, limit: float, now: float) -> Cause:
        """Nothing acknowledged for ``limit``: whose fault is it, and is the peer there at all?

        It is ended in any case: so one question in vain is enough for a name.
        """
        if self._is_unheard(min(limit, self.policy.silent or limit), now):
            return Cause.SILENT
        if self.last.snd_wnd == 0 or not self.last.unacked:
            return Cause.NOT_READING
        return Cause.STALLED

    def _refined(self) -> Cause | None:
        """What the kernel's ETIMEDOUT was: it says the same for a silent and a full peer."""
        last = self.last
        if last.source != "tcp_info":
            return None
        if last.asked:
            return Cause.SILENT
        return Cause.NOT_READING if last.snd_wnd == 0 else None

    def _limited_by(self, cause: Cause) -> LimitedBy:
        """What most of the busy time was lost to. Says nothing of a silent peer: see rule 4."""
        busy = difference(self.last.busy_time_us, self.first.busy_time_us)
        receiver = difference(self.last.rwnd_limited_us, self.first.rwnd_limited_us)
        sender = difference(self.last.sndbuf_limited_us, self.first.sndbuf_limited_us)
        if not busy or cause is Cause.SILENT or self._refined_silent(cause):
            return "unknown"
        if (receiver or 0) >= MOSTLY * busy:
            return "receiver"
        return "sender" if (sender or 0) >= MOSTLY * busy else "network"

    def _refined_silent(self, cause: Cause) -> bool:
        return cause is Cause.KERNEL_TIMEOUT and self._refined() is Cause.SILENT


def loss(s: Sample) -> float:
    """The share of bytes that the path lost; 0 where the kernel does not tell (< 4.19).

    Two segments sent again are no sign of it: a reader whose buffer is full drops what it has no
    room for.
    """
    again = (s.bytes_retrans or 0) - 2 * (s.snd_mss or 0)
    return max(0, again) / s.bytes_sent if s.bytes_sent else 0.0


def enough(lost: float) -> int:
    """How many probes in vain are no mistake, on a path that loses this share."""
    least, most = ENOUGH
    if not 0 < lost < 1:
        return least if lost <= 0 else most
    return min(max(least, math.ceil(math.log(MISTAKE) / math.log(lost))), most)


def is_undone(s: Sample, before: Sample) -> bool:
    """Was the connection dissolved on this side? ``tcp_disconnect()`` begins the counters anew."""
    if s.state != CLOSED or s.bytes_sent is None or s.bytes_acked is None:
        return False
    return s.bytes_sent < (before.bytes_sent or 0) or s.bytes_acked < (before.bytes_acked or 0)


def difference(last: int | None, first: int | None) -> int | None:
    return None if last is None or first is None else last - first

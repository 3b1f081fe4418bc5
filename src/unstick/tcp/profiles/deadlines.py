"""When the limits of a stack end a connection by themselves: counts and timeouts into seconds.

Models of Linux, which counts retransmissions by comparing elapsed time with a hypothetical
timeout. None means never, or not known for that stack: ``Numbers`` says which.
"""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile
from unstick.tcp.vocabulary import State

FIRINGS_MOST = 10_000
"""A ladder longer than this is not a ladder: rto_s was 0 or less."""


def retransmission_deadline_s(
    profile: Profile, rto_s: float | None, *, orphan: bool = False
) -> float | None:
    """Seconds from the first transmission of an unanswered segment to the end of its connection.

    Modelled (Linux ``tcp_write_timeout()``, ``retransmits_timed_out()``): the connection ends at
    the first expiry of the retransmission timer that comes at least the hypothetical timeout
    after the first retransmission. The hypothetical timeout is what ``retries`` doublings from
    the smallest RTO would take: 924.6 s for 15. The real ladder starts at ``rto_s`` (the first
    gap that was seen), so that a slow path needs fewer retransmissions for the same time.
    ``rto_s`` None: the hypothetical timeout, a lower bound. ``orphan``: the program has closed
    its socket; the ladder then also ends as soon as its gap has reached the largest RTO.

    Not modelled: TCP_USER_TIMEOUT, ICMP errors, tail loss probes, thin streams, timers that are
    late, and orphans killed for lack of memory.
    """
    numbers = profile.numbers
    retries = numbers.orphan_retries_count if orphan else numbers.retransmission_retries_count
    if retries is None or numbers.rto_min_s is None or numbers.rto_max_s is None:
        return None
    limit_s = _ladder_s(numbers.rto_min_s, retries + 1, numbers.rto_max_s)
    if rto_s is None:
        return limit_s
    elapsed_s, gap_s = rto_s, rto_s
    for _ in range(FIRINGS_MOST):
        if elapsed_s - rto_s >= limit_s or (orphan and gap_s >= numbers.rto_max_s):
            return elapsed_s
        gap_s = min(2 * gap_s, numbers.rto_max_s)
        elapsed_s += gap_s
    return None


def probe_deadline_s(profile: Profile, rto_s: float | None, *, answered: bool) -> float | None:
    """Seconds of a closed window until its probes are given up: as long as data would be. If the
    probes are answered, None: never, not without TCP_USER_TIMEOUT (RFC 1122 4.2.2.17)."""
    return None if answered else retransmission_deadline_s(profile, rto_s)


def syn_deadline_s(profile: Profile) -> float | None:
    """Seconds from the first SYN to the end of connect() if nothing answers."""
    numbers = profile.numbers
    linear, start_s = numbers.syn_linear_count, numbers.initial_rto_s
    doublings = _handshake_s(numbers, numbers.syn_retries_count)
    if doublings is None or linear is None or start_s is None:
        return None
    return linear * start_s + doublings


def synack_deadline_s(profile: Profile) -> float | None:
    """Seconds from the first SYN-ACK to the end of SYN-RECEIVED if no ACK comes."""
    return _handshake_s(profile.numbers, profile.numbers.synack_retries_count)


def fin_deadline_s(profile: Profile, state: State, rto_s: float | None) -> float | None:
    """Seconds in ``state`` to the end of a closing connection whose peer is silent and whose
    program is gone. None if nothing ends it, or not known.

    FIN-WAIT-1, CLOSING, LAST-ACK: a FIN retransmitted by an orphan. FIN-WAIT-2: the orphan's
    timeout; with a program that still holds the socket there is none. CLOSE-WAIT: none.
    """
    if state in (State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK):
        return retransmission_deadline_s(profile, rto_s, orphan=True)
    if state is State.FIN_WAIT_2:
        return profile.numbers.fin_wait_2_timeout_s
    return profile.numbers.time_wait_s if state is State.TIME_WAIT else None


def keepalive_deadline_s(profile: Profile) -> float | None:
    """Seconds of silence to the end of an idle connection that has SO_KEEPALIVE and no other
    setting. Linux sends no keepalive while data is outstanding or queued."""
    numbers = profile.numbers
    idle_s, gap_s = numbers.keepalive_idle_s, numbers.keepalive_interval_s
    if idle_s is None or gap_s is None or numbers.keepalive_probes_count is None:
        return None
    return idle_s + numbers.keepalive_probes_count * gap_s


def _handshake_s(numbers: Numbers, retries: int | None) -> float | None:
    if retries is None or numbers.initial_rto_s is None or numbers.rto_max_s is None:
        return None
    return _ladder_s(numbers.initial_rto_s, retries + 1, numbers.rto_max_s)


def _ladder_s(first_s: float, gaps_count: int, most_s: float) -> float:
    """``gaps_count`` gaps, the first ``first_s``, each twice the last, none above ``most_s``."""
    return sum(min(first_s * (1 << gap), most_s) for gap in range(gaps_count))

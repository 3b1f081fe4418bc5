"""When the limits of a stack end a retransmission ladder: one sentence, for every check alike."""

from __future__ import annotations

from unstick.checks.base import Evidence
from unstick.checks.words import seconds
from unstick.tcp import profiles
from unstick.tcp.observed import SECOND, Connection, Endpoint
from unstick.tcp.profiles.deadlines import retransmission_deadline_s

GAP_MOST_NS = 120 * SECOND
"""Linux TCP_RTO_MAX: no two steps of a ladder are farther apart."""


def first_gap_s(side: Endpoint) -> float | None:
    """The retransmission timeout the ladder of this side began with, None if it was not seen."""
    ladder = side.ladder
    if ladder is None:
        return None
    if ladder.original is not None and ladder.first.ns > ladder.original.ns:
        return (ladder.first.ns - ladder.original.ns) / SECOND
    if len(ladder.steps) >= 2 and ladder.steps[1].ns > ladder.steps[0].ns:
        return (ladder.steps[1].ns - ladder.steps[0].ns) / SECOND / 2  # each gap doubles the last
    return None


def syn_steps(side: Endpoint) -> tuple[int, ...]:
    """Frames in which this side repeated its SYN, if its ladder is still that one."""
    ladder = side.ladder
    if ladder is None or ladder.seq != side.iss:
        return ()
    return tuple(step.frame for step in ladder.steps)


def started_ns(side: Endpoint) -> int | None:
    """When the segment of the ladder was sent first, as far as the capture tells."""
    ladder = side.ladder
    if ladder is None:
        return None
    if ladder.original is not None:
        return ladder.original.ns
    return ladder.first.ns - round((first_gap_s(side) or 0) * SECOND)


def has_stopped(connection: Connection, side: Endpoint) -> bool:
    """The next step of the ladder is long overdue: the stack has given up, or the host is gone.

    Gaps double and Linux caps them at 120 s; half as much again is allowed for timers that differ.
    """
    ladder = side.ladder
    if ladder is None:
        return False
    gap_ns = GAP_MOST_NS
    if len(ladder.steps) == ladder.count >= 2:
        gap_ns = min(GAP_MOST_NS, 2 * (ladder.steps[-1].ns - ladder.steps[-2].ns))
    silent_ns = connection.capture_end_ns - ladder.last.ns
    return silent_ns > max(SECOND, gap_ns + gap_ns // 2)


def end_of_ladder(connection: Connection, side: Endpoint, *, closed: bool) -> Evidence | None:
    """When the profile's stack gives this ladder up. ``closed``: the side has sent its FIN, so
    that its program may be gone, and a shorter limit hold. None if the stack's is not known."""
    start_ns = started_ns(side)
    profile = profiles.profile(connection.profile)
    held_s = retransmission_deadline_s(profile, first_gap_s(side))
    orphan_s = retransmission_deadline_s(profile, first_gap_s(side), orphan=True)
    if start_ns is None or held_s is None or (closed and orphan_s is None):
        return None
    seen_s = (connection.capture_end_ns - start_ns) / SECOND
    limit = f"{_about(held_s)} after the first copy (tcp_retries2)"
    if closed and orphan_s is not None:
        limit = f"{_about(orphan_s)} after the first copy if its program is gone, else "
        limit += f"{_about(held_s)}"
    rest = ""
    if held_s > seen_s:
        rest = f"; the capture ends after {_about(seen_s)}"
    return Evidence(
        f"{connection.profile} gives up {limit}{rest}",
        values={
            "gives_up_s": round(held_s, 1),
            "gives_up_orphan_s": round(orphan_s, 1) if closed and orphan_s is not None else None,
            "seen_s": round(seen_s, 1),
        },
        cite="Linux tcp_write_timeout(), tcp_orphan_retries()"
        if closed
        else "Linux tcp_write_timeout()",
    )


def _about(value_s: float) -> str:
    return seconds(round(value_s * SECOND))

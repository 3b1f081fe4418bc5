"""Which capture stands nearer to the client, how far the clocks are apart, how long packets travel.

Nothing travels backwards in time, and that is all that is certain: with packets seen both ways the
offset of the clocks is known to within the round trip between the two captures, no better.
"""

from __future__ import annotations

from statistics import median

from unstick.compare.matching import Match, Travel
from unstick.compare.model import Clocks

BLIND_NS = 2_000_000_000
"""Without a single pair of packets: clocks of hosts with NTP are nearer than this."""

SLOWEST_NS = 1_000_000_000
"""How long a packet may take where none was timed in that direction."""

DRIFT_LEAST_NS = 10_000_000_000
DRIFT_LEAST_SAMPLES = 30
DRIFT_LEAST_PPM = 5.0
"""Over less than 10 s or with fewer packets a drift cannot be told from queues; quartz is good to
some tens of parts in a million, NTP keeps it below 5 or so."""

DRIFT_LEAST_SHIFT_NS = 1_000_000
"""Shifts of a millisecond are within what queues and time stamps do."""


def near_client(client: Match, server: Match) -> str | None:
    """ "A" or "B": of what the client sends, the capture nearer to it is ahead of the other by more
    than of what the server sends. None if only one direction tells, or both stand together."""
    ours, theirs = client.travels(), server.travels()
    if not ours or not theirs:
        return None
    ahead = median(ours) - median(theirs)
    if ahead == 0:
        return None
    return "A" if ahead > 0 else "B"


def by_ttl(client: Match, server: Match) -> str | None:
    """The same from TTL: routers count down, so the capture nearer to the sender has more."""
    votes = [client.a[i].ttl - client.b[j].ttl for i, j in client.exact]
    votes += [server.b[j].ttl - server.a[i].ttl for i, j in server.exact]
    if not votes or median(votes) == 0:
        return None
    return "A" if median(votes) > 0 else "B"


def travel(there: list[int], back: list[int]) -> Travel:
    """From the times one way (far clock less near clock), or what the other way says of them."""
    if there:
        return Travel(min(there), max(there))
    if back:
        return Travel(-min(back), -min(back) + SLOWEST_NS)
    return Travel(-BLIND_NS, BLIND_NS)


def clocks(to_b: list[tuple[int, int]], to_a: list[tuple[int, int]]) -> Clocks | None:
    """From pairs (time in A, B's clock less A's clock) of packets that went from A to B, and of
    those that went from B to A. None without any."""
    high = min((lead for _, lead in to_b), default=None)
    low = max((lead for _, lead in to_a), default=None)
    if high is None and low is None:
        return None
    samples = (len(to_b), len(to_a))
    if high is None or low is None or low > high:
        drift = _drift(to_b, to_a) if high is not None and low is not None else None
        bounds = (low, high) if drift is None else (None, None)
        return Clocks(None, *bounds, None, samples, drift)
    # Half-way is where the offset is if both ways take equally long; one way then takes the rest.
    return Clocks((high + low) // 2, low, high, (high - low) // 2, samples, _drift(to_b, to_a))


def _drift(to_b: list[tuple[int, int]], to_a: list[tuple[int, int]]) -> float | None:
    """Parts per million by which B's clock runs faster, if both directions say so."""
    if min(len(to_b), len(to_a)) < DRIFT_LEAST_SAMPLES:
        return None
    moments = [at for at, _ in to_b] + [at for at, _ in to_a]
    begin, lasted = min(moments), max(moments) - min(moments)
    if lasted < DRIFT_LEAST_NS:
        return None
    early = [[lead for at, lead in pairs if at < begin + lasted // 3] for pairs in (to_b, to_a)]
    late = [[lead for at, lead in pairs if at > begin + 2 * lasted // 3] for pairs in (to_b, to_a)]
    if not all((*early, *late)):
        return None
    out = min(late[0]) - min(early[0])
    home = max(late[1]) - max(early[1])
    shift = min(out, home) if out > 0 else max(out, home)
    if out * home <= 0 or abs(shift) < DRIFT_LEAST_SHIFT_NS:
        return None
    ppm = shift / (lasted * 2 / 3) * 1e6
    return ppm if abs(ppm) >= DRIFT_LEAST_PPM else None

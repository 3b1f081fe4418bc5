"""Samples made up for the meter's tests: what a live socket would show, field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unstick.progress import Cause, Meter, Outcome, Policy, Sample
from unstick.progress.tcpinfo import NAMES

ALIVE: dict[str, Any] = dict.fromkeys(NAMES, 0) | {
    "source": "tcp_info",
    "state": 1,
    "snd_mss": 1448,
    "snd_wnd": 65535,
}


def look(**fields: Any) -> Sample:
    """A healthy connection at rest, but for ``fields``. ``heard`` is seconds since it was."""
    heard = fields.pop("heard", None)
    if heard is not None:
        fields |= {"last_ack_recv_ms": int(heard * 1000), "last_data_recv_ms": 10**9}
    sent = fields.get("bytes_sent", fields.get("bytes_acked", 0))
    return Sample(**{**ALIVE, "bytes_sent": sent, **fields})


REST = look()
SENT = 100_000
"""Bytes that wait in the scenes below."""


def metered(line: str, first: Sample = REST) -> Meter:
    return Meter(Policy.parse(line), first, 0.0)


def play(meter: Meter, *looks: tuple[float, Sample]) -> tuple[float, Outcome] | None:
    """The first Outcome of some looks, and when."""
    for now, seen in looks:
        outcome = meter.observe(seen, now)
        if outcome:
            return now, outcome
    return None


def every(
    seconds: float, until: float, seen: Callable[[float], Sample]
) -> list[tuple[float, Sample]]:
    """Looks at regular times."""
    return [(now * seconds, seen(now * seconds)) for now in range(1, int(until / seconds) + 1)]


def zero_window(now: float, **more: Any) -> Sample:
    """A full peer that answers probes: the last one a second ago."""
    fields = {"notsent_bytes": SENT, "snd_wnd": 0, "heard": min(now, 1.0), **more}
    return look(**fields)


def in_flight(now: float, **more: Any) -> Sample:
    """A peer that vanished with bytes in flight at time 0."""
    fields = {"unacked": 10, "bytes_sent": SENT, "retransmits": 3, "heard": now, **more}
    return look(**fields)


def at(verdict: tuple[float, Outcome] | None) -> tuple[float, Cause] | None:
    """When it came, and what it says."""
    return verdict and (verdict[0], verdict[1].cause)


def reader(rate: int, **more: Any) -> Callable[[float], Sample]:
    """A reader of so many bytes a second, mostly held back by its window."""

    def seen(now: float) -> Sample:
        fields = {"bytes_acked": int(rate * now), "bytes_sent": int(rate * now), "snd_wnd": 0}
        fields |= {"notsent_bytes": SENT, "busy_time_us": int(now * 1e6)}
        return look(**{**fields, "rwnd_limited_us": int(now * 0.9e6), **more})

    return seen

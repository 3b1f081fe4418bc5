"""Samples made up for the meter's tests: what a live socket would show, field by field."""

from __future__ import annotations

from typing import Any

from unstick.progress import Meter, Outcome, Policy, Sample
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


def metered(line: str, first: Sample = REST) -> Meter:
    return Meter(Policy.parse(line), first, 0.0)


def play(meter: Meter, *looks: tuple[float, Sample]) -> tuple[float, Outcome] | None:
    """The first Outcome of some looks, and when."""
    for now, seen in looks:
        outcome = meter.observe(seen, now)
        if outcome:
            return now, outcome
    return None

"""Rates and paces on samples: busy time that counts, and what a slow program may still read."""

from __future__ import annotations

import math

import pytest

from tests.progress.samples import (
    at,
    every,
    look,
    metered,
    play,
    reader,
    zero_window,
)
from unstick.progress import Cause, Sample

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")


# --- rates ----------------------------------------------------------------------------------------


def test_slow_reader_is_too_slow_after_grace_and_window() -> None:
    verdict = play(metered("rate=20k/5s grace=10"), *every(1, 60, reader(8000)))
    assert at(verdict) == (11.0, Cause.TOO_SLOW)  # the first span has no waiting bytes at its start
    assert verdict
    assert (verdict[1].limited_by, round(verdict[1].rate or 0)) == ("receiver", 8000)


def test_slow_network_is_named() -> None:
    verdict = play(metered("rate=20k/5s"), *every(1, 60, reader(8000, rwnd_limited_us=0)))
    assert verdict
    assert verdict[1].limited_by == "network"


def test_reader_at_the_rate_is_not_too_slow() -> None:
    assert play(metered("rate=20k/5s"), *every(1, 300, reader(20_000))) is None


def test_slow_application_is_not_too_slow() -> None:
    """An event every second is busy for one delayed ACK each: 2500 B/s, through nobody's fault."""

    def event(now: float) -> Sample:
        count = int(now)
        return look(
            bytes_acked=100 * (count - 1),
            bytes_sent=100 * count,
            unacked=1,
            busy_time_us=count * 40_000,
        )

    assert play(metered("rate=20k/5s grace=1"), *every(1, 3000, event)) is None


def test_pause_of_the_application_is_not_in_the_rate() -> None:
    def pausing(now: float) -> Sample:
        seconds = min(now, 8.0) + max(0.0, now - 1000.0)
        return reader(30_000, busy_time_us=int(seconds * 1e6))(seconds)

    looks = [*every(1, 8, pausing), (999.0, look(bytes_acked=240_000, busy_time_us=8_000_000))]
    looks += [(1000.0 + one, pausing(1000.0 + one)) for one in range(1, 60)]
    assert play(metered("rate=20k/5s grace=1"), *looks) is None


def test_speed_of_before_does_not_excuse_slowness_now() -> None:
    def slowing(now: float) -> Sample:
        acked = int(10**6 * min(now, 20) + 1000 * max(0.0, now - 20))
        return reader(0, bytes_acked=acked, bytes_sent=acked)(now)

    verdict = play(metered("rate=20k/5s"), *every(1, 60, slowing))
    assert verdict
    assert 21 <= verdict[0] <= 26


# --- readers of large buffers ---------------------------------------------------------------------


def lumps(now: float) -> Sample:
    """``curl --limit-rate 20k``: its kernel takes 2 MB at once, every 100 s."""
    taken = 2_000_000 * (1 + int(now / 100))
    busy = int(now * 1e6)
    return zero_window(now, bytes_acked=taken, bytes_sent=taken, busy_time_us=busy, wscales=10)


def test_lumpy_reader_is_idle_for_who_has_not_heard_of_it() -> None:
    assert at(play(metered("idle=30"), *every(1, 1000, lumps))) == (31.0, Cause.NOT_READING)
    assert at(play(metered("idle=500 rate=5k/30s"), *every(1, 1000, lumps))) == (
        31.0,
        Cause.TOO_SLOW,
    )


def test_lumpy_reader_is_waited_for_at_its_pace() -> None:
    assert play(metered("idle=30 pace=20k"), *every(1, 1000, lumps)) is None
    assert play(metered("idle=30 pace=20k rate=5k/30s"), *every(1, 1000, lumps)) is None


def test_reader_that_stops_is_waited_for_only_as_long_as_it_may_read() -> None:
    looks = every(1, 1000, lambda now: lumps(min(now, 99.0)))
    assert at(play(metered("idle=30 pace=20k"), *looks)) == (131.0, Cause.NOT_READING)


def test_reader_that_stops_after_much_is_waited_for_by_its_largest_window() -> None:
    """Two gigabytes fast, then nothing; a window scale of 5 allows 2 MB unread at most."""

    def burst(now: float) -> Sample:
        taken = 2 * 10**9
        return zero_window(now, bytes_acked=taken, bytes_sent=taken, wscales=5)

    verdict = at(play(metered("idle=30 pace=20k"), *every(1, 9999, burst)))
    assert verdict == (1 + 30 + math.ceil((65535 << 5) / 20_000), Cause.NOT_READING)


def test_small_window_is_not_waited_for_longer() -> None:
    assert at(play(metered("idle=20 pace=20k"), *every(1, 60, zero_window))) == (
        21.0,
        Cause.NOT_READING,
    )

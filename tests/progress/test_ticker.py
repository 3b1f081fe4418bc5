"""The thread that ticks: on time, stopped at once, from anywhere."""

from __future__ import annotations

import os
import threading
import time
from itertools import pairwise
from threading import Event

from unstick.progress.testing import eventually
from unstick.progress.ticker import STOPS_WITHIN_S, Ticker


def test_ticks_at_once_and_then_as_it_says() -> None:
    ticks: list[float] = []

    def tick() -> float:
        ticks.append(time.monotonic())
        return 0.05

    ticker = Ticker(tick)
    ticker.start()
    try:
        eventually(lambda: len(ticks) >= 4)
    finally:
        assert ticker.stop()
    gaps = [after - before for before, after in pairwise(ticks)]
    assert min(gaps) >= 0.045
    count = len(ticks)
    Event().wait(0.15)
    assert len(ticks) == count


def test_a_stop_does_not_wait_for_the_next_tick_and_leaves_no_descriptor() -> None:
    before = set(os.listdir("/dev/fd"))  # those of earlier tests may be closed meanwhile
    ticked = Event()

    def tick() -> float:
        ticked.set()
        return 3600.0

    ticker = Ticker(tick)
    for _ in range(20):
        ticked.clear()
        ticker.start()
        assert ticked.wait(10)
        began = time.monotonic()
        assert ticker.stop()
        assert time.monotonic() - began < STOPS_WITHIN_S
    assert not ticker.running
    eventually(lambda: set(os.listdir("/dev/fd")) <= before)


def test_a_tick_that_stops_its_own_ticker_ends() -> None:
    results: list[bool] = []

    def tick() -> float:
        results.append(ticker.stop())
        return 0.0

    ticker = Ticker(tick)
    ticker.start()
    eventually(lambda: results)
    Event().wait(0.05)
    assert results == [True]
    assert not ticker.running


def test_a_tick_that_blocks_holds_nobody_for_long() -> None:
    release, entered = Event(), Event()

    def tick() -> float:
        entered.set()
        release.wait(30)
        return 0.0

    ticker = Ticker(tick)
    ticker.start()
    assert entered.wait(10)
    began = time.monotonic()
    try:
        assert not ticker.stop()
        assert STOPS_WITHIN_S <= time.monotonic() - began < STOPS_WITHIN_S + 5
    finally:
        release.set()


def test_it_is_no_thread_that_the_program_waits_for() -> None:
    ticker = Ticker(lambda: 3600.0)
    before = set(threading.enumerate())
    ticker.start()
    try:
        assert set(threading.enumerate()) <= before
    finally:
        ticker.stop()

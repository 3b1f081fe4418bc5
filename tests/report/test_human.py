"""Numbers as people read them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstick.report.human import (
    bytes_text,
    count_text,
    frames_text,
    iso_time,
    ranges,
    seconds_text,
    value_text,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (4_100_000, "4.1 MB"),
        (999_960, "1.0 MB"),
        (2**80, "1208925.8 EB"),
    ],
)
def test_bytes(number: int, text: str) -> None:
    assert bytes_text(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.00004, "0.04 ms"),
        (0.2, "200 ms"),
        (0.9999, "1.0 s"),
        (12.34, "12.3 s"),
        (119.9, "119.9 s"),
        (613.9, "10 min 14 s"),
        (7200, "2 h 0 min"),
        (100_000, "1 d 3 h"),
        (-1.5, "-1.5 s"),
    ],
)
def test_seconds(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_counts() -> None:
    assert count_text(1, "packet") == "1 packet"
    assert count_text(12345, "packet") == "12,345 packets"


def test_frames() -> None:
    assert frames_text([326]) == "frame 326"
    assert frames_text([303, 4, 304]) == "frames 4, 303-304"
    assert frames_text(range(1, 40, 2), limit=3) == "frames 1, 3, 5, ..."


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (2**32 * 10**9, "2106-02-07T06:28:16.000000000Z"),
        (10**30, None),
    ],
)
def test_iso_time(time_ns: int, text: str | None) -> None:
    assert iso_time(time_ns) == text


def test_values_have_the_unit_of_their_name() -> None:
    assert value_text("unsent_bytes", 4_100_000) == "4.1 MB"
    assert value_text("silent_s", 12.34) == "12.3 s"
    assert value_text("gap_ms", 200) == "200 ms"
    assert value_text("seq", 3_145_729) == "3145729"
    assert value_text("probes_count", 12_345) == "12,345"
    assert value_text("answered", True) == "yes"
    assert value_text("ttl", None) == "unknown"


@given(st.lists(st.integers(1, 60)))
def test_ranges_hold_the_same_numbers(numbers: list[int]) -> None:
    joined = ranges(numbers)
    assert [n for a, b in joined for n in range(a, b + 1)] == sorted(set(numbers))
    assert all(b + 1 < c for (_, b), (c, _) in pairwise(joined))

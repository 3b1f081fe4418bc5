"""Numbers of several bytes, and the counting of oddities: what every stage needs. A hot file.

The caller has tested that the bytes are there: nothing here does.
"""

from __future__ import annotations

from unstick.wire.anomalies import (
    ANOMALY_COUNT,
    ANOMALY_DETAIL,
    ANOMALY_FIRST_FRAME,
    ANOMALY_WIDTH,
)
from unstick.wire.columns import HALF, WORD


def note(anomalies: memoryview, kind: int, frame: int, detail: int) -> None:
    """Count an anomaly (anomalies.py)."""
    at = kind * ANOMALY_WIDTH
    if anomalies[at + ANOMALY_COUNT] == 0:
        anomalies[at + ANOMALY_FIRST_FRAME] = frame
        anomalies[at + ANOMALY_DETAIL] = detail
    anomalies[at + ANOMALY_COUNT] += 1


def u16(buf: memoryview, at: int) -> int:
    """Two bytes in network order."""
    return (buf[at] << 8) | buf[at + 1]


def u32(buf: memoryview, at: int) -> int:
    """Four bytes in network order."""
    a = buf[at]
    b = buf[at + 1]
    c = buf[at + 2]
    d = buf[at + 3]
    return (a << 24) | (b << 16) | (c << 8) | d


def u32_of(buf: memoryview, at: int, big: int) -> int:
    """Four bytes, the most significant first if ``big``, else last."""
    a = buf[at]
    b = buf[at + 1]
    c = buf[at + 2]
    d = buf[at + 3]
    if big:
        return (a << 24) | (b << 16) | (c << 8) | d
    return (d << 24) | (c << 16) | (b << 8) | a


def s64(high: int, low: int) -> int:
    """Two unsigned halves as one signed 64-bit number."""
    return (((high ^ HALF) - HALF) * WORD) + low


def ask_to_write(table: memoryview, at: int) -> None:
    """What streams and the walk ask for of the row that begins with this word (``columns``) will
    be written soon: nothing in Python, a hint to the cache when compiled. Another core may have
    read the row that was there."""

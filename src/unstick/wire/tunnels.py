"""stub"""

from __future__ import annotations


def open_tunnels(
    buf: memoryview, lookup: memoryview, records: memoryview, count: int, anomalies: memoryview
) -> int:
    return 0

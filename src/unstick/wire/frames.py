"""The table of segments that one capture file is decoded into, and what decoding it needs.

Decoding itself is packets.py, compiled. Here are the tables it works on, and the fragments, which
are rare and stay in Python.
"""

from __future__ import annotations

from unstick.wire.columns import RECORD_WIDTH, SEGMENT_WIDTH
from unstick.wire.fragments import FragmentTable
from unstick.wire.kernels import WireKernels
from unstick.wire.layers import build_lookup
from unstick.wire.tables import zeros

LOOKUP = memoryview(build_lookup())
"""layers.py as bytes, built once."""


def new_segments(capacity: int) -> memoryview:
    """A table of that many rows."""
    return zeros(SEGMENT_WIDTH * capacity)


class SegmentTable:
    """Rows for the segments of one capture file. Fragments make it remember across batches."""

    def __init__(
        self, kernels: WireKernels, anomalies: memoryview, detail: int, capacity: int
    ) -> None:
        self.segments = new_segments(capacity)
        self.record = memoryview(bytearray(8 * RECORD_WIDTH)).cast("q")
        self.anomalies = anomalies
        self.detail = detail
        self._fill = kernels.fill
        self._fragments = FragmentTable(anomalies)

    def add_fragment(self, buf: memoryview, filled: int) -> int:
        """Take in the fragment that decoding left in the record; returns how many rows there are
        then, one more if it gave one. There is room for it."""
        return self._fragments.add(buf, self.record, self.segments, filled, self._fill_row)

    def _fill_row(
        self, buf: memoryview, record: memoryview, segments: memoryview, filled: int
    ) -> int:
        return self._fill(buf, record, segments, filled, self.detail, self.anomalies)

    def finish(self) -> None:
        """The capture ended: count the fragments that were still waited for."""
        self._fragments.finish()

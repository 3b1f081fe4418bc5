"""Records to segment rows: runs the decoding stages over one table, in order.

links (down to IP) → internet (down to a transport) → tunnels (back to the start while any opens)
→ fragments (rare, in Python) → segments. The stages are compiled; this file only calls them.
"""

from __future__ import annotations

from unstick.wire.anomalies import ANOMALY_COUNT, ANOMALY_WIDTH, IP_FRAGMENTS
from unstick.wire.columns import RECORD_LAYER, RECORD_WIDTH
from unstick.wire.fragments import FragmentTable
from unstick.wire.kernels import WireKernels
from unstick.wire.layers import LAYER_FRAGMENT, build_lookup

LOOKUP = memoryview(build_lookup())
"""layers.py as bytes, built once."""

FRAGMENTS_SEEN = IP_FRAGMENTS * ANOMALY_WIDTH + ANOMALY_COUNT
"""Where the counter of fragments stands: when it moves, this batch has some."""


class Decoder:
    """Decodes the records of one capture file. Fragments make it remember across batches."""

    def __init__(self, kernels: WireKernels, anomalies: memoryview, hashed: bool) -> None:
        self._kernels = kernels
        self._anomalies = anomalies
        self._hashed = hashed
        self._fragments = FragmentTable(anomalies)

    def decode(self, buf: memoryview, records: memoryview, count: int, segments: memoryview) -> int:
        """Write a row for every TCP segment of the first ``count`` records; returns how many."""
        kernels, anomalies = self._kernels, self._anomalies
        fragments = anomalies[FRAGMENTS_SEEN]
        kernels.links.peel(buf, LOOKUP, records, count, anomalies)
        while kernels.internet.walk(buf, LOOKUP, records, count, anomalies):
            if not kernels.tunnels.open_tunnels(buf, LOOKUP, records, count, anomalies):
                break
            kernels.links.peel(buf, LOOKUP, records, count, anomalies)
        if anomalies[FRAGMENTS_SEEN] != fragments:
            return self._with_fragments(buf, records, count, segments)
        return self._fill(buf, records, 0, count, segments, 0)

    def _fill(
        self,
        buf: memoryview,
        records: memoryview,
        first: int,
        last: int,
        segments: memoryview,
        filled: int,
    ) -> int:
        fill = self._kernels.segments.fill
        return int(fill(buf, records, first, last, segments, filled, self._hashed, self._anomalies))

    def _with_fragments(
        self, buf: memoryview, records: memoryview, count: int, segments: memoryview
    ) -> int:
        """As ``decode`` ends, but fragment by fragment, so that rows keep their order."""
        filled = first = 0
        for record in range(count):
            if records[record * RECORD_WIDTH + RECORD_LAYER] != LAYER_FRAGMENT:
                continue
            filled = self._fill(buf, records, first, record, segments, filled)
            filled = self._fragments.add(buf, records, record, segments, filled, self._fill)
            first = record + 1
        return self._fill(buf, records, first, count, segments, filled)

    def finish(self) -> None:
        """The capture ended: count what was still waited for."""
        self._fragments.finish()

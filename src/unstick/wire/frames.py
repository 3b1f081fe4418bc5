"""Records to segment rows: runs the decoding stages over one table, in order.

links (down to IP) → internet (down to a transport) → tunnels (back to the start while any opens)
→ fragments (rare, in Python) → segments. The stages are compiled; this file only calls them.
"""

from __future__ import annotations

from unstick.wire.kernels import WireKernels
from unstick.wire.layers import build_lookup

LOOKUP = memoryview(build_lookup())
"""layers.py as bytes, built once."""


class Decoder:
    """Decodes the records of one capture file. Fragments make it remember across batches."""

    def __init__(self, kernels: WireKernels, anomalies: memoryview, hashed: bool) -> None:
        self._kernels = kernels
        self._anomalies = anomalies
        self._hashed = int(hashed)

    def decode(self, buf: memoryview, records: memoryview, count: int, segments: memoryview) -> int:
        """Write a row for every TCP segment of the first ``count`` records; returns how many."""
        kernels, anomalies = self._kernels, self._anomalies
        kernels.links.peel(buf, LOOKUP, records, count, anomalies)
        while kernels.internet.walk(buf, LOOKUP, records, count, anomalies):
            if not kernels.tunnels.open_tunnels(buf, LOOKUP, records, count, anomalies):
                break
            kernels.links.peel(buf, LOOKUP, records, count, anomalies)
        filled: int = kernels.segments.fill(
            buf, records, 0, count, segments, 0, self._hashed, anomalies
        )
        return filled

    def finish(self) -> None:
        """The capture ended: count what was still waited for."""

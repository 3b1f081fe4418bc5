"""``/metrics`` for Prometheus, on its own listener: requests by their end, bytes, what is stuck.

Labels have few values: causes and outcomes of the cache, never targets or addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

from unstick.node.settings import Address

if TYPE_CHECKING:
    from unstick.node.journal import Entry
    from unstick.node.register import Register
    from unstick.node.store import Store

PREFIX = "unstick_node_"
SECONDS = (0.005, 0.05, 0.5, 5, 60, 300, 600, 1200)
"""Buckets: from a small hit to twice the send timeout of the story."""


class Metrics:
    """Counts entries of the journal, and asks store and register when it is asked itself."""

    def __init__(self, register: Register, store: Store) -> None:
        self.register, self.store = register, store
        self.registry = CollectorRegistry()
        self.requests = Counter(
            PREFIX + "requests",
            "Requests by cause of end",
            ["cause", "cache"],
            registry=self.registry,
        )
        self.sent = Counter(PREFIX + "sent_bytes", "Bytes the kernel took", registry=self.registry)
        self.acked = Counter(
            PREFIX + "acked_bytes", "Bytes clients acknowledged", registry=self.registry
        )
        self.seconds = Histogram(
            PREFIX + "request_seconds", "Head to end", buckets=SECONDS, registry=self.registry
        )
        self.registry.register(self)

    def __call__(self, entry: Entry) -> None:
        self.requests.labels(entry.cause, outcome_of(entry.cache)).inc()
        self.sent.inc(entry.sent)
        self.acked.inc(entry.acked)
        self.seconds.observe(entry.elapsed_s)

    def collect(self) -> Iterator[Metric]:
        """What is so just now."""
        for name, says, value in (
            ("requests_active", "Requests under way", len(self.register)),
            ("requests_stuck", "Requests the policy has a verdict on", self.register.stuck()),
            ("stored_objects", "Objects in the store", len(self.store)),
            ("stored_bytes", "Their memory", self.store.used_bytes),
            ("evicted_objects", "Objects thrown out for others", self.store.evicted),
        ):
            yield GaugeMetricFamily(PREFIX + name, says, value=value)

    def serve(self, address: Address) -> tuple[str, int]:
        """Listens, in threads of its own; where. Raises OSError."""
        host, port = address
        server, _ = start_http_server(port, host, registry=self.registry)
        return host, server.server_port


def outcome_of(note: str) -> str:
    """``hit``, ``miss``, ``revalidated``, ``pass`` or ``none`` of a Cache-Status note."""
    words = {word.strip() for word in note.split(";")}
    if "hit" in words or "collapsed" in words:
        return "hit"
    if "fwd=stale" in words:
        return "revalidated"
    if words & {"fwd=method", "fwd=request"}:
        return "pass"
    return "miss" if "fwd=uri-miss" in words else "none"

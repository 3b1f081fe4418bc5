"""An enforcer's counters as an OpenMetrics file (the textfile collector of node_exporter reads it).

Needs ``unstick[prometheus]``. Numbers only: no address, no program.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from unstick.enforce.enforcer import Enforcer

PREFIX = "unstick_enforce_"


class Enforcing(Collector):
    """Reads the enforcer when it is written down."""

    def __init__(self, enforcer: Enforcer) -> None:
        self._enforcer = enforcer

    def collect(self) -> Iterator[Metric]:
        enforcer, stats = self._enforcer, self._enforcer.stats
        causes = CounterMetricFamily(PREFIX + "verdicts", "Verdicts.", labels=["cause"])
        for cause, count in sorted(stats.verdicts.items()):
            causes.add_metric([cause], count)
        yield causes
        fates = CounterMetricFamily(PREFIX + "fates", "What became of them.", labels=["fate"])
        for fate, count in sorted(enforcer.fates.items()):
            fates.add_metric([str(fate)], count)
        yield fates
        for name, says, value in (
            ("looks", "Looks at the kernel's list.", stats.looks),
            ("failures", "Looks that did not work.", stats.failures),
            ("cpu_seconds", "Seconds of one core.", stats.cpu_s),
        ):
            yield CounterMetricFamily(PREFIX + name, says, value=value)
        connections = GaugeMetricFamily(
            PREFIX + "connections", "At these ports, as of the last look.", labels=["state"]
        )
        connections.add_metric(["open"], stats.open_count)
        connections.add_metric(["owing"], stats.owing_count)
        connections.add_metric(["held"], enforcer.held)
        yield connections


def text(enforcer: Enforcer) -> str:
    registry = CollectorRegistry()
    registry.register(Enforcing(enforcer))
    written: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]  # 2026-11-30
    return written.decode("utf-8")

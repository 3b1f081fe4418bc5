"""What this process sends and guards, as metrics for prometheus_client: ``unstick[prometheus]``.

    from unstick.progress import prometheus

    prometheus.register()

| metric | kind | labels | what |
|---|---|---|---|
| ``unstick_ends_total`` | counter | ``by``, ``cause`` | sends and guarded connections that ended |
| ``unstick_acked_bytes_total`` | counter | | acknowledged bytes of the sends that ended |
| ``unstick_sends_in_flight`` | gauge | | calls of any send that are under way |
| ``unstick_guards`` | gauge | ``by`` | guards at work |
| ``unstick_guarded_connections`` | gauge | ``state`` | of ``install``, as of its last look |

``by`` is ``send`` (any API), ``guard`` (asyncio) or ``install``; ``cause`` a ``Cause``; ``state``
``open``, or ``owing``: bytes are outstanding. A connection that is sent on and guarded can end in
both. Counters begin at zero with the process, also in a fork: with several workers, scrape each
(prometheus_client's multiprocess mode knows no collectors).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from unstick.progress import books, installed


class Progress(Collector):
    """Reads the books when it is scraped; keeps nothing and costs nothing in between."""

    def collect(self) -> Iterator[Metric]:
        ends = CounterMetricFamily(
            "unstick_ends", "Sends and guarded connections that ended.", labels=["by", "cause"]
        )
        for (by, cause), count in sorted(books.outcomes.copy().items()):
            ends.add_metric([by, cause], count)
        yield ends
        yield CounterMetricFamily(
            "unstick_acked_bytes",
            "Bytes acknowledged by peers, of the sends that ended.",
            value=books.acked_bytes[0],
        )
        yield GaugeMetricFamily(
            "unstick_sends_in_flight", "Sends that are under way.", value=len(books.in_flight)
        )
        yield from guards()

    def describe(self) -> Iterable[Metric]:
        """The names, by which a registry notices what it has already."""
        return self.collect()


def guards() -> Iterator[Metric]:
    at_work = GaugeMetricFamily("unstick_guards", "Guards at work.", labels=["by"])
    aio = sys.modules.get("unstick.progress.aio.guards")  # nobody guards who has not loaded it
    single = 0 if aio is None else sum(one.running for one in tuple(aio.at_work))
    at_work.add_metric([books.GUARD], single)
    whole = installed.at_work()
    at_work.add_metric([books.INSTALL], len(whole))
    yield at_work
    connections = GaugeMetricFamily(
        "unstick_guarded_connections", "Connections that install() guards.", labels=["state"]
    )
    connections.add_metric(["open"], sum(one.stats.open_count for one in whole))
    connections.add_metric(["owing"], sum(one.stats.owing_count for one in whole))
    yield connections


def register(registry: CollectorRegistry = REGISTRY) -> Progress:
    """Adds the metrics to a registry. Raises ValueError if they are in it already."""
    collector = Progress()
    registry.register(collector)
    return collector

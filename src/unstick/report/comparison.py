"""A comparison as a person reads it, and as ``unstick.compare/1``.

The headline first, then the evidence: counts, frames, times, clocks; last what could prove it
wrong. Two vantage points and two paths have a file each; this one frames them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from unstick.compare.model import Comparison
from unstick.diagnosis import CaptureSummary
from unstick.report import comparison_model, paths, vantage
from unstick.report.captures import facts
from unstick.report.human import sentence
from unstick.report.look import Look


def text(comparison: Comparison, look: Look) -> Iterator[str]:
    """The lines of the report, without line ends."""
    for headline in comparison.headlines:
        for line in look.wrap(sentence(headline)):
            yield look.paint(line, "bold")
    if comparison.because is not None:
        yield from look.wrap(sentence(comparison.because))
    yield ""
    yield from _captures(comparison, look)
    if comparison.paths is not None:
        yield from paths.lines(comparison, comparison.paths, look)
    elif comparison.pairs:
        yield from vantage.lines(comparison, look)
    else:
        yield from _help(look)
    if comparison.limits:
        yield ""
        yield look.paint("What this could not tell", "bold")
        for limit in comparison.limits:
            yield from look.wrap(sentence(limit), "  - ")


def to_json(comparison: Comparison) -> str:
    """The comparison as JSON text, ASCII only, ending in a newline."""
    record = comparison_model.record(comparison)
    return json.dumps(record, indent=2, allow_nan=False) + "\n"


def _captures(comparison: Comparison, look: Look) -> Iterator[str]:
    for name, capture in (("A", comparison.a), ("B", comparison.b)):
        yield from look.wrap(f"{capture.path}: {facts(capture)}", f"  {name}  ")
        yield from _damage(capture, look)


def _damage(capture: CaptureSummary, look: Look) -> Iterator[str]:
    for anomaly in capture.anomalies:
        where = "" if anomaly.first_frame is None else f", first in frame {anomaly.first_frame}"
        yield from look.wrap(f"{anomaly.detail} ({anomaly.count:,} times{where})", "     ! ")


def _help(look: Look) -> Iterator[str]:
    yield ""
    yield from look.wrap(
        "Cut one connection out of each capture, and compare those: the stream numbers are those "
        "of unstick streams and of Wireshark."
    )
    yield look.paint("  $ tshark -r CAPTURE -Y 'tcp.stream eq N' -w one.pcap", "cyan")

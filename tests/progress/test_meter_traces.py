"""The meter on any trace at all: what never ends a connection, and what never matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.progress.samples import REST, look
from unstick.progress import Meter, Policy, Sample

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")


def seconds(least: float, most: float) -> st.SearchStrategy[float]:
    """Whole eighths of a second: sums and differences are exact, and limits are hit exactly."""
    return st.integers(round(least * 8), round(most * 8)).map(lambda eighths: eighths / 8)


steps = st.tuples(
    seconds(0.125, 30),
    st.builds(
        look,
        unacked=st.integers(0, 3),
        notsent_bytes=st.sampled_from([0, 0, 1, 100_000]),
        bytes_acked=st.integers(0, 50),
        retransmits=st.integers(0, 2),
        probes=st.integers(0, 2),
        snd_wnd=st.sampled_from([0, 1000]),
        heard=seconds(0, 100),
        busy_time_us=st.integers(0, 10**7),
    ),
)
traces = st.lists(steps, min_size=1, max_size=30)
limits = seconds(0.125, 60)


def verdict_of(policy: Policy, trace: list[tuple[float, Sample]]) -> float:
    """When the trace is ended; infinity if never. Counters only grow, as in a kernel."""
    meter, now, acked, busy = Meter(policy, REST, 0.0), 0.0, 0, 0
    for pause, seen in trace:
        now += pause
        acked += seen.bytes_acked or 0
        busy += seen.busy_time_us or 0
        shown = seen._replace(bytes_acked=acked, bytes_sent=acked + 9, busy_time_us=busy)
        if meter.observe(shown, now):
            assert shown.outstanding
            return now
    return float("inf")


@given(trace=traces, idle=limits, silent=limits, more=limits)
def test_verdict_is_never_earlier_with_more_patience(
    trace: list[tuple[float, Sample]], idle: float, silent: float, more: float
) -> None:
    """Scenario 32."""
    verdict = verdict_of(Policy(idle=idle, silent=silent), trace)
    assert verdict_of(Policy(idle=idle + more, silent=silent), trace) >= verdict
    assert verdict_of(Policy(idle=idle, silent=silent + more), trace) >= verdict


@given(trace=traces, idle=limits, silent=limits)
def test_nothing_outstanding_is_never_ended(
    trace: list[tuple[float, Sample]], idle: float, silent: float
) -> None:
    """Scenario 32."""
    quiet = [(pause, seen._replace(unacked=0, notsent_bytes=0)) for pause, seen in trace]
    policy = Policy(idle=idle, silent=silent, deadline=1.0, min_rate=10**9, max_bytes_held=1)
    assert verdict_of(policy, quiet) == float("inf")


@given(trace=traces, idle=limits, silent=limits)
def test_no_limit_is_reached_early(
    trace: list[tuple[float, Sample]], idle: float, silent: float
) -> None:
    assert verdict_of(Policy(idle=idle, silent=silent), trace) >= min(idle, silent)


@given(trace=traces, idle=limits, silent=limits, shift=seconds(0, 1e5))
def test_only_differences_of_time_matter(
    trace: list[tuple[float, Sample]], idle: float, silent: float, shift: float
) -> None:
    causes = []
    for start in (0.0, shift):
        meter, now = Meter(Policy(idle=idle, silent=silent), REST, start), start
        ends = None
        for pause, seen in trace:
            now += pause
            ends = ends or meter.observe(seen, now)
        causes.append(ends and ends.cause)
    assert causes[0] == causes[1]

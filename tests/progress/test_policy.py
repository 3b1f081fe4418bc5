"""Policies read and print, and refuse what means nothing."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstick.progress import Drain, Kill, Policy, PolicyError, PolicyWarning
from unstick.progress.policy import DEFAULT, SHORT_IDLE_S

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

LINES = (
    ("", DEFAULT),
    ("idle=60 silent=30", DEFAULT),
    (
        "idle=1m silent=500ms rate=1k/30s total=10m drain=fin kill=close",
        Policy(
            idle=60,
            silent=0.5,
            min_rate=1000,
            deadline=600,
            drain=Drain.FIN,
            on_verdict=Kill.CLOSE,
        ),
    ),
    ("idle=none silent=none lowat=none", Policy(idle=None, silent=None, lowat=None)),
    ("lowat=128Ki held=1M probes=off", Policy(max_bytes_held=10**6, fast_probes=False)),
    ("rate=1.5k window=5 grace=2s", Policy(min_rate=1500, window=5, grace=2)),
    ("pace=20k", Policy(pace=20_000)),
    ("crowd=16k", Policy(crowd=16_000)),
    ("drain=peer-closed total=1h", Policy(drain=Drain.PEER_CLOSED, deadline=3600)),
)


@pytest.mark.parametrize(("line", "policy"), LINES)
def test_line_is_read(line: str, policy: Policy) -> None:
    assert Policy.parse(line) == policy
    assert Policy.parse(str(policy)) == policy


NONSENSE = (
    *("idle", "idle=", "idle=x", "idle=-1", "idle=0", "idle=nan", "idle=inf", "idle=3q", "=3"),
    *("rate=none/0", "rate=0", "rate=10/none", "grace=none", "total=0", "until=0"),
    *(
        "lowat=1.5",
        "lowat=0",
        "held=-1",
        "held=1k idle=none",
        "pace=0",
        "crowd=0",
        "drain=all",
        "kill=maybe",
    ),
    *("probes=maybe", "idle=60 idle=60", "window=3 rate=1k/4", "fast=3"),
)


@pytest.mark.parametrize("line", NONSENSE)
def test_nonsense_is_refused(line: str) -> None:
    with pytest.raises(PolicyError, match="policy: "):
        Policy.parse(line)


@pytest.mark.parametrize(
    "fields",
    [
        {"idle": True},
        {"idle": "60"},
        {"lowat": 1.0},
        {"drain": "acked"},
        {"on_verdict": "reset"},
        {"fast_probes": 1},
        {"window": None},
    ],
)
def test_values_of_other_types_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        Policy(**fields)  # type: ignore[arg-type]


def test_short_idle_warns() -> None:
    with pytest.warns(PolicyWarning, match=r"6\.5 s"):
        Policy(idle=SHORT_IDLE_S - 1)


def test_longer_idle_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Policy(idle=SHORT_IDLE_S)


def test_until_composes_by_minimum() -> None:
    assert DEFAULT.until(20.0).until(10.0) == DEFAULT.until(10.0)
    assert DEFAULT.until(10.0).until(20.0) == DEFAULT.until(10.0)
    assert DEFAULT.expires_at is None


durations = st.none() | st.floats(min_value=1e-3, max_value=1e6)
sizes = st.none() | st.integers(min_value=1, max_value=10**15)


@given(
    policy=st.builds(
        Policy,
        idle=st.floats(min_value=1e-3, max_value=1e6),
        silent=durations,
        min_rate=sizes | durations,
        window=st.floats(min_value=1e-3, max_value=1e6),
        grace=st.floats(min_value=1e-3, max_value=1e6),
        deadline=durations,
        pace=sizes | durations,
        crowd=sizes | durations,
        drain=st.sampled_from(Drain),
        on_verdict=st.sampled_from(Kill),
        lowat=sizes,
        fast_probes=st.booleans(),
        max_bytes_held=sizes,
        expires_at=durations,
    )
)
def test_print_and_read_are_inverse(policy: Policy) -> None:
    assert Policy.parse(str(policy)) == policy

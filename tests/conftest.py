"""Options of the test run, and what a busy machine may not make red."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

# How long Hypothesis takes to think of an example says something of the machine, not of us.
UNHURRIED = "unhurried"
settings.register_profile(UNHURRIED, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(UNHURRIED)

# A shell without a terminal lets what it starts in the background ignore Ctrl-C, and children would
# inherit that: tests that interrupt one would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="rewrite the findings blocks of tests/cases/*.md; read the diff before you commit it",
    )

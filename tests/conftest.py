"""Options of the test run, and what a busy machine may not make red."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# How long Hypothesis takes to think of an example says something of the machine, not of us.
UNHURRIED = "unhurried"
settings.register_profile(UNHURRIED, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(UNHURRIED)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="rewrite the findings blocks of tests/cases/*.md; read the diff before you commit it",
    )

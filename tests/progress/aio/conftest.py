"""Every test of asyncio's is run on each loop that is installed."""

from __future__ import annotations

import pytest

from tests.progress.aio.scene import LOOPS, installed


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not installed(name):
        pytest.skip("uvloop is not installed")
    return name

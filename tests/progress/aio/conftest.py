"""Every test of asyncio's is run on each loop that is installed; on others than Python's own in
the long run only, as these tests take the time that they are about."""

from __future__ import annotations

import pytest

from tests.progress.aio.scene import LOOPS, installed

PARAMETERS = [
    name if name == "asyncio" else pytest.param(name, marks=pytest.mark.long) for name in LOOPS
]


@pytest.fixture(params=PARAMETERS)
def loop(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not installed(name):
        pytest.skip("uvloop is not installed")
    return name

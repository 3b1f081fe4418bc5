"""Stages for senders and clients to meet on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.progress.stage import Stage, on_loopback


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with on_loopback(request.param) as made:
        yield made


@pytest.fixture
def ipv4() -> Iterator[Stage]:
    with on_loopback() as made:
        yield made

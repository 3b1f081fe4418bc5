"""Servers for the clients to be bad to."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.progress.testing.server import Server


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(request.param) as listening:
        yield listening

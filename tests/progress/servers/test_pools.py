"""As many stalled clients as a server has threads: with the guard it is back within the limit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.progress.servers.cells import answered, stalled
from tests.progress.servers.configurations import configuration
from tests.progress.servers.running import Server, missing
from unstick.progress.testing import Clients

pytestmark = pytest.mark.long

IDLE_S = 5
POLICY = f"idle={IDLE_S} silent={IDLE_S}"

POOLS = (
    # configuration, threads that docs/servers.md or the server's default gives it
    ("waitress", 4),
    ("gunicorn gthread", 2),
    ("gunicorn sync", 1),
)


@pytest.mark.parametrize(("name", "threads"), POOLS)
def test_a_healthy_request_is_answered_within_the_limit_and_a_second(
    name: str, threads: int
) -> None:
    """Scenario 29."""
    took = answered_behind(name, threads, POLICY, IDLE_S + 1.0)
    assert took is not None


@pytest.mark.parametrize(("name", "threads"), POOLS)
def test_without_the_guard_it_is_not_answered(name: str, threads: int) -> None:
    assert answered_behind(name, threads, None, 3.0 * IDLE_S) is None


def answered_behind(name: str, threads: int, policy: str | None, within_s: float) -> float | None:
    """Seconds until a healthy request is answered, sent when all threads are stalled."""
    server = configuration(name)
    if lacking := missing(server.needs):
        pytest.skip(f"{', '.join(lacking)} not installed: make test-long does")
    with (
        tempfile.TemporaryDirectory(prefix="unstick-server-") as folder,
        Server(server, Path(folder), policy) as running,
        Clients() as clients,
    ):
        for _ in range(threads):
            stalled(clients, running.port)
        return answered(clients, running.port, within_s)

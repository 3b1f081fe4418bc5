"""What docs/servers.md says in passing: TLS (the guard works below it), and forks after install."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.progress.servers import kernel
from tests.progress.servers.cells import RCVBUF, answered, let_go, owed, stalled
from tests.progress.servers.configurations import configuration
from tests.progress.servers.running import Server, missing
from unstick.progress.testing import Clients, http_get, served_within

pytestmark = pytest.mark.long

POLICY = "idle=5 silent=5"
FREED_WITHIN_S = 12.0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("uvicorn h11 asyncio", "--ssl-keyfile key --ssl-certfile certificate"),
        ("uvicorn httptools uvloop", "--ssl-keyfile key --ssl-certfile certificate"),
        ("gunicorn gthread", "--keyfile key --certfile certificate"),
    ],
)
def test_a_stalled_client_of_tls_is_freed_and_the_next_is_served(
    name: str, options: str, tmp_path: Path, unstick_client: Clients
) -> None:
    plain = configuration(name)
    if lacking := missing(plain.needs):
        pytest.skip(f"{', '.join(lacking)} not installed: make test-long does")
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of the test's server, and is not installed")
    asked = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -keyout key -out certificate"
    subprocess.run(
        ["openssl", *asked.split()], cwd=tmp_path, check=True, capture_output=True, timeout=60
    )
    secured = replace(plain, more=f"{plain.more} {options}")
    with Server(secured, tmp_path, POLICY) as server:
        address = ("127.0.0.1", server.port)
        client = unstick_client.never_reads(
            address, request=http_get("/big"), rcvbuf=RCVBUF, read_first=1, tls=True
        )
        peer = owed(client, server.port)
        assert let_go(server.port, peer, FREED_WITHIN_S), server.log
        assert kernel.sockets_at(server.port, peer) == []
        small = http_get("/small")
        assert served_within(address, 5.0, unstick_client, request=small, tls=True).status == 200
        assert "cause=NOT_READING" in server.log


def test_a_guard_that_was_installed_before_the_fork_follows_it(
    tmp_path: Path, unstick_client: Clients
) -> None:
    plain = configuration("gunicorn gthread")
    if lacking := missing(plain.needs):
        pytest.skip(f"{', '.join(lacking)} not installed: make test-long does")
    command = (
        "gunicorn guarded:application --preload --config /dev/null --bind 127.0.0.1:8000"
        " --worker-class gthread --threads 2 --workers 2"
    )
    with Server(plain, tmp_path, POLICY, command) as server:
        for _ in range(3):  # in whichever worker
            _, peer = stalled(unstick_client, server.port)
            assert let_go(server.port, peer, FREED_WITHIN_S), server.log
        assert server.log.count("cause=NOT_READING") == 3
        assert answered(unstick_client, server.port, 5.0) is not None

"""Stages for senders and clients to meet on."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator

import pytest

from tests.progress.stage import Lateness, Stage, on_loopback


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with on_loopback(request.param) as made:
        yield made


@pytest.fixture
def ipv4() -> Iterator[Stage]:
    with on_loopback() as made:
        yield made


@pytest.fixture
def machine() -> Iterator[Lateness]:
    """For bounds of tenths of a second: what this machine, busy with other things, adds to them."""
    with Lateness() as lateness:
        yield lateness


@pytest.fixture(scope="session")
def server_context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of the test's server, and is not installed")
    key, certificate = (tmp_path_factory.mktemp("tls") / name for name in ("key", "certificate"))
    asked = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test"
    subprocess.run(
        ["openssl", *asked.split(), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context

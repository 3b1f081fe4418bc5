"""The pytest plugin in a test run of its own, as in the project of somebody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def not_root() -> bool:
    """Root of a user namespace may have nobody else to become."""
    users = Path("/proc/self/uid_map").read_text("ascii").split()
    return os.geteuid() != 0 or int(users[2]) <= 65534


CLIENT_TEST = """
import socket

def test_client(unstick_client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = unstick_client.says_nothing(listener.getsockname())
        client.until(lambda client: client.connected)

def test_of_something_else():
    pass
"""

NETWORK_TEST = """
import os, pytest
import unstick.progress.testing.networks  # nobody may not read it

@pytest.fixture
def nobody():
    os.seteuid(65534)
    yield
    os.seteuid(0)

def test_network(nobody, unstick_network):
    pass
"""

LEAKY_TEST = """
import threading, pytest

made = []

def test_leaves_clients_open(unstick_client):
    made.append(unstick_client.says_nothing(("127.0.0.1", 9)))
    raise RuntimeError("in the middle")

def test_they_were_closed():
    assert made[0].end is not None
    assert threading.active_count() == 1
"""


def run_pytest(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_it_is_there_without_asking_under_its_name(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, CLIENT_TEST, "--trace-config")
    assert re.search(r"unstick +: .*testing/plugin\.py", done.stdout), done.stdout
    assert "2 passed" in done.stdout


def test_switched_off_the_run_is_as_before(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, CLIENT_TEST, "-p", "no:unstick")
    assert "fixture 'unstick_client' not found" in done.stdout
    assert "1 passed, 1 error" in done.stdout, "the other test does not notice"


def test_clients_are_closed_when_the_test_fails(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, LEAKY_TEST)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(not_root(), reason="only root can become nobody")
def test_without_the_right_the_network_skips_with_a_sentence(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, NETWORK_TEST)
    assert "Operation not permitted; run it as root" in done.stdout, done.stdout + done.stderr
    assert "1 skipped" in done.stdout

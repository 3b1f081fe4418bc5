"""The attack that Debian packages: ``slowhttptest -X`` opens connections that read a few bytes now
and then. With the guard the server answers throughout; without it two threads are soon gone.

How much a pool of threads can bear is arithmetic: each attacker holds one for ``idle`` and a
quarter, so N threads bear N / (1.25 idle) new attackers a second; with ``crowd`` it is for as long
as a slow reader may be busy with what its kernel took: here a tenth of a second (docs/servers.md).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.progress.servers.configurations import configuration
from tests.progress.servers.running import Server, missing
from unstick.progress.testing import Clients, End, eventually, http_get

ATTACKER = "slowhttptest"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which(ATTACKER) is None, reason=f"apt-get install {ATTACKER}"),
]

READS = ["-w", "10", "-y", "20", "-n", "5", "-z", "32"]
"""A window of 10 to 20 bytes, 32 bytes read every 5 s."""

AVAILABLE = re.compile(r"service available:\s+(YES|NO)")
CONTROLS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Attack:
    """What the attacker saw, every five seconds, and how many verdicts the guard's log has."""

    available: tuple[str, ...]
    verdicts: int


def attack(
    name: str,
    policy: str | None,
    options: list[str],
    beside: Callable[[tuple[str, int]], Any] = lambda address: None,
) -> Attack:
    """``beside`` is called with the address before the attack begins."""
    server = configuration(name)
    if lacking := missing(server.needs):
        pytest.skip(f"{', '.join(lacking)} not installed: make test-long does")
    with (
        tempfile.TemporaryDirectory(prefix="unstick-server-") as folder,
        Server(server, Path(folder), policy) as running,
    ):
        beside(("127.0.0.1", running.port))
        url = f"http://127.0.0.1:{running.port}/big"
        done = subprocess.run(
            [ATTACKER, "-X", *READS, *options, "-u", url],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,  # its status says whether the server went down
        )
        told = AVAILABLE.findall(CONTROLS.sub("", done.stdout))
        more = sum(map(int, re.findall(r"and (\d+) more in the same look", running.log)))
        return Attack(tuple(told), running.log.count("cause=") + more)


HUNDRED = ["-c", "100", "-l", "30"]
"""Fifty new ones a second, that program's default."""


class Others:
    """A reader of 20 kB/s and a half-closed client, there before the attack begins."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients

    def come(self, address: tuple[str, int]) -> None:
        self.slow = self.clients.reads_at(address, 20_000, request=http_get("/big"))
        self.half = self.clients.half_closes(address, request=http_get("/late"))
        eventually(lambda: self.slow.bytes_read, 10.0)


def test_uvicorn_ends_a_hundred_attackers_and_answers_throughout() -> None:
    """Scenario 28. The slow reader lives; uvicorn drops half-closed clients by itself."""
    with Clients() as clients:
        others = Others(clients)
        policy = "idle=5 silent=5 rate=500/5s pace=16k"
        seen = attack("uvicorn h11 asyncio", policy, HUNDRED, others.come)
        assert set(seen.available[1:]) == {"YES"}
        assert seen.verdicts >= 100
        assert others.slow.bytes_read > 20 * 20_000


def test_two_threads_of_gunicorn_end_a_hundred_and_answer_throughout() -> None:
    """Scenario 28."""
    seen = attack("gunicorn gthread", "idle=20 silent=20 crowd=16k", HUNDRED)
    assert set(seen.available[1:]) == {"YES"}
    assert seen.verdicts >= 90  # the last ones are in nobody's way for 20 s


def test_a_slow_reader_and_a_half_closed_client_outlive_the_attack() -> None:
    """The reader has one of the two threads all the time: the other answers again after seconds."""
    with Clients() as clients:
        others = Others(clients)
        seen = attack("gunicorn gthread", "idle=20 silent=20 crowd=16k", HUNDRED, others.come)
        assert seen.available[-2:] == ("YES", "YES")
        assert seen.verdicts >= 90
        assert others.slow.bytes_read > 20 * 20_000
        assert others.half.end is End.EOF
        assert others.half.bytes_read > 102_400


def test_without_the_guard_a_hundred_end_the_service() -> None:
    """Scenario 28: the control."""
    seen = attack("gunicorn gthread", None, HUNDRED)
    assert set(seen.available[2:]) == {"NO"}
    assert seen.verdicts == 0


TWO_THREADS = ["-c", "40", "-r", "1", "-l", "40", "-p", "5"]
"""One new attacker a second: what two threads bear at idle=1."""


def test_two_threads_of_gunicorn_answer_throughout() -> None:
    seen = attack("gunicorn gthread", "idle=1 silent=1", TWO_THREADS)
    assert set(seen.available[1:]) == {"YES"}
    assert seen.verdicts >= 20

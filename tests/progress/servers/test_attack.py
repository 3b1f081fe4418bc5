"""The attack that Debian packages: ``slowhttptest -X`` opens connections that read a few bytes now
and then. With the guard the server answers throughout; without it two threads are soon gone.

How much a pool of threads can bear is arithmetic: each attacker holds one for ``idle`` and a
quarter, so N threads bear N / (1.25 idle) new attackers a second (docs/servers.md).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.progress.servers.configurations import configuration
from tests.progress.servers.running import Server, missing

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


def attack(name: str, policy: str | None, options: list[str]) -> Attack:
    server = configuration(name)
    if lacking := missing(server.needs):
        pytest.skip(f"{', '.join(lacking)} not installed: make test-long does")
    with (
        tempfile.TemporaryDirectory(prefix="unstick-server-") as folder,
        Server(server, Path(folder), policy) as running,
    ):
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


HUNDRED = ["-c", "100", "-l", "30", "-p", "3"]


def test_uvicorn_ends_a_hundred_attackers_and_answers_throughout() -> None:
    seen = attack("uvicorn h11 asyncio", "idle=5 silent=5 rate=500/5s", HUNDRED)
    assert set(seen.available[1:]) == {"YES"}
    assert seen.verdicts >= 100


TWO_THREADS = ["-c", "40", "-r", "1", "-l", "40", "-p", "5"]
"""One new attacker a second: what two threads bear at idle=1."""


def test_two_threads_of_gunicorn_answer_throughout() -> None:
    seen = attack("gunicorn gthread", "idle=1 silent=1", TWO_THREADS)
    assert set(seen.available[1:]) == {"YES"}
    assert seen.verdicts >= 20


def test_without_the_guard_two_threads_are_gone() -> None:
    seen = attack("gunicorn gthread", None, TWO_THREADS)
    assert set(seen.available[2:]) == {"NO"}
    assert seen.verdicts == 0

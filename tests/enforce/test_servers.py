"""Debian's servers under their own names: an enforcer beside each, and clients of three kinds.

All four run at once, once for each way to end a connection, each in a namespace of its own, for as
long as the idle limit and the life of a slow reader take: a minute and a half.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Bell
from typing import Any

import pytest

from unstick.enforce.settings import Via
from unstick.lab import netns
from unstick.lab.errors import LabError
from unstick.lab.processes import Crew
from unstick.lab.servers import SERVERS
from unstick.lab.servers.base import Place
from unstick.progress.testing import Client, Clients, End, eventually, http_get, leftovers

PORT = 8080
HOST = "127.0.0.1"
IDLE_S, TICK_S, SLACK_S = 60.0, 15.0, 10.0
POLICY = f"idle={IDLE_S:g} silent=30 rate=500/60s"
WATCHED_S = IDLE_S + TICK_S + SLACK_S
LARGE = http_get("/bytes/8000000")

OPTIONS: dict[str, dict[str, Any]] = {
    # Their own limits are longer than the enforcer's, so that it is the enforcer who acts; Varnish
    # has the one that the story's had, and the one of idle connections that came after it.
    "varnish": {"parameters": {"idle_send_timeout": 60, "send_timeout": 600}},
    "nginx": {"lines": ["send_timeout 600s;"]},
    "lighttpd": {"lines": []},  # 360 s
    "haproxy": {"client": "600s", "server": "600s"},
}

Key = tuple[str, Via]
KEYS: list[Key] = [(name, via) for name in sorted(OPTIONS) for via in Via]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces with names need root"),
]


@dataclass
class Watched:
    """One server with its clients, and what the enforcer beside it said."""

    stalled: Client
    slow: Client
    half: Client
    began: float
    gone_after_s: float | None = None
    left: tuple[str, ...] = ()
    records: tuple[dict[str, Any], ...] = ()
    served_after: bool = False


class House:
    """Everything of one server."""

    def __init__(self, name: str, via: Via, folder: Path, stack: ExitStack) -> None:
        self.via = via
        self.namespace = f"{netns.PREFIX}enforce-{name}-{via}-{os.getpid()}"
        netns.add(self.namespace)
        stack.callback(netns.remove, self.namespace)
        crew = stack.enter_context(Crew())
        place = Place(crew, self.namespace, folder, HOST, PORT, tls=False)
        SERVERS[name].start(place, {**SERVERS[name].defaults, **OPTIONS[name]})
        self.clients = stack.enter_context(Clients(where=lambda: netns.inside(self.namespace)))
        self.await_server()
        self.enforcer = self.starts_enforcer(stack)
        self.watched = Watched(
            self.clients.never_reads((HOST, PORT), request=LARGE, rcvbuf=16384),
            self.clients.reads_at((HOST, PORT), 20_000, request=LARGE, rcvbuf=32768),
            self.clients.half_closes((HOST, PORT), request=http_get("/bytes/20000")),
            time.monotonic(),
        )
        eventually(lambda: self.watched.stalled.connected)
        local = self.watched.stalled.local_address()
        assert isinstance(local, tuple)
        self.port = local[1]

    def await_server(self) -> None:
        def answers() -> bool:
            one = self.clients.reads_all((HOST, PORT), request=http_get("/bytes/100"))
            eventually(lambda: one.end is not None, 10.0)
            return one.bytes_read > 100

        eventually(answers, 20.0, "the server does not answer")

    def starts_enforcer(self, stack: ExitStack) -> subprocess.Popen[str]:
        words = ["--netns", self.namespace, "--port", str(PORT), "--policy", POLICY]
        words += ["--via", self.via]
        command = [sys.executable, "-m", "unstick", "enforce", *words]
        process = subprocess.Popen(
            [*command, "--kill", "--format", "ndjson"], stdout=subprocess.PIPE, text=True
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process

    def look(self) -> None:
        """Is the stalled client still in the kernel, on the server's side, orphans too?"""
        with netns.inside(self.namespace):
            there = [one for one in leftovers((HOST, PORT)) if one.remote[1] == self.port]
        self.watched.left = tuple(map(str, there))
        if not there and self.watched.gone_after_s is None:
            self.watched.gone_after_s = time.monotonic() - self.watched.began

    def ask_again(self) -> None:
        again = self.clients.reads_all((HOST, PORT), request=http_get("/bytes/100"))
        eventually(lambda: again.end is not None, 10.0)
        self.watched.served_after = again.bytes_read > 100

    def end(self) -> None:
        self.enforcer.terminate()
        out, _ = self.enforcer.communicate(timeout=20)
        self.watched.records = tuple(map(json.loads, out.splitlines()))
        assert self.enforcer.returncode == 0


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Key, Watched]]:
    with ExitStack() as stack:
        found: dict[Key, House] = {}
        for name, via in KEYS:
            if shutil.which(SERVERS[name].program or "") is None:
                continue
            try:
                found[name, via] = House(name, via, tmp_path_factory.mktemp(name), stack)
            except LabError as error:
                pytest.skip(str(error))
        ends_at = time.monotonic() + WATCHED_S
        while time.monotonic() < ends_at:
            for house in found.values():
                house.look()
            Bell().wait(0.5)
        for house in found.values():
            house.ask_again()
            house.end()
        yield {key: house.watched for key, house in found.items()}


@pytest.fixture(params=KEYS, ids="-".join)
def watched(request: pytest.FixtureRequest, houses: dict[Key, Watched]) -> Watched:
    if request.param not in houses:
        pytest.skip(f"apt-get install {SERVERS[request.param[0]].package}")
    return houses[request.param]


def test_a_stalled_client_is_gone_at_idle_and_a_tick(watched: Watched) -> None:
    """Scenario 27."""
    assert watched.gone_after_s is not None, watched.left
    assert IDLE_S - 1 <= watched.gone_after_s <= WATCHED_S
    assert watched.left == ()
    assert watched.stalled.end is End.RESET


def test_it_is_told_with_its_cause_and_nobody_else_is(watched: Watched) -> None:
    (record,) = watched.records
    assert (record["fate"], record["cause"]) == ("ended", "NOT_READING")
    assert IDLE_S <= record["since_progress"] <= IDLE_S + TICK_S + SLACK_S


def test_a_slow_reader_lives_and_the_server_serves_on(watched: Watched) -> None:
    """Scenario 27."""
    assert watched.slow.end is None
    assert watched.slow.bytes_read > 20_000 * IDLE_S / 2
    assert watched.half.end is End.EOF
    assert watched.half.bytes_read > 20_000
    assert watched.served_after

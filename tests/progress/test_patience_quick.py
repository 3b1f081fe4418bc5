"""Whom a send must not end, in seconds instead of minutes; the naive sender fails on each.

The same scenes at the scale of real limits, and with a network: ``test_patience.py``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.progress.naive import naive_failure
from tests.progress.scene import Scene
from tests.progress.stage import BODY, MB, Lateness, Stage, doing, policy, wait
from unstick.progress import Cause, Drain, Policy, Sender, sample, send
from unstick.progress.testing import eventually
from unstick.progress.testing.script import Hold, Read

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0


def test_steady_reader_of_a_large_buffer(ipv4: Stage) -> None:
    """Scenario 2: writable every two seconds, acknowledged ten times a second."""
    scene = Scene(ipv4, lambda: ipv4.clients.reads_at(ipv4.address, 600_000), "idle=1.5", 9 * MB)
    scene.lives(5)
    assert "not writable for 1.5" in scene.naive.done(1)
    scene.client.do(Read())
    scene.is_delivered(9 * MB)


def test_paused_player(ipv4: Stage) -> None:
    """Scenario 11: answers probes for longer than ``silent``."""
    scene = Scene(
        ipv4,
        lambda: ipv4.clients.pauses(ipv4.address, 5.0, after_bytes=100_000, rcvbuf=65536),
        "idle=30 silent=3",
        6 * MB,
    )
    scene.lives(4.5)
    assert "not writable for 3" in scene.naive.done(1)
    scene.is_delivered(6 * MB)


def test_half_closed_client(ipv4: Stage) -> None:
    """Scenario 5."""
    ipv4.clients.half_closes(ipv4.address)
    sock = ipv4.accept()
    ipv4.clients.half_closes(ipv4.address)
    other = ipv4.accept()
    both = (sock, other)
    eventually(lambda: all(sample(one).state_name == "CLOSE_WAIT" for one in both))
    whole = Policy(drain=Drain.FIN)
    assert doing(lambda: send(sock, BODY[: 4 * MB], policy=whole)).done(WITHIN_S).ok
    assert "peer has gone" in naive_failure(other, [BODY[: 4 * MB]], whole)


def test_slow_application(ipv4: Stage) -> None:
    """Scenario 7: a small event now and then, acknowledged at once."""
    limits = policy("rate=1k/1 grace=0.1")

    def events() -> Iterator[bytes]:
        for _ in range(12):
            yield bytes(100)
            wait(0.25)

    def serve(sock: socket.socket) -> Cause:
        with Sender(sock, limits) as sender:
            for one in events():
                sender.send(one)
            return sender.drain().cause

    ipv4.clients.reads_all(ipv4.address)
    sock = ipv4.accept()
    ipv4.clients.reads_all(ipv4.address)
    other = ipv4.accept()
    sending = doing(lambda: serve(sock))
    naive = doing(lambda: naive_failure(other, events(), limits))
    assert sending.done(WITHIN_S) is Cause.DELIVERED
    assert "B/s" in naive.done(WITHIN_S)


def test_small_response_is_not_delivered_when_it_is_written(ipv4: Stage) -> None:
    """Scenarios 9, 22: what the naive sender believes is only that the kernel took a copy."""
    scene = Scene(ipv4, lambda: ipv4.clients.never_reads(ipv4.address, rcvbuf=8192), "", MB)
    scene.lives(0.5)
    assert "believed" in scene.naive.done(1)
    scene.client.do(Read())
    scene.is_delivered(MB)


def test_burst_buys_no_patience(ipv4: Stage, machine: Lateness) -> None:
    """Scenario 8: 10 MB fast, then nothing: ended at idle, whatever the average is."""
    ipv4.clients.does(ipv4.address, Read(10 * MB), Hold(), rcvbuf=200_000)
    sender = Sender(ipv4.accept(), policy("idle=2 silent=2 rate=10k/2 grace=1"))
    outcome = doing(lambda: sender.send(BODY)).ended(WITHIN_S)
    assert outcome.cause is Cause.NOT_READING
    assert outcome.acked >= 10 * MB
    assert 2.0 <= outcome.since_progress < machine.allows(3.0)

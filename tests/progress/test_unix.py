"""Sockets of one machine: what can be told of them is honoured, the rest refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.progress.stage import (
    BODY,
    MB,
    MODES,
    doing,
    policy,
    wait,
)
from unstick.progress import (
    Cause,
    ClosedLocally,
    PeerNotReading,
    PolicyError,
    Sender,
    send,
)

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
"""For what takes a moment on a machine at rest."""


LOCAL = "idle=1.5 silent=none"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        yield ours, theirs


def test_unix_refuses_what_it_cannot_tell(pair: tuple[socket.socket, socket.socket]) -> None:
    """Scenario 31: no silent weakening; the policy that nobody chose leaves out what it must."""
    ours, _ = pair
    for line in ("idle=60 silent=31", "silent=none rate=1k", "silent=none drain=fin"):
        with pytest.raises(PolicyError, match="cannot tell"):
            Sender(ours, policy(line))
    assert Sender(ours).policy.silent is None
    assert Sender(ours).policy.idle == 60.0


@pytest.mark.parametrize("mode", MODES)
def test_unix_delivered(pair: tuple[socket.socket, socket.socket], mode: str) -> None:
    """Scenario 31."""
    ours, theirs = pair
    ours.settimeout({"blocking": None, "non-blocking": 0.0, "timeout": 3600.0}[mode])

    def read() -> int:
        total = 0
        while count := len(theirs.recv(65536)):
            total += count
        theirs.close()
        return total

    reader = doing(read)
    outcome = doing(lambda: send(ours, BODY, policy=policy(LOCAL + " drain=peer-closed")))
    assert outcome.done(WITHIN_S).cause is Cause.DELIVERED
    assert (outcome.done(1).acked, outcome.done(1).source) == (len(BODY), "outq")
    assert reader.done(WITHIN_S) == len(BODY)


@pytest.mark.parametrize("mode", MODES)
def test_unix_not_reading(pair: tuple[socket.socket, socket.socket], mode: str) -> None:
    """Scenario 31."""
    ours, _theirs = pair
    ours.settimeout({"blocking": None, "non-blocking": 0.0, "timeout": 3600.0}[mode])
    end = doing(lambda: Sender(ours, policy(LOCAL)).send(BODY))
    with pytest.raises(PeerNotReading):
        end.done(WITHIN_S)
    assert (end.seconds or 0) >= 1.5


def test_unix_slow_reader_is_not_ended(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    end = doing(lambda: send(ours, BODY[:MB], policy=policy("idle=1 silent=none")))
    read = 0
    while read < MB:
        wait(0.05)
        read += len(theirs.recv(20_000))
    assert end.done(WITHIN_S).cause is Cause.DELIVERED
    assert (end.seconds or 0) > 2.0


def test_unix_abort_wakes(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    sender = Sender(ours)
    end = doing(lambda: sender.send(BODY))
    wait(0.3)
    sender.abort()
    with pytest.raises(ClosedLocally):
        end.done(5)


def test_datagrams_are_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(TypeError, match="stream"):
        Sender(sock)

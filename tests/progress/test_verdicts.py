"""Peers that are ended, with their cause, and what is left of them: nothing. Loopback."""

from __future__ import annotations

import errno
import socket
import time

import pytest

from tests.progress.stage import (
    BODY,
    MB,
    MODES,
    Lateness,
    Stage,
    doing,
    policy,
)
from unstick.progress import (
    Cause,
    DeadlineExceeded,
    PeerNotReading,
    PeerReset,
    PeerSilent,
    Policy,
    ProgressError,
    Sender,
    send,
)
from unstick.progress.testing import End

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
"""For what takes a moment on a machine at rest."""


# --- verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_peer_that_never_reads(stage: Stage, mode: str) -> None:
    """Scenario 15, small: answers probes, so it is not silent; and nothing is left of it."""
    client = stage.clients.never_reads(stage.address, request=b"", rcvbuf=8192)
    sock = stage.accept(mode)
    end = doing(lambda: Sender(sock, policy("idle=2 silent=1.5"), owner=True).send(BODY))
    with pytest.raises(PeerNotReading, match="window 0") as caught:
        end.done(WITHIN_S)
    outcome = caught.value.outcome
    assert (end.seconds or 0) >= 2.0
    assert outcome.since_heard is not None
    assert outcome.since_heard < 1.5
    assert outcome.limited_by == "receiver"
    assert sock.fileno() == -1
    stage.nothing_left()
    assert client.ended() is End.RESET


@pytest.mark.parametrize("mode", MODES)
def test_peer_that_vanishes_in_flight(stage: Stage, mode: str) -> None:
    """Scenario 13, small: the client's kernel drops all that arrives."""
    client = stage.clients.vanishes(stage.address, request=b"hello")
    sock = stage.accept(mode)
    client.until(lambda client: "hold" in client.report().doing)
    end = doing(lambda: Sender(sock, policy("silent=2"), owner=True).send(BODY))
    with pytest.raises(PeerSilent, match="retransmissions unanswered") as caught:
        end.done(WITHIN_S)
    outcome = caught.value.outcome
    assert (outcome.last.retransmits or 0) >= 2
    assert (outcome.since_heard or 0) >= 2.0
    assert outcome.limited_by == "unknown"
    assert (end.seconds or 0) >= 2.0
    stage.nothing_left()


@pytest.mark.parametrize("mode", MODES)
def test_peer_that_vanishes_at_zero_window(ipv4: Stage, mode: str) -> None:
    """Scenario 14, small."""
    client = ipv4.clients.vanishes(ipv4.address, after_s=1.0, request=b"hello", rcvbuf=8192)
    sock = ipv4.accept(mode)
    end = doing(lambda: Sender(sock, policy("silent=3"), owner=True).send(BODY))
    with pytest.raises(PeerSilent, match="probes unanswered") as caught:
        end.done(WITHIN_S)
    assert (caught.value.outcome.last.probes or 0) >= 1
    assert client.report().unread_bytes
    ipv4.nothing_left()


@pytest.mark.parametrize("mode", MODES)
def test_deadline(ipv4: Stage, machine: Lateness, mode: str) -> None:
    """Scenario 17, small: exact, whatever the tick."""
    ipv4.clients.reads_at(ipv4.address, 500_000, request=b"")
    sock = ipv4.accept(mode)
    end = doing(lambda: Sender(sock, policy("idle=60 total=1.1"), owner=True).send(BODY))
    with pytest.raises(DeadlineExceeded) as caught:
        end.done(WITHIN_S)
    outcome = caught.value.outcome
    assert outcome.accepted > outcome.acked > 0
    assert 1.1 <= outcome.elapsed < machine.allows(1.3)
    assert (end.seconds or 0) >= 1.1
    ipv4.nothing_left()


def test_deadline_covers_the_drain(ipv4: Stage) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sender = Sender(ipv4.accept(), policy("total=0.7"))
    sender.send(BODY[:MB])
    end = doing(sender.drain)
    with pytest.raises(DeadlineExceeded):
        end.done(WITHIN_S)


def test_until_ends_a_second_response_too(ipv4: Stage) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sender = Sender(ipv4.accept(), Policy().until(time.monotonic() + 0.5))
    with pytest.raises(DeadlineExceeded):
        doing(lambda: sender.send(BODY)).done(WITHIN_S)


# --- what the kernel says -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_reset_by_the_peer(stage: Stage, mode: str) -> None:
    """Scenario 18: in the middle of a body, with what the peer can have had."""
    client = stage.clients.aborts(stage.address, after_s=0.3, request=b"", rcvbuf=16384)
    sock = stage.accept(mode)
    end = doing(lambda: Sender(sock).send(BODY))
    with pytest.raises(ConnectionResetError) as caught:
        end.done(WITHIN_S)
    assert isinstance(caught.value, PeerReset)
    outcome = caught.value.outcome
    assert outcome.errno in (errno.ECONNRESET, errno.EPIPE)
    assert 0 < outcome.acked < outcome.accepted < len(BODY)
    assert client.ended() is End.ABORTED
    assert (end.seconds or 99) < 30
    stage.nothing_left()


def test_reset_for_unread_bytes(ipv4: Stage) -> None:
    """Scenario 18: the peer closes on bytes it has not read."""
    client = ipv4.clients.closes_unread(ipv4.address, request=b"")
    sender = Sender(ipv4.accept())
    sender.send(b"first")
    client.ended()
    with pytest.raises(PeerReset) as caught:
        doing(sender.finish).done(WITHIN_S)
    assert caught.value.outcome.acked == 5  # its kernel took them, its program did not


def test_closed_peer_is_told_after_our_first_send(ipv4: Stage) -> None:
    """Scenario 18: close() without unread bytes looks like a half-close until then; EPIPE."""
    client = ipv4.clients.does(ipv4.address)
    sock = ipv4.accept()
    client.ended()
    sender = Sender(sock)
    assert sender.send(b"first").cause is Cause.FLUSHED
    with pytest.raises(PeerReset) as caught:
        doing(sender.drain).done(WITHIN_S)
    assert (caught.value.errno, caught.value.outcome.errno) == (errno.EPIPE, errno.EPIPE)
    assert caught.value.outcome.acked == 0
    with pytest.raises(PeerReset):
        sender.send(b"second")


def test_socket_that_was_never_connected() -> None:
    with socket.socket() as sock, pytest.raises(ProgressError) as caught:
        send(sock, b"x")
    assert not caught.value.outcome.ok

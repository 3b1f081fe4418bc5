"""Aborts, cancellation, ownership, poisoned streams, and who is told. Loopback."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.progress.stage import (
    BODY,
    MB,
    MODES,
    Lateness,
    Stage,
    doing,
    policy,
    wait,
)
from unstick.progress import (
    Cause,
    ClosedLocally,
    DeadlineExceeded,
    Kill,
    PeerNotReading,
    Policy,
    Sender,
)
from unstick.progress.testing import End

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
"""For what takes a moment on a machine at rest."""


# --- ends by our side -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_abort_wakes_a_blocked_send(stage: Stage, machine: Lateness, mode: str) -> None:
    """Scenario 24."""
    client = stage.clients.never_reads(stage.address, request=b"", rcvbuf=8192)
    sock = stage.accept(mode)
    sender = Sender(sock, owner=True)
    end = doing(lambda: sender.send(BODY))
    client.until(lambda client: (client.report().unread_bytes or 0) > 0)
    wait(0.3)
    assert end.running
    aborted = time.monotonic()
    sender.abort()
    assert time.monotonic() - aborted < machine.allows(0.5)
    with pytest.raises(ClosedLocally):
        end.done(WITHIN_S)
    assert end.started + (end.seconds or 99) - aborted < machine.allows(0.5)
    assert sock.fileno() == -1
    stage.nothing_left()
    assert client.ended() is End.RESET


def test_abort_wakes_a_foreign_sendall(ipv4: Stage, machine: Lateness) -> None:
    """Scenario 24: a thread that knows nothing of us, in plain ``sendall``."""
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept()
    sender = Sender(sock)
    foreign = doing(lambda: sock.sendall(BODY))
    wait(0.5)
    assert foreign.running
    aborted = time.monotonic()
    sender.abort()
    with pytest.raises(ConnectionError):
        foreign.done(WITHIN_S)
    assert foreign.started + (foreign.seconds or 99) - aborted < machine.allows(0.5)
    assert sock.fileno() >= 0  # not ours to close
    ipv4.nothing_left()


def test_abort_wakes_a_drain(ipv4: Stage, machine: Lateness) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sender = Sender(ipv4.accept())
    sender.send(BODY[:MB])
    end = doing(sender.drain)
    wait(0.3)
    aborted = time.monotonic()
    sender.abort()
    with pytest.raises(ClosedLocally):
        end.done(WITHIN_S)
    assert end.started + (end.seconds or 99) - aborted < machine.allows(0.5)


def test_close_by_another_thread_is_noticed(ipv4: Stage, machine: Lateness) -> None:
    """close() wakes nobody (socket(7)); the next look sees it."""
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept("non-blocking")
    sender = Sender(sock, policy("idle=4"))
    end = doing(lambda: sender.send(BODY))
    wait(0.3)
    sock.close()
    with pytest.raises(ClosedLocally):
        end.done(WITHIN_S)
    assert (end.seconds or 99) < machine.allows(4)


def test_with_closes_what_it_owns_and_resets_what_was_cut(ipv4: Stage) -> None:
    whole = ipv4.clients.reads_all(ipv4.address, request=b"")
    with Sender(ipv4.accept(), owner=True) as sender:
        sender.send(b"all")
    assert (whole.ended(), whole.bytes_read) == (End.EOF, 3)
    cut = ipv4.clients.reads_all(ipv4.address, request=b"")

    def breaks() -> None:
        with Sender(ipv4.accept(), owner=True) as sender:
            sender.send(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    assert cut.ended() is End.RESET


@pytest.mark.parametrize(("how", "left"), [(Kill.CLOSE, ["FIN-WAIT-1"]), (Kill.RESET, [])])
def test_kill_close_leaves_one_orphan(ipv4: Stage, how: Kill, left: list[str]) -> None:
    """Scenario 23: what closing leaves in the kernel, and resetting does not."""
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept()
    limits = Policy(idle=1, silent=1, on_verdict=how)
    with pytest.raises(PeerNotReading):
        doing(lambda: Sender(sock, limits, owner=True).send(BODY)).done(WITHIN_S)
    assert sock.fileno() == -1
    found = ipv4.left()
    assert [one.state for one in found] == left
    assert all(one.unacknowledged_bytes > MB / 10 for one in found)


def test_report_returns_and_touches_nothing(ipv4: Stage) -> None:
    client = ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept()
    sender = Sender(sock, Policy(idle=1, silent=1, on_verdict=Kill.REPORT))
    outcome = doing(lambda: sender.send(BODY)).done(WITHIN_S)
    assert (outcome.cause, outcome.ok) == (Cause.NOT_READING, False)
    assert sender.send(b"more") is outcome  # poisoned
    assert sender.drain() is outcome
    assert client.state() == "ESTABLISHED"
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16) == bytes(16)


def test_stream_is_poisoned(ipv4: Stage) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sender = Sender(ipv4.accept(), policy("total=0.2"))
    with pytest.raises(DeadlineExceeded) as first:
        doing(lambda: sender.send(BODY)).done(WITHIN_S)
    laters: list[Callable[[], Any]] = [sender.drain, sender.finish, lambda: sender.write(b"x")]
    for later in laters:
        with pytest.raises(DeadlineExceeded) as again:
            later()
        assert again.value.outcome is first.value.outcome
    assert sender.outcome is first.value.outcome


def test_one_thread_at_a_time(ipv4: Stage) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sender = Sender(ipv4.accept())
    first = doing(lambda: sender.send(BODY))
    wait(0.3)
    with pytest.raises(RuntimeError, match="another thread"):
        sender.send(b"interleaved")
    assert first.running
    sender.abort()
    with pytest.raises(ClosedLocally):
        first.done(WITHIN_S)


class StopNow(BaseException):
    """What a signal handler may raise."""


def test_interrupt_is_reported_as_cancelled(ipv4: Stage) -> None:
    """A signal's exception goes through; the stream is poisoned, the counts are kept."""
    import signal

    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    told: list[Cause] = []
    sender = Sender(ipv4.accept(), on_outcome=lambda outcome: told.append(outcome.cause))

    def stop(*_: object) -> None:
        raise StopNow

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(StopNow):
            sender.send(BODY)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert told == [Cause.CANCELLED]
    with pytest.raises(ClosedLocally, match="CANCELLED"):
        sender.send(b"x")


# --- telling --------------------------------------------------------------------------------------


def test_verdict_is_one_line_and_one_call(ipv4: Stage, caplog: pytest.LogCaptureFixture) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    told: list[Cause] = []

    def hook(outcome: object) -> None:
        told.append(outcome.cause)  # type: ignore[attr-defined]
        raise ValueError("a hook with a bug")

    sender = Sender(ipv4.accept(), policy("total=0.2"), on_outcome=hook)
    with pytest.raises(DeadlineExceeded):
        doing(lambda: sender.send(BODY)).done(WITHIN_S)
    with pytest.raises(DeadlineExceeded):
        sender.send(b"again")
    assert told == [Cause.DEADLINE]
    # A thread that an earlier test left behind may log its own end meanwhile.
    told_lines = [one.getMessage() for one in caplog.records if one.name == "unstick.progress"]
    lines = [line for line in told_lines if "DEADLINE" in line]
    assert len(lines) == 2
    words = dict(word.split("=") for word in lines[0].split())
    assert (words["cause"], words["offered"], words["window"]) == ("DEADLINE", str(len(BODY)), "0")
    assert "on_outcome failed" in lines[1]


def test_good_finish_is_told_to_the_hook_only(
    ipv4: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    told: list[Cause] = []
    with Sender(ipv4.accept(), on_outcome=lambda one: told.append(one.cause)) as sender:
        sender.send(b"x")
        sender.drain()
        assert told == []
        sender.finish()
    assert told == [Cause.DELIVERED]
    assert not caplog.records

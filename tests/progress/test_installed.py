"""The guard in this very process, on real sockets: who is ended, and above all who is not."""

from __future__ import annotations

import logging
import os
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest

from tests.progress.accepting import Accepted, Listening, fill, looks
from unstick.progress import Installed, Outcome, Policy, PolicyError, descriptors, install
from unstick.progress.errors import PolicyWarning
from unstick.progress.testing import Clients, End, eventually, nothing_left

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="install is Linux")

with warnings.catch_warnings():
    warnings.simplefilter("ignore", PolicyWarning)
    QUICK = Policy(idle=1.6, silent=1.6)
"""Above 1.2 s: a kernel answers window probes at most twice a second (tcp_oow_rate_limited()), so
that of the probes after 0.2, 0.6 and 1.4 s the second goes unanswered by a peer that is well."""

ENDS_WITHIN_S = 10.0
"""Generous: 2.4 s on an idle machine."""


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
def server(request: pytest.FixtureRequest) -> Iterator[Accepted]:
    accepted = Accepted(request.param)
    yield accepted
    accepted.close()


@pytest.fixture
def server4() -> Iterator[Accepted]:
    accepted = Accepted()
    yield accepted
    accepted.close()


@contextmanager
def guarded(
    policy: Policy = QUICK, dry_run: bool = False
) -> Iterator[tuple[Installed, list[Outcome]]]:
    told: list[Outcome] = []
    with install(policy, dry_run=dry_run, on_outcome=told.append) as guard:
        yield guard, told


# --- who is ended --------------------------------------------------------------------------------


def test_a_client_that_never_reads_is_ended_and_nothing_is_left(
    server: Accepted, unstick_client: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "unstick.progress"), guarded() as (guard, told):
        client = unstick_client.never_reads(server.address, rcvbuf=8192)
        sock = server.fills()
        assert client.ended(ENDS_WITHIN_S) is End.RESET
        eventually(lambda: told)
        assert [(one.cause, one.limited_by) for one in told] == [("NOT_READING", "receiver")]
        assert 1.6 <= told[0].since_progress < ENDS_WITHIN_S
        assert guard.stats.ended == 1
        with pytest.raises(ConnectionResetError):
            sock.send(b"x")
        nothing_left(server.port)
    (line,) = [one.getMessage() for one in caplog.records]
    assert "cause=NOT_READING" in line
    assert f"local={'[::1]' if ':' in server.address[0] else '127.0.0.1'}:{server.port} " in line
    assert line.endswith("guard=reset")


def test_a_client_that_vanished_is_told_from_one_that_does_not_read(
    server4: Accepted, unstick_client: Clients
) -> None:
    with guarded() as (_, told):
        client = unstick_client.vanishes(server4.address, read_first=1)
        sock = server4.accept()
        sock.send(b"x")
        client.until(lambda one: "hold" in one.report().doing, ENDS_WITHIN_S)  # it is deaf
        sock.send(b"x" * 1000)
        eventually(lambda: told, ENDS_WITHIN_S)
        assert [one.cause for one in told] == ["SILENT"]
        nothing_left(server4.port)


def test_a_thread_that_is_blocked_in_sendall_wakes(
    server4: Accepted, unstick_client: Clients
) -> None:
    with guarded():
        unstick_client.never_reads(server4.address, rcvbuf=8192)
        with pytest.raises(ConnectionResetError):
            server4.accept().sendall(b"x" * 50_000_000)


# --- who is not ----------------------------------------------------------------------------------


def test_a_slow_reader_an_idle_one_and_a_half_closed_one_live(
    server4: Accepted, unstick_client: Clients
) -> None:
    """And what this process opened to someone else is no accepted connection."""
    with (
        Listening() as elsewhere,
        guarded() as (guard, told),
        socket.create_connection(("127.0.0.1", elsewhere.port)) as ours,
    ):
        fill(ours)
        slow = unstick_client.reads_at(server4.address, 20_000, rcvbuf=4096)  # 0.4 s a gap
        server4.fills()
        idle = unstick_client.says_nothing(server4.address)
        server4.accept()
        half = unstick_client.half_closes(server4.address)
        late = server4.accept()
        late.recv(4096)  # closing with unread bytes would reset
        Event().wait(4.0)
        looks(guard, 2)
        assert told == []
        assert guard.stats.missed == 0
        late.sendall(b"here you are")
        late.close()
        assert half.ended() is End.EOF
        assert half.received == b"here you are"
        assert slow.end is None
        assert slow.bytes_read > 20_000
        assert idle.end is None
        assert guard.stats.open_count >= 2


def test_another_process_at_the_same_port_is_not_ours_to_end(unstick_client: Clients) -> None:
    """As with workers that share a listener: each guards what it accepted."""
    with Listening() as other:
        twin = socket.socket()
        with twin:
            twin.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            twin.bind(("127.0.0.1", other.port))
            client = unstick_client.never_reads(("127.0.0.1", other.port), rcvbuf=8192)
            with install(QUICK, ports={other.port}) as guard:
                eventually(lambda: guard.stats.missed, ENDS_WITHIN_S)
                looks(guard, 2)
                assert guard.stats.missed == 1
                assert client.end is None


def test_a_descriptor_that_was_reused_is_not_touched(
    server4: Accepted, unstick_client: Clients
) -> None:
    """The judged connection is closed, and its descriptor is another connection by then."""
    unstick_client.never_reads(server4.address)
    first = server4.accept()
    number, cookie = first.fileno(), descriptors.cookie_of(first)
    assert cookie is not None
    grip = descriptors.Grip()
    try:
        with grip.on(number, cookie) as held:
            assert held is not None
        unstick_client.says_nothing(server4.address)
        os.dup2(server4.accept().fileno(), number)
        with grip.on(number, cookie) as held:
            assert held is None
        with open(os.devnull) as file:
            os.dup2(file.fileno(), number)
        with grip.on(number, cookie) as held:
            assert held is None
        os.close(first.detach())
        with grip.on(number, cookie) as held:
            assert held is None
    finally:
        grip.close()


# --- how it is run -------------------------------------------------------------------------------


def test_a_dry_run_tells_once_and_ends_nothing(server4: Accepted, unstick_client: Clients) -> None:
    with guarded(dry_run=True) as (guard, told):
        client = unstick_client.never_reads(server4.address, rcvbuf=8192)
        server4.fills()
        eventually(lambda: told, ENDS_WITHIN_S)
        Event().wait(3.0)
        looks(guard, 2)
        assert [one.cause for one in told] == ["NOT_READING"]
        assert client.end is None
        assert (guard.stats.ended, sum(guard.stats.verdicts.values())) == (0, 1)


def test_only_the_ports_it_was_given(server4: Accepted, unstick_client: Clients) -> None:
    other = Accepted()
    try:
        with install(QUICK, ports=[other.port]) as guard:
            spared = unstick_client.never_reads(server4.address, rcvbuf=8192)
            server4.fills()
            ended = unstick_client.never_reads(other.address, rcvbuf=8192)
            other.fills()
            assert ended.ended(ENDS_WITHIN_S) is End.RESET
            looks(guard, 2)
            assert spared.end is None
    finally:
        other.close()


def test_a_listener_that_is_closed_leaves_its_connections_guarded(
    server4: Accepted, unstick_client: Clients
) -> None:
    """A server that shuts down closes the listener first and waits for its connections then."""
    with guarded() as (guard, _):
        looks(guard, 2)
        client = unstick_client.never_reads(server4.address, rcvbuf=8192)
        server4.fills()
        server4.listener.close()
        assert client.ended(ENDS_WITHIN_S) is End.RESET


def test_a_stopped_guard_ends_nothing_any_more(server4: Accepted, unstick_client: Clients) -> None:
    with guarded() as (guard, told):
        client = unstick_client.never_reads(server4.address, rcvbuf=8192)
        server4.fills()
        eventually(lambda: guard.stats.owing_count, ENDS_WITHIN_S)
        guard.stop()
        assert not guard.running
        Event().wait(3.0)
        assert told == []
        assert client.end is None


def test_a_hook_that_raises_stops_nobody(
    server4: Accepted, unstick_client: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(outcome: Outcome) -> None:
        raise RuntimeError("broken counter")

    with install(QUICK, on_outcome=hook):
        for _ in range(2):
            client = unstick_client.never_reads(server4.address, rcvbuf=8192)
            server4.fills()
            assert client.ended(ENDS_WITHIN_S) is End.RESET
    assert "broken counter" in caplog.text


def test_policies_that_guard_nothing_are_refused() -> None:
    with pytest.raises(PolicyError, match="without any rule"):
        install(Policy(idle=None, silent=None))
    with pytest.raises(PolicyError):
        install("idle=60 nonsense=1")

"""An enforcer at work on real sockets: who is ended, by which way, and who is never touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from ipaddress import ip_network

import pytest

from tests.enforce.scene import SMALL, Scene, fates, looks, port_of, until
from unstick.enforce.endings import Fate
from unstick.enforce.settings import Via
from unstick.live.owners import Holder, holders
from unstick.progress.policy import Policy
from unstick.progress.tcpinfo import sample
from unstick.progress.testing import End

BOTH = pytest.mark.parametrize("via", list(Via), ids=str)


@BOTH
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::"])
def test_who_takes_nothing_is_ended_and_nothing_is_left(scene: Scene, host: str, via: Via) -> None:
    """``::`` takes IPv4 clients, too: their addresses are mapped."""
    listener = scene.listens(host, both=host == "::")
    sock = scene.stalls(listener, host="127.0.0.1" if host == "::" else "")
    (event,) = until(scene.enforcer(listener, via=via), bool)
    assert event.end.fate is Fate.ENDED
    assert event.verdict.outcome.cause == "NOT_READING"
    assert [one.pid for one in event.holders] == [os.getpid()]
    assert scene.left(listener) == []
    with pytest.raises(ConnectionAbortedError if via is Via.SOCK_DIAG else ConnectionResetError):
        sock.send(b"x")
    (client,) = scene.clients.all
    assert client.ended() is End.RESET
    # The listener is as it was.
    with socket.create_connection((str(client.address[0]), port_of(listener))):
        listener.accept()[0].close()


def test_what_a_close_left_behind_is_ended(scene: Scene) -> None:
    """An orphan in FIN-WAIT-1, which no process holds: pidfd cannot, and says so."""
    listener = scene.listens()
    scene.stalls(listener).close()
    assert scene.left(listener) == ["FIN-WAIT-1"]
    (refused,) = until(scene.enforcer(listener, via=Via.PIDFD), bool)
    assert refused.end == (Fate.REFUSED, "--via sock_diag can end it")
    assert scene.left(listener) == ["FIN-WAIT-1"]
    (ended,) = until(scene.enforcer(listener), bool)
    assert ended.end.fate is Fate.ENDED
    assert not ended.holders
    assert scene.left(listener) == []


def test_without_kill_it_tells_once_and_ends_nothing(scene: Scene) -> None:
    listener = scene.listens()
    scene.stalls(listener)
    enforcer = scene.enforcer(listener, kill=False)
    assert fates(until(enforcer, bool)) == [Fate.WOULD_END]
    assert looks(enforcer, 0.5) == []
    assert scene.left(listener) == ["ESTABLISHED"]
    assert enforcer.stats.ended == 0


def test_a_policy_that_only_reports_ends_nothing(scene: Scene) -> None:
    listener = scene.listens()
    scene.stalls(listener)
    enforcer = scene.enforcer(listener, policy=Policy.parse("idle=0.2 silent=none kill=report"))
    assert fates(until(enforcer, bool)) == [Fate.WOULD_END]


def test_no_more_than_the_most_of_a_minute(scene: Scene) -> None:
    """Those that wait are judged on: one that takes something meanwhile is let go."""
    listener = scene.listens()
    for _ in range(4):
        scene.stalls(listener)
    enforcer = scene.enforcer(listener, most_a_minute=2)
    events = until(enforcer, lambda _: enforcer.held > 0)
    assert fates(events) == [Fate.ENDED, Fate.ENDED]
    assert looks(enforcer, 0.5) == []
    assert (enforcer.held, enforcer.stats.ended) == (2, 2)
    assert scene.left(listener) == ["ESTABLISHED", "ESTABLISHED"]


def test_other_ports_peers_and_programs_are_not_its_business(scene: Scene) -> None:
    listener, other = scene.listens(), scene.listens()
    scene.stalls(listener)
    scene.stalls(other)
    elsewhere = scene.enforcer(listener, peer=(ip_network("192.0.2.0/24"),))
    not_here = scene.enforcer(listener, local=(ip_network("::/0"),))
    not_mine = scene.enforcer(listener, programs=frozenset({"no-such-program"}))
    not_me = scene.enforcer(listener, pids=frozenset({1}))
    nobody = scene.enforcer(listener, uids=frozenset({os.getuid() + 1}))
    for enforcer in (elsewhere, not_here, not_mine, not_me, nobody):
        looks(enforcer, 0.05)
    for enforcer in (elsewhere, not_here, not_mine, not_me, nobody):
        assert looks(enforcer, 0.05 if enforcer is not elsewhere else 0.3) == []
        assert enforcer.fates == {}
    here = scene.enforcer(
        listener,
        peer=(ip_network("127.0.0.0/8"),),
        local=(ip_network("127.0.0.1"),),
        programs=frozenset({os.path.basename(os.path.realpath(sys.executable))}),
        uids=frozenset({os.getuid()}),
    )
    assert fates(until(here, bool)) == [Fate.ENDED]
    assert scene.left(listener) == []
    assert scene.left(other) == ["ESTABLISHED"]


def test_slow_idle_and_half_closed_clients_live(scene: Scene) -> None:
    """Beside one that is ended, by the shortest policy that is right about a 20 kB/s reader."""
    listener = scene.listens()
    address = listener.getsockname()
    slow = scene.clients.reads_at(address, 20_000, rcvbuf=4096)
    scene.filled(listener)
    idle = scene.clients.says_nothing(address)
    scene.open.append(listener.accept()[0])
    half = scene.clients.half_closes(address)
    late, _ = listener.accept()
    late.recv(4096)
    scene.stalls(listener)
    enforcer = scene.enforcer(listener, policy=Policy.parse("idle=1.6 silent=1.6"))
    events = until(enforcer, bool)
    assert fates(events) == [Fate.ENDED]
    assert scene.clients.all[-1].ended() is End.RESET
    late.sendall(b"here you are")
    late.close()
    assert half.ended() is End.EOF
    assert half.received == b"here you are"
    assert slow.end is None
    assert slow.bytes_read > 10_000
    assert idle.end is None


@BOTH
def test_addresses_that_were_used_again_between_verdict_and_end(
    scene: Scene, via: Via, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scenario 27. The judged connection is over, the same four numbers are another: it lives."""
    listener = scene.listens()
    client = connected(listener, 0)
    port = client.getsockname()[1]
    server = scene.filled(listener)
    again: list[tuple[socket.socket, socket.socket]] = []

    def meanwhile(inodes: set[int]) -> dict[int, list[Holder]]:
        found = holders(inodes)
        if not again:
            number = server.fileno()
            for one in (server, client):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                one.close()
            new = connected(listener, port)
            accepted = scene.filled(listener)
            assert accepted.fileno() in (number, new.fileno())  # the number is used again, too
            again.append((new, accepted))
        return found

    monkeypatch.setattr("unstick.enforce.enforcer.holders", meanwhile)
    enforcer = scene.enforcer(listener, via=via)
    (event,) = until(enforcer, bool)
    assert event.end.fate is Fate.GONE
    ((new, accepted),) = again
    assert (event.verdict.seen.peer, accepted.getpeername()) == (new.getsockname(),) * 2
    assert new.recv(10) == b"x" * 10
    assert enforcer.stats.missed == 1
    # It is judged for itself, and only then ended.
    until(enforcer, lambda more: fates(more) == [Fate.ENDED])
    assert scene.left(listener) == []
    new.close()


def test_a_connection_of_another_process_by_pidfd(scene: Scene) -> None:
    """Inherited by a child and closed here: the child alone holds it."""
    listener = scene.listens()
    sock = scene.stalls(listener)
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[sock.fileno()]) as child:
        scene.open.remove(sock)
        sock.close()
        enforcer = scene.enforcer(listener, via=Via.PIDFD, pids=frozenset({child.pid}))
        (event,) = until(enforcer, bool)
        assert [one.pid for one in event.holders] == [child.pid]
        assert event.end.fate is Fate.ENDED
        assert scene.left(listener) == []
        child.communicate()


def connected(listener: socket.socket, port: int) -> socket.socket:
    """A client that reads nothing, from a port of our choice."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("127.0.0.1", port))
    client.connect(listener.getsockname())
    client.send(b"hello")
    return client


@pytest.mark.parametrize(
    ("line", "fate"),
    [("idle=0.2 silent=none", Fate.SPARED), ("idle=none silent=none total=0.2", Fate.ENDED)],
)
def test_one_that_takes_something_after_the_verdict(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, line: str, fate: Fate
) -> None:
    """Is spared if it was judged for taking nothing, and not if its time was up."""
    listener = scene.listens()
    client = connected(listener, 0)
    server = scene.filled(listener)

    def meanwhile(inodes: set[int]) -> dict[int, list[Holder]]:
        before = sample(server).bytes_acked
        while sample(server).bytes_acked == before:
            client.recv(65536)
        return {}

    monkeypatch.setattr("unstick.enforce.enforcer.holders", meanwhile)
    (event,) = until(scene.enforcer(listener, policy=Policy.parse(line)), bool)
    assert event.end.fate is fate
    assert (scene.left(listener) == ["ESTABLISHED"]) is (fate is Fate.SPARED)
    client.close()


def test_who_keeps_its_window_closed_while_others_wait_is_in_the_way(scene: Scene) -> None:
    """``crowd``: what lies unread at the port, whoever has it. Nobody waits, nobody is ended."""
    listener = scene.listens()
    scene.stalls(listener)
    enforcer = scene.enforcer(listener, policy=Policy.parse("idle=60 silent=none crowd=16k"))
    assert looks(enforcer, 0.5) == []
    scene.clients.never_reads(listener.getsockname())
    scene.open.append(listener.accept()[0])
    (event,) = until(enforcer, bool)
    assert event.end.fate is Fate.ENDED
    assert event.verdict.outcome.cause == "CROWDING"
    assert scene.left(listener) == ["ESTABLISHED"]

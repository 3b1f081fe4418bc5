"""What is refused even if it is asked for: the kernel's smaller sockets, and other cookies."""

from __future__ import annotations

import os
import socket

import pytest

from tests.enforce.scene import Scene, fates, port_of, until
from unstick.enforce.endings import Destroyed, Disconnected, Fate, asked, carried_out
from unstick.live.owners import PROC, described
from unstick.progress import diag
from unstick.progress.diag import Link, Seen
from unstick.progress.meter import Meter
from unstick.progress.outcome import Cause
from unstick.progress.policy import DEFAULT
from unstick.progress.tcpinfo import decode
from unstick.progress.testing import NoNetworkError, eventually
from unstick.progress.watch import Verdict

SYN_RECV, TIME_WAIT = 3, 6


def seen_at(port: int, *states: int) -> list[Seen]:
    question = diag.request(socket.AF_INET, states, [port], with_info=True)
    return [one for answer in diag.dump(question) for one in answer.sockets]


def verdict_on(seen: Seen) -> Verdict:
    outcome = Meter(DEFAULT, decode(seen.info or bytes(232)), 0.0).ended(Cause.NOT_READING, 60.0)
    return Verdict(seen, outcome)


def test_a_time_wait_is_not_touched_though_it_has_the_cookie(scene: Scene) -> None:
    listener = scene.listens()
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    (seen,) = seen_at(port_of(listener), diag.ESTABLISHED)
    server.close()
    client.close()
    (rest,) = eventually(lambda: seen_at(port_of(listener), TIME_WAIT))
    assert rest.cookie == seen.cookie
    link = Link()
    assert asked(link, seen) is None
    assert carried_out(verdict_on(seen), [], link, Destroyed(link)).fate is Fate.GONE
    assert scene.left(listener) == ["TIME-WAIT"]
    link.close()


def test_a_handshake_under_way_is_not_touched(scene: Scene) -> None:
    listener = scene.listens()
    port = port_of(listener)
    rules = f"""
        add table inet half
        add chain inet half hears {{ type filter hook input priority 0; }}
        add rule inet half hears tcp dport {port} tcp flags & (syn|ack) == ack drop
        """
    try:
        scene.namespace.run("nft", "-f", "-", text=rules)
    except NoNetworkError as error:
        pytest.skip(str(error))
    client = socket.socket()
    scene.open.append(client)
    client.connect(listener.getsockname())
    (half,) = eventually(lambda: seen_at(port, SYN_RECV))
    link = Link()
    assert carried_out(verdict_on(half), [], link, Destroyed(link)).fate is Fate.GONE
    assert [one.cookie for one in seen_at(port, SYN_RECV)] == [half.cookie]
    link.close()


def test_a_listener_is_not_touched(scene: Scene) -> None:
    listener = scene.listens()
    (seen,) = seen_at(port_of(listener), diag.LISTEN)
    link = Link()
    assert carried_out(verdict_on(seen), [], link, Destroyed(link)).fate is Fate.GONE
    # A connection that is gone: a look-up of its addresses finds the listener (inet_lookup()).
    gone = seen._replace(peer=("127.0.0.1", 9), cookie=seen.cookie + 1)
    assert Destroyed(link).end(gone, []).fate is Fate.GONE
    assert [one.cookie for one in seen_at(port_of(listener), diag.LISTEN)] == [seen.cookie]
    link.close()


def test_the_kernel_itself_compares_the_cookie(scene: Scene) -> None:
    """Scenario 27. No look before: the last line of defence is under the kernel's own lock."""
    listener = scene.listens()
    sock = scene.stalls(listener)
    (seen,) = seen_at(port_of(listener), diag.ESTABLISHED)
    stale = seen._replace(cookie=seen.cookie + 1)
    link = Link()
    assert Destroyed(link).end(stale, []).fate is Fate.GONE
    holder = described(os.getpid(), sock.fileno(), PROC)
    refused = Disconnected().end(stale, [holder])
    assert refused == (Fate.REFUSED, f"{holder} closed it meanwhile")
    assert scene.left(listener) == ["ESTABLISHED"]
    assert Destroyed(link).end(seen, []).fate is Fate.ENDED
    assert scene.left(listener) == []
    link.close()


def test_a_descriptor_that_is_no_socket_any_more(scene: Scene) -> None:
    listener = scene.listens()
    scene.stalls(listener)
    (seen,) = seen_at(port_of(listener), diag.ESTABLISHED)
    with open(os.devnull) as file:
        holder = described(os.getpid(), file.fileno(), PROC)
        assert Disconnected().end(seen, [holder]).fate is Fate.REFUSED
        gone = described(os.getpid(), file.fileno() + 1000, PROC)
    assert Disconnected().end(seen, [gone]).fate is Fate.REFUSED
    assert scene.left(listener) == ["ESTABLISHED"]


def test_it_is_known_beforehand_whether_it_can(scene: Scene) -> None:
    link = Link()
    Destroyed(link).ready()
    Disconnected().ready()
    link.close()
    enforcer = scene.enforcer(scene.listens())
    enforcer.ready()
    assert fates(until(enforcer, lambda _: enforcer.stats.looks > 1)) == []

"""Each cause of the policy at an enforcer: named, ended, and nothing of it left in the kernel.

And a connection that is known by its interface as well: link-local addresses.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from tests.enforce.scene import QUICK, SMALL, Scene, fates, until
from tests.progress.accepting import fill
from unstick.enforce.endings import Fate
from unstick.enforce.enforcer import Enforcer
from unstick.enforce.settings import Settings, Via
from unstick.progress.policy import Policy
from unstick.progress.testing import Network, NoNetworkError, eventually, network
from unstick.progress.testing.networks import CABLE

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="enforce is Linux"),
]

Comes = Callable[[Scene, tuple[str, int]], object]


def in_flight(scene: Scene, address: tuple[str, int]) -> object:
    return scene.clients.vanishes(address, read_first=1)


def at_zero_window(scene: Scene, address: tuple[str, int]) -> object:
    return scene.clients.vanishes(address, after_s=1.0, rcvbuf=SMALL)


def never(scene: Scene, address: tuple[str, int]) -> object:
    return scene.clients.never_reads(address, rcvbuf=SMALL)


def slowly(scene: Scene, address: tuple[str, int]) -> object:
    return scene.clients.reads_at(address, 8000, rcvbuf=SMALL)


CASES: tuple[tuple[Comes, str, str], ...] = (
    (in_flight, "idle=none silent=3", "SILENT"),
    (at_zero_window, "idle=none silent=4", "SILENT"),
    (never, "idle=3 silent=2", "NOT_READING"),
    (slowly, "idle=30 silent=none rate=20k/5s grace=1", "TOO_SLOW"),
    (slowly, "idle=30 silent=none total=3", "DEADLINE"),
)


@pytest.mark.parametrize("via", list(Via), ids=str)
@pytest.mark.parametrize(("comes", "line", "cause"), CASES)
def test_ended_for_its_cause_and_nothing_is_left(
    scene: Scene, comes: Comes, line: str, cause: str, via: Via
) -> None:
    """Scenarios 23, 27."""
    listener = scene.listens()
    comes(scene, listener.getsockname())
    sock, _ = listener.accept()
    scene.open.append(sock)
    sock.recv(65536)
    thread = Thread(target=deliver, args=(sock,))
    thread.start()
    enforcer = scene.enforcer(listener, policy=Policy.parse(line), via=via)
    (event,) = until(enforcer, bool)
    assert fates([event]) == [Fate.ENDED]
    assert event.verdict.outcome.cause == cause
    assert scene.left(listener) == []
    thread.join(1.0)  # whoever was blocked in it is awake
    assert not thread.is_alive()


def deliver(sock: socket.socket) -> None:
    with suppress(OSError):
        while True:
            sock.sendall(b"x" * 65536)


@pytest.mark.parametrize("via", list(Via), ids=str)
def test_a_link_local_connection(via: Via) -> None:
    """The kernel finds it by its interface only (``idiag_if``)."""
    try:
        with network() as made:
            ends_a_link_local_client(made, via)
    except NoNetworkError as error:
        pytest.skip(str(error))


def ends_a_link_local_client(made: Network, via: Via) -> None:
    address = eventually(lambda: link_local(made), 10.0)
    with made.server.inside():
        listener = socket.create_server(("::", 0), family=socket.AF_INET6)
    port = listener.getsockname()[1]
    with made.client.inside():
        client = socket.socket(socket.AF_INET6)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        client.connect((address, port, 0, socket.if_nametoindex(CABLE)))
    sock, _ = listener.accept()
    with listener, client, fill(sock), made.server.inside():
        enforcer = Enforcer(Settings(QUICK, frozenset({port}), kill=True, via=via))
        (event,) = until(enforcer, bool)
        enforcer.close()
        assert event.verdict.seen.interface > 0
        assert event.end.fate is Fate.ENDED
        assert f":{port} " not in made.server.run("ss", "-tn", "-H")


def link_local(made: Network) -> str | None:
    """The server's, once both ends have theirs: the kernel tries first whether it is taken."""
    told = [side.run("ip", "-6", "address", "show", CABLE) for side in (made.server, made.client)]
    if any("tentative" in one for one in told):
        return None
    found = re.search(r"inet6 (fe80::\S+)/64", told[0])
    return found and found[1]

"""Each cause of the policy at an enforcer: named, ended, and nothing of it left in the kernel."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from tests.enforce.scene import SMALL, Scene, fates, until
from unstick.enforce.endings import Fate
from unstick.enforce.settings import Via
from unstick.progress.policy import Policy

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

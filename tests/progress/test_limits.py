"""The causes at the limits that people set, with the times that were promised for them.

Loopback, in blocking mode and not; minutes long. Smaller ones: ``test_verdicts.py``; with a
network, and the rest of the causes: ``test_network.py``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from tests.house import REPOSITORY, SOURCE
from tests.progress.stage import BODY, MB, Doing, Lateness, Stage, doing, policy
from unstick.progress import Cause, Outcome, Sender
from unstick.progress.testing import End
from unstick.progress.testing.script import Hold, Read

pytestmark = [
    pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning"),
    pytest.mark.long,
]


def ends(stage: Stage, line: str, mode: str, body: memoryview = BODY) -> Doing[Outcome]:
    sock = stage.accept(mode)
    return doing(lambda: Sender(sock, policy(line), owner=True).send(body))


@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
def test_never_reads(ipv4: Stage, machine: Lateness, mode: str) -> None:
    """Scenario 15: idle=10 silent=5: NOT_READING and not SILENT, at 10 to 12.5 s."""
    client = ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sending = ends(ipv4, "idle=10 silent=5", mode)
    outcome = sending.ended(60)
    assert outcome.cause is Cause.NOT_READING
    assert 10.0 <= (sending.seconds or 0) < machine.allows(12.5)
    assert (outcome.since_heard or 99) < 5.0
    ipv4.nothing_left()
    assert client.ended() is End.RESET


@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
def test_vanishes(ipv4: Stage, machine: Lateness, mode: str) -> None:
    """Scenario 13 on loopback: silent=10: SILENT at 10 to 13 s."""
    client = ipv4.clients.vanishes(ipv4.address, request=b"x")
    client.until(lambda one: "hold" in one.report().doing)
    sending = ends(ipv4, "silent=10", mode)
    outcome = sending.ended(60)
    assert outcome.cause is Cause.SILENT
    assert 10.0 <= (sending.seconds or 0) < machine.allows(13.0)
    assert (outcome.since_heard or 0) >= 10.0
    assert (outcome.last.retransmits or 0) >= 2
    ipv4.nothing_left()


@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
def test_burst_then_pause(ipv4: Stage, machine: Lateness, mode: str) -> None:
    """Scenario 8: 10 MB as fast as can be, then nothing: idle, with no credit for the speed."""
    ipv4.clients.does(ipv4.address, Read(10 * MB), Hold(), rcvbuf=200_000)
    outcome = ends(ipv4, "idle=10", mode).ended(60)
    assert outcome.cause is Cause.NOT_READING
    assert outcome.acked >= 10 * MB
    assert 10.0 <= outcome.since_progress < machine.allows(10.0 + 2.5)
    assert outcome.elapsed < machine.allows(10.0 + 2 * 2.5)
    ipv4.nothing_left()


@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
def test_deadline(ipv4: Stage, machine: Lateness, mode: str) -> None:
    """Scenario 17: 3 s, 500 kB/s, 50 MB: at 3.0 to 3.2 s."""
    ipv4.clients.reads_at(ipv4.address, 500_000, request=b"")
    body = memoryview(bytes(50 * MB))
    sending = ends(ipv4, "total=3", mode, body)
    outcome = sending.ended(60)
    assert outcome.cause is Cause.DEADLINE
    assert 3.0 <= outcome.elapsed < machine.allows(3.2)
    assert outcome.accepted > outcome.acked > 0
    ipv4.nothing_left()


COUNTED = """
import socket, sys, threading
from unstick.progress import Policy, Sender
listener = socket.create_server(("127.0.0.1", 0))
def read():
    with socket.create_connection(listener.getsockname()) as client:
        while client.recv(1 << 20):
            pass
reader = threading.Thread(target=read)
reader.start()
sock, _ = listener.accept()
sock.setblocking(sys.argv[1] == "blocking")
sender = Sender(sock)
sender.send(bytes(20_000_000))
sender.finish()
sender.close()
print("fd", sock.fileno(), *(f"{name}={count}" for name, count in sender.syscalls.items()))
sock.close()
reader.join()
"""
OTHERS = ("SO_TYPE", "FIONBIO", "TCGETS")
"""Calls of ``socket`` itself, and of ``open`` on a file that had the number before."""
NAMES = {"sendto": "send", "ppoll": "poll"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
def test_counters_are_those_of_strace(mode: str) -> None:
    """Scenario 1: what an Outcome says it cost is what the kernel was asked."""
    calls = "trace=sendto,sendmsg,getsockopt,setsockopt,poll,ppoll,ioctl"
    done = subprocess.run(
        ["strace", "-f", "-e", calls, sys.executable, "-c", COUNTED, mode],
        check=True,
        capture_output=True,
        text=True,
        cwd=SOURCE.parent,
        timeout=120,
    )
    assert REPOSITORY in SOURCE.parents
    _, number, *words = done.stdout.split()
    told = {name: int(count) for name, count in (word.split("=") for word in words)}
    seen: dict[str, int] = {}
    # A call that another thread interrupts is printed twice, the second time as "resumed".
    for name, arguments in re.findall(r"\b(\w+)\(([^\n]*)", done.stderr):
        on_socket = arguments.startswith((f"{number},", f"[{{fd={number},"))
        if on_socket and not any(one in arguments for one in OTHERS):
            seen[NAMES.get(name, name)] = seen.get(NAMES.get(name, name), 0) + 1
    assert seen == told

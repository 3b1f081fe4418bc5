"""The guard and its process: forks, the end, and a server that has run out of descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings

import pytest

from tests.progress.accepting import Accepted, Listening, looks
from unstick.progress import Outcome, install
from unstick.progress.testing import Clients, End, eventually

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="install is Linux"),
    pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning"),
]

ENDS_WITHIN_S = 20.0
"""Generous: 2.5 s on an idle machine."""


def test_a_server_without_descriptors_gets_them_back(unstick_client: Clients) -> None:
    """Stalled clients have taken them all: neither a socket nor a copy can be made any more."""
    with Listening(EXHAUSTED) as server:
        address = ("127.0.0.1", server.port)
        for _ in range(60):
            unstick_client.never_reads(address, rcvbuf=8192)
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "exhausted\n"
        eventually(lambda: not unstick_client.still_open(), 60.0)
        assert server.process.stdout.readline() == "back\n"


EXHAUSTED = """
import errno, resource, socket, threading
from unstick.progress import install
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
guard = install("idle=2 silent=2")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)

def serve(sock):
    with sock:
        try:
            sock.sendall(b"x" * 50_000_000)
        except ConnectionResetError:
            pass

def accept():
    while True:
        try:
            return listener.accept()[0]
        except OSError as error:
            assert error.errno == errno.EMFILE
            yield_to_others.wait(0.1)

yield_to_others = threading.Event()
first = []
try:
    while True:
        first.append(listener.accept()[0])
except OSError as error:
    assert error.errno == errno.EMFILE
    print("exhausted", flush=True)
for number in range(60):
    sock = first.pop() if first else accept()
    threading.Thread(target=serve, args=(sock,), daemon=True).start()
    del sock
while guard.stats.ended < 60:
    yield_to_others.wait(0.1)
print("back", flush=True)
"""


def test_a_forked_child_is_guarded_too(unstick_client: Clients) -> None:
    """The child alone holds the connection; it says by its exit status what it saw."""
    told: list[Outcome] = []
    server = Accepted()
    with install("idle=2 silent=2", on_outcome=told.append) as guard:
        looks(guard, 1)
        client = unstick_client.never_reads(server.address, rcvbuf=8192)
        sock = server.accept()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pytest's and the kit's threads
            child = os.fork()
        if child == 0:
            status = 1
            try:
                sock.settimeout(30)
                sock.sendall(b"x" * 50_000_000)
            except ConnectionResetError:
                status = 7
            finally:
                os._exit(status)
        server.close()
        assert client.ended(ENDS_WITHIN_S) is End.RESET
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7
        assert told == []  # the parent's hook: the child has a copy of its own
        looks(guard, 2)  # the parent's guard is at work again


def test_a_fork_finds_no_thread_of_the_guard() -> None:
    """Python 3.12 warns when a process with threads forks; alone, a guard gives it no cause."""
    program = """
import os, sys, warnings
warnings.simplefilter("always")
if sys.version_info >= (3, 13):
    # It counts after the hooks that follow a fork, so also the thread that starts again then.
    warnings.simplefilter("ignore", DeprecationWarning)
from unstick.progress import install
with install("idle=60") as guard:
    for _ in range(50):
        child = os.fork()
        if child == 0:
            os._exit(0 if guard.running else 1)
        if os.waitpid(child, 0)[1]:
            sys.exit("the child is not guarded")
print("quiet", guard.stats.failures)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("quiet 0\n", "")


def test_a_process_ends_with_its_guard_running() -> None:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "from unstick.progress import install; install('idle=60')"],
        check=True,
        timeout=60,
    )
    assert time.monotonic() - began < 30


UNPRIVILEGED = """
import os, socket
from unstick.progress import install
listener = socket.create_server(("127.0.0.1", 0))
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
client.connect(listener.getsockname())
sock, _ = listener.accept()
guard = install("idle=2 silent=2")
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    sock.sendall(b"x" * 50_000_000)
except ConnectionResetError:
    print("reset", os.getuid() != 0, guard.stats.source)
"""


def test_no_privilege_is_needed() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNPRIVILEGED],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "reset True sock_diag\n", done.stderr

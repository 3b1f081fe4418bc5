"""What ``install`` costs a server with many open connections: ``python benchmarks/guard_idle.py``.

One process accepts ``--connections`` connections (10,000), of which ``--stalled`` owe something
(0), and then does nothing; another holds the clients. Measured is the CPU time, user and system, of
the accepting process over ``--seconds``, with the guard and without, in turn. It needs a limit of
descriptors (``ulimit -n``) above the number of connections. Nothing else is measured: not what the
verdicts cost, not other systems.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from unstick.progress import install

ADDRESSES = 8
"""Clients come from as many addresses of 127.0.0.0/8: one has 28,000 ports, and others use them."""

CLIENTS = """
import socket, sys
port, count, stalled = map(int, sys.argv[1:4])
held = []
for number in range(count):
    sock = socket.socket()
    if number < stalled:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind((f"127.0.{number % %d + 1}.1", 0))
    sock.connect(("127.0.0.1", port))
    held.append(sock)
    print(number, flush=True)
sys.stdin.read()
""".replace("%d", str(ADDRESSES))


def main() -> int:
    options = parser().parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < options.connections + 64:
        print(f"descriptors: {hard} allowed, {options.connections + 64} needed", file=sys.stderr)
        return 2
    with connected(options.connections, options.stalled):
        for number in range(options.rounds):
            for policy in (None, options.policy):
                share, told = measured(policy, options.seconds)
                print(f"{number + 1}. {policy or 'no guard':24} {share:7.3%} of a core{told}")
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--connections", type=int, default=10_000)
    made.add_argument("--stalled", type=int, default=0)
    made.add_argument("--seconds", type=float, default=60.0)
    made.add_argument("--rounds", type=int, default=2)
    made.add_argument("--policy", default="idle=60 silent=30")
    return made


def measured(policy: str | None, seconds: float) -> tuple[float, str]:
    """The share of one core this process took, and what the guard says of itself."""
    guard = install(policy, dry_run=True) if policy else None
    with guard or nullcontext():
        before = sum(os.times()[:2])
        threading.Event().wait(seconds)
        share = (sum(os.times()[:2]) - before) / seconds
    if guard is None:
        return share, ""
    stats = guard.stats
    look_ms = stats.cpu_s / stats.looks * 1000
    return share, (
        f"; {stats.looks} looks at {stats.open_count} connections, {stats.owing_count} owing, "
        f"{look_ms:.1f} ms each"
    )


@contextmanager
def connected(count: int, stalled: int) -> Iterator[list[socket.socket]]:
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-c", CLIENTS, *map(str, (port, count, stalled))]
        clients = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert clients.stdout is not None
        try:
            for number in range(count):
                clients.stdout.readline()  # never more in the backlog than one
                sock, _ = listener.accept()
                accepted.append(sock)
                if number < stalled:
                    fill(sock)
            yield accepted
        finally:
            clients.kill()
            clients.wait()
            for sock in accepted:
                sock.close()


def fill(sock: socket.socket) -> None:
    sock.setblocking(False)
    try:
        while True:
            sock.send(b"x" * 65536)
    except BlockingIOError:
        pass


if __name__ == "__main__":
    sys.exit(main())

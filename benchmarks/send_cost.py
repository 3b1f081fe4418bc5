"""What a guarded send costs: ``python benchmarks/send_cost.py`` against a plain loop of sendmsg.

Fast reader: a body of ``--mib`` (1024) in pieces of ``--piece`` KiB over loopback, sent by a loop
of blocking ``sendmsg`` with SO_SNDTIMEO of 600 s and by ``Sender``, in turn, each in a process of
its own; system calls a MiB, and CPU seconds (user and system) of the sending process, the least of
``--rounds``. Slow reader: a body at ``--slow-rate``, and SO_SNDTIMEO of 1 s: system calls.

The reader's process is not measured. System calls are those on the socket, as each loop counts
them; ``--strace`` counts them by strace instead, all of the process, and says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable

from unstick.progress import Drain, Policy, Sender

MIB = 1 << 20
KINDS = ("plain", "write", "send", "nonblocking")
"""``plain``: the loop. ``write``, ``send``: Sender's, on a socket in blocking mode.
``nonblocking``: Sender.write on a socket in non-blocking mode, which waits in poll."""


def main() -> int:
    options = parser().parse_args()
    if options.worker:
        return worker(options)
    if options.strace and shutil.which("strace") is None:
        print("strace: not installed", file=sys.stderr)
        return 2
    for piece in options.piece:
        compare(options, f"fast reader, {options.mib} MiB in pieces of {piece} KiB", piece, 0)
    slow = int(options.slow_rate)
    compare(options, f"slow reader, {options.slow_mib} MiB at {slow} B/s", 1024, slow)
    return 0


def compare(options: argparse.Namespace, title: str, piece: int, rate: int) -> None:
    """One table: each kind's least of all rounds, and its ratio to the plain loop's."""
    print(f"\n{title}")
    least: dict[str, tuple[float, float]] = {}
    for _ in range(1 if rate else options.rounds):
        for kind in options.kinds:
            calls, cpu = measured(options, kind, piece, rate)
            before = least.get(kind, (calls, cpu))
            least[kind] = (min(before[0], calls), min(before[1], cpu))
    plain = least["plain"]
    for kind, (calls, cpu) in least.items():
        ratios = f"{calls / plain[0]:6.3f}x calls {cpu / plain[1]:6.3f}x CPU"
        print(f"  {kind:12} {calls:10.3f} calls/MiB {cpu:8.3f} s CPU  {ratios}")


def measured(options: argparse.Namespace, kind: str, piece: int, rate: int) -> tuple[float, float]:
    """Calls a MiB and CPU seconds of one run."""
    mib = options.slow_mib if rate else options.mib
    command = [sys.executable, __file__, "--worker", kind, "--mib", str(mib)]
    command += ["--piece", str(piece), "--slow-rate", str(rate)]
    if options.strace:
        command = ["strace", "-f", "-c", "-o", "/dev/stderr", *command]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    calls = calls_of(done.stderr) if options.strace else told["calls"]
    return calls / mib, told["cpu"]


def calls_of(table: str) -> int:
    """System calls that a send makes, in strace's table; those of starting Python are not."""
    wanted = r"(\d+)(?:\s+\d+)?\s+(?:sendto|sendmsg|poll|ppoll|getsockopt|setsockopt|ioctl)$"
    return sum(int(match[1]) for match in re.finditer(wanted, table, re.M))


# --- one run, in a process of its own ------------------------------------------------------------


def worker(options: argparse.Namespace) -> int:
    """Sends one body by ``--worker``, to a reader in a child; prints calls and CPU seconds."""
    rate, piece, count = int(options.slow_rate), options.piece[0] << 10, options.mib * MIB
    sock = connected(lambda client: read_all(client, rate))
    data = memoryview(bytes(piece))
    before = resource.getrusage(resource.RUSAGE_SELF)
    if options.worker == "plain":
        calls = plain(sock, data, count, 1 if rate else 600)
    else:
        calls = guarded(sock, data, count, options.worker)
    after = resource.getrusage(resource.RUSAGE_SELF)
    sock.close()
    os.wait()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"calls": calls, "cpu": cpu}))
    return 0


def connected(client: Callable[[socket.socket], None]) -> socket.socket:
    """The server's end of a connection whose other end a child process has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if os.fork() == 0:
            with socket.create_connection(listener.getsockname()) as sock:
                client(sock)
            os._exit(0)
        return listener.accept()[0]


def read_all(sock: socket.socket, rate: int) -> None:
    room = bytearray(MIB if not rate else max(1, rate // 10))
    while sock.recv_into(room):
        if rate:
            time.sleep(0.1)


def plain(sock: socket.socket, data: memoryview, count: int, timeout_s: int) -> int:
    """The loop that a careful program has today."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", timeout_s, 0))
    calls = 1
    while count > 0:
        view = data
        while view:
            calls += 1
            try:
                taken = sock.sendmsg([view])
            except BlockingIOError:
                continue
            count -= taken
            view = view[taken:]
    return calls


def guarded(sock: socket.socket, data: memoryview, count: int, kind: str) -> int:
    sock.setblocking(kind != "nonblocking")
    with Sender(sock, Policy(drain=Drain.NONE)) as sender:
        put = sender.send if kind == "send" else sender.write
        for _ in range(count // len(data)):
            put(data)
        sender.finish()
    return sender.syscalls.total()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--mib", type=int, default=1024)
    made.add_argument("--piece", type=int, nargs="+", default=[1024, 256, 64])
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    made.add_argument("--slow-rate", type=float, default=200e3)
    made.add_argument("--slow-mib", type=int, default=8)
    made.add_argument("--strace", action="store_true")
    made.add_argument("--worker", choices=KINDS, help=argparse.SUPPRESS)
    return made


if __name__ == "__main__":
    sys.exit(main())

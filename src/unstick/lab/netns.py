"""Network namespaces with names: made, entered, removed with every process that is left inside.

Named, unlike those of ``progress.testing``: a person shall be able to look into a running lab with
``ip netns exec``. What a name keeps alive after a SIGKILL is removed by ``state``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from unstick.lab.errors import LabError
from unstick.live.namespaces import FOLDER, enter_by

PREFIX = "unstick-"
WITHIN_S = 20.0


def run(*command: str, text: str | None = None) -> str:
    """What a program of the system prints. Raises LabError with its first words when it fails."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
    except FileNotFoundError:
        raise LabError(f"{command[0]} is not installed", "unstick lab doctor") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[0]
        raise LabError(f"{' '.join(command[:6])}: {said}", "unstick lab doctor")
    return done.stdout


def enter(name: str) -> None:
    """Puts the calling thread into a namespace, for good."""
    descriptor = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """The calling thread is inside: sockets made here belong to the namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(name)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def _setns(descriptor: int) -> None:
    try:
        enter_by(descriptor)
    except OSError as error:
        raise LabError(f"cannot enter a network namespace: {error.strerror}") from error


def add(name: str) -> None:
    """Makes it, empty but for its loopback, which is up."""
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "set", "lo", "up")


def exists(name: str) -> bool:
    return (FOLDER / name).exists()


def pids(name: str) -> list[int]:
    """The processes inside."""
    with suppress(LabError):
        return [int(word) for word in run("ip", "netns", "pids", name).split()]
    return []


def remove(name: str) -> None:
    """Ends the processes inside, then the name; nothing happens when there is none."""
    if not exists(name):
        return
    deadline = time.monotonic() + 5
    while (there := pids(name)) and time.monotonic() < deadline:
        for pid in there:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    # Sockets that still wait for an answer would keep the namespace for minutes.
    with suppress(LabError):
        run("ip", "netns", "exec", name, "ss", "--kill", "--tcp", "--all")
    run("ip", "netns", "del", name)

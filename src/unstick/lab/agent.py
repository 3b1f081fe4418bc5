"""One process of a run: ``python -m unstick.lab.agent NAMESPACE PARENT ROLE JSON``.

Enters its namespace, and dies with the process that started it, however that one ends. Then it is
what its role says, or another program (``exec``), which keeps both (execve(2) keeps the signal of
PR_SET_PDEATHSIG). What it has to say it says on standard output, one JSON object a line.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h
NICE = -15

ROLES = {
    # role: the module whose ``main(options)`` it is
    "middlebox": "unstick.lab.middlebox",
    "recorder": "unstick.lab.recorder",
    "client": "unstick.lab.clients",
    "node": "unstick.lab.serving",
    "raw": "unstick.lab.raw",
}


def die_with(parent: int) -> None:
    """SIGKILL comes when the parent ends; at once if it already has."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def hurry() -> None:
    """What the hosts do shall not hang on what else this machine does meanwhile: a server that is
    put off while it holds its socket acknowledges nothing."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


def tell(**values: object) -> None:
    """One line to whoever runs the lab; ``at`` is when (seconds since the epoch)."""
    print(json.dumps({"at": time.time(), **values}), flush=True)


def main(arguments: list[str]) -> None:
    namespace, parent, role, text = arguments
    die_with(int(parent))
    hurry()
    from unstick.lab.netns import enter

    enter(namespace)
    options = json.loads(text)
    if role == "exec":
        os.execvp(options[0], options)
    # A terminal's Ctrl-C reaches all of us: who runs the lab decides what ends when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run: Callable[[Any], None] = import_module(ROLES[role]).main
    run(options)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The cache node as a server of the lab: what its sessions do is told, line by line.

Its objects come from the node's own origin and are stored before anybody asks, so that a delivery
is that of a hit: the whole object at once. Its log is the node's own, one line a request.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from unstick.lab.agent import tell
from unstick.node.server import Node
from unstick.node.settings import Address, Mode, Settings
from unstick.node.steps import Step
from unstick.progress.policy import Policy

OBJECT = "8M"
"""Of a path that names no size."""

MEMORY_BYTES = 256 << 20
ANSWERS_WITHIN_S = 20.0


def main(options: dict[str, Any]) -> None:
    """``address``, ``folder`` and ``log`` (a name in it), ``delivery``, ``policy``,
    ``send_timeout_s``, ``socket_options`` (name to value, of accepted sockets), ``sizes`` (of the
    objects to store)."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    os.chdir(options["folder"])  # the path of a socket has 107 bytes, a folder's may have more
    host, port = options["address"]
    settings = Settings(
        f"demo:{OBJECT}",
        (host, port),
        Mode(options["delivery"]),
        Policy.parse(options["policy"]),
        options["send_timeout_s"],
        MEMORY_BYTES,
        control=f"node-{port}.sock",
    )
    open_for = threading.Event()

    def watch(step: Step) -> None:
        if open_for.is_set():
            tell(says=step.says, connection=step.connection, **step.values)

    node = Node(settings, None, watch)
    for name, value in options["socket_options"].items():  # accepted sockets inherit them
        level = socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP
        node.listener.setsockopt(level, getattr(socket, name), value)
    node.start()
    store(node.address, options["sizes"])
    with Path(options["log"]).open("w", encoding="utf-8") as log:
        node.journal.file = log
        open_for.set()
        tell(says=f"listens on port {port}")
        tell(ready=True)
        ended.wait()
        node.stop(0.0)
    sys.exit(0)


def store(address: Address, sizes: Iterable[int]) -> None:
    """Asks for each object once, from this host itself."""
    for size in sizes:
        with closing(HTTPConnection(*address, timeout=ANSWERS_WITHIN_S)) as client:
            client.request("GET", f"/bytes/{size}", headers={"Connection": "close"})
            answer = client.getresponse()
            while answer.read(1 << 20):
                pass

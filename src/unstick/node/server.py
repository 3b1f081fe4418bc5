"""The node: a listener, a thread for each connection, and a stop that ends.

A stop closes the listener and idle connections, lets requests under way end, and resets what is
left when the policy's patience is over: nobody can keep the node from ending.
"""

from __future__ import annotations

import errno
import math
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from unstick.node.cache import Cache
from unstick.node.control import Control, usual_path
from unstick.node.journal import Journal
from unstick.node.metrics import Metrics
from unstick.node.origin import origin_of
from unstick.node.register import Register
from unstick.node.session import Session, Shared
from unstick.node.settings import Address, Mode, Settings
from unstick.node.steps import Watcher
from unstick.node.store import Store
from unstick.progress.abilities import honoured
from unstick.progress.reporting import place
from unstick.progress.tcpinfo import capabilities

BACKLOG = 1024
LEAST_PATIENCE_S = 1.0
LAST_S = 2.0
"""For threads to write their last line, after everything was reset."""
BUSY_S = 0.1
"""To wait when there are no descriptors: ending requests give some back."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Node:
    """Listens once it is made. ``serve`` blocks; ``stop`` may be called from any thread.

    Raises UsageError, PolicyError, or OSError if it cannot listen.
    """

    def __init__(
        self, settings: Settings, log: TextIO | None = None, watcher: Watcher | None = None
    ) -> None:
        honoured(settings.policy, capabilities())
        self.settings = settings
        self.store = Store(settings.memory_bytes)
        self.register = Register(settings.policy)
        self.metrics = Metrics(self.register, self.store)
        self.journal = Journal(log, self.metrics)
        self.stopping = threading.Event()
        self.stopped = threading.Event()
        cache = Cache(origin_of(settings.origin), self.store)
        self.shared = Shared(settings, cache, self.register, self.journal, self.stopping, watcher)
        self.sessions: set[Session] = set()
        self.listener = listening(settings.listen)
        self.address: Address = self.listener.getsockname()[:2]
        path = Path(settings.control) if settings.control else usual_path(self.address[1])
        self.control = Control(path, self.register)
        self.metrics_address = self.metrics.serve(settings.metrics) if settings.metrics else None

    def hello(self) -> str:
        """The first line: where everything is, for people and for scripts."""
        words = [f"listening={place(self.address)}", f"control={self.control.path}"]
        if self.metrics_address:
            words.append(f"metrics={place(self.metrics_address)}")
        return " ".join([*words, f"delivery={self.settings.mode}"])

    def start(self) -> None:
        """Serves in a thread of its own."""
        threading.Thread(target=self.serve, name="accept", daemon=True).start()

    def serve(self) -> None:
        """Accepts until ``stop``."""
        watcher = threading.Thread(target=self.register.watch, args=(self.stopped,), daemon=True)
        watcher.start()
        while not self.stopping.is_set():
            try:
                sock, peer = self.listener.accept()
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self.stopping.wait(BUSY_S)
                elif error.errno not in (errno.ECONNABORTED, errno.EINTR, errno.EPROTO):
                    break  # closed by stop()
                continue
            self._welcome(sock, peer[:2])

    def _welcome(self, sock: socket.socket, peer: Address) -> None:
        sock.setblocking(True)
        session = Session(sock, peer, self.shared)
        if len(self.sessions) >= 64 and len(self.sessions) % 64 == 0:
            self.sessions = {one for one in self.sessions if one.is_alive()}
        self.sessions.add(session)
        try:
            session.start()
        except RuntimeError:  # no more threads: this client is refused, the others go on
            self.sessions.discard(session)
            sock.close()

    # --- stopping --------------------------------------------------------------------------------

    @property
    def patience_s(self) -> float:
        """How long a stop waits for requests: as long as a delivery may stand still."""
        policy = self.settings.policy
        if self.settings.mode is Mode.BLOCKING:
            return self.settings.send_timeout_s
        limits = [one for one in (policy.idle, policy.silent) if one is not None]
        longest = max(limits, default=LEAST_PATIENCE_S)
        return max(LEAST_PATIENCE_S, min(longest, policy.deadline or math.inf))

    def stop(self, patience_s: float | None = None) -> int:
        """Ends the node; how many requests had to be reset."""
        self.stopping.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self.listener.close()
        until = time.monotonic() + (self.patience_s if patience_s is None else patience_s)
        while self._busy() and time.monotonic() < until:
            self._send_home()
            time.sleep(0.02)
        left = self.register.cancel_all()
        self._send_home()
        for session in list(self.sessions):
            session.join(max(0.0, until + LAST_S - time.monotonic()))
        self.stopped.set()
        self.control.stop()
        return left

    def _busy(self) -> bool:
        return any(one.is_alive() and not one.idle for one in list(self.sessions))

    def _send_home(self) -> None:
        """Ends connections without a request: their threads wait in recv()."""
        for session in list(self.sessions):
            if session.idle:
                with suppress(OSError):
                    session.sock.shutdown(socket.SHUT_RD)


def listening(address: Address) -> socket.socket:
    """Raises OSError with the address in it."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, place(address)) from error
    listener.listen(BACKLOG)
    return listener

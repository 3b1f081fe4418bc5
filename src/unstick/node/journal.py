"""What is told of each request when it is over: a line in the access log, and the metrics.

The line is ``key=value`` words, as in the log of ``unstick.progress``: no payload. Whatever a
client chose (method, target) is quoted as JSON, so that it cannot forge a line.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from unstick.node.session import Done


class Entry(NamedTuple):
    """One request that is over. Byte counts are of its response, its head included; ``acked``: by
    the client's kernel."""

    when: float
    number: int
    client: str
    method: str
    target: str
    status: int
    cache: str
    cause: str
    sent: int
    acked: int
    elapsed_s: float
    says: str

    def line(self) -> str:
        words = (
            ("time", datetime.fromtimestamp(self.when, UTC).isoformat(timespec="milliseconds")),
            *(("id", self.number), ("client", self.client)),
            *(("method", json.dumps(self.method)), ("target", json.dumps(self.target))),
            *(("status", self.status), ("cache", json.dumps(self.cache))),
            *(("cause", self.cause), ("sent", self.sent), ("acked", self.acked)),
            *(("elapsed", f"{self.elapsed_s:.3f}"), ("says", json.dumps(self.says))),
        )
        return " ".join(f"{key}={value}" for key, value in words)


class Journal:
    """Writes the access log. Thread safe."""

    def __init__(self, file: TextIO | None, *hooks: Callable[[Entry], None]) -> None:
        self.file = file
        self.hooks = hooks
        self.lock = threading.Lock()

    def tell(self, done: Done, peer: str) -> None:
        end, ticket = done.end, done.ticket
        entry = Entry(
            when=time.time(),
            number=ticket.number,
            client=peer,
            method=done.asked.method,
            target=done.asked.target,
            status=done.status,
            cache=done.note,
            cause=str(end.cause),
            sent=end.accepted,
            acked=end.acked,
            elapsed_s=time.monotonic() - ticket.began,
            says=end.says,
        )
        for hook in self.hooks:
            hook(entry)
        self.say(entry.line())

    def say(self, line: str) -> None:
        """A line of the node's own. A reader of the log that is gone ends nothing."""
        if self.file is None:
            return
        with self.lock:
            try:
                self.file.write(line + "\n")
                self.file.flush()
            except (OSError, ValueError):
                self.file = None

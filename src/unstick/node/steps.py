"""What a session does, told step by step to whoever watches the node: the lab does, to show who
waits in which call since when. In daily use nobody watches, and the access log says how it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """``connection``: the client's port. ``values``: what the words mean, by name."""

    connection: int
    says: str
    values: dict[str, object]


Watcher = Callable[[Step], None]
"""Called in the session's own thread: it must be quick."""


class Steps:
    """Of one connection. Tells nobody where nobody watches."""

    __slots__ = ("connection", "watcher")

    def __init__(self, watcher: Watcher | None = None, connection: int = 0) -> None:
        self.watcher, self.connection = watcher, connection

    def tell(self, says: str, **values: object) -> None:
        if self.watcher is not None:
            self.watcher(Step(self.connection, says, values))

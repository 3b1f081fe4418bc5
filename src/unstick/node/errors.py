"""What goes wrong in the node, each with the status a client is told."""

from __future__ import annotations

from unstick.errors import UnstickError


class GatewayError(UnstickError):
    """No answer can be given. ``status`` is the client's; ``disconnected``: nobody was there."""

    def __init__(self, status: int, reason: str, *, disconnected: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.disconnected = disconnected


class CancelledError(Exception):
    """Somebody ended this request: ``unstick serve ctl cancel``, or the end of the program."""


class AbandonedError(Exception):
    """Nobody waits for what is being fetched any more, and it will not be stored."""


class CutError(Exception):
    """The origin's response ended before its end: what the client has must not look whole."""

"""How long a half-closed client is served. A program that is not told of its end never closes it.

A client that shuts its sending side may be waiting for its answer (RFC 9112 9.6), or it may have
closed for good: until something is sent to it the two look alike. asyncio closes at once; a
connection that nobody ever closes would stay in CLOSE-WAIT.
"""

from __future__ import annotations

import asyncio
import select
from typing import Any, NamedTuple

from unstick.progress.outcome import Sample
from unstick.progress.tcpinfo import sample

UNANSWERED_S = 60.0
"""For a program to begin its answer: nginx and others give a backend as long."""
ANSWERED_S = 5.0
"""After the last byte of an answer, for more of it: uvicorn's and Node's keep-alive timeouts."""


class Patience(NamedTuple):
    """Seconds without a byte sent after which a half-closed client is done with."""

    unanswered_s: float
    answered_s: float


def patience(half_close: bool | float) -> Patience | None:
    """``True``: the usual; a number: so many seconds in either case; ``False``: none."""
    if half_close is False:
        return None
    if half_close is True:
        return Patience(UNANSWERED_S, ANSWERED_S)
    if half_close <= 0:
        raise ValueError(f"half_close={half_close!r}: a number of seconds above 0, or a bool")
    return Patience(half_close, half_close)


def both_ended(sock: Any) -> bool:
    """Are both sides shut, so that nobody reads any more? Only AF_UNIX tells (unix_poll())."""
    poller = select.poll()
    poller.register(sock.fileno(), 0)
    return any(events & (select.POLLHUP | select.POLLERR) for _, events in poller.poll(0))


def is_answered(seen: Sample) -> bool:
    """Was anything sent since the last of the request came? Sure only to a jiffy, 4 ms."""
    if seen.last_data_sent_ms is None or seen.last_data_recv_ms is None or not seen.bytes_sent:
        return False
    return seen.last_data_sent_ms <= seen.last_data_recv_ms


class Half:
    """One half-closed connection, from the peer's end on: closed when patience is over."""

    def __init__(self, transport: asyncio.Transport, sock: Any, limits: Patience) -> None:
        self._transport = transport
        self._sock = sock
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._look()

    def _look(self) -> None:
        if self._sock.fileno() < 0:  # the program has closed it
            return
        left_s = 0.0 if both_ended(self._sock) else self._left_s(sample(self._sock))
        if left_s > 0:
            self._loop.call_later(left_s, self._look)
        else:
            self._transport.close()

    def _left_s(self, seen: Sample) -> float:
        if not is_answered(seen):
            return self._limits.unanswered_s - (self._loop.time() - self._since)
        if seen.outstanding or self._transport.get_write_buffer_size():
            return self._limits.answered_s  # the program may wait to write more
        return self._limits.answered_s - (seen.last_data_sent_ms or 0) / 1000

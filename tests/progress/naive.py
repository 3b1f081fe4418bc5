"""The sender that everybody writes, to be shown failing: each successful write restarts its timer.

It does what servers and proxies do in their defaults: "writable" is progress, a peer that ended its
side has gone, a rate is bytes over wall-clock time, and bytes in the kernel are delivered.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable

from unstick.progress import Policy
from unstick.progress.testing.sockets import unacknowledged_bytes


class GaveUpError(Exception):
    """The naive sender has ended the connection, for the reason it says."""


def naive_send(sock: socket.socket, buffers: Iterable[memoryview | bytes], policy: Policy) -> int:
    """Sends; returns how many bytes it *believes* were delivered.

    One clock cannot be both limits, so to notice a vanished peer in ``silent`` it must be the
    shorter one.
    """
    sock.setblocking(False)
    limit = min(one for one in (policy.idle, policy.silent, 1e9) if one is not None)
    waiter = select.poll()
    waiter.register(sock, select.POLLOUT | select.POLLRDHUP)
    started, sent = time.monotonic(), 0
    for buffer in buffers:
        view = memoryview(buffer)
        while view:
            events = waiter.poll(limit * 1000)
            if not events:
                raise GaveUpError(f"not writable for {limit} s, after {sent} B")
            if events[0][1] & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
                raise GaveUpError(f"peer has gone, after {sent} B")
            try:
                taken = sock.send(view)
            except BlockingIOError:
                continue
            sent += taken
            view = view[taken:]
            spent = time.monotonic() - started
            rate_counts = policy.min_rate is not None and spent > policy.window
            if rate_counts and sent / spent < (policy.min_rate or 0):
                raise GaveUpError(f"{sent / spent:.0f} B/s, after {sent} B")
    return sent


def naive_failure(
    sock: socket.socket, buffers: Iterable[memoryview | bytes], policy: Policy
) -> str:
    """How the naive sender fails: gives up, or believes what is not so. Empty if it does not."""
    try:
        believed = naive_send(sock, buffers, policy)
    except GaveUpError as error:
        return f"gave up: {error}"
    missing = unacknowledged_bytes(sock)
    return f"believed {believed} B delivered, {missing} B were not" if missing else ""

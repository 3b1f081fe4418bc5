"""Asks a stalled peer more often, so that silence is known within seconds (Linux >= 6.15).

TCP_RTO_MAX_MS bounds the pause between retransmissions and between window probes, which otherwise
grows to 120 s. It ends no connection whose peer answers. RFC 6298 2.5 wants that bound to be 60 s
or more, so it is lowered only while nothing is acknowledged, and put back after.
"""

from __future__ import annotations

import _socket
import contextlib
from collections import Counter

from unstick.progress.policy import Policy
from unstick.progress.tcpinfo import AF_UNIX, IPPROTO_TCP, TCP_RTO_MAX_MS

SHARE = 8
"""Questions within ``silent`` seconds: on a path that loses three segments of ten all of them are
lost once in 15,000 times. With three it was once in forty."""
LEAST_MS, MOST_MS = 1000, 120_000
"""What the kernel takes (TCP_RTO_MAX_MIN_SEC, TCP_RTO_MAX_SEC)."""


class FastProbes:
    """The option of one socket; does nothing where policy or kernel have no use for it."""

    __slots__ = ("before", "sock", "wanted_ms")

    def __init__(self, sock: _socket.socket, policy: Policy) -> None:
        self.sock = sock
        self.before: int | None = None  # the value to put back; None: ours is not set
        self.wanted_ms: int | None = None
        if policy.fast_probes and policy.silent is not None and sock.family != AF_UNIX:
            self.wanted_ms = round(min(max(policy.silent * 1000 / SHARE, LEAST_MS), MOST_MS))

    def follow(self, stalled: bool, syscalls: Counter[str]) -> None:
        """Lowers the bound while the peer is stalled, puts it back once it is not."""
        if stalled and self.wanted_ms is not None and self.before is None:
            try:
                before = self.sock.getsockopt(IPPROTO_TCP, TCP_RTO_MAX_MS)
                if before > self.wanted_ms:
                    self.sock.setsockopt(IPPROTO_TCP, TCP_RTO_MAX_MS, self.wanted_ms)
                    syscalls["setsockopt"] += 1
            except OSError:  # an older kernel
                self.wanted_ms = None
            else:
                self.before = before
            syscalls["getsockopt"] += 1
        elif not stalled and self.before is not None:
            self.restore(syscalls)

    def restore(self, syscalls: Counter[str]) -> None:
        """Puts back what was there before."""
        if self.before is not None and self.sock.fileno() >= 0:
            with contextlib.suppress(OSError):  # the connection is gone: so is the option
                self.sock.setsockopt(IPPROTO_TCP, TCP_RTO_MAX_MS, self.before)
            syscalls["setsockopt"] += 1
        self.before = None

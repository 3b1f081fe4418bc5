"""The servers of the matrix, and the conditions each is played under. Data.

``FULL_S`` is how long a request may be kept that nobody waits for: the longest limit of the server,
and some seconds; where none is known, as long as one cares to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from unstick.lab.servers import SERVERS

POLICY = "idle=5 silent=5"
"""Of what guards: short, so that a table is soon done. In production ``idle`` is 15 s or more."""


class Condition(StrEnum):
    """How a server is played."""

    DEFAULT = "default"
    LIMITS = "limits"  # its own timeouts set
    ENFORCE = "enforce"  # unstick enforce beside it
    INSTALL = "install"  # unstick.progress.install in it


class Row(NamedTuple):
    """``given``: the server's options; ``words``: the same as a person would set them."""

    server: str
    condition: Condition
    words: str = ""
    given: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        return f"{self.server}, {self.words}" if self.words else self.server


ROOMY_S = 30.0
AS_LONG_AS_ONE_CARES_S = 200.0

FULL_S = {
    # server: its longest limit with what that may take
    "blocking": 3 * 600 + 2 * ROOMY_S,  # SO_SNDTIMEO, begun again by each short write
    "progress": 60 + ROOMY_S,  # idle
    "varnish": 614 + ROOMY_S,  # send_timeout, looked at once an idle_send_timeout
    "nginx": 60 + ROOMY_S,  # send_timeout
    "haproxy": 2 * 50 + ROOMY_S,  # timeout client, seen at twice
    "apache": 60 + ROOMY_S,  # TimeOut
    "lighttpd": 360 + ROOMY_S,  # server.max-write-idle
}

LIMITS: tuple[Row, ...] = tuple(
    Row(server, Condition.LIMITS, words, given)
    for server, words, given in (
        ("blocking", "--send-timeout 10", {"send_timeout_s": 10.0}),
        ("progress", "idle=10 silent=10", {"policy": "idle=10 silent=10"}),
        (
            "varnish",
            "idle_send_timeout=5 send_timeout=20",
            {"parameters": {"idle_send_timeout": 5, "send_timeout": 20}},
        ),
        ("nginx", "send_timeout 10s", {"lines": ["send_timeout 10s;"]}),
        (
            "nginx",
            "send_timeout 10s, reset_timedout_connection on",
            {"lines": ["send_timeout 10s;", "reset_timedout_connection on;"]},
        ),
        ("haproxy", "client 10s, server 10s", {"client": "10s", "server": "10s"}),
        ("apache", "TimeOut 10", {"lines": ["TimeOut 10"]}),
        ("lighttpd", "max-write-idle 10", {"lines": ["server.max-write-idle = 10"]}),
        ("hypercorn-asyncio", "--read-timeout 10", {"more": "--read-timeout 10"}),
        ("daphne", "--http-timeout 10", {"more": "--http-timeout 10"}),
        ("gunicorn-sync", "--timeout 10", {"more": "--timeout 10"}),
        ("gunicorn-gthread", "--timeout 10", {"more": "--timeout 10"}),
        ("waitress", "--channel-timeout 10", {"more": "--channel-timeout 10"}),
        ("cheroot", "--timeout 5", {"more": "--timeout 5"}),
    )
)
"""Those whose own settings bear on how long a response may take. The other Python servers have no
such setting."""

NOT_PLAYED = frozenset({"raw", "http.server", "socketserver-threads", "socketserver-forks"})
"""Nobody runs these in production; they can be asked for by name."""

USUAL = tuple(name for name in SERVERS if name not in NOT_PLAYED)
FOR_PYTHON = frozenset(one.name for one in SERVERS.values() if one.environment == "servers")


def rows(condition: Condition, servers: tuple[str, ...]) -> list[Row]:
    """The rows of these servers under a condition, in the servers' order."""
    if condition is Condition.LIMITS:
        return [row for name in servers for row in LIMITS if row.server == name]
    if condition is Condition.INSTALL:
        inside = [name for name in servers if name in FOR_PYTHON]
        return [Row(name, condition, "", {"policy": POLICY}) for name in inside]
    # The cured node needs no guard beside it.
    guarded = condition is Condition.ENFORCE
    return [Row(name, condition) for name in servers if not (guarded and name == "progress")]


def full_s(row: Row) -> float:
    """How long a cell of this row is watched when nobody is in a hurry."""
    if row.condition is Condition.DEFAULT:
        return FULL_S.get(row.server, AS_LONG_AS_ONE_CARES_S)
    return 2 * ROOMY_S if row.condition is Condition.LIMITS else ROOMY_S

"""The sockets of a host, as its kernel tells them: one sock_diag dump, put into words."""

from __future__ import annotations

import socket
from typing import Any

from unstick.lab import netns
from unstick.lab.packets import Side
from unstick.progress import diag, tcpinfo
from unstick.progress.testing.sockets import STATES

LISTEN = 10
LOOPBACK = ("127.", "::1", "::ffff:127.")
CONNECTED = tuple(state for state in range(1, 12) if state != LISTEN)

Look = dict[str, Any]
"""One socket at one moment, for JSON."""

TOLD = (
    *(
        "retransmits",
        "probes",
        "backoff",
        "unacked",
        "notsent_bytes",
        "snd_wnd",
        "last_ack_recv_ms",
    ),
    *("last_data_sent_ms", "last_data_recv_ms", "bytes_acked", "bytes_received", "total_retrans"),
    *("rtt_us", "busy_time_us", "rwnd_limited_us"),
)
"""Fields of struct tcp_info that are kept."""


def look(namespace: str, side: Side, time_s: float) -> list[Look]:
    """Every TCP socket of the host that is no listener and not of its own loopback, where a proxy
    talks to what is behind it."""
    found: list[Look] = []
    with netns.inside(namespace):
        for family in (socket.AF_INET, socket.AF_INET6):
            question = diag.request(family, CONNECTED, (), with_info=True)
            for answer in diag.dump(question):
                outside = [one for one in answer.sockets if not one.local[0].startswith(LOOPBACK)]
                found += [told(one, side, time_s) for one in outside]
    return found


def listens(namespace: str, port: int) -> bool:
    """Whether somebody on the host accepts connections at ``port``."""
    with netns.inside(namespace):
        for family in (socket.AF_INET, socket.AF_INET6):
            question = diag.request(family, (LISTEN,), (port,), with_info=False)
            if any(answer.sockets for answer in diag.dump(question)):
                return True
    return False


def told(one: diag.Seen, side: Side, time_s: float) -> Look:
    values: Look = {
        "time_s": round(time_s, 3),
        "host": side,
        "state": STATES[one.state],
        "local": list(one.local),
        "peer": list(one.peer),
        "outstanding_bytes": one.outstanding_bytes,
        "owned": one.inode != 0,
    }
    if one.info:
        sample = tcpinfo.decode(one.info)
        values |= {name: getattr(sample, name) for name in TOLD}
    return values


def lasting(looks: list[Look]) -> list[Look]:
    """Those that are not only waiting for old segments to die out."""
    return [one for one in looks if one["state"] != "TIME-WAIT"]


def words(one: Look) -> str:
    """``CLOSE-WAIT 4,151,416 B unacked, 5 copies, ACK 9 s ago``: one line each second."""
    first: str = one["state"]
    if first.startswith("SYN-"):
        return first  # nothing was ever heard of the other end
    if one["outstanding_bytes"]:
        first += f" {one['outstanding_bytes']:,} B unacked"
    parts = [first]
    if one.get("retransmits"):
        copies = one["retransmits"]
        parts.append("1 copy" if copies == 1 else f"{copies} copies")
    if one.get("probes"):
        parts.append(f"{one['probes']} probes unanswered")
    elif one.get("snd_wnd") == 0 and one["outstanding_bytes"]:
        parts.append("window closed")
    if one.get("last_ack_recv_ms", 0) >= 1000:
        parts.append(f"ACK {one['last_ack_recv_ms'] / 1000:.0f} s ago")
    if not one["owned"] and one["state"] != "TIME-WAIT":
        parts.append("orphan")
    return ", ".join(parts)

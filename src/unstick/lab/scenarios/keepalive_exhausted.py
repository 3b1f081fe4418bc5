"""Keepalive at work: a peer that is gone is found out, because the connection is idle."""

from __future__ import annotations

from unstick.lab.packets import SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part, told

SCENARIO = Scenario(
    name="keepalive-exhausted",
    story="The client is answered and then out of reach. Nothing is outstanding, so keepalive "
    "may run: probes without an answer end the connection after seven seconds.",
    client=part("idles", then="vanishes"),
    server=part(
        "blocking",
        socket_options={"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 2, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 5},
    ),
    watch_s=14.0,
    findings=frozenset({"P304"}),
    truth=(
        ends_in(SERVER),
        told(SERVER, "ETIMEDOUT"),
        counted(SERVER, "TcpExtTCPKeepAlive", at_least=5),
    ),
)

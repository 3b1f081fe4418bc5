"""Somebody on the path ends a connection that both ends want."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, part, told

SCENARIO = Scenario(
    name="forged-reset-pair",
    story="A box that sees the connection sends two resets in the client's name, one exact, one "
    "further up, from a host with another TTL. The server believes the first; the client "
    "goes on as if nothing had happened, and learns it from the server.",
    client=part("reads_all"),
    boxes=(part("inject_resets", pattern="a forged pair of resets", ttl=200),),
    watch_s=15.0,
    findings=frozenset({"R106"}),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        told(SERVER, "ECONNRESET"),
        told(CLIENT, "ECONNRESET"),
    ),
)

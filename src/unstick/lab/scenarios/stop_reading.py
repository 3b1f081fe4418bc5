"""The peer is alive and does not read: no timeout of TCP will ever end this."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part, waits

SCENARIO = Scenario(
    name="stop-reading",
    story="The client stops reading. Its kernel keeps the window closed and answers every "
    "probe, so that the server's kernel must wait for as long as that goes on.",
    client=part("stops_reading", rcvbuf=65536),
    watch_s=20.0,
    findings=frozenset({"P302"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "ESTABLISHED"),
        waits(SERVER, at_least_s=15.0),
        counted(SERVER, "TcpExtTCPWinProbe", at_least=3),
    ),
)

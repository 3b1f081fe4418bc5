"""The peer closes its window, and is then gone: the server asks a window that nobody opens."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part, waits

SCENARIO = Scenario(
    name="vanish-at-zero-window",
    story="The client stops reading, its window closes, and behind that the path goes silent. "
    "The server probes the window; nobody answers.",
    client=part("stops_reading", rcvbuf=65536),
    boxes=(part("vanish_at", closing_window=True),),
    watch_s=20.0,
    findings=frozenset({"P301"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "ESTABLISHED"),
        waits(SERVER, at_least_s=15.0),
        counted(SERVER, "TcpExtTCPWinProbe", at_least=3),
    ),
)

"""The story, alive: one more request before the close, and no kernel takes the reset."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, counted, ends_in, part, waits

SCENARIO = Scenario(
    name="pipelined",
    story="As office-today, but the client has written one more request before it closes. The "
    "one reset that the firewall lets through is too low by that request and the FIN: "
    "refused by every stack, today too.",
    client=part("reads_then_aborts", pipelined=True),
    boxes=(part("forward_first_reset_then_forget"), LINE),
    watch_s=18.0,
    findings=frozenset({"C201"}),
    mentions=frozenset({"R101", "R104", "R105"}),
    truth=(
        ends_in(SERVER, "CLOSE-WAIT"),
        ends_in(CLIENT),
        waits(SERVER, at_least_s=15.0),
        counted(SERVER, "TcpExtTCPChallengeACK", at_most=0),
    ),
)

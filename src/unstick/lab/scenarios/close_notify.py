"""The story under TLS: the close_notify before the FIN makes the reset too low for any kernel."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, counted, ends_in, part, waits

SCENARIO = Scenario(
    name="close-notify",
    story="A TLS client closes as it should, with a close_notify before its FIN. The one reset "
    "that the firewall lets through is too low by 32: refused by every stack.",
    client=part("reads_then_aborts", close_notify=True),
    boxes=(part("forward_first_reset_then_forget"), LINE),
    server=part("raw"),
    tls=True,
    watch_s=18.0,
    findings=frozenset({"C201"}),
    truth=(
        ends_in(SERVER, "CLOSE-WAIT"),
        ends_in(CLIENT),
        waits(SERVER, at_least_s=15.0),
        counted(SERVER, "TcpExtTCPChallengeACK", at_most=0),
    ),
)

"""The story on the kernel that runs: Linux since 4.11 takes the reset that is one too low."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, counted, ends_in, part, told

SCENARIO = Scenario(
    name="office-today",
    story="The client goes away in the middle, the firewall lets one reset through and forgets "
    "the connection, as in 2015; the server's stack of today takes a reset at the FIN's "
    "number for what it is, and all is over at once.",
    client=part("reads_then_aborts"),
    boxes=(part("forward_first_reset_then_forget"), LINE),
    watch_s=15.0,
    findings=frozenset(),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        told(SERVER, "EPIPE"),
        counted(SERVER, "TcpExtTCPChallengeACK", at_most=0),
    ),
)

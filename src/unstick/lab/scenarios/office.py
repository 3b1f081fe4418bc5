"""The story: 2015, an office, a firewall that forgets a connection after its first reset."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, counted, ends_in, part, waits

SCENARIO = Scenario(
    name="office",
    story="The client goes away in the middle of a large object. The firewall lets one reset "
    "through and forgets the connection; the server's stack refuses that reset, one too low, and "
    "the request sits in CLOSE-WAIT until its send timeout.",
    client=part("reads_then_aborts"),
    boxes=(part("forward_first_reset_then_forget"), LINE),
    old_linux=True,
    watch_s=18.0,
    findings=frozenset({"C201"}),
    mentions=frozenset({"P301", "R101", "R104", "R105"}),
    truth=(
        ends_in(SERVER, "CLOSE-WAIT"),
        ends_in(CLIENT),
        waits(SERVER, at_least_s=15.0),
        counted(SERVER, "TcpExtTCPChallengeACK", at_most=0),
        counted(CLIENT, "TcpOutRsts", at_least=2),
    ),
)

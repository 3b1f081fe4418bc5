"""The same, behind a firewall that lets no reset through: the port stays blocked."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part

SCENARIO = Scenario(
    name="syn-challenge-unheard",
    story="The client's machine is switched off and comes back, and uses the old port again. The "
    "server questions the SYN; the client resets the old connection, and a firewall drops that "
    "reset. Every copy of the SYN is questioned again.",
    client=part("comes_again"),
    boxes=(part("drop_resets", sender="client"),),
    watch_s=20.0,
    findings=frozenset({"H402"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "SYN-SENT"),
        counted(SERVER, "TcpExtTCPSYNChallenge", at_least=3),
    ),
)

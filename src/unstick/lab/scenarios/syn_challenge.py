"""A client starts anew on the port of a connection that the server still has."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part, told

SCENARIO = Scenario(
    name="syn-challenge",
    story="The client's machine is switched off between two requests and comes back; its first "
    "connection happens to use the old port. The server answers the SYN with a challenge "
    "ACK for the old connection, the client resets that, and the next copy of the SYN is "
    "accepted.",
    client=part("comes_again"),
    watch_s=15.0,
    findings=frozenset(),
    mentions=frozenset({"H402"}),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        told(SERVER, "ECONNRESET"),
        counted(SERVER, "TcpExtTCPSYNChallenge", at_least=1),
    ),
)

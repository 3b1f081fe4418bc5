"""The way back is broken: the server answers, and the client never hears it."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part

SCENARIO = Scenario(
    name="syn-ack-lost",
    story="The route from the server to the client is broken, the other one works. The server "
    "answers every SYN; the client hears nothing. Each end sees half of the trouble.",
    client=part("says_nothing"),
    boxes=(part("one_way", lost="server"),),
    watch_s=20.0,
    findings=frozenset({"H404"}),
    client_findings=frozenset({"H401"}),
    truth=(
        ends_in(SERVER, "SYN-RECEIVED"),
        ends_in(CLIENT, "SYN-SENT"),
        counted(CLIENT, "TcpRetransSegs", at_least=2),
    ),
)

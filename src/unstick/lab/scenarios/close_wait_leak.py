"""The server owes a close: CLOSE-WAIT, and the network is innocent."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, part

SCENARIO = Scenario(
    name="close-wait-leak",
    story="The client asks for something that a backend never answers, waits, and closes. The "
    "server has its FIN, has nothing to send, and never looks.",
    client=part("gives_up_waiting"),
    watch_s=66.0,
    findings=frozenset({"C202"}),
    truth=(
        ends_in(SERVER, "CLOSE-WAIT"),
        ends_in(CLIENT),
    ),
)

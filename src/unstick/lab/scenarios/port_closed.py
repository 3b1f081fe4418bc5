"""Nobody listens: the server's host says so at once."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, part, told

SCENARIO = Scenario(
    name="port-closed",
    story="The client connects to a port where nobody listens. The server's host answers with a "
    "reset, and the client is told at once.",
    client=part("says_nothing", port=9),
    watch_s=10.0,
    findings=frozenset(),
    mentions=frozenset({"H403"}),
    truth=(ends_in(SERVER), ends_in(CLIENT), told(CLIENT, "ECONNREFUSED")),
)

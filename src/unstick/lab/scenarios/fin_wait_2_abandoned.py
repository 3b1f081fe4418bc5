"""The server has closed, the client never does."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, part, told

SCENARIO = Scenario(
    name="fin-wait-2-abandoned",
    story="The server answers and closes; the client has read everything, has the FIN, and "
    "keeps its own end open. The server's kernel waits for a FIN that does not come.",
    client=part("never_closes"),
    sysctls={SERVER: {"net.ipv4.tcp_fin_timeout": "120"}},
    watch_s=66.0,
    findings=frozenset({"C202"}),  # the cause: the client owes a close
    mentions=frozenset({"C204"}),
    truth=(
        ends_in(SERVER, "FIN-WAIT-2"),
        ends_in(CLIENT, "CLOSE-WAIT"),
        told(SERVER, "closed"),
    ),
)

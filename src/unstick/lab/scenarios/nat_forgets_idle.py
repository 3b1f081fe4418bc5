"""A NAT forgets a connection that was quiet for a while."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part

SCENARIO = Scenario(
    name="nat-forgets-idle",
    story="The client asks, is answered, and is quiet for longer than the NAT remembers. Its "
    "next request is dropped, and every copy of it; the server knows of nothing.",
    client=part("idles", idle_s=32.0),
    boxes=(part("forget_after_idle", seconds=30.0),),
    watch_s=55.0,
    findings=frozenset(),
    client_findings=frozenset({"P303"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "ESTABLISHED"),
        counted(CLIENT, "TcpRetransSegs", at_least=3),
    ),
)

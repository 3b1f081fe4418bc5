"""The story's other half: the same client, the same old stack, and no firewall."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, counted, ends_in, part, told

SCENARIO = Scenario(
    name="vps",
    story="The same client goes away in the same way, but nothing forgets the connection: its "
    "resets are one too low until one answers a segment that knew of the FIN. That one "
    "ends the request.",
    client=part("reads_then_aborts"),
    boxes=(LINE,),
    old_linux=True,
    watch_s=15.0,
    findings=frozenset(),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        told(SERVER, "EPIPE"),
        counted(CLIENT, "TcpOutRsts", at_least=2),
    ),
)

"""A firewall hides sequence numbers, and forgets that SACK blocks hold them."""

from __future__ import annotations

from unstick.lab.packets import SERVER
from unstick.lab.scenario import Scenario, counted, part

SCENARIO = Scenario(
    name="sequence-randomiser-breaks-sack",
    story="A firewall moves the server's sequence numbers, but not those in the client's SACK "
    "blocks. They speak of bytes that the server never sent: every loss costs as if there "
    "were no SACK.",
    client=part("reads_all"),
    boxes=(
        part("random_loss", share=0.005),
        part("randomise_sequence_numbers", rewrite_sack=False),
    ),
    watch_s=20.0,
    findings=frozenset({"M506"}),
    truth=(counted(SERVER, "TcpRetransSegs", at_least=1),),
)

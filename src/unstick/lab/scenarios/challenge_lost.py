"""A reset is questioned, and the question never arrives."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part

SCENARIO = Scenario(
    name="challenge-lost",
    story="The client's last request is lost, so that its reset is ahead of what the server "
    "has: inside the window, not exact. The server asks back with a challenge ACK; a "
    "firewall drops that as stray. The server keeps a connection that its client has long "
    "forgotten.",
    client=part("resets_after_loss"),
    boxes=(part("lose_segment", sender="client", number=2), part("drop_challenge_acks")),
    watch_s=15.0,
    findings=frozenset({"R103"}),
    mentions=frozenset({"R102"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT),
        counted(SERVER, "TcpExtTCPChallengeACK", at_least=1),
    ),
)

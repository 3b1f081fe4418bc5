"""A FIN that nobody acknowledges."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, part, told

SCENARIO = Scenario(
    name="fin-unanswered",
    story="The server has answered and closes; something on the path eats its FIN. It repeats "
    "it, and the client, who waits for the end of the stream, waits on.",
    client=part("reads_all", size=20_000),
    boxes=(part("drop_fin", sender="server"),),
    watch_s=20.0,
    findings=frozenset({"C203"}),
    truth=(
        ends_in(SERVER, "FIN-WAIT-1"),
        ends_in(CLIENT, "ESTABLISHED"),
        told(SERVER, "closed"),
    ),
)

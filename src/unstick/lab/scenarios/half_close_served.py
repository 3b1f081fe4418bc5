"""A look-alike: a half-closed connection is served to the end."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, got, part, told

SCENARIO = Scenario(
    name="half-close-served",
    story="The client sends its request and then FIN, and reads the response to its end. CLOSE- "
    "WAIT is where the server must be meanwhile.",
    client=part("half_closes", size=4_000_000, rate=500_000),
    watch_s=20.0,
    findings=frozenset(),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        got(CLIENT, at_least=4_000_000),
        told(SERVER, "closed"),
    ),
)

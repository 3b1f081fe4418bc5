"""A look-alike: a slow reader that makes progress is not stuck."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, part, waits

SCENARIO = Scenario(
    name="slow-but-alive",
    story="The client reads 20 kB a second and does not stop. Its window is closed most of the "
    "time, and yet nothing is wrong.",
    client=part("reads_all", rate=20_000),
    watch_s=20.0,
    findings=frozenset(),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "ESTABLISHED"),
        waits(SERVER, at_least_s=15.0),
    ),
)

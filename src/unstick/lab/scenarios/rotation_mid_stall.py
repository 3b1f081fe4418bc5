"""A capture that is rotated while the connection is stuck is still one story."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, ends_in, part, waits

SCENARIO = Scenario(
    name="rotation-mid-stall",
    story="As pipelined, but the captures begin new files every five seconds: what explains the "
    "last one is in the first.",
    client=part("reads_then_aborts", pipelined=True),
    boxes=(part("forward_first_reset_then_forget"), LINE),
    rotate_s=5.0,
    watch_s=18.0,
    findings=frozenset({"C201"}),
    truth=(
        ends_in(SERVER, "CLOSE-WAIT"),
        ends_in(CLIENT),
        waits(SERVER, at_least_s=15.0),
    ),
)

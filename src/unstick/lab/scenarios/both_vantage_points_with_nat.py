"""Two captures of one connection that have no address in common."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, ends_in, part, waits

SCENARIO = Scenario(
    name="both-vantage-points-with-nat",
    story="As pipelined, behind a NAT: the server knows the client by another address and port. "
    "What unstick compare says of the two captures is one connection, seen from both "
    "ends.",
    client=part("reads_then_aborts", pipelined=True),
    boxes=(part("nat", address="192.0.2.77"), part("forward_first_reset_then_forget"), LINE),
    watch_s=18.0,
    findings=frozenset({"C201"}),
    truth=(
        ends_in(SERVER, "CLOSE-WAIT"),
        ends_in(CLIENT),
        waits(SERVER, at_least_s=15.0),
    ),
)

"""A blind attack on a connection, survived."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, got, part, told

SCENARIO = Scenario(
    name="reset-spray",
    story="Somebody who cannot see the connection sends resets with numbers that walk the "
    "sequence space. None is exact: one or two draw a challenge ACK, and the download "
    "goes on to its end.",
    client=part("reads_all"),
    boxes=(part("inject_resets", pattern="a blind spray of resets"),),
    watch_s=15.0,
    findings=frozenset({"R108"}),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        got(CLIENT, at_least=8_000_000),
        told(SERVER, "closed"),
        counted(SERVER, "TcpExtTCPChallengeACK", at_least=1),
    ),
)

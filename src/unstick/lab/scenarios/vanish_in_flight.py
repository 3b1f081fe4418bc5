"""The peer is gone while bytes are on their way to it."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part, waits

SCENARIO = Scenario(
    name="vanish-in-flight",
    story="The path goes silent in the middle of a response. The server repeats the oldest "
    "segment with growing pauses; nobody answers.",
    client=part("reads_all"),
    boxes=(part("vanish_at", bytes_sent=2_000_000),),
    watch_s=18.0,
    findings=frozenset({"P301"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "ESTABLISHED"),
        waits(SERVER, at_least_s=15.0),
        counted(SERVER, "TcpRetransSegs", at_least=3),
    ),
)

"""Small segments pass, full ones do not, and nobody says why."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, got, part, waits

SCENARIO = Scenario(
    name="mtu-black-hole",
    story="A link on the path carries 1,300 bytes, and the box before it drops what is larger "
    "without a word. The handshake works, a small answer comes, a large one never.",
    client=part("reads_small_then_large"),
    boxes=(part("large_segments_vanish", mtu=1300, icmp=False),),
    watch_s=18.0,
    findings=frozenset({"P305"}),
    truth=(
        ends_in(SERVER, "ESTABLISHED"),
        ends_in(CLIENT, "ESTABLISHED"),
        waits(SERVER, at_least_s=15.0),
        got(CLIENT, at_least=100, at_most=400),
    ),
)

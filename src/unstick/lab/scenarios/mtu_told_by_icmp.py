"""A look-alike: the same narrow link, and a box that says so."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, got, part, told

SCENARIO = Scenario(
    name="mtu-told-by-icmp",
    story="A link on the path carries 1,300 bytes, and the box before it says so by ICMP. The "
    "server sends smaller segments, and all is well.",
    client=part("reads_small_then_large"),
    boxes=(part("large_segments_vanish", mtu=1300, icmp=True),),
    watch_s=15.0,
    findings=frozenset(),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        got(CLIENT, at_least=8_000_000),
        told(SERVER, "closed"),
    ),
)

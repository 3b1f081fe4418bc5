"""An exact reset that no receiver may honour: it is signed, and nobody agreed on that."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, ends_in, got, part, told

SCENARIO = Scenario(
    name="reset-with-md5-option",
    story="A reset with the exact number carries a TCP MD5 signature that the connection never "
    "agreed on. The server drops it, and the download goes on.",
    client=part("reads_all"),
    boxes=(part("inject_resets", pattern="a reset with an MD5 option"),),
    watch_s=15.0,
    findings=frozenset({"R107"}),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        got(CLIENT, at_least=8_000_000),
        told(SERVER, "closed"),
    ),
)

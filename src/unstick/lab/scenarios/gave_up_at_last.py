"""Pipelined, and a server that waits for seconds, not minutes: what it looks like afterwards."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import LINE, Scenario, counted, ends_in, part, told

SCENARIO = Scenario(
    name="gave-up-at-last",
    story="The client goes away in the middle, one request unread, and the firewall forgets the "
    "connection. The server's send timeout is 4 s: it gives up, and its close, with a request "
    "unread, is a reset that nobody hears.",
    client=part("reads_then_aborts", pipelined=True),
    server=part("blocking", send_timeout_s=4.0),
    boxes=(part("forward_first_reset_then_forget"), LINE),
    watch_s=30.0,
    findings=frozenset({"C201"}),
    mentions=frozenset({"P301", "R101", "R104"}),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        told(SERVER, "EAGAIN"),
        counted(SERVER, "TcpExtTCPAbortOnClose", at_least=1),
    ),
)

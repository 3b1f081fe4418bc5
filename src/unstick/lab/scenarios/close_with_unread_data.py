"""A server that closes before it has read everything cuts its own answer."""

from __future__ import annotations

from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, counted, ends_in, part, told

SCENARIO = Scenario(
    name="close-with-unread-data",
    story="The client sends more than the server wants. The server answers that, and closes "
    "with bytes unread: its kernel resets, and the answer is cut on its way.",
    client=part("uploads_too_much"),
    server=part("raw"),
    watch_s=15.0,
    findings=frozenset({"C205"}),
    truth=(
        ends_in(SERVER),
        ends_in(CLIENT),
        told(CLIENT, "ECONNRESET"),
        counted(SERVER, "TcpExtTCPAbortOnClose", at_least=1),
    ),
)

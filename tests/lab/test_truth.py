"""Claims about a run: what bears them out, and what does not."""

from __future__ import annotations

import pytest

from unstick.lab.events import Event
from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Claim, counted, ends_in, got, told, waits
from unstick.lab.truth import KINDS, Seen, check

EVENTS = [
    Event(1.0, SERVER, "hands 9 bytes to one writev", {"connection": 1, "writes": 9}),
    Event(1.0, SERVER, "hands 9 bytes to one writev", {"connection": 2, "writes": 9}),
    Event(2.0, SERVER, "gives up", {"connection": 2, "outcome": "EPIPE"}),
    Event(3.0, CLIENT, "has read 500 bytes", {"read": 500}),
]
SEEN = Seen(
    {CLIENT: [], SERVER: [{"state": "CLOSE-WAIT"}]},
    {CLIENT: {}, SERVER: {"TcpOutRsts": 2}},
    EVENTS,
    11.0,
)


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        (ends_in(SERVER, "CLOSE-WAIT"), True),
        (ends_in(SERVER), False),
        (ends_in(SERVER, "CLOSE-WAIT", "ESTABLISHED"), False),
        (ends_in(CLIENT), True),
        (counted(SERVER, "TcpOutRsts", at_least=2), True),
        (counted(SERVER, "TcpOutRsts", at_least=3), False),
        (counted(SERVER, "TcpOutRsts", at_most=1), False),
        (counted(CLIENT, "TcpOutRsts", at_most=0), True),
        (told(SERVER, "EPIPE"), True),
        (told(SERVER, "ECONNRESET"), False),
        (told(CLIENT, "EPIPE"), False),
        (waits(SERVER, at_least_s=10), True),
        (waits(SERVER, at_least_s=10.5), False),
        (waits(CLIENT, at_least_s=0.1), False),
        (got(CLIENT, at_least=500, at_most=500), True),
        (got(CLIENT, at_least=501), False),
        (got(CLIENT, at_least=0, at_most=499), False),
    ],
)
def test_claim(claim: Claim, holds: bool) -> None:
    (checked,) = check([claim], SEEN)
    assert checked.holds is holds, checked


def test_a_write_that_came_back_is_no_waiting() -> None:
    done = [*EVENTS, Event(4.0, SERVER, "all taken", {"connection": 1, "written": 9})]
    (checked,) = check([waits(SERVER, at_least_s=0.1)], SEEN._replace(events=done))
    assert not checked.holds


def test_every_kind_is_tested() -> None:
    assert set(KINDS) == {"counted", "ends_in", "got", "told", "waits"}

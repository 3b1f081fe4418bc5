"""Healthy captures stay healthy, however badly they were captured: cut short, begun late, thinned
out, one direction lost, every packet doubled. Only what a capture cannot tell (M) may be said.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterator

import pytest

from tests.tcp.segments import CAPTURES, Table, table_of, walked
from tests.truth.reading import files, needs_captures
from unstick.checks import looks
from unstick.checks.base import Severity
from unstick.tcp.reading import Reader
from unstick.tcp.resets import with_verdicts
from unstick.wire import columns as c

pytestmark = needs_captures

LAB = ("halfclose", "vps", "story-vps")
LARGEST_BYTES = 1_000_000
PROFILE = "linux-6.17"
COPY_AFTER_NS = 20_000

HEALTHY = [
    *(f"lab/{name}.{end}.pcap" for name in LAB for end in ("server", "client")),
    *files("public/controls"),
    *files("public/traps"),
]

Keep = Callable[[int, int], bool]
"""By number of the segment and its side."""


def kept(table: Table, keep: Keep) -> Table:
    rows = array("q")
    for number, base in enumerate(table.bases()):
        if keep(number, table.rows[base + c.SIDE]):
            rows.extend(table.rows[base : base + c.SEGMENT_WIDTH])
    return Table(rows, table.streams)


def doubled(table: Table) -> Table:
    """Every packet once more, as a router's other interface sees it."""
    rows = array("q")
    for base in table.bases():
        packet = table.rows[base : base + c.SEGMENT_WIDTH]
        rows.extend(packet)
        packet[c.TIME_NS] += COPY_AFTER_NS
        packet[c.TTL] -= 1
        rows.extend(packet)
    return Table(rows, table.streams)


def before(edge: int) -> Keep:
    return lambda number, side: number < edge


def since(edge: int) -> Keep:
    return lambda number, side: number >= edge


def thinned(share: float, seed: int) -> Keep:
    dice = random.Random(seed)
    return lambda number, side: dice.random() >= share


def only(side: int, since: int = 0) -> Keep:
    """One side; before ``since``, both."""
    return lambda number, whose: whose == side or number < since


def abuses(table: Table) -> Iterator[tuple[str, Table]]:
    count = table.count
    for tenth in (1, 3, 5, 7, 9):
        edge = count * tenth // 10
        yield f"the first {tenth}0 %", kept(table, before(edge))
        yield f"all but the first {tenth}0 %", kept(table, since(edge))
    for share in (0.02, 0.1, 0.3):
        yield f"{share:.0%} lost while capturing", kept(table, thinned(share, count))
    for side in (0, 1):
        yield f"only side {side}", kept(table, only(side))
        yield f"from the middle on only side {side}", kept(table, only(side, count // 2))
    yield "every packet twice", doubled(table)


def alarms(table: Table) -> list[str]:
    """What is said of these segments that is worse than a note, M-codes aside."""
    if not table.count:
        return []
    end_ns = max(table.rows[c.TIME_NS :: c.SEGMENT_WIDTH])
    reader = Reader(walked(table), table.streams, 0, end_ns, PROFILE)
    found = []
    for slot in range(len(table.streams)):
        if reader.row(slot)[0] == c.NONE:
            continue
        connection = with_verdicts(reader.connection(slot))
        for finding in (one for look in looks() for one in look(connection)):
            if finding.severity > Severity.NOTE and not finding.code.startswith("M"):
                found.append(f"{finding.code} stream {finding.stream}: {finding.headline}")
    return found


@pytest.mark.parametrize("name", HEALTHY, ids=lambda name: name[-50:])
def test_a_bad_capture_of_a_healthy_connection_raises_no_alarm(name: str) -> None:
    path = CAPTURES / name
    table = table_of(path) if path.stat().st_size <= LARGEST_BYTES else None
    if table is None:
        return  # no capture, or one that takes too long: the whole of it is in test_healthy
    said = {how: alarms(abused) for how, abused in abuses(table)}
    assert {how: found for how, found in said.items() if found} == {}

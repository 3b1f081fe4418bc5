"""A segment that comes late into a hole: overtaken on its way, or lost before the capture and sent
again? Its timestamp tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tcp.test_counting import seen

TRACE = """
 0.000  C  S   0:0(0)                 win 64240  <mss 1460,sackOK,wscale 10{syn}>
 0.001  S  S.  0:0(0)       ack 1     win 65160  <mss 1460,sackOK,wscale 10{answer}>
 0.002  C  .   1:1(0)       ack 1     win 63     <{first}>
 0.010  C  .   1001:2001(1000) ack 1  win 63     <{newest}>
 {at}   C  .   1:1001(1000) ack 1     win 63     <{late}>
"""


def trace(at: str, late: int | None) -> str:
    """The first segment of two comes at ``at``, with this timestamp; the second one has 1008."""
    if late is None:
        said = {"syn": "", "answer": "", "first": "nop", "newest": "nop", "late": "nop"}
        return TRACE.format(at=at, **said)
    said = {
        "syn": ",TS val 1000 ecr 0",
        "answer": ",TS val 70 ecr 1000",
        "first": "TS val 1001 ecr 70",
        "newest": "TS val 1008 ecr 70",
        "late": f"TS val {late} ecr 70",
    }
    return TRACE.format(at=at, **said)


@pytest.mark.parametrize("engine", ["compiled", "plain"])
@pytest.mark.parametrize(
    ("at", "late", "sent_again"),
    [
        ("0.012", 1008, 0),  # within 3 ms, whatever it says
        ("0.018", 1007, 0),  # sent before the one that overtook it: held up in a queue
        ("0.109", 1007, 0),
        ("0.018", 1016, 1),  # sent after it: what was lost before the capture
        ("0.018", 1008, 1),  # of the same tick: nobody can tell
        ("0.111", 1007, 1),  # later than queues are long: a stack that repeats its timestamps
        ("0.018", None, 1),
    ],
)
def test_timestamps_tell(
    at: str, late: int | None, sent_again: int, engine: str, tmp_path: Path
) -> None:
    connection, _ = seen(tmp_path, trace(at, late), engine)
    assert connection.client.data_packets == 2
    assert connection.client.retransmitted == sent_again

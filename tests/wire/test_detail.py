"""How much of a row is written: BRIEF leaves out only what it says it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import compiled, plain, sources
from unstick.wire import columns as c
from unstick.wire.capture import open_captures
from unstick.wire.kernels import WireKernels

ALWAYS = c.SEGMENT_COLUMNS[: c.ENCAPSULATION + 1]
BY_OPTION = {
    "MSS": c.OPTION_MSS,
    "WINDOW_SCALE": c.OPTION_WINDOW_SCALE,
    "SACK_COUNT": c.OPTION_SACK,
    "SACK_1_LEFT": c.OPTION_SACK,
    "SACK_1_RIGHT": c.OPTION_SACK,
}
OTHERS = ("CAPTURED", "URGENT", "TSECR")


def rows(path: Path, kernels: WireKernels, detail: int) -> list[dict[str, int | None]]:
    [reader] = open_captures([str(path)], engine=kernels, detail=detail)
    return [
        row for batch in reader.batches() for row in c.segment_rows(batch.segments, batch.count)
    ]


def capture() -> bytes:
    sacks = {"sacks": ((3, 4), (9, 12))}
    packets = []
    for options in ({"mss": 1460}, sacks, {}, {"timestamps": (7, 8)}, {}, {"mss": 1200}, {}):
        packets.append(b.ethernet(0x0800, b.ipv4(payload=90, **options)))
        packets.append(b.ethernet(0x86DD, b.ipv6(payload=90, **options)))
        packets.append(b.ethernet(0x0800, b.ip4(6, b.tcp(b.LINUX_TIMESTAMPS, bytes(40)))))
    return b.pcap(packets, 1)


@pytest.mark.parametrize(
    "kernels", [compiled, plain, sources], ids=["compiled", "plain", "sources"]
)
def test_what_the_walk_asks_for_is_there(
    kernels: Callable[[], WireKernels], tmp_path: Path
) -> None:
    path = tmp_path / "one.pcap"
    path.write_bytes(capture())
    whole, brief = rows(path, kernels(), c.WHOLE), rows(path, kernels(), c.BRIEF)
    assert len(whole) == len(brief) == 21
    for full, short in zip(whole, brief, strict=True):
        assert [short[name] for name in ALWAYS] == [full[name] for name in ALWAYS]
        for name, bit in BY_OPTION.items():
            if (full["OPTIONS"] or 0) & bit:
                assert short[name] == full[name]


def test_a_brief_row_leaves_the_rest_alone(tmp_path: Path) -> None:
    """Else it would cost what it is to save."""
    path = tmp_path / "one.pcap"
    path.write_bytes(capture())
    bare = [row for row in rows(path, compiled(), c.BRIEF) if not row["OPTIONS"]]
    assert bare
    assert not any(row[name] for row in bare for name in OTHERS)

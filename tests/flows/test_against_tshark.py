"""Stream numbers are Wireshark's: on every capture we have, and on random reuse of few ports."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.packets import (
    TSHARK,
    Packet,
    plain_kernels,
    segment_table,
    slots_and_sides,
    tshark_streams,
    write_capture,
)
from unstick.flows import Streams
from unstick.flows.streams import compiled_if_possible
from unstick.wire import columns as c

if TYPE_CHECKING:
    from unstick.flows.streams import Kernels

needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")

HOSTS = ("10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "::10.0.0.1")
PORTS = (0, 80, 40000)
FLAGS = (
    c.SYN,
    c.SYN | c.ACK_FLAG,
    c.ACK_FLAG,
    c.RST,
    c.RST | c.ACK_FLAG,
    c.FIN | c.ACK_FLAG,
    0,
    c.SYN | c.FIN,
    c.SYN | c.RST,
    c.SYN | c.ECE | c.CWR | c.AE,
)
NUMBERS = (0, 1, 2, 0xFFFFFFFE, 0xFFFFFFFF)


def random_packets(seed: int, count: int) -> list[Packet]:
    """Few hosts, ports and numbers, so that every rule is met often."""
    rng = random.Random(seed)
    packets = []
    for _ in range(count):
        source = rng.choice(HOSTS)
        same_version = [host for host in HOSTS if (":" in host) == (":" in source)]
        packets.append(
            Packet(
                source,
                rng.choice(PORTS),
                rng.choice(same_version),
                rng.choice(PORTS),
                rng.choice(FLAGS),
                rng.choice(NUMBERS),
                rng.choice(NUMBERS),
            )
        )
    return packets


def numbers_of(packets: list[Packet], engine: Kernels | None = None) -> list[int]:
    table = segment_table(packets)
    streams = Streams(kernels=engine)
    streams.assign(table, 0, len(packets))
    return [streams.number(slot) for slot, _ in slots_and_sides(table)]


@needs_tshark
@pytest.mark.parametrize("seed", range(6))
def test_random_packets(tmp_path: Path, seed: int) -> None:
    packets = random_packets(seed, 3000)
    path = tmp_path / "random.pcap"
    write_capture(path, packets)
    theirs = tshark_streams(path)
    assert [theirs[row + 1] for row in range(3000)] == [[number] for number in numbers_of(packets)]


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    return plain_kernels()


@given(seed=st.integers(0, 1 << 32), salt=st.integers(0, (1 << 31) - 1), cut=st.integers(1, 200))
@settings(max_examples=30, deadline=None)
def test_plain_and_compiled_agree(plain: ModuleType, seed: int, salt: int, cut: int) -> None:
    """The same slots, sides and tables, whatever the salt and the batches are."""
    packets = random_packets(seed, 200)
    results = []
    for engine in (compiled_if_possible(), plain):
        table = segment_table(packets)
        streams = Streams(max_streams=60, salt=salt, kernels=engine)
        replaced = [*streams.assign(table, 0, cut), *streams.assign(table, cut, 200 - cut)]
        results.append((table.tobytes(), streams.table.tobytes(), replaced))
    assert results[0] == results[1]

"""Nothing crashes, hangs or raises anything but CaptureError: cut, damaged and random captures.

Both engines must also say the same of them, to the last number.
"""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire import bytes_of as b
from tests.wire.reading import (
    ABSENT,
    CAPTURES,
    Read,
    captures,
    compiled,
    plain,
    read,
    read_bytes,
    sources,
)
from tests.wire.test_layers import LINKS, TUNNELS
from unstick import engine
from unstick.errors import CaptureError
from unstick.wire import capture
from unstick.wire.anomalies import new_table
from unstick.wire.columns import (
    FRAME,
    INTERFACE,
    RECORD_WIDTH,
    SEGMENT_COLUMNS,
    SEGMENT_WIDTH,
    TIME_NS,
)
from unstick.wire.frames import LOOKUP
from unstick.wire.kernels import WireKernels
from unstick.wire.layers import link_layer
from unstick.wire.pcap import MAGICS

bounded = settings(max_examples=150, derandomize=True, deadline=None, database=None)

SAMPLES: dict[str, bytes] = {
    # small captures that between them reach every branch of the readers
    "pcap links": b.pcap([packet for link, packet in LINKS.values() if link == 1], 1),
    "pcap tunnels": b.pcap(list(TUNNELS.values())),
    "pcap usual": b.pcap([b.ip4(6, b.tcp(b.LINUX_TIMESTAMPS, b"hello")), b.ip6(6, b.tcp())])
    + b.pcap([b.ip4(6, b.tcp(b"", b.LINUX_TIMESTAMPS))])[24:],  # payload that looks like options
    "pcap big": b.pcap([b.ipv4(), b.ipv6(timestamps=(1, 2), sacks=((3, 4),))], mark=">"),
    "pcap 2.2": b.pcap([b.ipv4(payload=90)] * 3, minor=2, swapped=True, snaplen=60),
    "pcap kuznetzov": b.pcap([b.ipv4()] * 3, magic=0xA1B2CD34, extra=bytes(8)),
    "pcapng": b.section(options=b.option(1, b"a comment"))
    + b.interface(options=b.option(9, b"\x94") + b.option(14, bytes(8)))
    + b"".join(b.enhanced(packet, 77 << 20) for packet in TUNNELS.values())
    + b.block(5, bytes(12) + b.option(5, bytes(8)))
    + b.section(">")
    + b.interface(mark=">")
    + b.block(0x7777, bytes(40), ">")
    + b.enhanced(b.ipv6(), mark=">"),
    "pcapng odd length": b.section()
    + b.interface()
    + b"".join(
        block[:4] + size + block[8:-4] + bytes(more) + size
        for more, block in zip((0, 0, 2, 0, 0), [b.enhanced(b.ipv4(), 9)] * 5, strict=True)
        for size in (struct.pack("<I", len(block) + more),)
    ),
    **{f"pcap link {link}": b.pcap([packet], link) for link, packet in LINKS.values()},
}


def outcome(data: bytes, kernels: WireKernels) -> Read | None:
    """What was read; None if it was refused."""
    try:
        return read_bytes(data, kernels)
    except CaptureError:
        return None


def agree(data: bytes) -> None:
    """Both engines read the same, with and without the shortcuts of the plain one, and what they
    read makes sense."""
    fast = outcome(data, compiled())
    for kernels in (plain(), sources()):
        slow = outcome(data, kernels)
        assert (fast is None) == (slow is None)
        if fast is not None and slow is not None:
            same(fast, slow)
    if fast is not None:
        makes_sense(fast)


def same(fast: Read, slow: Read) -> None:
    assert fast.numbers == slow.numbers
    assert fast.anomalies == slow.anomalies
    for fact in ("packets", "bytes", "first_time_ns", "last_time_ns", "link_types", "bytes_read"):
        assert getattr(fast.reader, fact) == getattr(slow.reader, fact)


def makes_sense(result: Read) -> None:
    """What must hold of any row, whatever the bytes were."""
    before = 0
    for row in result.rows:
        values = {name: row[name] or 0 for name in SEGMENT_COLUMNS}
        assert before < values["FRAME"] <= result.reader.packets
        before = values["FRAME"]
        assert values["CAPTURED"] >= 0
        assert 0 <= values["LENGTH"] < 1 << 33
        assert row["IP_VERSION"] in (4, 6)
        assert all(0 <= values[name] < 1 << 16 for name in ("SOURCE_PORT", "TARGET_PORT", "WINDOW"))
        assert all(0 <= values[name] < 1 << 32 for name in ("SEQ", "ACK", "TSVAL", "ENCAPSULATION"))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_cut_of_a_sample_is_read(name: str) -> None:
    data = SAMPLES[name]
    rows = -1
    for size in range(len(data) + 1):
        result = outcome(data[:size], compiled())
        found = -1 if result is None else len(result.rows)
        assert found >= rows, "more bytes gave fewer rows"
        rows = found
        if size % 16 == 0:
            agree(data[:size])
    assert rows > 0


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
def test_every_cut_of_compressed_data_is_read(tool: str) -> None:
    data = SAMPLES["pcap tunnels"]
    if tool == "zstd":
        from tests.wire.test_formats import squeeze

        data = squeeze(data, tool)
    else:
        data = gzip.compress(data)
    for size in range(len(data)):
        outcome(data[:size], compiled())
    assert outcome(data, compiled()) is not None


@pytest.mark.parametrize("name", ["pcap links", "pcap tunnels", "pcapng"])
@bounded
@given(st.integers(0, 1 << 32), st.integers(1, 20))
def test_engines_agree_on_damaged_samples(name: str, seed: int, count: int) -> None:
    data = bytearray(SAMPLES[name])
    chance = random.Random(seed)
    for _ in range(count):
        at = chance.randrange(4, len(data))
        data[at] = chance.choice((0, 1, 4, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    agree(bytes(data))


@bounded
@given(st.sampled_from(sorted(MAGICS)), st.binary(max_size=400))
def test_engines_agree_on_random_pcap(magic: bytes, data: bytes) -> None:
    agree(magic + data)


@bounded
@given(st.sampled_from("<>"), st.binary(max_size=400))
def test_engines_agree_on_random_pcapng(mark: str, data: bytes) -> None:
    agree(b.section(mark) + b.interface(mark=mark) + data)


@bounded
@given(st.sampled_from(sorted({link for link, _ in LINKS.values()})), st.binary(max_size=200))
def test_engines_agree_on_random_packets(link: int, packet: bytes) -> None:
    agree(b.pcap([packet, packet[1:]], link))


@bounded
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_or_read(data: bytes) -> None:
    agree(data)


def rows(words: int) -> memoryview:
    return memoryview(bytearray(8 * words)).cast("q")


def decode(packet: bytes, link: int, kernels: WireKernels) -> list[int]:
    """The row that one packet gives, if any, behind their count; then what was odd. The buffer is
    exactly as large as the packet, so that builds with checks see a read past it."""
    buf, record, segment, anomalies = (
        memoryview(packet),
        rows(RECORD_WIDTH),
        rows(SEGMENT_WIDTH),
        new_table(),
    )
    size, layer = len(packet), link_layer(link)
    count = kernels.take(
        buf, LOOKUP, record, 7, 99, 0, size, size, layer, 3, segment, 0, True, anomalies
    )
    return [count, *(segment if count > 0 else []), *anomalies]


def damaged_packets(seed: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Packets of every shape, some bytes of them changed, some cut."""
    chance = random.Random(seed)
    whole = [*LINKS.values(), *((101, packet) for packet in TUNNELS.values())]
    whole += [(101, b.ip4(6, b.tcp(b.LINUX_TIMESTAMPS, bytes(80))))] * 3
    for _ in range(count):
        link, packet = chance.choice(whole)
        data = bytearray(packet)
        for _ in range(chance.randrange(8)):
            data[chance.randrange(len(data))] = chance.choice(
                (0, 1, 127, 255, chance.randrange(256))
            )
        yield link, bytes(data[: chance.choice((len(data), chance.randrange(len(data) + 1)))])


@pytest.mark.parametrize("seed", range(4))
def test_engines_agree_on_thousands_of_damaged_packets(seed: int) -> None:
    for link, packet in damaged_packets(seed, 6000):
        assert decode(packet, link, compiled()) == decode(packet, link, plain())


@pytest.mark.parametrize("seed", range(4, 6))
def test_the_quick_way_writes_what_the_long_way_writes(seed: int) -> None:
    packets = engine.load_plain()["wire.packets"]
    quick = 0
    for link, packet in damaged_packets(seed, 6000):
        buf, record, segment, anomalies = (
            memoryview(packet),
            rows(RECORD_WIDTH),
            rows(SEGMENT_WIDTH),
            new_table(),
        )
        size, layer = len(packet), link_layer(link)
        packets.place(record, 7, 99, 0, size, size, layer, 3)
        count = packets.decode(buf, LOOKUP, record, segment, 0, True, anomalies)
        row = segment if count > 0 else []
        segment = rows(SEGMENT_WIDTH)
        took = packets.quick(buf, LOOKUP, 0, size, size, layer, segment, 0, True)
        if took == packets.OTHER:
            continue
        quick += took
        segment[FRAME], segment[TIME_NS], segment[INTERFACE] = 7, 99, 3
        assert [took, *(segment if took else [])] == [count, *row]
        assert not any(anomalies), "what is odd goes the long way"
    assert quick > 100


def long_capture(chance: random.Random, count: int, pcapng: bool) -> bytes:
    """More packets than a batch has rows, of all shapes, mixed, each cut anywhere or not at all."""
    whole = [packet for link, packet in LINKS.values() if link == 1]
    whole += [b.ethernet(0x0800, packet) for packet in TUNNELS.values() if packet[0] == 0x45]
    for options in ({}, {"timestamps": (7, 8)}, {"sacks": ((3, 4), (9, 12))}, {"mss": 1460}):
        whole += [b.ethernet(0x0800, b.ipv4(payload=90, **options))] * 12
        whole += [b.ethernet(0x86DD, b.ipv6(payload=90, **options))] * 6
    whole += [b.ethernet(0x0800, b.ip4(6, b.tcp(b.LINUX_TIMESTAMPS, bytes(40))))] * 40
    whole += [b.ethernet(0x86DD, b.ip6(6, b.tcp(b.LINUX_TIMESTAMPS, bytes(40))))] * 20
    fragment = b.ip4(6, b.ipv4(payload=90)[20:], fragment=0x2000)
    whole += [b.ethernet(0x0800, fragment), b.ethernet(0x0800, b.ip4(6, bytes(8), fragment=14))]
    pieces = [b.section() + b.interface(1) if pcapng else b.pcap([], 1)]
    for index in range(count):
        packet = chance.choice(whole)
        kept = packet if chance.random() < 0.5 else packet[: chance.randrange(len(packet) + 1)]
        sizes = struct.pack("<II", len(kept), len(packet))
        if pcapng:
            pieces.append(b.block(6, struct.pack("<III", 0, 5, index) + sizes + kept))
        else:
            pieces.append(struct.pack("<II", b.SECOND, index) + sizes + kept)
    return b"".join(pieces)


@pytest.mark.parametrize("pcapng", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_engines_agree_across_batches_and_reads(
    seed: int, pcapng: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "BATCH_ROWS", 1000)
    chance = random.Random(seed)
    data = long_capture(chance, 3500, pcapng)
    whole = read_bytes(data, compiled())
    assert len(whole.rows) > 2 * capture.BATCH_ROWS
    for kernels in (compiled(), plain(), sources()):
        same(whole, read_bytes(data, kernels, chance.randrange(100, 5000)))


@pytest.mark.parametrize("pcapng", [False, True])
@pytest.mark.parametrize("seed", range(3, 11))
def test_engines_agree_on_damage_across_reads(seed: int, pcapng: bool) -> None:
    chance = random.Random(seed)
    data = bytearray(long_capture(chance, 400, pcapng))
    for _ in range(30):
        data[chance.randrange(64, len(data))] ^= 1 << chance.randrange(8)
    for _ in range(30):  # the numbers around packets more often than the packets
        at = data.find(
            b"\6\0\0\0" if pcapng else b.SECOND.to_bytes(4, "little"), at_random(chance, data)
        )
        data[at + 4 * chance.randrange(7) + chance.randrange(2)] ^= 1 << chance.randrange(8)
    size = chance.randrange(100, 5000)
    fast = read_bytes(bytes(data), compiled(), size)
    for kernels in (plain(), sources()):
        same(fast, read_bytes(bytes(data), kernels, size))


def at_random(chance: random.Random, data: bytearray) -> int:
    return chance.randrange(64, len(data) * 3 // 4)


# --- captures of others -------------------------------------------------------------------------

PUBLIC = captures("public")
needs_captures = pytest.mark.skipif(not CAPTURES.is_dir(), reason=ABSENT)


def refused(path: Path) -> bool:
    return path.suffix == ".snoop"


@needs_captures
@pytest.mark.parametrize("path", captures("public/malformed"), ids=lambda path: path.name[-50:])
def test_malformed_captures_end_with_a_sentence(path: Path) -> None:
    result = read(path)
    makes_sense(result)
    assert all(anomaly.detail and anomaly.count > 0 for anomaly in result.anomalies)


@needs_captures
@pytest.mark.parametrize("folder", sorted({path.parent.name for path in PUBLIC}))
def test_engines_agree_on_captures_of_others(folder: str) -> None:
    for path in captures(f"public/{folder}"):
        if refused(path) or path.stat().st_size > 120_000:
            continue
        same(read(path, compiled()), read(path, plain()))


@pytest.mark.long
@needs_captures
def test_engines_agree_on_every_capture() -> None:
    for path in captures("public", "lab"):
        if not refused(path):
            same(read(path, compiled()), read(path, plain()))


@needs_captures
@pytest.mark.parametrize(
    "path", [p for p in PUBLIC if p.stat().st_size < 600], ids=lambda p: p.name[-50:]
)
def test_every_cut_of_small_captures_is_read(path: Path) -> None:
    data = path.read_bytes()
    for size in range(0, len(data), 1 if "formats" not in path.parts else 3):
        outcome(data[:size], compiled())


@needs_captures
@bounded
@given(st.integers(0, 1 << 32))
def test_engines_agree_on_damaged_captures_of_others(seed: int) -> None:
    chance = random.Random(seed)
    path = chance.choice([p for p in PUBLIC if p.stat().st_size < 8000 and not refused(p)])
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 12)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    agree(bytes(data))

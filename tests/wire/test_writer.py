"""What is written is read back, field for field, in every style."""

from __future__ import annotations

import io
from ipaddress import IPv4Address, IPv6Address
from itertools import product
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.reading import Row, compiled, plain, read_bytes
from unstick.wire.columns import (
    OPTION_FAST_OPEN,
    OPTION_MD5,
    OPTION_MSS,
    OPTION_SACK,
    OPTION_SACK_PERMITTED,
    OPTION_TIMESTAMPS,
    OPTION_USER_TIMEOUT,
    OPTION_WINDOW_SCALE,
)
from unstick.wire.writer import LINKS, CaptureStyle, PacketSpec, write_capture

u16 = st.integers(0, (1 << 16) - 1)
u32 = st.integers(0, (1 << 32) - 1)
TIMES_US = st.integers(0, (1 << 32) * 1_000_000 - 1)
"""pcap holds seconds in 32 bits."""

STYLES = [
    CaptureStyle(container, order, resolution, link)  # type: ignore[arg-type]
    for container, order, resolution, link in product(
        ("pcap", "pcapng"), ("little", "big"), ("us", "ns"), LINKS
    )
]


def written(packets: list[PacketSpec], style: CaptureStyle) -> bytes:
    file = io.BytesIO()
    write_capture(file, packets, style)
    return file.getvalue()


@st.composite
def packets(draw: st.DrawFn) -> PacketSpec:
    address: Any = draw(st.sampled_from((IPv4Address, IPv6Address)))
    bits = 32 if address is IPv4Address else 128
    ends = st.integers(0, (1 << bits) - 1).map(address)
    edges = st.tuples(u32, u32)
    return PacketSpec(
        time_ns=draw(TIMES_US) * 1000,
        source=draw(ends),
        target=draw(ends),
        source_port=draw(u16),
        target_port=draw(u16),
        seq=draw(u32),
        flags=draw(st.integers(0, 0xFFF)),
        ack=draw(u32),
        window=draw(u16),
        payload=draw(st.one_of(st.integers(0, 3000), st.binary(max_size=80))),
        mss=draw(st.none() | u16),
        window_scale=draw(st.none() | st.integers(0, 14)),
        timestamps=draw(st.none() | edges),
        sacks=draw(st.lists(edges, max_size=2).map(tuple)),
        marks=draw(st.sampled_from((0, OPTION_SACK_PERMITTED, OPTION_USER_TIMEOUT))),
        urgent=draw(u16),
        ttl=draw(st.integers(0, 255)),
        ip_id=draw(u16),
    )


def halves(address: IPv4Address | IPv6Address) -> tuple[int, int]:
    """An address as the two signed columns hold it."""
    high, low = divmod(int(address), 1 << 64)
    signed = [half - (1 << 64) if half >> 63 else half for half in (high, low)]
    return signed[0], signed[1]


def expected(packet: PacketSpec, frame: int) -> dict[str, object]:
    """The columns that a packet must come back as."""
    payload = packet.payload if isinstance(packet.payload, int) else len(packet.payload)
    stamps = packet.timestamps or (None, None)
    edges = [edge for block in packet.sacks for edge in block]
    options = packet.marks
    for value, bit in (
        (packet.mss, OPTION_MSS),
        (packet.window_scale, OPTION_WINDOW_SCALE),
        (packet.timestamps, OPTION_TIMESTAMPS),
        (packet.sacks or None, OPTION_SACK),
    ):
        options |= bit if value is not None else 0
    return {
        "FRAME": frame,
        "TIME_NS": packet.time_ns,
        "INTERFACE": 0,
        "IP_VERSION": packet.source.version,
        "SOURCE_HIGH": halves(packet.source)[0],
        "SOURCE_LOW": halves(packet.source)[1],
        "TARGET_HIGH": halves(packet.target)[0],
        "TARGET_LOW": halves(packet.target)[1],
        "SOURCE_PORT": packet.source_port,
        "TARGET_PORT": packet.target_port,
        "SEQ": packet.seq,
        "ACK": packet.ack,
        "FLAGS": packet.flags,
        "WINDOW": packet.window,
        "LENGTH": payload,
        "CAPTURED": payload,
        "URGENT": packet.urgent,
        "TTL": packet.ttl,
        "IP_ID": packet.ip_id if packet.source.version == 4 else None,
        "OPTIONS": options,
        "MSS": packet.mss,
        "WINDOW_SCALE": packet.window_scale,
        "TSVAL": stamps[0],
        "TSECR": stamps[1],
        "SACK_COUNT": len(packet.sacks),
        "SACK_1_LEFT": edges[0] if edges else None,
        "SACK_2_RIGHT": edges[3] if len(edges) > 2 else None,
        "NOTICES": 0,
    }


def shown(row: Row, columns: dict[str, object]) -> dict[str, object]:
    return {column: row[column] for column in columns}


@pytest.mark.parametrize("style", STYLES, ids=lambda s: f"{s.container}-{s.byte_order}-{s.link}")
@settings(max_examples=12, derandomize=True, deadline=None, database=None)
@given(st.lists(packets(), max_size=5))
def test_reading_gives_back_what_was_written(style: CaptureStyle, specs: list[PacketSpec]) -> None:
    result = read_bytes(written(specs, style))
    assert not result.anomalies
    assert result.reader.format == style.container
    wanted = [expected(spec, frame) for frame, spec in enumerate(specs, 1)]
    assert [shown(row, want) for row, want in zip(result.rows, wanted, strict=True)] == wanted


def packet(**changes: Any) -> PacketSpec:
    defaults: dict[str, Any] = {
        "time_ns": 1_700_000_000_000_000_000,
        "source": IPv4Address("192.0.2.1"),
        "target": IPv4Address("192.0.2.2"),
        "source_port": 40000,
        "target_port": 80,
        "seq": 1000,
        "flags": 0x10,
    }
    return PacketSpec(**(defaults | changes))


def test_nanoseconds_survive_where_the_style_has_them() -> None:
    odd = packet(time_ns=1_700_000_000_123_456_789)
    [kept] = read_bytes(written([odd], CaptureStyle("pcap", resolution="ns"))).rows
    [cut] = read_bytes(written([odd], CaptureStyle("pcapng", resolution="us"))).rows
    assert kept["TIME_NS"] == 1_700_000_000_123_456_789
    assert cut["TIME_NS"] == 1_700_000_000_123_456_000


def test_snaplen_cuts_what_is_captured_and_not_the_length() -> None:
    data = written([packet(payload=1000)], CaptureStyle(snaplen=14 + 20 + 20 + 10))
    [row] = read_bytes(data).rows
    assert (row["LENGTH"], row["CAPTURED"]) == (1000, 10)


def test_padding_of_ethernet_is_nobodys_payload() -> None:
    [row] = read_bytes(written([packet(payload=0)], CaptureStyle())).rows
    assert (row["LENGTH"], row["CAPTURED"]) == (0, 0)


def test_options_that_do_not_fit_are_refused() -> None:
    marks = OPTION_MD5 | OPTION_FAST_OPEN
    with pytest.raises(ValueError, match="fit in a TCP header"):
        written([packet(marks=marks, sacks=((1, 2), (3, 4), (5, 6)))], CaptureStyle())


def test_comments_come_back() -> None:
    data = written([packet()], CaptureStyle("pcapng", comments=("from the lab", "µ")))
    assert read_bytes(data).reader.comments == ("from the lab", "µ")


def test_every_link_of_a_style_has_a_number() -> None:
    assert set(get_args(get_type_hints(CaptureStyle)["link"])) == set(LINKS)


def test_engines_agree_on_what_was_written() -> None:
    data = written([packet(payload=b"\xff" * 200, sacks=((1, 2),))] * 3, CaptureStyle())
    assert read_bytes(data, compiled()).numbers == read_bytes(data, plain()).numbers

"""TCP options, the payload hash, and headers that are cut."""

from __future__ import annotations

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import Row, compiled, plain, read_bytes
from unstick.wire import columns as c
from unstick.wire.columns import NONE


def with_options(options: bytes, payload: bytes = b"", *, snaplen: int = 1000) -> Row:
    """The row of a segment with these options, which must be a multiple of four bytes."""
    data = b.pcap([b.ip4(6, b.tcp(options, payload))], snaplen=snaplen)
    result = read_bytes(data, compiled())
    assert result.numbers == read_bytes(data, plain()).numbers
    [row] = result.rows
    return row


OPTIONS: dict[bytes, tuple[int, dict[str, int | None]]] = {
    # bytes on the wire: bit, columns
    b"\2\4\5\xb4": (c.OPTION_MSS, {"MSS": 1460}),
    b"\3\3\7\1": (c.OPTION_WINDOW_SCALE, {"WINDOW_SCALE": 7}),
    b"\3\3\xff\0": (c.OPTION_WINDOW_SCALE, {"WINDOW_SCALE": 14}),
    b"\4\2\1\1": (c.OPTION_SACK_PERMITTED, {}),
    b"\1\1\x08\x0a\0\0\0\1\0\0\0\2": (c.OPTION_TIMESTAMPS, {"TSVAL": 1, "TSECR": 2}),
    b"\1\1\5\x0a\0\0\0\1\0\0\0\2": (c.OPTION_SACK, {"SACK_COUNT": 1, "SACK_1_RIGHT": 2}),
    b"\1\1\5\x22" + bytes(31) + b"\7": (c.OPTION_SACK, {"SACK_COUNT": 4, "SACK_4_RIGHT": 7}),
    b"\x13\x12" + bytes(16) + b"\1\1": (c.OPTION_MD5, {}),
    b"\x1d\x10" + bytes(14): (c.OPTION_AO, {}),
    b"\x22\2\1\1": (c.OPTION_FAST_OPEN, {}),
    b"\xfe\4\xf9\x89": (c.OPTION_FAST_OPEN, {}),
    b"\xfe\4\1\2": (c.OPTION_OTHER, {}),
    b"\x1c\4\0\1": (c.OPTION_USER_TIMEOUT, {}),
    b"\x1e\4\0\1": (c.OPTION_MPTCP, {}),
    b"\2\3\1\1": (c.OPTION_OTHER, {"MSS": None}),
    b"\x08\4\1\1": (c.OPTION_OTHER, {"TSVAL": None}),
    b"\2\1\0\0": (c.OPTION_DAMAGED, {"MSS": None}),
    b"\2\5\0\0": (c.OPTION_DAMAGED, {}),
    b"\1\1\1\2": (c.OPTION_DAMAGED, {}),
    b"\0\2\4\5": (0, {}),
    b"\1\1\1\1": (0, {}),
}


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options[:4].hex())
def test_options(options: bytes) -> None:
    bits, columns = OPTIONS[options]
    row = with_options(options)
    assert row["OPTIONS"] == bits
    assert {column: row[column] for column in columns} == columns
    assert row["NOTICES"] == 0


@pytest.mark.parametrize("kept", range(20, 32))
def test_options_cut_by_the_snaplen_are_noticed(kept: int) -> None:
    row = with_options(b"\1\1\x08\x0a\0\0\0\1\0\0\0\2", b"hello", snaplen=20 + kept)
    assert row["NOTICES"] == c.NOTICE_CUT_OPTIONS
    assert (row["LENGTH"], row["CAPTURED"], row["TSVAL"]) == (5, 0, None)


def fnv(data: bytes) -> int:
    """FNV-1a, written from its definition."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % (1 << 64)
    return value - (1 << 64) if value >> 63 else value


@pytest.mark.parametrize("size", [1, 2, 3, 63, 64, 65, 900])
def test_hash_is_of_the_first_64_bytes(size: int) -> None:
    payload = bytes((7 * i) & 0xFF for i in range(size))
    assert with_options(b"", payload)["PAYLOAD_HASH"] == fnv(payload[:64])


def test_there_is_no_hash_without_payload() -> None:
    assert with_options(b"")["PAYLOAD_HASH"] is None


def test_rows_hold_numbers_only() -> None:
    row = with_options(b"\2\4\5\xb4", b"secret")
    assert all(value is None or isinstance(value, int) for value in row.values())
    assert c.SEGMENT_WIDTH == len(c.SEGMENT_COLUMNS) == len(row)
    assert NONE not in row.values()

"""Containers: pcap in its layouts, pcapng with every block, compression, rotations, refusals."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import ABSENT, CAPTURES, compiled, drain, plain, read, read_bytes
from unstick.errors import CaptureError
from unstick.wire.capture import open_captures
from unstick.wire.sources import zstd_decompressor
from unstick.wire.walking import BLOCK_LIMIT, PACKET_LIMIT

THREE = [b.ipv4(seq=seq) for seq in (1000, 1005, 1010)]
SEQS = [1000, 1005, 1010]

LAYOUTS = {
    # every layout a pcap record is known to have: name, how the file is made
    "plain": b.pcap(THREE),
    "big-endian": b.pcap(THREE, mark=">"),
    "nanoseconds": b.pcap(THREE, magic=0xA1B23C4D),
    "nanoseconds big-endian": b.pcap(THREE, mark=">", magic=0xA1B23C4D),
    "version 2.2": b.pcap(THREE, minor=2, swapped=True, snaplen=44),
    "version 2.3": b.pcap(THREE, minor=3, swapped=True, snaplen=44),
    "version 2.3 unswapped": b.pcap(THREE, minor=3, snaplen=44),
    "version 2.4 swapped": b.pcap(THREE, swapped=True, snaplen=44),
    "version 2.4 swapped big-endian": b.pcap(THREE, mark=">", swapped=True, snaplen=44),
    "Kuznetzov": b.pcap(THREE, magic=0xA1B2CD34, extra=bytes(8)),
    "Kuznetzov big-endian": b.pcap(THREE, mark=">", magic=0xA1B2CD34, extra=bytes(8)),
    "ss990915": b.pcap(THREE, magic=0xA1B2CD34, extra=b"\0\0\0\1" + bytes(8)),
    "ss990417 under the plain magic": b.pcap(THREE, extra=b"\0\0\0\1" + b"\x08\0\0\0"),
    "Nokia": b.pcap(THREE, extra=b"\7\7\7\7"),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("kernels", [compiled, plain], ids=["compiled", "plain"])
def test_every_pcap_layout_is_read(name: str, kernels: object) -> None:
    result = read_bytes(LAYOUTS[name], kernels())  # type: ignore[operator]
    assert [row["SEQ"] for row in result.rows] == SEQS
    assert [row["LENGTH"] for row in result.rows] == [5, 5, 5]
    assert result.rows[2]["TIME_NS"] == (b.SECOND + 2) * 1_000_000_000 + (
        5 if "nanoseconds" in name else 5000
    )
    assert not result.anomalies


def test_frame_check_bits_of_the_link_type_are_left_out() -> None:
    result = read_bytes(b.pcap(THREE, link=0x14000000 | 101))
    assert result.reader.link_types == ("raw",)
    assert len(result.rows) == 3


# --- pcapng -------------------------------------------------------------------------------------


def test_sections_of_either_byte_order_and_interfaces_counted_on() -> None:
    data = b.section("<") + b.interface() + b.enhanced(THREE[0])
    data += b.section(">") + b.interface(mark=">") + b.interface(228, mark=">")
    data += b.enhanced(THREE[1], number=1, mark=">") + b.enhanced(THREE[2], number=0, mark=">")
    result = read_bytes(data)
    assert [(row["SEQ"], row["INTERFACE"]) for row in result.rows] == [
        (1000, 0),
        (1005, 2),
        (1010, 1),
    ]
    assert result.reader.link_types == ("raw", "ipv4")


RESOLUTIONS = {
    # if_tsresol, if_tsoffset, units: nanoseconds
    (None, 0, 1_700_000_000_000_005): 1_700_000_000_000_005_000,
    (0, 0, 1_700_000_000): 1_700_000_000_000_000_000,
    (3, 0, 1_700_000_000_123): 1_700_000_000_123_000_000,
    (9, 0, 1_700_000_000_123_456_789): 1_700_000_000_123_456_789,
    (10, 0, 1_7000_000_000 * 10**8): 170_000_000_000_000_000,
    (12, 0, 1_700_000 * 10**12 + 1999): 1_700_000_000_000_001,
    (18, 0, 2 * 10**18 + 7 * 10**9): 2_000_000_007,
    (20, 0, 3 * 10**18): 30_000_000,
    (127, 0, 3 * 10**18): 0,
    (0x80, 0, 1_700_000_000): 1_700_000_000_000_000_000,
    (0x81, 0, 3_400_000_001): 1_700_000_000_500_000_000,
    (0x80 | 20, 0, (1_700_000_000 << 20) + (1 << 18)): 1_700_000_000_250_000_000,
    (0x80 | 32, 0, (1_700_000_000 << 32) + (3 << 30)): 1_700_000_000_750_000_000,
    (0x80 | 40, 0, (1_000 << 40) + (1 << 39)): 1_000_500_000_000,
    (0x80 | 62, 0, 3 << 61): 1_500_000_000,
    (0xFF, 0, 1 << 62): 0,
    (6, 1_000_000_000, 700_000_000_000_000): 1_700_000_000_000_000_000,
    (9, -100, 1_700_000_000_000_000_000): 1_699_999_900_000_000_000,
}


@pytest.mark.parametrize(("clock", "wanted"), RESOLUTIONS.items(), ids=str)
@pytest.mark.parametrize("mark", ["<", ">"])
def test_every_clock_becomes_nanoseconds(
    clock: tuple[int | None, int, int], wanted: int, mark: str
) -> None:
    resolution, offset, units = clock
    options = b"" if resolution is None else b.option(9, bytes([resolution]), mark)
    options += b.option(14, struct.pack(mark + "q", offset), mark) if offset else b""
    data = b.section(mark) + b.interface(mark=mark, options=options)
    data += b.enhanced(THREE[0], units, mark=mark)
    for kernels in (compiled(), plain()):
        result = read_bytes(data, kernels)
        assert result.rows[0]["TIME_NS"] == wanted
        assert not result.anomalies


def test_times_nobody_can_mean_become_the_time_before() -> None:
    data = b.section() + b.interface(options=b.option(9, b"\0"))
    data += b.enhanced(THREE[0], 1_700_000_000) + b.enhanced(THREE[1], 1 << 62)
    for kernels in (compiled(), plain()):
        result = read_bytes(data, kernels)
        assert [row["TIME_NS"] for row in result.rows] == [1_700_000_000_000_000_000] * 2
        assert result.kinds == {"time-range": 1}


def test_simple_and_obsolete_packet_blocks() -> None:
    simple = b.block(3, struct.pack("<I", len(THREE[0])) + THREE[0])
    sizes = struct.pack("<II", len(THREE[1]), len(THREE[1]))
    obsolete = b.block(2, struct.pack("<HHII", 0, 9, 0, 7) + sizes + THREE[1])
    result = read_bytes(b.section() + b.interface() + obsolete + simple)
    assert [row["SEQ"] for row in result.rows] == [1005, 1000]
    assert [row["TIME_NS"] for row in result.rows] == [7000, 7000]
    assert result.kinds == {"time-missing": 1}


def test_simple_packets_are_cut_at_the_snaplen_of_the_interface() -> None:
    simple = b.block(3, struct.pack("<I", len(THREE[0])) + THREE[0][:44])
    result = read_bytes(b.section() + b.interface(snaplen=42) + simple)
    assert [(row["LENGTH"], row["CAPTURED"]) for row in result.rows] == [(5, 2)]


def test_what_the_capture_lost_is_told() -> None:
    lost = b.option(5, struct.pack("<Q", 3)) + b.option(7, struct.pack("<Q", 4))
    statistics = b.block(5, struct.pack("<III", 0, 0, 0) + lost)
    result = read_bytes(b.section() + b.interface() + statistics * 2)
    assert result.kinds == {"dropped-while-capturing": 7}


@pytest.mark.parametrize("size", [8, 5000, BLOCK_LIMIT + 4096, 3 * BLOCK_LIMIT])
def test_unknown_blocks_of_any_size_are_passed_over(size: int) -> None:
    data = b.section() + b.interface() + b.block(0x7777, bytes(size)) + b.enhanced(THREE[0])
    result = read_bytes(data, chunk=60_000)
    assert [row["FRAME"] for row in result.rows] == [1]
    assert not result.anomalies


def test_custom_blocks_have_frame_numbers_as_in_wireshark() -> None:
    data = b.section() + b.interface() + b.block(0xBAD, bytes(8)) + b.enhanced(THREE[0])
    assert [row["FRAME"] for row in read_bytes(data).rows] == [2]


def test_packets_of_undeclared_interfaces_are_counted() -> None:
    data = b.section() + b.interface() + b.enhanced(THREE[0], number=5) + b.enhanced(THREE[1])
    result = read_bytes(data)
    assert [row["FRAME"] for row in result.rows] == [2]
    assert result.kinds == {"interface-unknown": 1}


PACKETS_OF_ZOO = {
    # packets: numbers of the files that hold so many (pcapng test generator; custom blocks count)
    0: (2, 3, 13, 14, 15, 200),
    1: (7,),
    2: (9,),
    4: (1, 4, 5, 8, 10, 11, 12, 16, 17, 101, 201),
    5: (6, 100),
    8: (18, 102),
    11: (202,),
}
ZOO = {number: packets for packets, numbers in PACKETS_OF_ZOO.items() for number in numbers}


@pytest.mark.skipif(not CAPTURES.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("number", ZOO)
def test_block_zoo_reads_alike_in_both_byte_orders(number: int) -> None:
    folder = CAPTURES / "public" / "formats"
    little, big = (
        read(folder / f"gopacket__pcapgo__{order}__test{number:03}.pcapng")
        for order in ("le", "be")
    )
    assert little.reader.packets == big.reader.packets == ZOO[number]
    assert little.reader.bytes == big.reader.bytes
    assert little.anomalies == big.anomalies
    assert set(little.kinds) <= {"time-missing", "dropped-while-capturing"}


# --- compression --------------------------------------------------------------------------------

ZSTD = zstd_decompressor("-")


def squeeze(data: bytes, tool: str) -> bytes:
    return gzip.compress(data) if tool == "gzip" else bytes(ZSTD.compress(data))


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
@pytest.mark.parametrize("chunk", [None, 1, 7])
def test_compressed_captures_of_several_members(tool: str, chunk: int | None) -> None:
    data = b.pcap(THREE)
    result = read_bytes(squeeze(data[:100], tool) + squeeze(data[100:], tool), chunk=chunk)
    assert result.reader.compression == tool
    assert [row["SEQ"] for row in result.rows] == SEQS
    assert not result.anomalies


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
def test_cut_compression_is_read_up_to_the_cut(tool: str) -> None:
    packets = [
        b.ipv4(payload=bytes((i * 7 + j * j) & 0xFF for j in range(900))) for i in range(400)
    ]
    packed = squeeze(b.pcap(packets), tool)
    result = read_bytes(packed[: len(packed) * 2 // 3])
    assert 100 < len(result.rows) < 400 if tool == "gzip" else len(result.rows) < 400
    assert result.kinds["compression-cut"] == 1


def test_damaged_gzip_is_read_up_to_the_damage() -> None:
    packed = bytearray(gzip.compress(b.pcap(THREE)))
    packed[-8] ^= 0xFF  # the checksum: all content is there
    result = read_bytes(bytes(packed))
    assert [row["SEQ"] for row in result.rows] == SEQS
    assert result.kinds == {"compression-damaged": 1}


def test_bytes_after_the_compressed_data_are_told() -> None:
    packed = gzip.compress(b.pcap(THREE))
    assert read_bytes(packed + b"rest").kinds == {"trailing-bytes": 1}
    assert read_bytes(packed + bytes(512)).kinds == {}
    packed = squeeze(b.pcap(THREE), "zstd")
    assert set(read_bytes(packed + b"rest of it").kinds) == {"trailing-bytes"}


@pytest.mark.skipif(not CAPTURES.is_dir(), reason=ABSENT)
def test_zstd_and_plain_copies_of_a_capture_are_equal() -> None:
    [packed] = CAPTURES.glob("public/traps/*pcapng-example.pcapng.zst")
    [loose] = CAPTURES.glob("public/controls/*pcapng-example.pcapng")
    assert read(packed).numbers == read(loose).numbers


# --- paths, pipes, rotations --------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_pipes_may_give_little_at_a_time(chunk: int) -> None:
    for data in (b.pcap(THREE), b.section() + b.interface() + b.enhanced(THREE[0])):
        assert read_bytes(data, chunk=chunk).numbers == read_bytes(data).numbers


def test_rotated_files_come_in_order_of_time(tmp_path: Path) -> None:
    for name, packet in (("z.pcap", 0), ("a.pcap", 1)):
        lead = [b.ipv4(seq=1)] * packet * 100  # a.pcap has 100 packets, then a later start
        data = bytearray(b.pcap([*lead, THREE[packet]]))
        struct.pack_into("<I", data, 24, b.SECOND + packet)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "m.pcap").write_bytes(b.pcap([]))
    readers = open_captures([str(tmp_path / "*.pcap")])
    assert [Path(reader.path).name for reader in readers] == ["z.pcap", "a.pcap", "m.pcap"]
    assert [reader.capture for reader in readers] == [0, 1, 2]
    results = [drain(reader) for reader in readers]
    assert [len(result.rows) for result in results] == [1, 101, 0]
    assert [result.rows[0]["FRAME"] for result in results[:2]] == [1, 1]


def test_progress_is_known_for_files_and_not_for_pipes(tmp_path: Path) -> None:
    data = gzip.compress(b.pcap(THREE))
    (tmp_path / "a.pcap.gz").write_bytes(data)
    result = read(tmp_path / "a.pcap.gz")
    assert result.reader.size == result.reader.bytes_read == len(data)
    assert read_bytes(data).reader.size is None
    assert result.reader.tcp_segments == result.reader.packets == 3
    assert result.reader.bytes == sum(map(len, THREE))


def test_memory_does_not_grow_with_the_file() -> None:
    many = b.pcap(THREE * 40_000)
    [reader] = open_captures(["-"], stdin=io.BytesIO(many))
    batches = reader.batches()
    first = next(batches).segments
    assert all(batch.segments is first for batch in batches)
    assert reader.packets == 120_000


# --- refusals -----------------------------------------------------------------------------------

REFUSED = {
    "empty": (b"", "is empty"),
    "snoop": (b"snoop\0\0\0\0\0\0\2\0\0\0\4", "Solaris snoop"),
    "observer": (b"ObserverPktBufferVersion=15.00" + bytes(20), "Network Instruments"),
    "netmon": (b"GMBU\0\2" + bytes(60), "Network Monitor"),
    "erf": ((bytes(4) + b"\x01\x02\x03\x04\x02\x04\0\x50\0\0\0\x40" + bytes(64)) * 3, "ERF"),
    "xz": (b"\xfd7zXZ\0" + bytes(60), "compressed with xz"),
    "html": (b"\n<!DOCTYPE html><html>", "HTML"),
    "text": (b"12:00:01 IP 10.0.0.1 > 10.0.0.2: Flags [S]\n", "is text"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    "garbage": (bytes(range(7, 200)), "not a pcap or pcapng"),
    "short pcap": (b"\xd4\xc3\xb2\xa1\2\0\4\0", "inside the pcap file header"),
    "short pcapng": (b"\x0a\x0d\x0d\x0a\x1c\0\0\0", "inside the pcapng"),
    "no byte order": (b"\x0a\x0d\x0d\x0a" + bytes(40), "no byte order"),
    "gzip of text": (gzip.compress(b"hello, world\n"), "compressed with gzip, and its content"),
    "gzip of nothing": (gzip.compress(b""), "its content is empty"),
    "snoop in gzip": (gzip.compress(b"snoop\0\0\0\0\0\0\2"), "Solaris snoop"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_capture_is_refused_by_name(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(CaptureError, match=reason):
        read_bytes(data)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no such file"):
        read(tmp_path / "nothing.pcap")
    with pytest.raises(CaptureError, match="is a directory"):
        read(tmp_path)
    with pytest.raises(CaptureError, match="matches no file"):
        open_captures([str(tmp_path / "*.pcap")])
    with pytest.raises(CaptureError, match="once only"):
        open_captures(["-", "-"], stdin=io.BytesIO(b""))


def test_an_unknown_link_type_is_named_and_not_refused() -> None:
    result = read_bytes(b.pcap(THREE, link=182))
    assert result.reader.packets == 3
    assert result.rows == []
    [anomaly] = result.anomalies
    assert (anomaly.kind, anomaly.count, anomaly.first_frame) == ("link-not-decoded", 3, 1)
    assert "182" in anomaly.detail


# --- damage -------------------------------------------------------------------------------------


def test_a_damaged_record_header_costs_its_packet_only() -> None:
    packets = [b.ipv4(seq=seq) for seq in range(10)]
    data = bytearray(b.pcap(packets))
    record = 16 + len(packets[0])
    struct.pack_into("<I", data, 24 + 4 * record + 8, PACKET_LIMIT + 1)
    for chunk in (None, 50):
        result = read_bytes(bytes(data), chunk=chunk)
        assert [row["SEQ"] for row in result.rows] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert [(one.kind, one.count, one.first_frame) for one in result.anomalies] == [
            ("damaged", 1, 5)
        ]
        assert f"{record} bytes" in result.anomalies[0].detail


def test_a_damaged_block_costs_its_packet_only() -> None:
    blocks = [b.enhanced(b.ipv4(seq=seq)) for seq in range(10)]
    broken = bytearray(blocks[4])
    struct.pack_into("<I", broken, 4, 7)
    data = b.section() + b.interface() + b"".join([*blocks[:4], bytes(broken), *blocks[5:]])
    for chunk in (None, 50):
        result = read_bytes(data, chunk=chunk)
        assert [row["SEQ"] for row in result.rows] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert result.kinds == {"damaged": 1}


def test_two_lengths_that_differ_are_counted_and_the_first_believed() -> None:
    broken = bytearray(b.enhanced(THREE[0]))
    broken[-1] = 9
    data = b.section() + b.interface() + bytes(broken) + b.enhanced(THREE[1])
    result = read_bytes(data)
    assert [row["SEQ"] for row in result.rows] == [1000, 1005]
    assert result.kinds == {"block-length": 1}


def test_odd_fractions_and_lengths_are_counted_and_read() -> None:
    data = bytearray(b.pcap(THREE))
    struct.pack_into("<I", data, 28, 1_500_000)
    result = read_bytes(bytes(data))
    assert result.kinds == {"time-fraction": 1}
    assert result.rows[0]["TIME_NS"] == (b.SECOND + 1) * 1_000_000_000 + 500_000_000


def test_a_file_that_ends_inside_a_packet_says_so() -> None:
    result = read_bytes(b.pcap(THREE)[:-3])
    assert len(result.rows) == 2
    assert result.kinds == {"file-cut": 1}
    assert result.anomalies[0].first_frame == 3


def test_no_claim_makes_memory_grow() -> None:
    data = b.pcap(THREE[:1]) + struct.pack("<IIII", b.SECOND, 0, 0xFFFFFFF0, 0xFFFFFFF0)
    assert read_bytes(data).kinds == {"damaged": 1}
    huge = struct.pack("<II", 6, 0xFFFFFFF0) + bytes(50)
    assert read_bytes(b.section() + b.interface() + huge).kinds == {"damaged": 1}

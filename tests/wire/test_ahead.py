"""Large compressed captures are decompressed on a thread of their own, which does not stay."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import compiled, drain, read_bytes
from tests.wire.test_formats import squeeze
from unstick.ahead import Ahead
from unstick.errors import CaptureError
from unstick.wire.capture import open_captures
from unstick.wire.sources import AHEAD_PIECES, ALONE_PIECES, OUTPUT_BYTES

CHANCE = random.Random(1)
PACKETS = [b.ipv4(seq=index, payload=CHANCE.randbytes(1000)) for index in range(2000)]
CAPTURE = b.pcap(PACKETS)
assert len(CAPTURE) > OUTPUT_BYTES * (ALONE_PIECES + AHEAD_PIECES)


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "ahead"]


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
def test_a_large_compressed_capture_is_read_as_if_it_were_not(tool: str) -> None:
    plain = read_bytes(CAPTURE)
    for chunk in (None, 5000):
        packed = read_bytes(squeeze(CAPTURE, tool), chunk=chunk)
        assert packed.numbers == plain.numbers
        assert not packed.anomalies
        assert packed.reader.bytes_read == len(squeeze(CAPTURE, tool))
    assert not threads()


@pytest.mark.parametrize("tool", ["gzip", "zstd"])
@pytest.mark.parametrize("part", [0.5, 0.9, 0.999])
def test_cut_and_damaged_large_captures_are_read_up_to_there(tool: str, part: float) -> None:
    packed = squeeze(CAPTURE, tool)
    at = int(len(packed) * part)
    cut = read_bytes(packed[:at])
    assert cut.kinds["compression-cut"] == 1
    damaged = read_bytes(packed[:at] + bytes(64) + packed[at + 64 :])
    whole = read_bytes(CAPTURE).numbers
    for result in (cut, damaged):
        seen = [numbers[0] for numbers in result.numbers]
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) > 0.5 * part * len(whole) - 200
    assert whole[: len(cut.numbers)] == cut.numbers
    assert not threads()


def test_a_reader_that_is_left_leaves_no_thread() -> None:
    [reader] = open_captures(
        ["-"], engine=compiled(), stdin=io.BytesIO(squeeze(CAPTURE * 3, "gzip"))
    )
    batches = reader.batches()
    next(batches)
    assert threads(), "there is more to come than what is made ahead"
    reader.close()
    assert not threads()


class Failing(io.BytesIO):
    """A disk that ends in an error."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise OSError(5, "Input/output error")
        return data


def test_an_error_of_the_file_is_the_readers() -> None:
    packed = squeeze(CAPTURE, "gzip")
    [reader] = open_captures(["-"], engine=compiled(), stdin=Failing(packed[: len(packed) - 9000]))
    with pytest.raises(CaptureError, match="input/output error"):
        drain(reader)
    assert not threads()


def numbered(count: int) -> Iterator[bytes]:
    for index in range(count):
        yield index.to_bytes(4, "big")


def test_pieces_come_in_order_and_end() -> None:
    ahead = Ahead(numbered(100), 3)
    assert [int.from_bytes(piece, "big") for piece in ahead] == list(range(100))
    assert list(ahead) == []
    ahead.close()


def test_no_more_pieces_are_made_than_there_is_room_for() -> None:
    made = []
    enough = threading.Event()

    def pieces() -> Iterator[bytes]:
        for index in range(100):
            made.append(index)
            if len(made) == 3:
                enough.set()
            yield b"piece"

    ahead = Ahead(pieces(), 3)
    assert enough.wait(30)
    ahead.close()
    assert made == [0, 1, 2]
    assert list(ahead) == []

"""The bytes at hand are those of the file, in order, whoever read them."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.wire import bytes_of as b
from tests.wire.reading import compiled
from unstick.errors import CaptureError
from unstick.wire import window
from unstick.wire.capture import CaptureReader
from unstick.wire.columns import SEGMENT_WIDTH
from unstick.wire.sources import Source, open_source
from unstick.wire.window import ROOM_BYTES, SharedWindow, Window

CHANCE = random.Random(5)


@contextmanager
def helper(shared: SharedWindow | CaptureReader) -> Iterator[None]:
    """A thread that has nothing better to do than to help."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            shared.help()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def opened(path: Path, content: bytes) -> tuple[Source, SharedWindow]:
    """A file that holds this, and what is at hand of it once its head was read."""
    path.write_bytes(content)
    source = open_source(str(path))
    first = Window(source)
    while not source.can_read_at and first.read():
        pass
    assert source.can_read_at
    return source, SharedWindow(first)


def read_through(at_hand: Window, steps: random.Random) -> bytes:
    """All bytes, each step using some of them and asking for more than are left."""
    seen = bytearray()
    at = 0
    while True:
        used = at + steps.randrange(at_hand.end - at + 1)
        seen += at_hand.buffer[at:used]
        if at_hand.final:
            return bytes(seen + at_hand.buffer[used : at_hand.end])
        need = at_hand.end + steps.choice([1, 100, 70_000])
        at = used - at_hand.go_on(used, min(need, used + window.BUFFER_BYTES))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("READ_BYTES", 1 << 13), ("ROOM_BYTES", 1 << 12), ("BUFFER_BYTES", 1 << 18)):
        monkeypatch.setattr(window, name, size)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("helped", [False, True])
def test_two_threads_read_what_one_reads(tmp_path: Path, seed: int, helped: bool) -> None:
    content = CHANCE.randbytes(CHANCE.randrange(70_000, 900_000))
    path = tmp_path / "file"
    source, shared = opened(path, content)
    if helped:
        with helper(shared):
            seen = read_through(shared, random.Random(seed))
    else:
        seen = read_through(shared, random.Random(seed))
    assert seen == content
    assert source.position == len(content)
    shared.close()
    source.close()


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_shrinks_meanwhile_ends_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    source, shared = opened(path, bytes(600_000))
    assert shared.help()
    assert shared.help()
    os.truncate(path, 70_000)
    with helper(shared):
        seen = read_through(shared, random.Random(1))
    assert 70_000 <= len(seen) <= 66_536 + 3 * (1 << 13)
    assert not any(seen)
    source.close()


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_grows_meanwhile_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "file"
    source, shared = opened(path, bytes(300_000))
    with open(path, "ab") as more:
        more.write(bytes(50_000))
    with helper(shared):
        assert len(read_through(shared, random.Random(2))) == 350_000
    source.close()


@pytest.mark.usefixtures("small_blocks")
def test_what_reading_raises_is_told_by_who_needs_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    source, shared = opened(path, bytes(300_000))
    directory = os.open(tmp_path, os.O_RDONLY)
    os.dup2(directory, source._raw.fileno())  # EISDIR from now on
    os.close(directory)
    assert shared.help()
    with pytest.raises(CaptureError, match="cannot be read"):
        read_through(shared, random.Random(3))
    source.close()


def test_who_is_interrupted_while_he_helps_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, shared = opened(tmp_path / "file", bytes(8 << 20))
    held = Source.read_at

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Source, "read_at", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shared.help()
    monkeypatch.setattr(Source, "read_at", held)
    closing = threading.Thread(target=shared.close, daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()
    source.close()


def test_nobody_helps_beyond_the_end_or_too_far_ahead(tmp_path: Path) -> None:
    path = tmp_path / "file"
    source, shared = opened(path, bytes(8 << 20))
    assert [shared.help() for _ in range(5)] == [True, True, True, False, False]
    shared.close()
    assert not shared.help()
    source.close()


def rows_of(path: Path, helped: bool) -> list[int]:
    reader = CaptureReader(str(path), kernels=compiled())
    found: list[int] = []
    batches = reader.batches(4 if helped else 1)
    for batch in batches:
        while helped and reader.help():
            pass
        found += batch.segments[: batch.count * SEGMENT_WIDTH]
    return found


@pytest.mark.parametrize("largest", [1500, 2 * ROOM_BYTES // 3])
def test_rows_do_not_depend_on_who_read(tmp_path: Path, largest: int) -> None:
    """Packets up to what is left over of a block and more than the room before the next one."""
    packets = [
        b.ipv4(seq=index, payload=bytes(CHANCE.randrange(1, 60_000)))
        + bytes(CHANCE.randrange(largest))
        for index in range(200)
    ]
    path = tmp_path / "large.pcap"
    path.write_bytes(b.pcap(packets, snaplen=262_144))
    assert rows_of(path, helped=True) == rows_of(path, helped=False)


@pytest.mark.parametrize("damage", ["none", "cut", "header"])
def test_a_file_that_ends_in_its_head_is_read_as_by_one(tmp_path: Path, damage: str) -> None:
    """Also where the head of a record is damaged: the end tells that the last one is one."""
    records = [b.ipv4(seq=index, payload=b"x" * 100) for index in range(50)]
    whole = b.pcap(records)
    behind = len(whole) - len(b.pcap(records[:48]))
    contents = {
        "none": whole,
        "cut": whole[:-5],
        "header": whole[:-behind] + b"\xff" * 16 + whole[16 - behind :],
    }
    path = tmp_path / "small.pcap"
    path.write_bytes(contents[damage])
    seen = []
    for tables in (1, 4):
        reader = CaptureReader(str(path), kernels=compiled())
        batches = reader.batches(tables)
        rows = [batch.segments[: batch.count * SEGMENT_WIDTH].tolist() for batch in batches]
        seen.append((rows, reader.anomalies))
    assert seen[0] == seen[1]
    assert len(seen[0][1]) == (0 if damage == "none" else 1)
    assert len(seen[0][0][0]) // SEGMENT_WIDTH == (50 if damage == "none" else 49)

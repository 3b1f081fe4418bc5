"""What makes the plain engine fast enough: a segment of a stream known by heart asks no index.

As the hot file does it, hash and search included, a segment costs Python 5 us; like this 0.7. A
4-tuple is remembered, once for each direction, when both bases of its stream are known: a segment
without a SYN changes nothing then, it only gets its SLOT and SIDE. With one base known a SYN-ACK
tells the other. All others go to ``assign`` of kernels.py, one by one, whose index and stream
table stay the truth. Nothing here is compiled, and nothing compiled needs it.
"""

from __future__ import annotations

from struct import Struct

from unstick.flows.columns import (
    BASE_HIGH,
    BASE_LOW,
    CLIENT,
    HIGH_ADDRESS_HIGH,
    HIGH_ADDRESS_LOW,
    LOW_ADDRESS_HIGH,
    LOW_ADDRESS_LOW,
    NO_SLOT,
    PORTS,
    STREAM_WIDTH,
)
from unstick.wire.columns import (
    ACK_FLAG,
    FLAGS,
    IP_VERSION,
    NONE,
    NOTICES,
    SEGMENT_WIDTH,
    SEQ,
    SIDE,
    SLOT,
    SOURCE_HIGH,
    SYN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from unstick.flows.streams import Kernels, Words

KEY_BYTES = 8 * (IP_VERSION + 1 - SOURCE_HIGH)
"""The columns from SOURCE_HIGH to IP_VERSION: a 4-tuple as its sender sees it. Python salts the
hash of bytes anew in each process, so that no capture can be made to collide."""

ROW = Struct(
    f"={8 * FLAGS}xq{8 * (SOURCE_HIGH - FLAGS - 1)}x{KEY_BYTES}s"
    f"{8 * (SEGMENT_WIDTH - IP_VERSION - 1)}x"
).iter_unpack
"""Of each row FLAGS and its 4-tuple."""

KEY = Struct("=7q").pack

ADDRESSES = (LOW_ADDRESS_HIGH, LOW_ADDRESS_LOW, HIGH_ADDRESS_HIGH, HIGH_ADDRESS_LOW)

KNOWN_MOST = 1 << 16
"""Keys remembered at once, 15 MB: two of a stream. With more all are forgotten, and learnt again
as they come."""


def other_way(key: bytes) -> bytes:
    """The same 4-tuple as the other side sends it."""
    return key[16:32] + key[:16] + key[40:48] + key[32:40] + key[48:]


class KnownStreams:
    """The functions of kernels.py, which are called for what is not known by heart."""

    __slots__ = ("_asked", "_hot", "_known", "by_number", "rehash", "release")

    def __init__(self, hot: Kernels) -> None:
        self._hot = hot
        self.by_number, self.rehash, self.release = hot.by_number, hot.rehash, hot.release
        self._known: dict[bytes, tuple[int, int]] = {}
        self._asked: dict[bytes, tuple[int, int]] = {}

    def assign(self, segments: memoryview, first: int, count: int, *tables: Any) -> int:
        """As in kernels.py."""
        _, _, streams, _, _ = tables
        recall, slow = self._known.get, self._hot.assign
        start, slot_at, side_at = first * SEGMENT_WIDTH, SLOT, SIDE
        rows = segments[start : (first + count) * SEGMENT_WIDTH]
        for base, (flags, key) in zip(
            range(start, start + len(rows), SEGMENT_WIDTH), ROW(rows), strict=True
        ):
            known = recall(key)
            if known is not None and not flags & SYN:
                segments[base + slot_at], segments[base + side_at] = known
                continue
            if flags & SYN and self._answers(segments, base, flags, key, streams):
                continue
            row = base // SEGMENT_WIDTH
            if not slow(segments, row, 1, *tables):
                return row - first
            slot, side = segments[base + slot_at], segments[base + side_at]
            if flags & (SYN | ACK_FLAG) == SYN and slot != NO_SLOT:
                self._ask(key, slot, side, streams)
            self._learn(key, slot, side, streams)
        return count

    def _answers(
        self, segments: memoryview, base: int, flags: int, key: bytes, streams: memoryview
    ) -> bool:
        """Is this the SYN-ACK of a stream that began with a SYN? Then it has its SLOT and SIDE.
        Else nothing is known by heart of the 4-tuple any more."""
        asked = self._asked.pop(key, None)
        if asked is not None and flags & ACK_FLAG and not segments[base + NOTICES]:
            segments[base + SLOT], segments[base + SIDE] = slot, side = asked
            row = slot * STREAM_WIDTH
            sender = streams[row + CLIENT] ^ side
            streams[row + BASE_LOW + sender] = segments[base + SEQ]
            self._learn(key, *asked, streams)
            return True
        self._unlearn(key)
        return False

    def forget(
        self, slots: memoryview, count: int, index: Words, mask: int, streams: memoryview,
        counters: Words,
    ) -> int:  # fmt: skip
        """As in kernels.py."""
        for slot in slots[:count]:
            row = slot * STREAM_WIDTH
            ports = streams[row + PORTS]
            ends = (streams[row + column] for column in ADDRESSES)
            key = KEY(*ends, (ports >> 16) & 0xFFFF, ports & 0xFFFF, ports >> 32)
            self._unlearn(key)
        return self._hot.forget(slots, count, index, mask, streams, counters)

    def _ask(self, key: bytes, slot: int, side: int, streams: memoryview) -> None:
        """Remember a 4-tuple of which only a SYN is known, as its answer will have it."""
        row = slot * STREAM_WIDTH
        other = other_way(key)
        if other == key or streams[row + BASE_LOW + (streams[row + CLIENT] ^ side)] == NONE:
            return
        if len(self._asked) >= KNOWN_MOST:
            self._asked.clear()
        self._asked[other] = slot, 1 - side

    def _unlearn(self, key: bytes) -> None:
        other = other_way(key)
        for known in (self._known, self._asked):
            known.pop(key, None)
            known.pop(other, None)

    def _learn(self, key: bytes, slot: int, side: int, streams: memoryview) -> None:
        """Remember a 4-tuple if no segment but a SYN can change its stream any more."""
        row = slot * STREAM_WIDTH
        if slot == NO_SLOT or NONE in (streams[row + BASE_LOW], streams[row + BASE_HIGH]):
            return
        if len(self._known) >= KNOWN_MOST:
            self._known.clear()
        other = other_way(key)
        self._known[key] = (slot, side)
        if other != key:  # else it is the connection of a socket with itself
            self._known[other] = (slot, 1 - side)

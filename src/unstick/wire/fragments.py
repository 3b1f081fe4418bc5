"""TCP packets that IP cut into fragments: one row when the header is there, one for the rest.

1. The first fragment gives a row at once if it holds the TCP header: NOTICE_FRAGMENT, LENGTH of
   what it holds, no FIN (a FIN counts after the last byte, and that is not there yet).
2. When the last missing fragment comes, a second row stands for all bytes after the first row:
   NOTICE_FRAGMENT_REST, its own frame and time, the flags of the header without SYN.
3. If the first fragment comes last, or is too short for the header, one row stands for it all, in
   the frame that completed it.
4. What never becomes whole is counted. At most ``OPEN`` packets are remembered.

So sequence space is covered as far as it was seen, and no row waits for a packet that may never
come. (Wireshark shows TCP only in the frame that completes a packet, and nothing if none does.)
Python, not compiled: TCP avoids fragments, they are rare.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from unstick.wire.anomalies import FRAGMENT_ELSEWHERE, FRAGMENT_REST_MISSING, note
from unstick.wire.columns import (
    CAPTURED,
    FIN,
    FLAGS,
    FRAME,
    INTERFACE,
    LENGTH,
    MASK,
    NONE,
    NOTICE_FRAGMENT,
    NOTICE_FRAGMENT_REST,
    NOTICE_IN_ICMP,
    NOTICES,
    OPTION_SACK,
    OPTIONS,
    PAYLOAD_HASH,
    PRINT,
    RECORD_AT,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAGMENT,
    RECORD_FRAME,
    RECORD_INTERFACE,
    RECORD_IP,
    RECORD_LAYER,
    RECORD_NOTICES,
    RECORD_STOP,
    RECORD_TIME_NS,
    RECORD_WIDTH,
    SACK_COUNT,
    SEGMENT_WIDTH,
    SEQ,
    SYN,
    TIME_NS,
)
from unstick.wire.layers import LAYER_NOTHING, LAYER_TCP

OPEN = 64
"""Incomplete packets remembered at once; the oldest gives way."""

RANGES = 64
"""Separate pieces of one packet; more are a sign of an attack, and the packet is given up."""

HEAD_BYTES = 60
"""The longest TCP header."""

Fill = Callable[[memoryview, memoryview, memoryview, int], int]
"""segments.fill with its last arguments given: (buf, record, segments, filled)."""


class Open:
    """A packet of which fragments were seen. Ranges are half-open offsets into its payload."""

    __slots__ = (
        "captured",
        "first_captured",
        "first_frame",
        "first_length",
        "head",
        "ranges",
        "row",
        "total",
    )

    def __init__(self, first_frame: int) -> None:
        self.first_frame = first_frame
        self.ranges: list[tuple[int, int]] = []
        self.total: int | None = None
        self.captured = 0
        self.head: dict[int, bytes] = {}
        self.row: list[int] | None = None  # of its first fragment, flags as they were sent
        self.first_length = 0  # bytes of the first fragment, when it gave a row
        self.first_captured = 0

    def cover(self, start: int, stop: int) -> None:
        merged: list[tuple[int, int]] = []
        for left, right in sorted([*self.ranges, (start, stop)]):
            if merged and left <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], right))
            else:
                merged.append((left, right))
        self.ranges = merged

    def header(self) -> bytes:
        """The captured bytes from the start of the TCP header on, as far as there is no gap."""
        data = b""
        for start, piece in sorted(self.head.items()):
            if start > len(data):
                break
            data += piece[len(data) - start :]
        return data[:HEAD_BYTES]


class FragmentTable:
    """The incomplete packets of one capture file."""

    def __init__(self, anomalies: memoryview) -> None:
        self._anomalies = anomalies
        self._open: dict[tuple[int, bytes, bytes], Open] = {}

    def add(
        self,
        buf: memoryview,
        record: memoryview,
        segments: memoryview,
        filled: int,
        fill: Fill,
    ) -> int:
        """Take in the fragment of this record; returns the number of rows, one more if it gave
        one."""
        record[RECORD_LAYER] = LAYER_NOTHING
        start = (record[RECORD_FRAGMENT] >> 1) if record[RECORD_FRAGMENT] else 0
        if record[RECORD_NOTICES] & NOTICE_IN_ICMP:
            if start == 0:
                record[RECORD_LAYER] = LAYER_TCP
            return fill(buf, record, segments, filled)
        key = packet_key(buf, record)
        packet = self._open.pop(key, None)
        if packet is None:
            packet = Open(record[RECORD_FRAME])
            if len(self._open) == OPEN:
                self._give_up(self._open.pop(next(iter(self._open))))
        keep(packet, buf, record, start)
        if packet.total is not None and packet.ranges[0] == (0, packet.total):
            if packet.row is not None:
                return filled + put_rest(packet, packet.row, record, segments, filled)
            whole, one = whole_packet(packet, buf, record)
            after = fill(whole, one, segments, filled)
            if after > filled:
                row = filled * SEGMENT_WIDTH
                header = packet.total - segments[row + LENGTH]
                segments[row + CAPTURED] = max(0, packet.captured - header)
            return after
        if len(packet.ranges) > RANGES:
            self._give_up(packet)
            return filled
        self._open[key] = packet
        if start == 0 and holds_header(buf, record):
            record[RECORD_LAYER] = LAYER_TCP
            record[RECORD_NOTICES] |= NOTICE_FRAGMENT
            after = fill(buf, record, segments, filled)
            if after > filled:
                row = filled * SEGMENT_WIDTH
                packet.first_length = record[RECORD_STOP] - record[RECORD_AT]
                packet.first_captured = record[RECORD_END] - record[RECORD_AT]
                packet.row = list(segments[row : row + SEGMENT_WIDTH])
                segments[row + FLAGS] &= ~FIN
            return after
        return filled

    def _give_up(self, packet: Open) -> None:
        kind = FRAGMENT_ELSEWHERE if packet.ranges[0][0] else FRAGMENT_REST_MISSING
        note(self._anomalies, kind, packet.first_frame, 0)

    def finish(self) -> None:
        """The capture ended: what is incomplete stays so."""
        for packet in self._open.values():
            self._give_up(packet)
        self._open.clear()


def packet_key(buf: memoryview, record: memoryview) -> tuple[int, bytes, bytes]:
    """What fragments of one packet have in common (RFC 791 3.2, RFC 8200 4.5)."""
    ip, at = record[RECORD_IP], record[RECORD_AT]
    if (buf[ip] >> 4) == 4:
        addresses, number = bytes(buf[ip + 12 : ip + 20]), bytes(buf[ip + 4 : ip + 6])
    else:
        addresses, number = bytes(buf[ip + 8 : ip + 40]), bytes(buf[at - 4 : at])
    return record[RECORD_ENCAPSULATION], addresses, number


def keep(packet: Open, buf: memoryview, record: memoryview, start: int) -> None:
    """Remember which bytes this fragment brings, and those that may be header."""
    at, end = record[RECORD_AT], record[RECORD_END]
    length = max(0, record[RECORD_STOP] - at)
    packet.cover(start, start + length)
    packet.captured += max(0, end - at)
    if not record[RECORD_FRAGMENT] & 1:
        packet.total = start + length
    if start < HEAD_BYTES:
        packet.head[start] = bytes(buf[at : min(max(at, end), at + HEAD_BYTES - start)])


def holds_header(buf: memoryview, record: memoryview) -> bool:
    """Whether this first fragment holds the TCP header as a whole, captured or not."""
    at = record[RECORD_AT]
    if at + 13 > record[RECORD_END]:
        return False
    return at + (buf[at + 12] >> 4) * 4 <= record[RECORD_STOP]


def whole_packet(
    packet: Open, buf: memoryview, record: memoryview
) -> tuple[memoryview, memoryview]:
    """A buffer with IP header and TCP header, and one record that stands at TCP in it."""
    assert packet.total is not None
    ip = record[RECORD_IP]
    size = 20 if (buf[ip] >> 4) == 4 else 40
    head = packet.header()
    one = memoryview(bytearray(8 * RECORD_WIDTH)).cast("q")
    one[:] = record
    one[RECORD_LAYER] = LAYER_TCP
    one[RECORD_IP] = 0
    one[RECORD_AT] = size
    one[RECORD_END] = size + len(head)
    one[RECORD_STOP] = size + packet.total
    return memoryview(bytes(buf[ip : ip + size]) + head), one


def put_rest(
    packet: Open,
    first: list[int],
    record: memoryview,
    segments: memoryview,
    filled: int,
) -> int:
    """Write the row for the bytes of a whole packet that its ``first`` row does not count; 1."""
    assert packet.total is not None
    row = list(first)
    syn = 1 if first[FLAGS] & SYN else 0
    row[FRAME] = record[RECORD_FRAME]
    row[TIME_NS] = record[RECORD_TIME_NS]
    row[INTERFACE] = record[RECORD_INTERFACE]
    row[SEQ] = (first[SEQ] + first[LENGTH] + syn) & MASK
    row[LENGTH] = packet.total - packet.first_length
    row[CAPTURED] = max(0, packet.captured - packet.first_captured)
    row[FLAGS] = first[FLAGS] & ~SYN
    row[OPTIONS] = first[OPTIONS] & ~OPTION_SACK
    row[SACK_COUNT] = 0
    row[NOTICES] = NOTICE_FRAGMENT_REST
    row[PAYLOAD_HASH] = NONE
    from unstick.wire.segments import print_of  # few captures have fragments

    row[PRINT] = print_of(memoryview(array("q", row)), 0, first[PRINT] & 0xFFFF)
    for column, value in enumerate(row):
        segments[filled * SEGMENT_WIDTH + column] = value
    return 1

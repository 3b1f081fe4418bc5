"""What makes the plain engine fast enough: ``struct`` reads a header, or writes a row, in one call.

Byte by byte, as the hot files read, a packet costs Python 12 us; like this 4. The loops here take
records and packets of the usual shape. Where one is odd or different they stop before it or hand
it to the hot files, and write what these write, bit for bit: the tests run the compiled files, the
plain ones, and this. Nothing here is compiled, and nothing compiled needs it.
"""

from __future__ import annotations

from struct import Struct
from types import ModuleType

from unstick.wire.columns import (
    FOLD,
    HASHED,
    NANOSECONDS,
    NONE,
    OPTION_MSS,
    OPTION_SACK_PERMITTED,
    OPTION_TIMESTAMPS,
    OPTION_WINDOW_SCALE,
    OPTIONS,
    PAYLOAD_HASH,
    PRINT,
    SEGMENT_WIDTH,
)
from unstick.wire.layers import HEADER_AT, LAYER_RAW, TYPE_INDEX_AT
from unstick.wire.segments import PRIME_1, PRIME_2, PRIME_3, PRIME_4, PRIME_5, PRIME_6
from unstick.wire.walking import (
    BLOCK_LIMIT,
    INTERFACE_FIRST_FRAME,
    INTERFACE_LAYER,
    INTERFACE_LIMIT,
    INTERFACE_MULTIPLY,
    INTERFACE_OFFSET_NS,
    INTERFACE_PACKETS,
    INTERFACE_UNITS,
    INTERFACE_WIDTH,
    PACKET_LIMIT,
    STATE_AT,
    STATE_BIG,
    STATE_BYTES,
    STATE_FIRST_INTERFACE,
    STATE_FIRST_TIME_NS,
    STATE_FRACTION,
    STATE_FRAME,
    STATE_HEADER,
    STATE_INTERFACES,
    STATE_LAYER,
    STATE_STOPPED,
    STATE_SWAPPED,
    STATE_TIME_NS,
    STOPPED_FRAGMENT,
    STOPPED_FULL,
    STOPPED_NEED,
    TIME_LIMIT_NS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Kernel = Callable[..., int]
    Clock = tuple[int, int, int, int, int, tuple[int, int]]

OTHER = -1
"""Not one of the usual shapes (as in packets.py)."""

RECORD = {0: Struct("<IIII").unpack_from, 1: Struct(">IIII").unpack_from}
"""The header of a pcap record: seconds, fraction, captured, length."""

BLOCK = {0: Struct("<7I").unpack_from, 1: Struct(">7I").unpack_from}
"""An enhanced packet block: type, size, interface, time (high, low), captured, length."""

WORD = {0: Struct("<I").unpack_from, 1: Struct(">I").unpack_from}

IPV4 = Struct(">BxHHHBBxxII").unpack_from
IPV6 = Struct(">BxxxHBBqqqq").unpack_from
TCP = Struct(">HHIIHHHH").unpack_from
TIMESTAMPS = Struct(">III").unpack_from
SYN_OPTIONS = Struct(">5I").unpack_from
"""As Linux writes them (``tcp_options_write``): MSS, SACK permitted, timestamps, padding, scale."""
STAMPED = Struct(">HBxHHHBBxxIIHHIIIHHIII").unpack_from
"""An ethertype, IPV4, TCP and TIMESTAMPS in one; flags and window in one word."""
STAMPED_ROW = Struct("=2q16x11q16xq8x4q16x2q16sq72sq").pack_into
"""ROW without the columns that are 0 then; MSS and WINDOW_SCALE in one."""
ROW = Struct("=30q72sq").pack_into
"""The columns of a row, with LAST before CHECKSUM."""

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_IPV6 = 0x86DD
IP_KINDS = {4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6}
"""By the version, where no link header tells."""

PADDED_TIMESTAMPS = 0x0101080A
PERMITTED_TIMESTAMPS = 0x0402080A
PADDED_SCALE = 0x01030300
OPTIONS_OF_SYN = OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS | OPTION_WINDOW_SCALE
LAST = Struct("=9q").pack(*[NONE] * 9)
"""PAYLOAD_HASH unknown, no SACK."""
NEITHER = Struct("=2q").pack(NONE, NONE)
"""MSS and WINDOW_SCALE unknown."""


class Shortcut:
    """Packets of one buffer, of the usual shapes, as rows of one table."""

    __slots__ = ("buf", "detail", "hot", "segments")

    def __init__(self, hot: ModuleType, buf: memoryview, segments: memoryview, detail: int) -> None:
        self.hot = hot  # segments.py
        self.buf = buf
        self.segments = segments
        self.detail = detail

    def packet(
        self, at: int, end: int, stop: int, link: tuple[int, int], base: int, head: tuple[int, ...]
    ) -> int:
        """The packet from ``at`` to ``end``, on the wire to ``stop``, as the row at ``base``, with
        ``head`` for FRAME, TIME_NS and INTERFACE: 1, or OTHER. ``link`` is of ``link_of``. Nearly
        all have no options of IP, and of TCP timestamps alone."""
        size, index = link
        if index + 2 != size or at + size + 52 > end:
            return self.other(at, end, stop, link, base, head)
        (kind, first, length, number, fragment, ttl, protocol, source, target, source_port,
         target_port, seq, ack, word, checksum, urgent, mark, tsval, tsecr,
        ) = STAMPED(self.buf, at + index)  # fmt: skip
        payload, after = at + size + 52, at + size + length
        usual = kind == ETHERTYPE_IPV4 and first == 0x45 and mark == PADDED_TIMESTAMPS
        usual = usual and protocol == 6 and word >> 28 == 8 and payload <= after <= stop
        if not usual or fragment & 0x3FFF or self.detail == HASHED:
            return self.other(at, end, stop, link, base, head)
        length = after - payload
        value = seq * PRIME_1 + ack * PRIME_2 + (word & 0x0FFFFFFF) * PRIME_3  # print_of
        value += ((checksum << 16) | number) * PRIME_4 + tsval * PRIME_5 + length * PRIME_6
        frame, time_ns, interface = head
        STAMPED_ROW(
            self.segments, 8 * base, frame, time_ns, seq, ack, (word >> 16) & 0x0FFF, length,
            word & 0xFFFF, OPTION_TIMESTAMPS, tsval, number, ttl, (value ^ (value >> 31)) & FOLD,
            interface, source, target, source_port, target_port, 4,
            (end if end < after else after) - payload, urgent, NEITHER, tsecr, LAST, checksum,
        )  # fmt: skip
        return 1

    def other(
        self, at: int, end: int, stop: int, link: tuple[int, int], base: int, head: tuple[int, ...]
    ) -> int:
        """``packet``, of any shape that can be taken here."""
        buf, (size, index) = self.buf, link
        if size < 0 or at + size + 40 > end:
            return OTHER
        if size:
            kind = (buf[at + index] << 8) | buf[at + index + 1]
            at += size
        else:
            kind = IP_KINDS.get(buf[at] >> 4, 0)
        if kind == ETHERTYPE_IPV4:
            first, length, number, fragment, ttl, protocol, source, target = IPV4(buf, at)
            after = at + length
            if first != 0x45 or protocol != 6 or fragment & 0x3FFF or after > stop:
                return OTHER
            network = (0, source, 0, target, 4, ttl, number)
            return self.segment(at + 20, end, after, base, head, network)
        if kind == ETHERTYPE_IPV6:
            first, length, protocol, ttl, high, low, other_high, other_low = IPV6(buf, at)
            after = at + 40 + length
            if first >> 4 != 6 or protocol != 6 or length == 0 or after > stop:
                return OTHER
            network = (high, low, other_high, other_low, 6, ttl, NONE)
            return self.segment(at + 40, end, after, base, head, network)
        return OTHER

    def segment(
        self, at: int, end: int, stop: int, base: int, head: tuple[int, ...],
        network: tuple[int, ...],
    ) -> int:  # fmt: skip
        """The row of the segment whose TCP header is at ``at``. ``network``: its addresses, version
        of IP, TTL, identification."""
        if end > stop:
            end = stop
        if at + 20 > end:
            return OTHER
        buf, segments = self.buf, self.segments
        source, target, seq, ack, word, window, checksum, urgent = TCP(buf, at)
        payload = at + ((word >> 12) * 4)
        at += 20
        if payload < at or payload > stop:
            return OTHER
        seen, tsval, tsecr, mss, scale = 0, NONE, NONE, NONE, NONE
        if at + 12 <= payload and at + 12 <= end:
            mark, value, echo = TIMESTAMPS(buf, at)
            if mark == PADDED_TIMESTAMPS:
                seen, tsval, tsecr = OPTION_TIMESTAMPS, value, echo
                at += 12
            elif mark >> 16 == 0x0204 and at + 20 == payload <= end:
                size, mark, value, echo, shift = SYN_OPTIONS(buf, at)
                if mark == PERMITTED_TIMESTAMPS and PADDED_SCALE <= shift < PADDED_SCALE + 15:
                    seen, tsval, tsecr = OPTIONS_OF_SYN, value, echo
                    mss, scale, at = size & 0xFFFF, shift & 0xFF, payload
        frame, time_ns, interface = head
        high, low, other_high, other_low, version, ttl, number = network
        ROW(
            segments, 8 * base, frame, time_ns, 0, 0, seq, ack, word & 0x0FFF, stop - payload,
            window, seen, tsval, number, ttl, 0, interface, 0,
            high, low, other_high, other_low, source, target, version, 0, 0,
            end - payload if end > payload else 0, urgent, mss, scale, tsecr, LAST, checksum,
        )  # fmt: skip
        hot = self.hot
        if at < payload:
            segments[base + OPTIONS] = hot.read_options(buf, at, payload, end, seen, segments, base)
        segments[base + PRINT] = hot.print_of(segments, base, checksum)
        if self.detail == HASHED and end > payload:
            upto = min(end, payload + hot.HASHED_BYTES)
            segments[base + PAYLOAD_HASH] = hot.payload_hash(buf, payload, upto)
        return 1


def link_of(lookup: memoryview, layer: int) -> tuple[int, int]:
    """Size of the header of a link and where its ethertype stands; a size of -1 if it has none of
    this kind."""
    size = lookup[HEADER_AT + layer]
    if size == 0 and layer != LAYER_RAW:
        return -1, 0
    return size, lookup[TYPE_INDEX_AT + layer]


class PcapLoop:
    """``read_pcap`` of pcap_walk.py, which is called for what is odd."""

    def __init__(self, hot: ModuleType, slow: Kernel, take: Kernel) -> None:
        self._hot = hot
        self._slow = slow
        self._take = take

    def __call__(self, *given: Any) -> int:
        buf, end, state, lookup, record, segments, filled, capacity, detail, anomalies = given
        if state[STATE_HEADER] != 16 or state[STATE_SWAPPED]:
            return self._slow(*given)
        packet = Shortcut(self._hot, buf, segments, detail).packet
        read, fraction = RECORD[state[STATE_BIG]], state[STATE_FRACTION]
        layer = state[STATE_LAYER]
        link = link_of(lookup, layer)
        at, frame, total = state[STATE_AT], state[STATE_FRAME], state[STATE_BYTES]
        time_ns, stopped = state[STATE_TIME_NS], STOPPED_NEED
        while filled < capacity and at + 16 <= end:
            seconds, below, captured, length = read(buf, at)
            below *= fraction
            stop = at + 16 + captured
            odd = captured > PACKET_LIMIT or captured > length or below >= NANOSECONDS
            if odd or stop > end:
                break
            at += 16
            frame += 1
            total += length
            time_ns = seconds * NANOSECONDS + below
            if frame == 1:
                state[STATE_FIRST_TIME_NS] = time_ns
            head = (frame, time_ns, 0)
            took = packet(at, stop, at + length, link, filled * SEGMENT_WIDTH, head)
            if took < 0:
                took = self._take(
                    buf, lookup, record, frame, time_ns, at, captured, length, layer, 0,
                    segments, filled, detail, anomalies,
                )  # fmt: skip
            at = stop
            if took < 0:
                stopped = STOPPED_FRAGMENT
                break
            filled += took
        state[STATE_AT], state[STATE_FRAME], state[STATE_BYTES] = at, frame, total
        state[STATE_TIME_NS] = time_ns
        state[STATE_STOPPED] = STOPPED_FULL if filled == capacity else stopped
        if state[STATE_STOPPED] != STOPPED_NEED:
            return int(filled)
        return self._slow(buf, end, state, lookup, record, segments, filled, *given[7:])


class PcapngLoop:
    """``read_pcapng`` of pcapng_walk.py, which is called for all but enhanced packet blocks."""

    def __init__(self, hot: ModuleType, slow: Kernel, take: Kernel) -> None:
        self._hot = hot
        self._slow = slow
        self._take = take

    def __call__(self, *given: Any) -> int:
        buf, end, state, interfaces, lookup, record, segments, filled, capacity = given[:9]
        packet = Shortcut(self._hot, buf, segments, given[9]).packet
        block, word = BLOCK[state[STATE_BIG]], WORD[state[STATE_BIG]]
        clocks: dict[int, Clock] = {}
        at, stopped = state[STATE_AT], STOPPED_NEED
        while filled < capacity and at + 32 <= end:
            kind, total, number, high, low, captured, length = block(buf, at)
            stop = at + total
            if kind != 6 or total & 3 or total < 32 or total > BLOCK_LIMIT or stop > end:
                break
            clock = clocks.get(number)
            if clock is None:
                clock = clocks[number] = clock_of(state, interfaces, lookup, number)
            row, latest, multiply, offset_ns, layer, link = clock
            units = (high << 32) | low
            time_ns = units * multiply + offset_ns
            if (
                units > latest
                or not 0 <= time_ns <= TIME_LIMIT_NS
                or word(buf, stop - 4)[0] != total
            ):
                break
            if captured > length or captured > total - 32 or captured > PACKET_LIMIT:
                break
            frame = state[STATE_FRAME] + 1
            state[STATE_FRAME] = frame
            state[STATE_TIME_NS] = time_ns
            state[STATE_BYTES] += length
            seen = interfaces[row + INTERFACE_PACKETS]
            interfaces[row + INTERFACE_PACKETS] = seen + 1
            if not seen:
                interfaces[row + INTERFACE_FIRST_FRAME] = frame
                if state[STATE_FIRST_TIME_NS] == NONE:
                    state[STATE_FIRST_TIME_NS] = time_ns
            at += 28
            head = (frame, time_ns, row // INTERFACE_WIDTH)
            took = packet(at, at + captured, at + length, link, filled * SEGMENT_WIDTH, head)
            if took < 0:
                took = self._take(
                    buf, lookup, record, frame, time_ns, at, captured, length, layer, head[2],
                    segments, filled, *given[9:],
                )  # fmt: skip
            at = stop
            if took < 0:
                stopped = STOPPED_FRAGMENT
                break
            filled += took
        state[STATE_AT] = at
        state[STATE_STOPPED] = STOPPED_FULL if filled == capacity else stopped
        if state[STATE_STOPPED] != STOPPED_NEED:
            return int(filled)
        return self._slow(*given[:7], filled, *given[8:])


def clock_of(state: memoryview, interfaces: memoryview, lookup: memoryview, number: int) -> Clock:
    """Row of an interface, largest usual time in its units, nanoseconds of a unit, its offset, its
    layer and ``link_of`` that. No time is usual if it is not declared or its clock needs a
    division."""
    if number >= state[STATE_INTERFACES]:
        return 0, -1, 0, 0, 0, (-1, 0)
    row = (state[STATE_FIRST_INTERFACE] + number) * INTERFACE_WIDTH
    layer = interfaces[row + INTERFACE_LAYER]
    return (
        row,
        -1 if interfaces[row + INTERFACE_UNITS] else interfaces[row + INTERFACE_LIMIT],
        interfaces[row + INTERFACE_MULTIPLY],
        interfaces[row + INTERFACE_OFFSET_NS],
        layer,
        link_of(lookup, layer),
    )

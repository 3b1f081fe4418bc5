"""The pcapng format: sections, interfaces, statistics; packets are walked by pcapng_walk.py.

draft-ietf-opsawg-pcapng. Sections may differ in byte order; interfaces are numbered on through the
file, so that an interface number means one thing in all of it. What a block lacks or overstates
is counted, never raised.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.wire.anomalies import (
    BLOCK_DAMAGED,
    DROPPED,
    INTERFACE_LIMIT,
    LINK_NOT_DECODED,
    TIME_RANGE,
    note,
)
from unstick.wire.columns import NANOSECONDS, NONE
from unstick.wire.damage import Damage
from unstick.wire.frames import LOOKUP, SegmentTable
from unstick.wire.kernels import WireKernels
from unstick.wire.layers import LAYER_NOTHING, link_layer, link_name
from unstick.wire.walking import (
    BLOCK_LIMIT,
    INTERFACE_BEFORE,
    INTERFACE_DIVIDE,
    INTERFACE_FIRST_FRAME,
    INTERFACE_LAYER,
    INTERFACE_LINK,
    INTERFACE_MULTIPLY,
    INTERFACE_OFFSET_NS,
    INTERFACE_PACKETS,
    INTERFACE_SNAPLEN,
    INTERFACE_UNITS,
    INTERFACE_WIDTH,
    STATE_AT,
    STATE_BIG,
    STATE_FINAL,
    STATE_FIRST_INTERFACE,
    STATE_FIRST_TIME_NS,
    STATE_FRAME,
    STATE_INTERFACES,
    STATE_NEED,
    STATE_STOPPED,
    STATE_TIME_NS,
    STATE_WIDTH,
    STOPPED_BLOCK,
    STOPPED_DAMAGED,
    STOPPED_FRAGMENT,
    STOPPED_SKIP,
    TIME_LIMIT_NS,
)
from unstick.wire.walking import INTERFACE_LIMIT as INTERFACE_TIME_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Order = Literal["little", "big"]

BLOCK_SECTION = 0x0A0D0D0A
BLOCK_INTERFACE = 1

INTERFACES = 65_536
"""Interfaces of one file at most: a table of them is kept."""

COMMENTS = 16
"""Comments kept of one file."""

COMMENT_BYTES = 1000
"""Of each comment."""

OPTION_COMMENT = 1
OPTION_RESOLUTION = 9  # if_tsresol
OPTION_OFFSET = 14  # if_tsoffset
OPTION_DROPPED = 5  # isb_ifdrop
OPTION_DROPPED_BY_SYSTEM = 7  # isb_osdrop

LARGEST = (1 << 63) - 1


def options(block: bytes, at: int, order: Order) -> Iterator[tuple[int, bytes]]:
    """(code, value) of every whole option from ``at`` up to the second length of the block."""
    end = len(block) - 4
    while at + 4 <= end:
        code = int.from_bytes(block[at : at + 2], order)
        size = int.from_bytes(block[at + 2 : at + 4], order)
        if code == 0 or at + 4 + size > end:
            return
        yield code, block[at + 4 : at + 4 + size]
        at += 4 + ((size + 3) & ~3)


def clock(resolution: int, offset_s: int) -> dict[int, int]:
    """The columns of an interface that turn its time units into nanoseconds.

    ``resolution`` is if_tsresol: a power of ten, or of two if the top bit is set. 64-bit
    arithmetic must not overflow: that is what the division before the multiplication is for.
    """
    power = resolution & 0x7F
    room_ns = TIME_LIMIT_NS - max(0, offset_s) * NANOSECONDS
    if resolution & 0x80 and power:
        row = {
            INTERFACE_UNITS: min(1 << power, LARGEST),
            INTERFACE_BEFORE: 1 << min(max(0, power - 32), 62),
            INTERFACE_MULTIPLY: NANOSECONDS,
            INTERFACE_DIVIDE: 1 << min(power, 32),
            INTERFACE_TIME_LIMIT: min((room_ns // NANOSECONDS) << power, LARGEST),
        }
    elif resolution & 0x80 or power <= 9:
        multiply = NANOSECONDS if resolution & 0x80 else 10 ** (9 - power)
        row = {
            INTERFACE_UNITS: 0,
            INTERFACE_BEFORE: 1,
            INTERFACE_MULTIPLY: multiply,
            INTERFACE_DIVIDE: 1,
            INTERFACE_TIME_LIMIT: room_ns // multiply,
        }
    else:
        row = {
            INTERFACE_UNITS: min(10**power, LARGEST),
            INTERFACE_BEFORE: min(10 ** (power - 9), LARGEST),
            INTERFACE_MULTIPLY: 1,
            INTERFACE_DIVIDE: 1,
            INTERFACE_TIME_LIMIT: min(room_ns * 10 ** (power - 9), LARGEST),
        }
    return row | {INTERFACE_OFFSET_NS: offset_s * NANOSECONDS}


class PcapngReader:
    """Walks the blocks of one pcapng file. The file starts with a section header block."""

    format = "pcapng"

    def __init__(self, kernels: WireKernels, anomalies: memoryview) -> None:
        self.state = memoryview(bytearray(8 * STATE_WIDTH)).cast("q")
        self.state[STATE_TIME_NS] = NONE
        self.state[STATE_FIRST_TIME_NS] = NONE
        self.comments: tuple[str, ...] = ()
        self._read = kernels.read_pcapng
        self._anomalies = anomalies
        self._damage = Damage(kernels.resync_pcapng, self.state, anomalies)
        self._skip = 0
        self._order: Order = "little"
        self._interfaces = memoryview(bytearray(8 * INTERFACE_WIDTH)).cast("q")
        self._declared = 0
        self._dropped: dict[int, int] = {}

    @property
    def link_types(self) -> tuple[int, ...]:
        table = self._interfaces
        return tuple(table[row * INTERFACE_WIDTH + INTERFACE_LINK] for row in range(self._declared))

    def walk(
        self, buf: memoryview, end: int, table: SegmentTable, filled: int, capacity: int
    ) -> int:
        """Add rows up to ``capacity`` to the ``filled`` ones; returns how many there are then. If
        there is room left, more bytes are needed, up to STATE_NEED."""
        state = self.state
        while filled < capacity and self._skipped(end) and self._damage.passed(buf, end):
            filled = self._read(
                buf, end, state, self._interfaces, LOOKUP, table.record, table.segments, filled,
                capacity, table.detail, self._anomalies,
            )  # fmt: skip
            stopped = state[STATE_STOPPED]
            if stopped == STOPPED_DAMAGED:
                self._damage.begin()
            elif stopped == STOPPED_FRAGMENT:
                filled = table.add_fragment(buf, filled)
            elif stopped == STOPPED_SKIP:
                self._skip = state[STATE_NEED] - state[STATE_AT]
            elif stopped != STOPPED_BLOCK or not self._block(buf, end):
                break
        return filled

    def _skipped(self, end: int) -> bool:
        """Pass over what is left of a block that says nothing; False while there is more of it."""
        step = min(self._skip, end - self.state[STATE_AT])
        self.state[STATE_AT] += step
        self._skip -= step
        self.state[STATE_NEED] = end + 1
        return self._skip == 0

    def _block(self, buf: memoryview, end: int) -> bool:
        """Read the section, interface or statistics block at STATE_AT; False if it is not all
        there."""
        state = self.state
        at = state[STATE_AT]
        if int.from_bytes(buf[at : at + 4], "big") == BLOCK_SECTION:
            return self._section(buf, end)
        total = int.from_bytes(buf[at + 4 : at + 8], self._order)
        block = bytes(buf[at : at + total])
        state[STATE_AT] = at + total
        if int.from_bytes(block[:4], self._order) == BLOCK_INTERFACE:
            self._interface(block)
        else:
            self._statistics(block)
        return True

    def _section(self, buf: memoryview, end: int) -> bool:
        """A section header: its byte order holds, and its interfaces count from 0, until the
        next."""
        state = self.state
        at = state[STATE_AT]
        magic = bytes(buf[at + 8 : at + 12])
        order: Order = "big" if magic == b"\x1a\x2b\x3c\x4d" else "little"
        total = int.from_bytes(buf[at + 4 : at + 8], order)
        known = magic in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a")
        if not known or total < 28 or total & 3 or total > BLOCK_LIMIT:
            self._damage.begin()
            return True
        if at + total > end:
            state[STATE_NEED] = at + total
            return False
        self._order = order
        self._keep_comments(bytes(buf[at : at + total]), 24)
        state[STATE_BIG] = int(order == "big")
        state[STATE_FIRST_INTERFACE] = self._declared
        state[STATE_INTERFACES] = 0
        state[STATE_AT] = at + total
        return True

    def _interface(self, block: bytes) -> None:
        """An interface description: link type, snaplen and clock."""
        frame = self.state[STATE_FRAME] + 1
        if len(block) < 20:
            note(self._anomalies, BLOCK_DAMAGED, frame, BLOCK_INTERFACE)
            return
        if self._declared == INTERFACES:
            note(self._anomalies, INTERFACE_LIMIT, frame, INTERFACES)
            return
        resolution, offset_s = 6, 0
        for code, value in options(block, 16, self._order):
            if code == OPTION_RESOLUTION and len(value) == 1:
                resolution = value[0]
            elif code == OPTION_OFFSET and len(value) == 8:
                offset_s = int.from_bytes(value, self._order, signed=True)
        if abs(offset_s) * NANOSECONDS > TIME_LIMIT_NS:
            note(self._anomalies, TIME_RANGE, frame, 0)
            offset_s = 0
        self._keep_comments(block, 16)
        link = int.from_bytes(block[8:10], self._order)
        row = clock(resolution, offset_s) | {
            INTERFACE_LINK: link,
            INTERFACE_LAYER: link_layer(link),
            INTERFACE_SNAPLEN: int.from_bytes(block[12:16], self._order),
        }
        self._add(row)

    def _add(self, row: dict[int, int]) -> None:
        needed = (self._declared + 1) * INTERFACE_WIDTH
        if needed > len(self._interfaces):
            larger = memoryview(bytearray(16 * len(self._interfaces))).cast("q")
            larger[: len(self._interfaces)] = self._interfaces
            self._interfaces = larger
        for column, value in row.items():
            self._interfaces[self._declared * INTERFACE_WIDTH + column] = value
        self._declared += 1
        self.state[STATE_INTERFACES] += 1

    def _statistics(self, block: bytes) -> None:
        """Interface statistics: packets that the capture lost. The last block of an interface
        counts: numbers are totals."""
        if len(block) < 24:
            note(self._anomalies, BLOCK_DAMAGED, self.state[STATE_FRAME] + 1, 5)
            return
        interface = int.from_bytes(block[8:12], self._order)
        lost = sum(
            int.from_bytes(value, self._order)
            for code, value in options(block, 20, self._order)
            if code in (OPTION_DROPPED, OPTION_DROPPED_BY_SYSTEM) and len(value) == 8
        )
        if interface < self.state[STATE_INTERFACES]:
            self._dropped[self.state[STATE_FIRST_INTERFACE] + interface] = lost

    def _keep_comments(self, block: bytes, at: int) -> None:
        for code, value in options(block, at, self._order):
            if code == OPTION_COMMENT and len(self.comments) < COMMENTS:
                text = value[:COMMENT_BYTES].decode("utf-8", "replace")
                self.comments = (*self.comments, text)

    def totals(self) -> Iterator[tuple[int, int, int | None, object]]:
        """Anomalies of the file as a whole: (kind, count, first frame, detail)."""
        table = self._interfaces
        undecoded: dict[int, tuple[int, int]] = {}
        for row in range(0, self._declared * INTERFACE_WIDTH, INTERFACE_WIDTH):
            count = table[row + INTERFACE_PACKETS]
            if count and table[row + INTERFACE_LAYER] == LAYER_NOTHING:
                link, frame = table[row + INTERFACE_LINK], table[row + INTERFACE_FIRST_FRAME]
                before, first = undecoded.get(link, (0, frame))
                undecoded[link] = before + count, min(first, frame)
        for link, (count, frame) in sorted(undecoded.items()):
            yield LINK_NOT_DECODED, count, frame, link_name(link)
        if lost := sum(self._dropped.values()):
            yield DROPPED, lost, None, lost

    def finish(self, end: int) -> None:
        """Nothing follows the bytes up to ``end``: count what was left over."""
        if self._skip:
            self.state[STATE_AT] = end - 1  # inside a block: at least its end is missing
        self._damage.finish(end)

    def consumed(self, count: int) -> None:
        """The buffer moved by ``count`` bytes to its front."""
        self.state[STATE_AT] -= count

    def last_bytes(self) -> None:
        """Nothing follows what is in the buffer."""
        self.state[STATE_FINAL] = 1

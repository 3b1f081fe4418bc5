"""The pcap format: its global header and the layouts its records come in.

draft-ietf-opsawg-pcap; the older and patched layouts are those that libpcap and Wireshark know.
The header does not always tell the layout: the chain of record headers does, so several are
tried and the first one whose chain holds is taken. Walking itself is pcap_walk.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.named import NamedTuple
from unstick.wire.anomalies import LINK_NOT_DECODED
from unstick.wire.columns import NONE
from unstick.wire.damage import Damage
from unstick.wire.frames import LOOKUP, SegmentTable
from unstick.wire.kernels import WireKernels
from unstick.wire.layers import LAYER_NOTHING, link_layer, link_name
from unstick.wire.walking import (
    PACKET_LIMIT,
    STATE_AT,
    STATE_BIG,
    STATE_FINAL,
    STATE_FIRST_TIME_NS,
    STATE_FRACTION,
    STATE_FRAME,
    STATE_HEADER,
    STATE_LAYER,
    STATE_STOPPED,
    STATE_SWAPPED,
    STATE_TIME_NS,
    STATE_WIDTH,
    STOPPED_DAMAGED,
    STOPPED_FRAGMENT,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

GLOBAL_HEADER = 24
"""Bytes before the first record."""

CHAIN = 64
"""Record headers that a layout is tried on."""

CONVINCING = 3
"""Records that another layout than the promised one must explain."""

LINK_BITS = 0x03FFFFFF
"""The link type; the bits above it tell of frame check sequences (LT_LINKTYPE of libpcap)."""


class Magic(NamedTuple):
    """What the first four bytes say. ``headers``: record header sizes to try, likeliest first."""

    byte_order: Literal["little", "big"]
    fraction_ns: int
    headers: tuple[int, ...]


MAGICS: dict[bytes, Magic] = {
    # 16: the format. 24: Alexey Kuznetzov's patch (interface, protocol, packet type). 28: the
    # same by S. Shepherd's ss990915 (with processors). 20: Nokia IPSO. (Wireshark libpcap.c)
    bytes.fromhex("d4c3b2a1"): Magic("little", 1000, (16, 24, 20)),
    bytes.fromhex("a1b2c3d4"): Magic("big", 1000, (16, 24, 20)),
    bytes.fromhex("4d3cb2a1"): Magic("little", 1, (16,)),
    bytes.fromhex("a1b23c4d"): Magic("big", 1, (16,)),
    bytes.fromhex("34cdb2a1"): Magic("little", 1000, (24, 28, 16)),
    bytes.fromhex("a1b2cd34"): Magic("big", 1000, (24, 28, 16)),
}


class Layout(NamedTuple):
    """How a record header is laid out. ``swapped``: length stands before captured length."""

    header: int
    swapped: bool


def layouts(magic: Magic, minor: int) -> list[Layout]:
    """The layouts to try, likeliest first. Before version 2.3 the two lengths changed places, and
    some writers of 2.4 never noticed (libpcap sf-pcap.c)."""
    orders = (True, False) if minor < 3 else (False, True)
    return [Layout(header, swapped) for header in magic.headers for swapped in orders]


class Chain(NamedTuple):
    """How many whole records follow each other. ``broken``: by what, or "" if by nothing."""

    records: int
    broken: str


def follow(data: memoryview, layout: Layout, magic: Magic) -> Chain:
    """Follow the record headers from the first one on."""
    at, records = GLOBAL_HEADER, 0
    while records < CHAIN and at + layout.header <= len(data):
        captured = int.from_bytes(data[at + 8 : at + 12], magic.byte_order)
        length = int.from_bytes(data[at + 12 : at + 16], magic.byte_order)
        if layout.swapped:
            captured, length = length, captured
        if captured > PACKET_LIMIT:
            return Chain(records, "damage")
        if captured > length:
            return Chain(records, "order")
        at += layout.header + captured
        if at <= len(data):
            records += 1
    return Chain(records, "")


def choose_layout(data: memoryview, magic: Magic, minor: int) -> Layout:
    """The layout that the header promises, unless its chain breaks and another one holds longer.

    Lengths in the other order are believed only if it was their order that broke the chain: else
    one damaged length would turn round all of them.
    """
    first, *others = layouts(magic, minor)
    promised = follow(data, first, magic)
    for layout in others if promised.broken else ():
        found = follow(data, layout, magic)
        longer = found.records >= max(CONVINCING, promised.records + 1) and not found.broken
        if longer and (layout.header != first.header or promised.broken == "order"):
            return layout
    return first


class PcapReader:
    """Walks the records of one pcap file. ``head`` is its start: the global header at least."""

    format = "pcap"

    def __init__(self, head: memoryview, kernels: WireKernels, anomalies: memoryview) -> None:
        magic = MAGICS[bytes(head[:4])]
        order = magic.byte_order
        minor = int.from_bytes(head[6:8], order)
        network = int.from_bytes(head[20:24], order)
        layout = choose_layout(head, magic, minor)
        self.comments: tuple[str, ...] = ()
        self.state = memoryview(bytearray(8 * STATE_WIDTH)).cast("q")
        self._read = kernels.read_pcap
        self._anomalies = anomalies
        self._damage = Damage(kernels.resync_pcap, self.state, anomalies)
        self._link = network & LINK_BITS
        for column, value in (
            (STATE_AT, GLOBAL_HEADER),
            (STATE_BIG, int(order == "big")),
            (STATE_TIME_NS, NONE),
            (STATE_FIRST_TIME_NS, NONE),
            (STATE_HEADER, layout.header),
            (STATE_SWAPPED, int(layout.swapped)),
            (STATE_FRACTION, magic.fraction_ns),
            (STATE_LAYER, link_layer(self._link)),
        ):
            self.state[column] = value

    @property
    def link_types(self) -> tuple[int, ...]:
        return (self._link,)

    def walk(
        self, buf: memoryview, end: int, table: SegmentTable, filled: int, capacity: int
    ) -> int:
        """Add rows up to ``capacity`` to the ``filled`` ones; returns how many there are then. If
        there is room left, more bytes are needed, up to STATE_NEED."""
        state = self.state
        while filled < capacity and self._damage.passed(buf, end):
            filled = self._read(
                buf, end, state, LOOKUP, table.record, table.segments, filled, capacity,
                table.detail, self._anomalies,
            )  # fmt: skip
            stopped = state[STATE_STOPPED]
            if stopped == STOPPED_DAMAGED:
                self._damage.begin()
            elif stopped == STOPPED_FRAGMENT:
                filled = table.add_fragment(buf, filled)
            else:
                break
        return filled

    def finish(self, end: int) -> None:
        """Nothing follows the bytes up to ``end``: count what was left over."""
        self._damage.finish(end)

    def totals(self) -> Iterator[tuple[int, int, int | None, object]]:
        """Anomalies of the file as a whole: (kind, count, first frame, detail)."""
        state = self.state
        if state[STATE_LAYER] == LAYER_NOTHING and state[STATE_FRAME]:
            yield LINK_NOT_DECODED, state[STATE_FRAME], 1, link_name(self._link)

    def consumed(self, count: int) -> None:
        """The buffer moved by ``count`` bytes to its front."""
        self.state[STATE_AT] -= count

    def last_bytes(self) -> None:
        """Nothing follows what is in the buffer."""
        self.state[STATE_FINAL] = 1

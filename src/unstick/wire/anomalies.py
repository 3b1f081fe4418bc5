"""What can be odd about a capture: kinds, and a table that counts them.

Odd input never raises; it is counted here with the first frame it was seen in and one number
(``detail``) of that first time. The hot stages write ``table[kind * ANOMALY_WIDTH + ...]``
directly. The order of ``KINDS`` is the order in which reports list them.
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.named import NamedTuple

ANOMALY_COUNT = 0
ANOMALY_FIRST_FRAME = 1
ANOMALY_DETAIL = 2
ANOMALY_WIDTH = 3

KINDS: tuple[tuple[str, str], ...] = (
    # name, what happened; {detail} is the number noted the first time
    ("compression-damaged", "the compressed data is damaged; read up to there"),
    ("compression-cut", "the compressed data ends early; read up to there"),
    ("trailing-bytes", "the compressed file has foreign bytes after its end, left out"),
    ("file-cut", "the file ends inside a packet: {detail} bytes left over"),
    ("damaged", "a packet header makes no sense; {detail} bytes were skipped"),
    ("captured-above-length", "more bytes captured than the packet had on the wire"),
    ("time-fraction", "the part of the time below a second is out of range: {detail}"),
    ("time-missing", "packets without a time: the time before them is taken"),
    ("time-range", "times outside the years 1970 to 2200; unusable ones become the one before"),
    ("block-length", "the two lengths of a pcapng block differ"),
    ("block-damaged", "a pcapng block that does not hold what it must (type {detail})"),
    ("interface-unknown", "packets of an interface that is not declared: {detail}"),
    ("interface-limit", "more interfaces than {detail}: the packets of the others are left out"),
    ("dropped-while-capturing", "the capture itself lost {detail} packets"),
    ("link-not-decoded", "packets of link type {detail}, which is not decoded"),
    ("link-cut", "packets that end inside the link header"),
    ("link-protected", "encrypted or aggregated 802.11 frames, not decoded"),
    ("nested-too-deep", "packets wrapped more than {detail} times"),
    ("ip-cut", "packets that end inside the IP header"),
    ("ip-version", "IP headers with the wrong version number: {detail}"),
    ("ip-header-length", "IPv4 headers of {detail} bytes"),
    ("ip-length-short", "IP packets whose length is below that of their header"),
    ("ip-length-long", "IP packets longer than their frame: first by {detail} bytes"),
    ("ip-fragments", "TCP packets in fragments"),
    ("fragment-header-elsewhere", "fragments of which the TCP header was never seen"),
    ("fragment-rest-missing", "fragmented TCP packets of which not all fragments were seen"),
    ("tunnel-damaged", "tunnel headers that do not hold what they must"),
    ("encrypted", "packets encrypted by IPsec, not decoded"),
    ("tcp-cut", "packets that end before the flags and window of the TCP header"),
    ("tcp-header-length", "TCP headers whose length does not fit the packet: {detail} bytes"),
)

(
    COMPRESSION_DAMAGED,
    COMPRESSION_CUT,
    TRAILING_BYTES,
    FILE_CUT,
    DAMAGED,
    CAPTURED_ABOVE_LENGTH,
    TIME_FRACTION,
    TIME_MISSING,
    TIME_RANGE,
    BLOCK_LENGTH,
    BLOCK_DAMAGED,
    INTERFACE_UNKNOWN,
    INTERFACE_LIMIT,
    DROPPED,
    LINK_NOT_DECODED,
    LINK_CUT,
    LINK_PROTECTED,
    NESTED_TOO_DEEP,
    IP_CUT,
    IP_VERSION_ODD,
    IP_HEADER_LENGTH,
    IP_LENGTH_SHORT,
    IP_LENGTH_LONG,
    IP_FRAGMENTS,
    FRAGMENT_ELSEWHERE,
    FRAGMENT_REST_MISSING,
    TUNNEL_DAMAGED,
    ENCRYPTED,
    TCP_CUT,
    TCP_HEADER_LENGTH,
) = range(30)


class Anomaly(NamedTuple):
    """One kind of oddity of one capture. ``first_frame`` is None when no packet is meant."""

    kind: str
    count: int  # type: ignore[assignment]
    first_frame: int | None
    detail: str


def new_table() -> memoryview:
    """A table of counters for every kind, all 0."""
    return memoryview(bytearray(8 * ANOMALY_WIDTH * len(KINDS))).cast("q")


def note(table: memoryview, kind: int, frame: int, detail: int, times: int = 1) -> None:
    """Count an anomaly. The hot stages hold a copy of this function each: calls between
    compiled modules would go through Python objects."""
    at = kind * ANOMALY_WIDTH
    if table[at + ANOMALY_COUNT] == 0:
        table[at + ANOMALY_FIRST_FRAME] = frame
        table[at + ANOMALY_DETAIL] = detail
    table[at + ANOMALY_COUNT] += times


def listed(table: memoryview) -> Iterator[Anomaly]:
    """The kinds that were counted at least once, in the order of ``KINDS``."""
    for kind, (name, sentence) in enumerate(KINDS):
        at = kind * ANOMALY_WIDTH
        count = table[at + ANOMALY_COUNT]
        if count:
            frame = table[at + ANOMALY_FIRST_FRAME]
            detail = sentence.format(detail=table[at + ANOMALY_DETAIL])
            yield Anomaly(name, count, frame or None, detail)

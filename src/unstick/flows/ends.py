"""The two ends of a stream, and which of them sent a segment.

Plain integers; compiled if possible.
"""

from __future__ import annotations

from unstick.flows.columns import (
    HIGH_ADDRESS_HIGH,
    HIGH_KEY,
    LOW_ADDRESS_HIGH,
    LOW_KEY,
    PORTS,
)
from unstick.flows.hashing import key_of
from unstick.wire.columns import (
    IP_VERSION,
    MASK,
    SOURCE_HIGH,
    SOURCE_LOW,
    SOURCE_PORT,
    TARGET_HIGH,
    TARGET_LOW,
    TARGET_PORT,
)

STRANGER = -1
"""Instead of a sender: the stream is another one's."""


def end_of(segments: memoryview, base: int, address: int, port: int) -> int:
    """The endpoint whose address and port stand in these columns."""
    return key_of(segments[base + address], segments[base + port], segments[base + IP_VERSION])


def sender_of(streams: memoryview, row: int, segments: memoryview, base: int) -> int:
    """Which endpoint of this stream sent the segment (0 low, 1 high), or STRANGER. No branch: which
    it is changes with every other packet, and who guesses is wrong every other time."""
    version = segments[base + IP_VERSION]
    source = end_of(segments, base, SOURCE_LOW, SOURCE_PORT)
    target = end_of(segments, base, TARGET_LOW, TARGET_PORT)
    straight = (streams[row + LOW_KEY] ^ source) | (streams[row + HIGH_KEY] ^ target)
    crossed = (streams[row + LOW_KEY] ^ target) | (streams[row + HIGH_KEY] ^ source)
    if ((straight != 0) & (crossed != 0)) | ((streams[row + PORTS] >> 32) != version):
        return STRANGER
    if version != 4:
        return _sender_ipv6(streams, row, segments, base)
    return straight != 0


def _sender_ipv6(streams: memoryview, row: int, segments: memoryview, base: int) -> int:
    """The same where the keys are half of it: the rest is ports and upper halves of addresses."""
    ports = streams[row + PORTS] & MASK
    source = segments[base + SOURCE_PORT]
    target = segments[base + TARGET_PORT]
    key = end_of(segments, base, SOURCE_LOW, SOURCE_PORT)
    other_key = end_of(segments, base, TARGET_LOW, TARGET_PORT)
    straight = (streams[row + LOW_KEY] ^ key) | (streams[row + HIGH_KEY] ^ other_key)
    straight |= streams[row + LOW_ADDRESS_HIGH] ^ segments[base + SOURCE_HIGH]
    straight |= streams[row + HIGH_ADDRESS_HIGH] ^ segments[base + TARGET_HIGH]
    straight |= ports ^ ((source << 16) | target)
    if straight == 0:
        return 0
    crossed = (streams[row + LOW_KEY] ^ other_key) | (streams[row + HIGH_KEY] ^ key)
    crossed |= streams[row + LOW_ADDRESS_HIGH] ^ segments[base + TARGET_HIGH]
    crossed |= streams[row + HIGH_ADDRESS_HIGH] ^ segments[base + SOURCE_HIGH]
    crossed |= ports ^ ((target << 16) | source)
    return 1 if crossed == 0 else STRANGER


def sender_is_high(segments: memoryview, base: int) -> int:
    """1 if the source is the greater of the two endpoints by (address, port), else 0."""
    if segments[base + SOURCE_HIGH] != segments[base + TARGET_HIGH]:
        return 1 if segments[base + SOURCE_HIGH] > segments[base + TARGET_HIGH] else 0
    if segments[base + SOURCE_LOW] != segments[base + TARGET_LOW]:
        return 1 if segments[base + SOURCE_LOW] > segments[base + TARGET_LOW] else 0
    return 1 if segments[base + SOURCE_PORT] > segments[base + TARGET_PORT] else 0

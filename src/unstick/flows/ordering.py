"""Streams in order of their numbers.

Hot file: ordinary Python on flat tables, compiled from the types in ``ordering.pxd``.
"""

from __future__ import annotations

from unstick.flows.columns import NO_SLOT, NUMBER, STREAM_WIDTH

DIGIT = 256


def by_number(
    streams: memoryview, used: int, free: int, slots: memoryview, spare: memoryview,
    counts: memoryview,
) -> int:  # fmt: skip
    """Write into ``slots`` which of the first ``used`` rows of the stream table have a stream, in
    order of stream numbers (0 .. 2**48 - 1). Returns how many. ``free`` begins the chain of those
    that have none. ``slots`` and ``spare`` have ``used`` words, ``counts`` has DIGIT."""
    for slot in range(used):
        spare[slot] = 0
    while free != NO_SLOT:
        spare[free] = 1
        free = streams[(free * STREAM_WIDTH) + NUMBER]
    count = 0
    most = 0
    for slot in range(used):
        if spare[slot] == 0:
            slots[count] = slot
            count += 1
            number = streams[(slot * STREAM_WIDTH) + NUMBER]
            if number > most:
                most = number
    shift = 0
    while (most >> shift) > 0:  # twice: an even number of moves ends in ``slots``
        _deal(streams, slots, spare, counts, count, shift)
        _deal(streams, spare, slots, counts, count, shift + 8)
        shift += 16
    return count


def _deal(
    streams: memoryview, hand: memoryview, piles: memoryview, counts: memoryview, count: int,
    shift: int,
) -> None:  # fmt: skip
    """Order ``hand`` by one digit into ``piles``; those of one digit stay in order."""
    for digit in range(DIGIT):
        counts[digit] = 0
    for i in range(count):
        digit = (streams[(hand[i] * STREAM_WIDTH) + NUMBER] >> shift) & 0xFF
        counts[digit] += 1
    first = 0
    for digit in range(DIGIT):
        size = counts[digit]
        counts[digit] = first
        first += size
    for i in range(count):
        digit = (streams[(hand[i] * STREAM_WIDTH) + NUMBER] >> shift) & 0xFF
        piles[counts[digit]] = hand[i]
        counts[digit] += 1

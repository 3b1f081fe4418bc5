"""Streams that are forgotten, and an index made anew. Plain integers; compiled if possible."""

from __future__ import annotations

from unstick.flows.columns import (
    FREE_SLOT,
    GRAVE,
    HIGH_ADDRESS_HIGH,
    HIGH_KEY,
    KNOWN,
    LOW_ADDRESS_HIGH,
    LOW_KEY,
    NUMBER,
    PORTS,
    SALT,
    SLOT_MASK,
    STREAM_WIDTH,
)
from unstick.flows.hashing import SALT_STEP, prefetch, tag_of
from unstick.wire.columns import COMPILED

FAR = 16
NEARER = 8
"""So many streams before its turn the row of one is asked for, and its word of the index."""


def forget(
    slots: memoryview,
    count: int,
    index: memoryview,
    mask: int,
    streams: memoryview,
    counters: memoryview,
) -> int:
    """No segment will be given to these ``count`` streams: one of their 4-tuples will open a new
    one. Returns ``count``. Their rows stay until ``release``, the words of the index as graves
    until it is made anew."""
    secret = counters[SALT] * SALT_STEP
    for i in range(count):
        if COMPILED and i + FAR < count:
            prefetch(streams, slots[i + FAR] * STREAM_WIDTH)
            prefetch(index, _tag(streams, slots[i + NEARER], secret) & mask)
        slot = slots[i]
        tag = _tag(streams, slot, secret)
        at = tag & mask
        while index[at] != 0 and index[at] != ((tag << 32) | (slot + 1)):
            at = (at + 1) & mask
        if index[at] != 0:  # else a new stream has the 4-tuple
            index[at] = (tag << 32) | (GRAVE + 1)
        counters[KNOWN] -= 1
    return count


def release(slots: memoryview, count: int, streams: memoryview, counters: memoryview) -> int:
    """Give the rows of ``count`` streams, which are forgotten, to others; returns ``count``."""
    for i in range(count):
        streams[(slots[i] * STREAM_WIDTH) + NUMBER] = counters[FREE_SLOT]
        counters[FREE_SLOT] = slots[i]
    return count


def _tag(streams: memoryview, slot: int, secret: int) -> int:
    row = slot * STREAM_WIDTH
    return tag_of(
        streams[row + LOW_KEY],
        streams[row + LOW_ADDRESS_HIGH],
        streams[row + HIGH_KEY],
        streams[row + HIGH_ADDRESS_HIGH],
        streams[row + PORTS] >> 32,
        secret,
    )


def rehash(old: memoryview, words: int, new: memoryview, mask: int) -> int:
    """Moves every word of ``words`` but the graves into an empty index of ``mask`` + 1. Returns how
    many there are."""
    used = 0
    for place in range(words):
        word = old[place]
        if word == 0 or (word & SLOT_MASK) == GRAVE + 1:
            continue
        at = (word >> 32) & mask
        while new[at] != 0:
            at = (at + 1) & mask
        new[at] = word
        used += 1
    return used

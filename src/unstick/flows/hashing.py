"""The hash of a 4-tuple. Plain integers; compiled if possible."""

from __future__ import annotations

from unstick.flows.columns import TAG_MASK
from unstick.wire.columns import MASK, WORD

SALT_STEP = 0x2C1B3C6D297A2D39
ALL_BITS = (1 << 64) - 1
POSITIVE = (1 << 63) - 1


def fold(a: int, b: int) -> int:
    """A hash of two words of 64 bits: both halves of their product, as wyhash does it. The low
    half has what is low in both, the high half what is high."""
    product = (a & ALL_BITS) * (b & ALL_BITS)
    return ((product >> 64) ^ product) & POSITIVE


def tag_of(segments: memoryview, low: int, high: int, ports: int, salt: int) -> int:
    """31 bits of hash of a 4-tuple: ``low`` and ``high`` are where its address halves stand. The
    salt is in all that is multiplied: who does not know it cannot aim at a product."""
    secret = salt * SALT_STEP
    digest = (segments[low + 1] * WORD) ^ (segments[high + 1] & MASK)
    digest = fold(digest ^ secret, ports ^ secret ^ SALT_STEP)
    if (ports >> 32) != 4:
        digest = fold(digest ^ segments[low], segments[low + 1] ^ secret)
        digest = fold(digest ^ segments[high], segments[high + 1] ^ secret)
    return (digest ^ (digest >> 32)) & TAG_MASK

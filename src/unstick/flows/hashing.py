"""The hash of a 4-tuple, and a word to the cache about what it leads to.

Plain integers; compiled if possible.
"""

from __future__ import annotations

from unstick.flows.columns import TAG_MASK

SALT_STEP = 0x2C1B3C6D297A2D39
ALL_BITS = (1 << 64) - 1
POSITIVE = (1 << 63) - 1


def fold(a: int, b: int) -> int:
    """A hash of two words of 64 bits: both halves of their product, as wyhash does it. The low
    half has what is low in both, the high half what is high."""
    product = (a & ALL_BITS) * (b & ALL_BITS)
    return ((product >> 64) ^ product) & POSITIVE


def key_of(address_low: int, port: int, version: int) -> int:
    """An endpoint in one word: of IPv4 all of it, of IPv6 what tells the lower half of its address
    once its port is known."""
    if version == 4:
        return (address_low << 16) | port
    return address_low ^ (port << 47)


def tag_of(
    key: int, prefix: int, other_key: int, other_prefix: int, version: int, secret: int
) -> int:
    """31 bits of hash of a 4-tuple, whichever end comes first: of each the key and the upper half
    of its address. The secret (the salt times SALT_STEP) is in all that is multiplied: who does
    not know it cannot aim at a product. Folded once more: ports and addresses are numbers in a row,
    and of those one product makes a row again for one secret in a thousand."""
    if version != 4:
        key = fold(key ^ secret, prefix ^ secret ^ SALT_STEP)
        other_key = fold(other_key ^ secret, other_prefix ^ secret ^ SALT_STEP)
    digest = fold(fold(key ^ secret, other_key ^ secret) ^ secret, SALT_STEP)
    return (digest ^ (digest >> 32)) & TAG_MASK


def prefetch(table: memoryview, at: int) -> None:
    """Word ``at`` will be asked for soon: nothing in Python, a hint to the cache when compiled."""

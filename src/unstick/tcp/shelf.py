"""Rows of connections that rest, packed into blocks of the shelf: nothing is lost.

Hot file: ordinary Python on flat tables, compiled from the types in ``shelf.pxd``.

1. A row differs from a fresh one in a hundred of its words: in 18 of its 36 groups of eight in
   nearly all connections. Half a word is enough for most: for what is counted, for numbers, for
   frames, and for times once they are counted from the first one. Packed, 2,304 bytes are about
   600.
2. A packed row: which groups are not fresh; which of them stand as they are, and above that how
   many units its block has; what times are counted from; and these groups. A group with a value
   that half a word does not hold stands as it is.
3. A block is some units of eight words. One that is given back is the first in the chain of its
   size; who needs one takes it from there, or from the chains of a few larger sizes.
4. ``t`` connections, ``fresh`` an untouched row, ``timed`` -1 where a time stands, ``stage``
   PACKED_MOST words, ``b`` the shelf, ``m`` counters.
"""

from __future__ import annotations

from unstick.tcp.columns import (
    BLOCK_MOST,
    C_FIRST_NS,
    CONNECTION_WIDTH,
    M_UNITS_USED,
    META_FREE,
)
from unstick.tcp.places import (
    GROUP,
    PACKED_GROUPS,
    PACKED_SINCE,
    PACKED_SIZE_SHIFT,
    PACKED_WIDE,
    UNIT_WORDS,
)
from unstick.tcp.words import (
    carry_words,
    copy_words,
    pack_at_once,
    pack_eight,
    prefetch,
    same_words,
    unpack_at_once,
    unpack_eight,
)
from unstick.wire.columns import COMPILED, NONE

LARGER = 3
"""A block may have so many units more than it needs."""


def pack(t: memoryview, row: int, fresh: memoryview, timed: memoryview, stage: memoryview) -> int:
    """Move the row into ``stage``: it is fresh then. Returns how many words it takes."""
    since = t[row + C_FIRST_NS]
    stage[PACKED_SINCE] = since
    groups = CONNECTION_WIDTH // GROUP
    at = pack_at_once(stage, PACKED_GROUPS, t, row, fresh, timed, since, NONE, groups)
    if at > 0:
        return at
    at = PACKED_GROUPS
    used = 0
    wide = 0
    bit = 1
    group = 0
    while group < CONNECTION_WIDTH:
        if not same_words(t, row + group, fresh, group, GROUP):
            used = used | bit
            if pack_eight(stage, at, t, row + group, timed, group, since, NONE):
                at += GROUP // 2
            else:
                wide = wide | bit
                carry_words(stage, at, t, row + group, GROUP)
                at += GROUP
            copy_words(t, row + group, fresh, group, GROUP)
        bit = bit << 1
        group += GROUP
    stage[0] = used
    stage[PACKED_WIDE] = wide
    return at


def unpack(
    t: memoryview, row: int, timed: memoryview, b: memoryview, unit: int, wanted: int
) -> None:
    """Fill the ``wanted`` groups of the row, which are fresh, from the block that begins with this
    unit."""
    block = unit * UNIT_WORDS
    if unpack_at_once(t, row, timed, b, block, wanted, NONE):
        return
    at = block + PACKED_GROUPS
    used = b[block]
    wide = b[block + PACKED_WIDE]
    group = 0
    while used != 0:
        size = 0
        if used & 1:
            size = GROUP if wide & 1 else GROUP // 2
        if size > 0 and wanted & 1:
            if size == GROUP:
                carry_words(t, row + group, b, at, GROUP)
            else:
                unpack_eight(t, row + group, b, at, timed, group, b[block + PACKED_SINCE], NONE)
        at += size
        used = used >> 1
        wide = wide >> 1
        wanted = wanted >> 1
        group += GROUP


def store(stage: memoryview, size: int, b: memoryview, m: memoryview) -> int:
    """Put the ``size`` words of ``stage`` into a block (there is room). Returns its first unit."""
    units = (size + UNIT_WORDS - 1) // UNIT_WORDS
    most = units + LARGER
    if most > BLOCK_MOST:
        most = BLOCK_MOST
    taken = units
    while taken < most and m[META_FREE + taken] == NONE:
        taken += 1
    unit = m[META_FREE + taken]
    if unit == NONE:
        taken = units
        unit = m[M_UNITS_USED]
        m[M_UNITS_USED] += units
    else:
        following = b[unit * UNIT_WORDS]
        m[META_FREE + taken] = following
        if COMPILED and following != NONE:
            for word in range(following * UNIT_WORDS, (following * UNIT_WORDS) + size, 8):
                prefetch(b, word)
    stage[PACKED_WIDE] = stage[PACKED_WIDE] | (taken << PACKED_SIZE_SHIFT)
    copy_words(b, unit * UNIT_WORDS, stage, 0, size)
    return unit


def discard(unit: int, b: memoryview, m: memoryview) -> None:
    """Give the block of a packed row back."""
    block = unit * UNIT_WORDS
    chain = META_FREE + (b[block + PACKED_WIDE] >> PACKED_SIZE_SHIFT)
    b[block] = m[chain]
    m[chain] = unit

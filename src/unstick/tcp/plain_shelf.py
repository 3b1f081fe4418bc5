"""A row is packed for the shelf in a fraction of the time that it takes Python column by column.

``pack`` writes what ``pack`` of shelf.py writes, word for word, from slices of lists: the tests run
both. The plain engine has it in its place (``engine``); nothing compiled needs it.
"""

from __future__ import annotations

import struct
import sys

from unstick.tcp.columns import C_FIRST_NS, CONNECTION_WIDTH
from unstick.tcp.fresh import TIMED
from unstick.tcp.places import GROUP, PACKED_GROUPS, PACKED_SINCE, PACKED_WIDE
from unstick.wire.columns import NONE

AS_IT_IS = struct.Struct(f"={GROUP}q").pack_into
IN_HALVES = struct.Struct(f"={GROUP}I").pack_into
LITTLE = sys.byteorder == "little"

GROUPS = tuple(
    (group, 1 << (group // GROUP), [at for at in range(GROUP) if TIMED[group + at]])
    for group in range(0, CONNECTION_WIDTH, GROUP)
)
"""Where each begins, its bit, and which of its columns are times."""


def pack(t: list[int], row: int, fresh: list[int], _timed: memoryview, stage: memoryview) -> int:
    """Move the row into ``stage``: it is fresh then. Returns how many words it takes."""
    since = t[row + C_FIRST_NS]
    at, used, wide = PACKED_GROUPS, 0, 0
    for group, bit, times in GROUPS:
        values, untouched = t[row + group : row + group + GROUP], fresh[group : group + GROUP]
        if values == untouched:
            continue
        used |= bit
        t[row + group : row + group + GROUP] = untouched
        codes = [0 if value == NONE else (value + 1) or -1 for value in values]
        for place in times:
            if values[place] != NONE:
                codes[place] = (values[place] - since + 1) or -1  # 0 is NONE's
        a, b, c, d, e, f, g, h = codes
        try:
            if LITTLE:
                IN_HALVES(stage, 8 * at, a, c, b, d, e, g, f, h)
            else:
                IN_HALVES(stage, 8 * at, c, a, d, b, g, e, h, f)
            at += GROUP // 2
        except struct.error:  # one of them needs more
            wide |= bit
            AS_IT_IS(stage, 8 * at, *values)
            at += GROUP
    stage[0], stage[PACKED_WIDE], stage[PACKED_SINCE] = used, wide, since
    return at

"""A row is packed for the shelf in a fraction of the time that it takes Python column by column.

``pack`` writes what ``pack`` of shelf.py writes, word for word, all groups at once: the tests run
both. The plain engine has it in its place (``engine``); nothing compiled needs it.
"""

from __future__ import annotations

import struct
import sys
from functools import lru_cache
from operator import itemgetter

from unstick.tcp.columns import C_FIRST_NS, CONNECTION_WIDTH
from unstick.tcp.fresh import FRESH, TIMED
from unstick.tcp.places import GROUP, PACKED_GROUPS, PACKED_SINCE, PACKED_WIDE
from unstick.wire.columns import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Shape = tuple[Callable[[list[int]], tuple[int, ...]], list[int], Callable[..., None]]

AS_IT_IS = struct.Struct(f"={GROUP}q").pack_into
IN_HALVES = struct.Struct(f"={GROUP}I").pack_into
HALVES = (0, 2, 1, 3, 4, 6, 5, 7) if sys.byteorder == "little" else (2, 0, 3, 1, 6, 4, 7, 5)
"""In which order the columns of a group stand, half a word each."""

GROUPS = tuple(
    (at, at + GROUP, 1 << (at // GROUP), FRESH[at : at + GROUP].tolist())
    for at in range(0, CONNECTION_WIDTH, GROUP)
)
"""Where each begins, where it ends, its bit, and its columns while nothing is known."""

SHAPES = 64
"""Connections of a kind use the same groups: of so many kinds it is known how they are packed."""


def pack(t: list[int], row: int, fresh: list[int], _timed: memoryview, stage: memoryview) -> int:
    """Move the row into ``stage``: it is fresh then. Returns how many words it takes."""
    values, since, used = t[row : row + CONNECTION_WIDTH], t[row + C_FIRST_NS], 0
    t[row : row + CONNECTION_WIDTH] = fresh
    for begin, end, bit, untouched in GROUPS:
        if values[begin:end] != untouched:
            used |= bit
    stage[0], stage[PACKED_WIDE], stage[PACKED_SINCE] = used, 0, since
    if not used:
        return PACKED_GROUPS
    in_order, times, write = shape_of(used)
    words = in_order(values)
    codes = [0 if word == NONE else (word + 1) or -1 for word in words]  # 0 is NONE's
    for place in times:
        if codes[place]:
            codes[place] = (words[place] - since + 1) or -1
    try:
        write(stage, 8 * PACKED_GROUPS, *codes)
    except struct.error:  # one of them needs more
        return _pack_wide(values, codes, stage)
    return PACKED_GROUPS + (len(codes) // 2)


@lru_cache(SHAPES)
def shape_of(used: int) -> Shape:
    """Of these groups: what takes their columns from a row, in the order in which they are packed;
    which of them are times; and what writes them."""
    columns = [begin + half for begin, _, bit, _ in GROUPS if used & bit for half in HALVES]
    times = [place for place, column in enumerate(columns) if TIMED[column]]
    return itemgetter(*columns), times, struct.Struct(f"={len(columns)}I").pack_into


def _pack_wide(values: list[int], codes: list[int], stage: memoryview) -> int:
    """Group by group: those that half a word each does not hold stand as they are."""
    at, done = PACKED_GROUPS, 0
    for begin, end, bit, _ in GROUPS:
        if not stage[0] & bit:
            continue
        try:
            IN_HALVES(stage, 8 * at, *codes[done : done + GROUP])
            at += GROUP // 2
        except struct.error:
            stage[PACKED_WIDE] |= bit
            AS_IT_IS(stage, 8 * at, *values[begin:end])
            at += GROUP
        done += GROUP
    return at

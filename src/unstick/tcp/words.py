"""Runs of words: copied, compared, and eight of them written in four.

Hot file: ordinary Python on flat tables, compiled from the types in ``words.pxd``; a compiled build
takes each of these from C (``tools/in_c.py``), where it is a few instructions. The caller has
tested that there is room.
"""

from __future__ import annotations

from unstick.wire.columns import HALF, MASK, WORD


def copy_words(to: memoryview, at: int, source: memoryview, start: int, count: int) -> None:
    """Copy ``count`` words of ``source`` from ``start`` on to ``at``. The tables are two."""
    to[at : at + count] = source[start : start + count]


def carry_words(to: memoryview, at: int, source: memoryview, start: int, count: int) -> None:
    """The same where Python holds one of the tables as a list."""
    for word in range(count):
        to[at + word] = source[start + word]


def same_words(a: memoryview, at: int, b: memoryview, start: int, count: int) -> bool:
    """Are these ``count`` words of ``a`` those of ``b``?"""
    other = 0
    for word in range(count):
        other = other | (a[at + word] ^ b[start + word])
    return other == 0


def pack_eight(
    stage: memoryview, at: int, t: memoryview, start: int, timed: memoryview, column: int,
    since: int, none: int,
) -> bool:  # fmt: skip
    """Write eight words of ``t`` in four of ``stage``, each one in half a word, plus one; 0 stands
    for ``none``. Where ``timed`` is -1 they are counted from ``since``. A word has two that stand
    two apart. False if one is too large, and what was written is of no use."""
    for word in range(4):
        source = word + (word & 2)
        low = _code(t, start + source, timed, column + source, since, none)
        high = _code(t, start + source + 2, timed, column + source + 2, since, none)
        if not (0 <= low <= MASK and 0 <= high <= MASK):
            return False
        stage[at + word] = (((high ^ HALF) - HALF) * WORD) + low
    return True


def pack_at_once(
    stage: memoryview, at: int, t: memoryview, row: int, fresh: memoryview, timed: memoryview,
    since: int, none: int, groups: int,
) -> int:  # fmt: skip
    """Pack so many groups of eight words (``tcp.shelf``) into ``stage`` from ``at`` on, where the
    processor can: what is used and wide stands in the first two words of ``stage`` then. Returns
    where it came to. 0: it cannot, and did nothing."""
    return 0


def unpack_at_once(
    t: memoryview, row: int, timed: memoryview, b: memoryview, block: int, wanted: int, none: int
) -> bool:
    """Fill the ``wanted`` groups of the row from the block that begins with this word, where the
    processor can. False: it cannot, and nothing was done."""
    return False


def _code(t: memoryview, at: int, timed: memoryview, column: int, since: int, none: int) -> int:
    if t[at] == none:
        return 0
    away = t[at] - (since & timed[column])
    return away + 1 if away >= 0 else away


def unpack_eight(
    t: memoryview, start: int, b: memoryview, at: int, timed: memoryview, column: int,
    since: int, none: int,
) -> None:  # fmt: skip
    """Read what ``pack_eight`` wrote."""
    for word in range(4):
        for half in range(2):
            place = word + (word & 2) + (2 * half)
            code = (b[at + word] >> (32 * half)) & MASK
            t[start + place] = none
            if code != 0:
                t[start + place] = code - 1 + (since & timed[column + place])


def prefetch(table: memoryview, at: int) -> None:
    """Word ``at`` will be asked for soon: nothing in Python, a hint to the cache when compiled."""

"""Runs of words: copied, compared, and eight of them written in four.

Hot file: ordinary Python on flat tables, compiled from the types in ``words.pxd``; a compiled build
takes each of these from C (``IN_C`` of ``tools/unity.py``), where it is a few instructions. The
caller has tested that there is room.
"""

from __future__ import annotations

from unstick.wire.columns import HALF, MASK, WORD

FAR = -HALF
"""The least that half a word holds: it stands for NONE."""

COMPILED = 0
"""1 when compiled: there it pays to ask the cache ahead."""


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
    stage: memoryview, at: int, near: int, t: memoryview, start: int, kinds: bytes, column: int,
    none: int,
) -> bool:  # fmt: skip
    """Write eight words of ``t`` in four of ``stage``: each as its distance from that word behind
    ``near`` that its kind has. False if one of them is too far away, and what was written is of no
    use."""
    for pair in range(4):
        word = 0
        for half in range(2):
            value = t[start + (2 * pair) + half]
            far = FAR
            if value != none:
                far = value - stage[near + kinds[column + (2 * pair) + half]]
                if far <= FAR or far >= -FAR:
                    return False
            word = ((word >> 32) & MASK) + (far * WORD)
        stage[at + pair] = word
    return True


def unpack_eight(
    t: memoryview, start: int, b: memoryview, at: int, near: int, kinds: bytes, column: int,
    none: int,
) -> None:  # fmt: skip
    """Read what ``pack_eight`` wrote."""
    for pair in range(4):
        word = b[at + pair]
        for half in range(2):
            far = ((word & MASK) ^ HALF) - HALF
            word = word >> 32
            value = none
            if far != FAR:
                value = far + b[near + kinds[column + (2 * pair) + half]]
            t[start + (2 * pair) + half] = value


def prefetch(table: memoryview, at: int) -> None:
    """Word ``at`` will be asked for soon: nothing in Python, a hint to the cache when compiled."""

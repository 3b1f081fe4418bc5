"""Runs of words and octets: copied, compared, and numbers of four octets.

Hot file: ordinary Python on flat tables, compiled from the types in ``words.pxd``; a compiled build
takes each of these from C (``IN_C`` of ``tools/unity.py``), where it is a few instructions. The
caller has tested that there is room.
"""

from __future__ import annotations

COMPILED = 0
"""1 when compiled: there it pays to ask the cache ahead."""


def copy_words(to: memoryview, at: int, source: memoryview, start: int, count: int) -> None:
    """Copy ``count`` words of ``source`` from ``start`` on to ``at``. The tables are two."""
    to[at : at + count] = source[start : start + count]


def same_words(a: memoryview, at: int, b: memoryview, start: int, count: int) -> bool:
    """Are these ``count`` words of ``a`` those of ``b``?"""
    other = 0
    for word in range(count):
        other = other | (a[at + word] ^ b[start + word])
    return other == 0


def copy_octets(to: memoryview, at: int, source: memoryview, start: int, count: int) -> None:
    """Copy ``count`` octets of ``source`` from ``start`` on to ``at``. The buffers are two."""
    to[at : at + count] = source[start : start + count]


def put_four(stage: memoryview, at: int, value: int) -> None:
    """A number below 2**32 in four octets, lowest first."""
    stage[at] = value & 0xFF
    stage[at + 1] = (value >> 8) & 0xFF
    stage[at + 2] = (value >> 16) & 0xFF
    stage[at + 3] = value >> 24


def get_four(stage: memoryview, at: int) -> int:
    """The number that ``put_four`` wrote."""
    a = stage[at]
    b = stage[at + 1]
    c = stage[at + 2]
    d = stage[at + 3]
    return (d << 24) | (c << 16) | (b << 8) | a


def prefetch(table: memoryview, at: int) -> None:
    """Word ``at`` will be asked for soon: nothing in Python, a hint to the cache when compiled."""

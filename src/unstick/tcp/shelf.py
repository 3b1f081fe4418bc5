"""Rows of connections that rest, packed into cells of 64 bytes: nothing is lost.

Hot file: ordinary Python on flat tables, compiled from the types in ``shelf.pxd``.

1. A row differs from a fresh one in a hundred of its words, the same ones in nearly all
   connections, and most are near another of their kind: frames near frames, times near times,
   numbers near numbers of the same side. Packed, 2,304 bytes are about 600. It takes a connection
   as long as two of its packets: fewer bytes would take longer.
2. Eight columns are a byte: 0 if all eight are fresh, else 1 and their values. A value is four
   bytes: the difference to the one before of the same kind, plus MIDDLE; or 1 for NONE; or 0, and
   the value itself in the eight bytes behind.
3. ``t`` connections, ``fresh`` an untouched row, ``kinds`` the kind of each column,
   ``stage`` PACKED_MOST bytes, ``b`` cells, ``links`` which cell follows which,
   ``m`` counters.
"""

from __future__ import annotations

from unstick.tcp.columns import (
    CELL_BYTES,
    CONNECTION_WIDTH,
    DELTA_KINDS,
    M_CELL_FREE,
    M_CELLS_FREE,
    META_DELTAS,
)
from unstick.tcp.words import copy_octets, copy_words, get_four, put_four, same_words
from unstick.wire.columns import HALF, MASK, NONE, WORD

MIDDLE = HALF
"""2**31: differences of that size, two seconds in nanoseconds, are written as they are."""

CODE_FAR = 0
CODE_NONE = 1

REACH = NONE // -2
"""2**61. No difference is counted from a value as far as that: none leaves 63 bits."""


def pack(
    t: memoryview, row: int, fresh: memoryview, kinds: bytes, stage: memoryview, m: memoryview
) -> int:
    """Write the row into ``stage``. Returns how many bytes it takes."""
    at = 0
    for kind in range(DELTA_KINDS):
        m[META_DELTAS + kind] = 0
    for group in range(0, CONNECTION_WIDTH, 8):
        if same_words(t, row + group, fresh, group, 8):
            stage[at] = 0
            at += 1
            continue
        stage[at] = 1
        at += 1
        for column in range(group, group + 8):
            value = t[row + column]
            kind = kinds[column]
            code = value - m[META_DELTAS + kind] + MIDDLE
            if CODE_NONE < code <= MASK:
                put_four(stage, at, code)
                at += 4
                m[META_DELTAS + kind] = value
            else:
                at = _write_far(stage, at, value, m, kind)
    return at


def _write_far(stage: memoryview, at: int, value: int, m: memoryview, kind: int) -> int:
    """Write NONE, or a value too far from the one before; returns the place behind it."""
    if value == NONE:
        put_four(stage, at, CODE_NONE)
        return at + 4
    put_four(stage, at, CODE_FAR)
    put_four(stage, at + 4, value & MASK)
    put_four(stage, at + 8, (value >> 32) & MASK)
    if -REACH < value < REACH:
        m[META_DELTAS + kind] = value
    return at + 12


def unpack(
    t: memoryview, row: int, fresh: memoryview, kinds: bytes, stage: memoryview, m: memoryview
) -> None:
    """Fill the row with what ``pack`` wrote into ``stage``."""
    at = 0
    copy_words(t, row, fresh, 0, CONNECTION_WIDTH)
    for kind in range(DELTA_KINDS):
        m[META_DELTAS + kind] = 0
    for group in range(0, CONNECTION_WIDTH, 8):
        at += 1
        if stage[at - 1] == 0:
            continue
        for column in range(group, group + 8):
            kind = kinds[column]
            code = get_four(stage, at)
            at += 4
            if code > CODE_NONE:
                t[row + column] = code + m[META_DELTAS + kind] - MIDDLE
                m[META_DELTAS + kind] = t[row + column]
            elif code == CODE_NONE:
                t[row + column] = NONE
            else:
                t[row + column] = _read_far(stage, at, m, kind)
                at += 8


def _read_far(stage: memoryview, at: int, m: memoryview, kind: int) -> int:
    """The value itself, from eight bytes."""
    value = get_four(stage, at) | (_signed(get_four(stage, at + 4)) * WORD)
    if -REACH < value < REACH:
        m[META_DELTAS + kind] = value
    return value


def _signed(half: int) -> int:
    """The upper half of a signed number."""
    return (half ^ HALF) - HALF


def store(stage: memoryview, size: int, b: memoryview, links: memoryview, m: memoryview) -> int:
    """Put ``size`` bytes into free cells (there are enough). Returns the first cell."""
    first = m[M_CELL_FREE]
    cell = first
    at = 0
    while True:
        m[M_CELLS_FREE] -= 1
        copy_octets(b, cell * CELL_BYTES, stage, at, CELL_BYTES)
        at += CELL_BYTES
        if at >= size:
            break
        cell = links[cell]
    m[M_CELL_FREE] = links[cell]
    links[cell] = NONE
    return first


def fetch(stage: memoryview, first: int, b: memoryview, links: memoryview) -> None:
    """Copy the cells of a packed row back into ``stage``."""
    cell = first
    at = 0
    while cell != NONE:
        copy_octets(stage, at, b, cell * CELL_BYTES, CELL_BYTES)
        at += CELL_BYTES
        cell = links[cell]


def discard(first: int, links: memoryview, m: memoryview) -> None:
    """Give the cells of a packed row back."""
    cell = first
    m[M_CELLS_FREE] += 1
    while links[cell] != NONE:
        cell = links[cell]
        m[M_CELLS_FREE] += 1
    links[cell] = m[M_CELL_FREE]
    m[M_CELL_FREE] = first

"""Rows of connections that rest, packed into cells of 64 bytes: nothing is lost.

Hot file: ordinary Python on flat tables, compiled from the types in ``shelf.pxd``.

1. A row differs from a fresh one in a hundred of its words, and most of these are near another of
   their kind: frames near frames, times near times, numbers near numbers of the same side. Packed,
   2,304 bytes are about 300.
2. Eight columns are a mask of those that differ and then their values: 0 stands for NONE, 1 for
   eight bytes that follow; else the difference to the value before of the same kind, its sign
   in the lowest bit, plus 2, in groups of seven bits, lowest first.
3. ``t`` connections, ``fresh`` an untouched row, ``kinds`` the kind of each column (0: the value
   itself is written), ``stage`` PACKED_MOST bytes, ``b`` cells, ``links`` which cell follows which,
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
from unstick.wire.columns import NONE

CODE_NONE = 0
CODE_WHOLE = 1
CODES = 2
REACH = NONE // -2
"""2**61. Values from there on are written whole: differences of the others fit twice over."""

EIGHTH = 1 << 56
"""Weight of the highest of eight bytes."""


def pack(
    t: memoryview, row: int, fresh: memoryview, kinds: bytes, stage: memoryview, m: memoryview
) -> int:
    """Write the row into ``stage``. Returns how many bytes it takes."""
    at = 0
    for kind in range(DELTA_KINDS):
        m[META_DELTAS + kind] = 0
    for group in range(0, CONNECTION_WIDTH, 8):
        head = at
        at += 1
        mask = 0
        for bit in range(8):
            value = t[row + group + bit]
            if value == fresh[group + bit]:
                continue
            mask = mask | (1 << bit)
            if value >= REACH or value <= -REACH:
                at = _write_far(stage, at, value)
                continue
            kind = kinds[group + bit]
            code = value - m[META_DELTAS + kind]
            if kind != 0:
                m[META_DELTAS + kind] = value
            code = ((-code) << 1) - 1 if code < 0 else code << 1
            code += CODES
            while code > 0x7F:
                stage[at] = 0x80 | (code & 0x7F)
                code = code >> 7
                at += 1
            stage[at] = code
            at += 1
        stage[head] = mask
    return at


def _write_far(stage: memoryview, at: int, value: int) -> int:
    """Write NONE, or a value too large for a difference; returns the place behind it."""
    if value == NONE:
        stage[at] = CODE_NONE
        return at + 1
    stage[at] = CODE_WHOLE
    for byte in range(8):
        stage[at + 1 + byte] = (value >> (8 * byte)) & 0xFF
    return at + 9


def unpack(
    t: memoryview, row: int, fresh: memoryview, kinds: bytes, stage: memoryview, m: memoryview
) -> None:
    """Fill the row with what ``pack`` wrote into ``stage``."""
    at = 0
    for kind in range(DELTA_KINDS):
        m[META_DELTAS + kind] = 0
    for group in range(0, CONNECTION_WIDTH, 8):
        mask = stage[at]
        at += 1
        for bit in range(8):
            if mask & (1 << bit):
                at = _read(stage, at, t, row + group + bit, m, kinds[group + bit])
            else:
                t[row + group + bit] = fresh[group + bit]


def _read(stage: memoryview, at: int, t: memoryview, place: int, m: memoryview, kind: int) -> int:
    """Read one value into ``t[place]``; returns where the next one stands."""
    code = 0
    shift = 0
    part = stage[at]
    while part > 0x7F:
        code = code | ((part & 0x7F) << shift)
        shift += 7
        at += 1
        part = stage[at]
    code = code | (part << shift)
    at += 1
    if code == CODE_NONE:
        t[place] = NONE
        return at
    if code == CODE_WHOLE:
        return _read_whole(stage, at, t, place)
    code -= CODES
    code = -((code + 1) >> 1) if code & 1 else code >> 1
    t[place] = code + m[META_DELTAS + kind]
    if kind != 0:
        m[META_DELTAS + kind] = t[place]
    return at


def _read_whole(stage: memoryview, at: int, t: memoryview, place: int) -> int:
    value = 0
    for byte in range(7):
        part = stage[at + byte]
        value = value | (part << (8 * byte))
    part = stage[at + 7]
    if part > 0x7F:
        part -= 0x100
    t[place] = value + (part * EIGHTH)
    return at + 8


def store(stage: memoryview, size: int, b: memoryview, links: memoryview, m: memoryview) -> int:
    """Put ``size`` bytes into free cells (there are enough). Returns the first cell."""
    first = m[M_CELL_FREE]
    cell = first
    at = 0
    while True:
        m[M_CELLS_FREE] -= 1
        end = size - at
        if end > CELL_BYTES:
            end = CELL_BYTES
        for byte in range(end):
            b[(cell * CELL_BYTES) + byte] = stage[at + byte]
        at += end
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
        for byte in range(CELL_BYTES):
            stage[at + byte] = b[(cell * CELL_BYTES) + byte]
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

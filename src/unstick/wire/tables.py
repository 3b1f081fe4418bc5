"""Flat tables of 64-bit integers that grow in place."""

from __future__ import annotations

from array import array
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from mmap import mmap

LARGE_BYTES = 1 << 20
"""From here on a table of zeros has a mapping of its own: what was never written takes no memory,
so that"""

RESERVED_BYTES = 1 << 28
"""so much can be had at once, and a table is rarely moved."""


def zeros(words: int) -> memoryview:
    """A flat table of 64-bit integers, all 0."""
    if words * 8 >= LARGE_BYTES:
        return memoryview(_mapped(words * 8, words * 8)).cast("q")
    return memoryview(bytearray(words * 8)).cast("q")


def words_of(numbers: Sequence[int] | memoryview) -> memoryview:
    """These 64-bit integers as a table that nobody else writes to. Those of a table are copied at
    once; those of a list one by one, which costs fifty times as much."""
    held = bytearray(numbers if isinstance(numbers, memoryview) else array("q", numbers))
    return memoryview(held).cast("q")


def lengthened(table: memoryview, rows: bytes) -> memoryview:
    """The table with these bytes behind its own, and no copy of what is there if the allocator can
    help it. ``table`` itself, and every view of it, is gone: nobody may hold one."""
    held = table.obj
    table.release()
    assert isinstance(held, bytearray)
    held.extend(rows)
    return memoryview(held).cast("q")


def widened(table: memoryview, words: int) -> memoryview:
    """The table with at least so many zeros behind it. ``table`` itself, and every view of it, is
    gone."""
    size = table.nbytes + (words * 8)
    if size < LARGE_BYTES:
        return lengthened(table, bytes(words * 8))
    mapped = _mapped(max(2 * table.nbytes, RESERVED_BYTES), size)
    held = memoryview(mapped)
    held[: table.nbytes] = table.cast("B")
    table.release()
    return held.cast("q")


def _mapped(wanted: int, least: int) -> mmap:
    """Zeros that are not there until they are written. Where memory is promised only once
    (containers with limits of addresses, vm.overcommit_memory = 2) no more than ``least``. Tables
    that do not grow are in large pages where the kernel has them: they are read here and there. One
    that grows takes small ones, which the kernel has at hand: it gives large ones back to the host
    of a virtual machine when nobody uses them, and to get one again takes milliseconds."""
    import mmap

    kind = {}
    if hasattr(mmap, "MAP_PRIVATE"):
        kind = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
    try:
        mapped = mmap.mmap(-1, wanted, **kind)
    except OSError:
        mapped = mmap.mmap(-1, least, **kind)
    if wanted == least and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            mapped.madvise(mmap.MADV_HUGEPAGE)
    return mapped

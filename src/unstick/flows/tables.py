"""Flat tables of 64-bit integers that grow in place."""

from __future__ import annotations


def zeros(words: int) -> memoryview:
    """A flat table of 64-bit integers, all 0."""
    return memoryview(bytearray(words * 8)).cast("q")


def lengthened(table: memoryview, rows: bytes) -> memoryview:
    """The table with these bytes behind its own, and no copy of what is there if the allocator can
    help it. ``table`` itself, and every view of it, is gone: nobody may hold one."""
    held = table.obj
    table.release()
    assert isinstance(held, bytearray)
    held.extend(rows)
    return memoryview(held).cast("q")

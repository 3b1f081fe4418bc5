"""Addresses as people write them. ``ipaddress`` does it, too, but takes 2 ms to import."""

from __future__ import annotations

from functools import lru_cache

V4_IN_V6 = 0xFFFF
"""The upper part of the lower half of ``::ffff:0:0/96`` (RFC 4291 2.5.5.2)."""


@lru_cache(maxsize=1 << 16)
def address_text(version: int, high: int, low: int) -> str:
    """An address from its two signed halves: dotted, or as RFC 5952 says for IPv6. One of IPv4 in
    IPv6 ends dotted (RFC 5952 5), as Wireshark and Python from 3.13 on write it.

    Hot code does the same in ``report.lines``.
    """
    if version == 4:
        return _dotted(low)
    if high == 0 and (low >> 32) == V4_IN_V6:
        return f"::ffff:{_dotted(low)}"
    groups = [(half >> shift) & 0xFFFF for half in (high, low) for shift in (48, 32, 16, 0)]
    first, longest = _longest_zeros(groups)
    if longest < 2:
        return ":".join(f"{group:x}" for group in groups)
    before = ":".join(f"{group:x}" for group in groups[:first])
    after = ":".join(f"{group:x}" for group in groups[first + longest :])
    return f"{before}::{after}"


def _dotted(low: int) -> str:
    return f"{(low >> 24) & 0xFF}.{(low >> 16) & 0xFF}.{(low >> 8) & 0xFF}.{low & 0xFF}"


def _longest_zeros(groups: list[int]) -> tuple[int, int]:
    """Where the longest run of zeros begins, the first of equals, and its length."""
    first, longest, run = 0, 0, 0
    for place, group in enumerate(groups):
        run = run + 1 if group == 0 else 0
        if run > longest:
            first, longest = place - run + 1, run
    return first, longest

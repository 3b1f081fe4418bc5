"""Where a connection is, and how it stands: a table with a row for every slot, and packed rows.

Who sits where is decided in ``seats``, and what a packed row looks like in ``shelf``.
"""

from __future__ import annotations

from unstick.tcp.columns import BLOCK_MOST, CONNECTION_WIDTH

(
    P_PLACE,  # seat of the connection (>= 0), or NOWHERE, or SHELVED - the first unit of its block
    P_STANDING,  # bit set STANDING_*, above it the serial number it has in the ring of the over
) = range(2)
PLACE_WIDTH = 2
NOWHERE = -1
SHELVED = -2

STANDING_SEEN = 0x01  # it has a packet of its own
STANDING_BOTH = 0x02  # both sides were captured
STANDING_SPEAKS = 0x04  # a check may want to look at it
STANDING_HALF = 0x08  # one side was never captured, although it must have spoken
STANDING_REPLACED = 0x10  # another connection has its 4-tuple: no segment will come
STANDING_OVER = 0x20  # closed: once it was looked at it may be forgotten
STANDING_NOTES = 0x40  # notes hang on it
STANDING_SHIFT = 8

ODD = 0
ORDINARY = 1
WITH_NOTES = 2
"""What ``ordinary`` says of a connection: it must be looked at; there is nothing to say; the same,
and it has resets whose verdicts somebody may ask for."""

UNIT_WORDS = 8
"""The shelf gives room by the line of a cache. A healthy closed connection takes ten."""

GROUP = 8
"""So many columns of a row are packed together, or not at all if none was ever set."""

ALL_GROUPS = (1 << (CONNECTION_WIDTH // GROUP)) - 1

PACKED_WIDE = 1
PACKED_SIZE_SHIFT = 40
PACKED_SINCE = 2
PACKED_GROUPS = 3
"""The words of a packed row: which groups there are; which of them are wide, and above that the
units of the block; the time that times are counted from; the groups."""

PACKED_MOST = BLOCK_MOST * UNIT_WORDS
"""Words of the longest packed row."""

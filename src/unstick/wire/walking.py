"""Columns of the state that the record walkers keep, and why a walk stopped.

One array of integers per capture file, shared by the cold reader of a format (``pcap.py``,
``pcapng.py``) and its hot walker (``pcap_walk.py``, ``pcapng_walk.py``). Names only.
"""

from __future__ import annotations

STATE_COLUMNS = (
    "STATE_AT",  # index of the next unread byte in the buffer
    "STATE_STOPPED",  # STOPPED_*: why the last walk ended
    "STATE_NEED",  # index up to which the buffer must be filled to go on
    "STATE_FINAL",  # 1 when nothing follows the bytes in the buffer
    "STATE_FRAME",  # number of the last packet
    "STATE_BIG",  # 1 for big-endian
    "STATE_BYTES",  # bytes on the wire of all packets so far
    "STATE_TIME_NS",  # time of the last packet; NONE before the first
    "STATE_FIRST_TIME_NS",  # time of the first packet
    "STATE_HEADER",  # pcap: bytes of a record header
    "STATE_SWAPPED",  # pcap: 1 if captured length and length changed places
    "STATE_FRACTION",  # pcap: nanoseconds of one unit of the time fraction
    "STATE_LAYER",  # pcap: LAYER_* a packet starts with
    "STATE_FIRST_INTERFACE",  # pcapng: row of interface 0 of this section
    "STATE_INTERFACES",  # pcapng: interfaces of this section so far
)
(
    STATE_AT,
    STATE_STOPPED,
    STATE_NEED,
    STATE_FINAL,
    STATE_FRAME,
    STATE_BIG,
    STATE_BYTES,
    STATE_TIME_NS,
    STATE_FIRST_TIME_NS,
    STATE_HEADER,
    STATE_SWAPPED,
    STATE_FRACTION,
    STATE_LAYER,
    STATE_FIRST_INTERFACE,
    STATE_INTERFACES,
) = range(15)
STATE_WIDTH = 15

STOPPED_FULL = 0  # as many rows as were asked for are filled
STOPPED_NEED = 1  # STATE_NEED says how much more must be in the buffer
STOPPED_DAMAGED = 2  # what stands at STATE_AT cannot be a header
STOPPED_BLOCK = 3  # pcapng: the block at STATE_AT is for the cold reader
STOPPED_SKIP = 4  # pcapng: the block at STATE_AT says nothing; go on at STATE_NEED
STOPPED_FRAGMENT = 5  # the record is a fragment of TCP: fragments.py goes on

INTERFACE_COLUMNS = (
    "INTERFACE_LINK",  # LINKTYPE_ number
    "INTERFACE_LAYER",  # LAYER_* a packet starts with
    "INTERFACE_SNAPLEN",  # bytes kept of a packet; 0: all (simple packet blocks need it)
    "INTERFACE_LIMIT",  # largest time in units that is inside the years 1970 to 2200
    "INTERFACE_UNITS",  # units in a second, 0: INTERFACE_MULTIPLY is all it takes
    "INTERFACE_BEFORE",  # fraction is divided by this,
    "INTERFACE_MULTIPLY",  # then multiplied by this,
    "INTERFACE_DIVIDE",  # then divided by this: nanoseconds
    "INTERFACE_OFFSET_NS",  # if_tsoffset
    "INTERFACE_PACKETS",  # packets seen
    "INTERFACE_FIRST_FRAME",  # frame of the first
)
(
    INTERFACE_LINK,
    INTERFACE_LAYER,
    INTERFACE_SNAPLEN,
    INTERFACE_LIMIT,
    INTERFACE_UNITS,
    INTERFACE_BEFORE,
    INTERFACE_MULTIPLY,
    INTERFACE_DIVIDE,
    INTERFACE_OFFSET_NS,
    INTERFACE_PACKETS,
    INTERFACE_FIRST_FRAME,
) = range(11)
INTERFACE_WIDTH = 12

PACKET_LIMIT = 262_144
"""Bytes one packet may claim to have in the file. No tool records more: it is MAXIMUM_SNAPLEN of
libpcap and WTAP_MAX_PACKET_SIZE_STANDARD of Wireshark. A larger claim is damage."""

BLOCK_LIMIT = 1 << 20
"""Bytes a pcapng block may have that must be in the buffer as a whole: a packet and its options."""

SKIP_LIMIT = 64 << 20
"""Bytes a pcapng block may have that is passed over (names, secrets, journals, unknown ones)."""

TIME_LIMIT_NS = 7_258_118_400_000_000_000
"""1 January 2200: times beyond are damage."""

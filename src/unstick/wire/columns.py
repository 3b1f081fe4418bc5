"""Columns of the two tables that bytes become: records (a packet) and segments (a TCP segment).

Both tables are flat arrays of signed 64-bit integers, row after row, so that compiled and
uncompiled code share them and no Python object exists per packet. A column is an index into a
row: ``table[row * SEGMENT_WIDTH + SEQ]``. This file names columns and bits; it reads nothing.

Unknown is ``NONE`` (no real value of any column is that number).
"""

from __future__ import annotations

COMPILED = 0
"""1 in what is compiled (``tools/unity.py``): there it pays to ask the cache ahead."""

NONE = -(1 << 62)
"""A value that was not on the wire or could not be read. Never 0."""

MASK = 0xFFFFFFFF
"""Sequence numbers are integers modulo 2**32: mask after every addition."""

FOLD = (1 << 31) - 1
"""Fingerprints are folded to 31 bits: half a word holds them (``tcp.shelf``)."""

HALF = 0x80000000
"""Half the sequence space: the sign boundary of ``seq_delta``."""

WORD = 0x100000000
"""2**32: the weight of the upper half of a 64-bit number made of two."""

MASK_64 = 0xFFFFFFFFFFFFFFFF
"""64-bit arithmetic of the payload hash."""

NANOSECONDS = 1_000_000_000
"""In a second."""

# --- record: one captured packet while it is decoded ---------------------------------------------
RECORD_COLUMNS = (
    "RECORD_FRAME",  # 1-based number of the packet in its capture file
    "RECORD_TIME_NS",  # nanoseconds since the epoch; of the packet before if the file has none
    "RECORD_OFFSET",  # index of the packet's first byte in the buffer
    "RECORD_LENGTH",  # bytes the packet had on the wire (0 if the file does not say)
    "RECORD_INTERFACE",  # number of the interface in the file (pcap: 0)
    # How far decoding has come; the stages (packets.py) move these forward.
    "RECORD_LAYER",  # LAYER_* (layers.py): what stands at RECORD_AT
    "RECORD_AT",  # index of the first byte of that layer
    "RECORD_END",  # index after its last captured byte
    "RECORD_STOP",  # index after its last byte on the wire: may lie past RECORD_END
    "RECORD_ENCAPSULATION",  # becomes ENCAPSULATION
    "RECORD_IP",  # index of the innermost IP header met so far
    "RECORD_NOTICES",  # becomes NOTICES
    "RECORD_FRAGMENT",  # fragment offset in bytes times two, plus one if more follow
    "RECORD_DEPTH",  # layers opened so far: bounded, so that nesting ends
)
(
    RECORD_FRAME,
    RECORD_TIME_NS,
    RECORD_OFFSET,
    RECORD_LENGTH,
    RECORD_INTERFACE,
    RECORD_LAYER,
    RECORD_AT,
    RECORD_END,
    RECORD_STOP,
    RECORD_ENCAPSULATION,
    RECORD_IP,
    RECORD_NOTICES,
    RECORD_FRAGMENT,
    RECORD_DEPTH,
) = range(14)
RECORD_WIDTH = 14

# --- segments: one TCP segment --------------------------------------------------------------------
SEGMENT_COLUMNS = (
    # what every stage touches, in the order of cache lines
    "FRAME",  # 1-based number of the packet in its capture file
    "TIME_NS",  # nanoseconds since the epoch; of the packet before if the file has none
    "SLOT",  # written by flows: row of the connection table
    "SIDE",  # written by flows: 0 client sent it, 1 server sent it
    "SEQ",
    "ACK",  # the field, whether or not the ACK flag is set
    "FLAGS",  # the 12 bits after the data offset
    "LENGTH",  # TCP payload bytes on the wire (by the IP length, TSO-aware)
    # what the walk asks for
    "WINDOW",  # raw 16 bits, not scaled
    "OPTIONS",  # bit set OPTION_*
    "TSVAL",
    "IP_ID",  # IPv4 identification; NONE for IPv6
    "TTL",  # or IPv6 hop limit
    "PRINT",  # what two captures of one packet share, folded to 31 bits (segments.py)
    "INTERFACE",  # number of the interface in the file
    "NOTICES",  # bit set NOTICE_*: what was odd about this packet
    # what streams ask for
    "SOURCE_HIGH",  # address as two 64-bit halves (signed); IPv4: high 0, low the address
    "SOURCE_LOW",
    "TARGET_HIGH",
    "TARGET_LOW",
    "SOURCE_PORT",
    "TARGET_PORT",
    "IP_VERSION",  # 4 or 6
    "ENCAPSULATION",  # how it was wrapped: VLAN ids and tunnel kinds folded into one number
    # what few segments have, or few ask for
    "SACK_COUNT",  # blocks in this segment, 0..4
    "CAPTURED",  # TCP payload bytes that are in the capture
    "URGENT",
    "MSS",  # NONE if absent
    "WINDOW_SCALE",  # shift 0..14 (larger values are cut to 14, RFC 7323 2.3); NONE if absent
    "TSECR",
    "PAYLOAD_HASH",  # of the first 64 captured payload bytes, if asked for; else NONE
    "SACK_1_LEFT",
    "SACK_1_RIGHT",
    "SACK_2_LEFT",
    "SACK_2_RIGHT",
    "SACK_3_LEFT",
    "SACK_3_RIGHT",
    "SACK_4_LEFT",
    "SACK_4_RIGHT",
    "CHECKSUM",  # the field as sent (offload leaves partial sums: compare, do not verify)
)
(
    FRAME,
    TIME_NS,
    SLOT,
    SIDE,
    SEQ,
    ACK,
    FLAGS,
    LENGTH,
    WINDOW,
    OPTIONS,
    TSVAL,
    IP_ID,
    TTL,
    PRINT,
    INTERFACE,
    NOTICES,
    SOURCE_HIGH,
    SOURCE_LOW,
    TARGET_HIGH,
    TARGET_LOW,
    SOURCE_PORT,
    TARGET_PORT,
    IP_VERSION,
    ENCAPSULATION,
    SACK_COUNT,
    CAPTURED,
    URGENT,
    MSS,
    WINDOW_SCALE,
    TSECR,
    PAYLOAD_HASH,
    SACK_1_LEFT,
    SACK_1_RIGHT,
    SACK_2_LEFT,
    SACK_2_RIGHT,
    SACK_3_LEFT,
    SACK_3_RIGHT,
    SACK_4_LEFT,
    SACK_4_RIGHT,
    CHECKSUM,
) = range(40)
SEGMENT_WIDTH = 40
"""Five lines of the cache."""

BRIEF = 0
WHOLE = 1
HASHED = 2
"""How much of a row is written. BRIEF: what streams and the walk ask for; of the columns behind
ENCAPSULATION only those of an option that OPTIONS names hold anything. WHOLE: all but PAYLOAD_HASH.
"""

# --- TCP flags (RFC 9293 3.1; AE: RFC 3168 and AccECN) -------------------------------------------
FIN = 0x001
SYN = 0x002
RST = 0x004
PSH = 0x008
ACK_FLAG = 0x010
URG = 0x020
ECE = 0x040
CWR = 0x080
AE = 0x100

# --- options seen in a segment -------------------------------------------------------------------
OPTION_MSS = 0x001
OPTION_WINDOW_SCALE = 0x002
OPTION_SACK_PERMITTED = 0x004
OPTION_SACK = 0x008
OPTION_TIMESTAMPS = 0x010
OPTION_MD5 = 0x020  # RFC 2385
OPTION_AO = 0x040  # RFC 5925
OPTION_FAST_OPEN = 0x080  # RFC 7413
OPTION_USER_TIMEOUT = 0x100  # RFC 5482
OPTION_MPTCP = 0x200  # RFC 8684
OPTION_OTHER = 0x400
OPTION_DAMAGED = 0x800  # a length that does not fit: the rest of the options was not read

# --- what was odd about a packet that still gave a segment ---------------------------------------
NOTICE_CUT_OPTIONS = 0x01  # snaplen cut the TCP options
NOTICE_CUT_HEADER = 0x02  # fewer than 20 bytes of TCP header: missing fields are 0
NOTICE_FRAGMENT = 0x04  # first fragment: LENGTH counts only what this fragment holds
NOTICE_TSO = 0x08  # IP length 0 or wrong from offload: LENGTH taken from the frame
NOTICE_IN_ICMP = 0x10  # quoted inside an ICMP error: not a segment of its own
NOTICE_FRAGMENT_REST = 0x20  # the bytes after a NOTICE_FRAGMENT row, once the last of them came


def segment_rows(table: memoryview, count: int) -> list[dict[str, int | None]]:
    """The first ``count`` rows as dictionaries by column name, ``NONE`` as None. For tests and
    debugging only: slow."""
    rows: list[dict[str, int | None]] = []
    for row in range(count):
        base = row * SEGMENT_WIDTH
        values = (table[base + column] for column in range(len(SEGMENT_COLUMNS)))
        rows.append(
            {
                name: None if value == NONE else value
                for name, value in zip(SEGMENT_COLUMNS, values, strict=True)
            }
        )
    return rows

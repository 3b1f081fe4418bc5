"""Columns of the stream table and of the counters that the kernel and its caller share.

A stream row holds a 4-tuple in canonical order, so that both directions meet: the *low* endpoint
is the smaller of the two by (address, port), whoever sent first. This file names columns only.
"""

from __future__ import annotations

STREAM_COLUMNS = (
    "LOW_KEY",  # the low endpoint in one word (``hashing.key_of``)
    "HIGH_KEY",
    "LOW_ADDRESS_HIGH",  # address of the low endpoint as two signed 64-bit halves
    "HIGH_ADDRESS_HIGH",
    "PORTS",  # (IP version << 32) | (port of low << 16) | port of high
    "BASE_LOW",  # first sequence number known of the low endpoint, as Wireshark sets it, or NONE
    "BASE_HIGH",  # the same of the high endpoint
    "CLIENT",  # 0: the low endpoint is the client, 1: the high one is
    "LOW_ADDRESS_LOW",
    "HIGH_ADDRESS_LOW",
    "NUMBER",  # the stream number that users see; of a free row, the next free one
    "SUCCESSOR_FRAME",  # where a new stream took the 4-tuple over, or NONE
    "SUCCESSOR_NS",
)
(
    LOW_KEY,
    HIGH_KEY,
    LOW_ADDRESS_HIGH,
    HIGH_ADDRESS_HIGH,
    PORTS,
    BASE_LOW,
    BASE_HIGH,
    CLIENT,
    LOW_ADDRESS_LOW,
    HIGH_ADDRESS_LOW,
    NUMBER,
    SUCCESSOR_FRAME,
    SUCCESSOR_NS,
) = range(13)
STREAM_WIDTH = 16
"""Two lines of the cache: what every segment asks for is in the first one."""

COUNTER_COLUMNS = (
    "NEXT_SLOT",  # rows of the stream table that were ever in use
    "NEXT_NUMBER",  # stream number of the next stream
    "INDEX_USED",  # words of the index in use, graves included
    "INDEX_ROOM",  # words of the index that may be used before it must grow
    "MAX_STREAMS",  # streams that may be known at once
    "REPLACED_COUNT",  # entries of ``replaced`` in use
    "REFUSED_SEGMENTS",  # segments left without a slot because MAX_STREAMS was reached
    "REFUSED_OPENINGS",  # those of them that were a SYN without ACK
    "SALT",  # 0..2**31-1, mixed into the hash
    "FREE_SLOT",  # a row whose stream was forgotten, first of a chain, or NO_SLOT
    "KNOWN",  # streams known now
    "STREAM_ROOM",  # rows of the stream table
    "REPLACED_ROOM",  # entries of ``replaced``
    "FRAMES_BEFORE",  # frames of the rotation's earlier files
)
(
    NEXT_SLOT,
    NEXT_NUMBER,
    INDEX_USED,
    INDEX_ROOM,
    MAX_STREAMS,
    REPLACED_COUNT,
    REFUSED_SEGMENTS,
    REFUSED_OPENINGS,
    SALT,
    FREE_SLOT,
    KNOWN,
    STREAM_ROOM,
    REPLACED_ROOM,
    FRAMES_BEFORE,
) = range(14)
COUNTER_WIDTH = 14

NO_SLOT = -1
"""SLOT of a segment that belongs to no stream."""

TAG_MASK = 0x7FFFFFFF
"""31 bits of hash stand above the slot in a word of the index, so that most words that do not
match are passed without touching the stream table, and growing needs no hashing."""

SLOT_MASK = 0x7FFFFFFF
"""The lower half of a word of the index: slot + 1, so that an empty word is 0."""

GRAVE = SLOT_MASK - 1
"""The slot in a word whose stream was forgotten, or whose 4-tuple was used again when no slot was
left: it matches nothing."""

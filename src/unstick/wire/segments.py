"""Writes rows of the table of segments. A hot file: see segments.pxd.

Addresses of an IP header, then the TCP header and its options. A segment needs 16 captured bytes
of TCP header (ports, numbers, flags, window): with fewer it says nothing, and Wireshark gives it
no stream either. No payload is kept; a hash of its start if asked for.
"""

from __future__ import annotations

from unstick.wire.anomalies import TCP_CUT, TCP_HEADER_LENGTH
from unstick.wire.columns import (
    ACK,
    BRIEF,
    CAPTURED,
    CHECKSUM,
    ENCAPSULATION,
    FLAGS,
    FOLD,
    FRAME,
    HASHED,
    INTERFACE,
    IP_ID,
    IP_VERSION,
    LENGTH,
    MASK,
    MASK_64,
    MSS,
    NONE,
    NOTICE_CUT_HEADER,
    NOTICE_CUT_OPTIONS,
    NOTICE_IN_ICMP,
    NOTICES,
    OPTION_AO,
    OPTION_DAMAGED,
    OPTION_FAST_OPEN,
    OPTION_MD5,
    OPTION_MPTCP,
    OPTION_MSS,
    OPTION_OTHER,
    OPTION_SACK,
    OPTION_SACK_PERMITTED,
    OPTION_TIMESTAMPS,
    OPTION_USER_TIMEOUT,
    OPTION_WINDOW_SCALE,
    OPTIONS,
    PAYLOAD_HASH,
    PRINT,
    RECORD_AT,
    RECORD_ENCAPSULATION,
    RECORD_END,
    RECORD_FRAME,
    RECORD_INTERFACE,
    RECORD_IP,
    RECORD_NOTICES,
    RECORD_STOP,
    RECORD_TIME_NS,
    SACK_1_LEFT,
    SACK_COUNT,
    SEGMENT_WIDTH,
    SEQ,
    SIDE,
    SLOT,
    SOURCE_HIGH,
    SOURCE_LOW,
    SOURCE_PORT,
    TARGET_HIGH,
    TARGET_LOW,
    TARGET_PORT,
    TIME_NS,
    TSECR,
    TSVAL,
    TTL,
    URGENT,
    WINDOW,
    WINDOW_SCALE,
)
from unstick.wire.octets import note, s64, u16, u32

SHORTEST = 16
"""Bytes of TCP header that must be captured: up to and with the window."""

SCALE_LIMIT = 14
"""RFC 7323 2.3: a larger shift is used as 14."""

TIMESTAMPS_ALONE = 0x0101080A
"""Padding, padding, and timestamps of ten bytes: how an option of that length is aligned."""

HASHED_BYTES = 64
"""Payload bytes that go into PAYLOAD_HASH: enough to tell segments apart, too few to be one."""

PRIME_1 = 0x9E3779B
PRIME_2 = 0x85EBCA7
PRIME_3 = 0xC2B2AE3
PRIME_4 = 0xA7D4EB3
PRIME_5 = 0x9652E8D
PRIME_6 = 0x8A4CDA5

FNV_START = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
"""FNV-1a, 64 bits (draft-eastlake-fnv)."""


def payload_hash(buf: memoryview, at: int, end: int) -> int:
    """FNV-1a of the bytes from ``at`` to ``end``, as a signed number."""
    value = FNV_START
    while at < end:
        value = ((value ^ buf[at]) * FNV_PRIME) & MASK_64
        at += 1
    return s64((value >> 32) & MASK, value & MASK)


def option_bit(buf: memoryview, at: int, kind: int, size: int) -> int:
    """The OPTION_* bit of the option at ``at``, of which ``size`` bytes are there. An option with
    a length that its RFC does not allow is OPTION_OTHER."""
    if kind == 2 and size == 4:  # RFC 9293 3.2
        return OPTION_MSS
    if kind == 3 and size == 3:  # RFC 7323 2.2
        return OPTION_WINDOW_SCALE
    if kind == 4 and size == 2:  # RFC 2018 2
        return OPTION_SACK_PERMITTED
    if kind == 5 and size >= 10 and ((size - 2) & 7) == 0:  # RFC 2018 3
        return OPTION_SACK
    if kind == 8 and size == 10:  # RFC 7323 3.2
        return OPTION_TIMESTAMPS
    if kind == 19 and size == 18:  # RFC 2385
        return OPTION_MD5
    if kind == 28 and size == 4:  # RFC 5482
        return OPTION_USER_TIMEOUT
    if kind == 29 and size >= 4:  # RFC 5925
        return OPTION_AO
    if kind == 30 and size >= 3:  # RFC 8684
        return OPTION_MPTCP
    if kind == 34:  # RFC 7413
        return OPTION_FAST_OPEN
    if kind == 254 and size >= 4 and buf[at + 2] == 0xF9 and buf[at + 3] == 0x89:
        return OPTION_FAST_OPEN  # RFC 7413 appendix: the experimental number
    return OPTION_OTHER


def read_option(buf: memoryview, at: int, kind: int, size: int, row: memoryview, base: int) -> int:
    """Store the values of one whole option; returns its OPTION_* bit."""
    bit = option_bit(buf, at, kind, size)
    if bit == OPTION_TIMESTAMPS:
        row[base + TSVAL] = u32(buf, at + 2)
        row[base + TSECR] = u32(buf, at + 6)
    elif bit == OPTION_SACK:
        blocks = (size - 2) >> 3
        if blocks > 4:
            blocks = 4
        row[base + SACK_COUNT] = blocks
        for i in range(blocks * 2):
            row[base + SACK_1_LEFT + i] = u32(buf, at + 2 + (i * 4))
    elif bit == OPTION_MSS:
        row[base + MSS] = u16(buf, at + 2)
    elif bit == OPTION_WINDOW_SCALE:
        row[base + WINDOW_SCALE] = buf[at + 2] if buf[at + 2] < SCALE_LIMIT else SCALE_LIMIT
    return bit


def read_options(
    buf: memoryview, at: int, stop: int, end: int, seen: int, row: memoryview, base: int
) -> int:
    """The options from ``at`` to ``stop``, of which the bytes up to ``end`` are captured. Returns
    their OPTION_* bits, and those ``seen`` before."""
    while at < stop:
        if at >= end:
            row[base + NOTICES] |= NOTICE_CUT_OPTIONS
            break
        kind = buf[at]
        if kind == 0:  # end of the list
            break
        if kind == 1:  # padding
            at += 1
            continue
        if at + 1 >= stop:
            seen |= OPTION_DAMAGED
            break
        if at + 1 >= end:
            row[base + NOTICES] |= NOTICE_CUT_OPTIONS
            break
        size = buf[at + 1]
        if size < 2 or at + size > stop:
            seen |= OPTION_DAMAGED
            break
        if at + size > end:
            row[base + NOTICES] |= NOTICE_CUT_OPTIONS
            break
        seen |= read_option(buf, at, kind, size, row, base)
        at += size
    return seen


def bears_timestamps(buf: memoryview, at: int, end: int, stop: int) -> bool:
    """A whole TCP header with timestamps alone, as nearly every segment of a connection has them
    (RFC 7323 appendix A)."""
    if at + 32 > end or at + 32 > stop or (buf[at + 12] >> 4) != 8:
        return False
    return u32(buf, at + 20) == TIMESTAMPS_ALONE


def put_ipv4_at_once(buf: memoryview, at: int, row: memoryview, base: int) -> bool:
    """What of a row is in an IPv4 header without options, and in the TCP header behind it, which
    ``bears_timestamps``; all for BRIEF, where the processor can. False: it cannot."""
    return False


def put_ipv6_at_once(buf: memoryview, at: int, row: memoryview, base: int) -> bool:
    """The same of an IPv6 header without extensions."""
    return False


def put_no_options(row: memoryview, base: int) -> None:
    """What the columns of options hold where there is none."""
    row[base + MSS] = NONE
    row[base + WINDOW_SCALE] = NONE
    row[base + SACK_COUNT] = 0
    for i in range(8):
        row[base + SACK_1_LEFT + i] = NONE


def put_options(
    buf: memoryview, at: int, stop: int, end: int, row: memoryview, base: int, detail: int
) -> None:
    """The columns about options. Timestamps alone are taken at once."""
    seen = 0
    if at + 12 <= stop and at + 12 <= end and u32(buf, at) == TIMESTAMPS_ALONE:
        seen = OPTION_TIMESTAMPS
        row[base + TSVAL] = u32(buf, at + 4)
        if detail != BRIEF:
            row[base + TSECR] = u32(buf, at + 8)
        at += 12
    else:
        row[base + TSVAL] = NONE
        if detail != BRIEF:
            row[base + TSECR] = NONE
    if at < stop or detail != BRIEF:
        put_no_options(row, base)
        seen = read_options(buf, at, stop, end, seen, row, base)
    row[base + OPTIONS] = seen


def put_ipv4(buf: memoryview, at: int, row: memoryview, base: int) -> None:
    """Addresses, TTL and identification of an IPv4 header, of which 20 bytes are there."""
    row[base + IP_VERSION] = 4
    row[base + SOURCE_HIGH] = 0
    row[base + SOURCE_LOW] = u32(buf, at + 12)
    row[base + TARGET_HIGH] = 0
    row[base + TARGET_LOW] = u32(buf, at + 16)
    row[base + TTL] = buf[at + 8]
    row[base + IP_ID] = u16(buf, at + 4)


def put_ipv6(buf: memoryview, at: int, row: memoryview, base: int) -> None:
    """The same of an IPv6 header, of which 40 bytes are there."""
    row[base + IP_VERSION] = 6
    row[base + SOURCE_HIGH] = s64(u32(buf, at + 8), u32(buf, at + 12))
    row[base + SOURCE_LOW] = s64(u32(buf, at + 16), u32(buf, at + 20))
    row[base + TARGET_HIGH] = s64(u32(buf, at + 24), u32(buf, at + 28))
    row[base + TARGET_LOW] = s64(u32(buf, at + 32), u32(buf, at + 36))
    row[base + TTL] = buf[at + 7]
    row[base + IP_ID] = NONE


def print_of(row: memoryview, base: int, checksum: int) -> int:
    """What two captures of one packet share (``tcp.copies``)."""
    flags_window = (row[base + FLAGS] << 16) | row[base + WINDOW]
    return folded(
        row[base + SEQ],
        row[base + ACK],
        flags_window,
        (checksum << 16) | (row[base + IP_ID] & 0xFFFF),
        row[base + TSVAL] & MASK,
        row[base + LENGTH],
    )


def folded(
    seq: int, ack: int, flags_window: int, checksum_ip_id: int, tsval: int, length: int
) -> int:
    """These words of at most 32 bits in 31: each with a prime of 28 of its own, so that no sum
    leaves 63."""
    value = (seq * PRIME_1) + (ack * PRIME_2) + (flags_window * PRIME_3)
    value += (checksum_ip_id * PRIME_4) + (tsval * PRIME_5) + (length * PRIME_6)
    return (value ^ (value >> 31)) & FOLD


def put_rest(
    buf: memoryview, at: int, payload: int, end: int, row: memoryview, base: int, detail: int
) -> None:
    """What few ask for: checksum and urgent pointer of the header at ``at``; of its payload, how
    much was captured, and a hash."""
    row[base + CHECKSUM] = u16(buf, at + 16) if at + 20 <= end else 0
    row[base + URGENT] = u16(buf, at + 18) if at + 20 <= end else 0
    row[base + CAPTURED] = end - payload if end > payload else 0
    row[base + PAYLOAD_HASH] = NONE
    if detail == HASHED and end > payload:
        row[base + PAYLOAD_HASH] = payload_hash(
            buf, payload, payload + HASHED_BYTES if end > payload + HASHED_BYTES else end
        )


def put_tcp(
    buf: memoryview, at: int, end: int, stop: int, row: memoryview, base: int, detail: int
) -> None:
    """The TCP header at ``at`` (RFC 9293 3.1), of which SHORTEST bytes are there and whose length
    fits; its options; what of its payload is counted. NOTICES and IP_ID must have been written."""
    bits = u16(buf, at + 12)
    header = (bits >> 12) * 4
    flags = bits & 0x0FFF
    seq, ack, window = u32(buf, at + 4), u32(buf, at + 8), u16(buf, at + 14)
    row[base + SOURCE_PORT] = u16(buf, at)
    row[base + TARGET_PORT] = u16(buf, at + 2)
    row[base + SEQ] = seq
    row[base + ACK] = ack
    row[base + FLAGS] = flags
    row[base + WINDOW] = window
    checksum = 0
    if at + 20 <= end:
        checksum = u16(buf, at + 16)
    else:
        row[base + NOTICES] |= NOTICE_CUT_HEADER
    put_options(buf, at + 20, at + header, end, row, base, detail)
    length = stop - at - header
    row[base + LENGTH] = length
    identity = (checksum << 16) | (row[base + IP_ID] & 0xFFFF)
    tsval = row[base + TSVAL] & MASK
    row[base + PRINT] = folded(seq, ack, (flags << 16) | window, identity, tsval, length)
    if detail != BRIEF:
        put_rest(buf, at, at + header, end, row, base, detail)
    row[base + SLOT] = 0  # for flows to write, as SIDE
    row[base + SIDE] = 0


def fill(
    buf: memoryview,
    record: memoryview,
    segments: memoryview,
    filled: int,
    detail: int,
    anomalies: memoryview,
) -> int:
    """Write row ``filled`` from a record that stands at TCP; returns how many rows there are then,
    one more unless the TCP header is cut too short or does not fit."""
    at = record[RECORD_AT]
    end = record[RECORD_END]
    stop = record[RECORD_STOP]
    if at + SHORTEST > end:
        if not (record[RECORD_NOTICES] & NOTICE_IN_ICMP):
            note(anomalies, TCP_CUT, record[RECORD_FRAME], 0)
        return filled
    header = (buf[at + 12] >> 4) * 4
    if header < 20 or at + header > stop:
        note(anomalies, TCP_HEADER_LENGTH, record[RECORD_FRAME], header)
        return filled
    base = filled * SEGMENT_WIDTH
    ip = record[RECORD_IP]
    segments[base + FRAME] = record[RECORD_FRAME]
    segments[base + TIME_NS] = record[RECORD_TIME_NS]
    segments[base + INTERFACE] = record[RECORD_INTERFACE]
    segments[base + ENCAPSULATION] = record[RECORD_ENCAPSULATION]
    segments[base + NOTICES] = record[RECORD_NOTICES]
    if (buf[ip] >> 4) == 4:
        put_ipv4(buf, ip, segments, base)
    else:
        put_ipv6(buf, ip, segments, base)
    put_tcp(buf, at, end, stop, segments, base, detail)
    return filled + 1

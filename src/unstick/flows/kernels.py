"""Gives each segment its stream (SLOT) and its sender (SIDE). Plain integers; compiled if possible.

Streams are numbered from 0 by their first segment, as Wireshark 4.0 does (its dissect_tcp()):

1. A 4-tuple never seen before starts a stream. No idle time ever ends one.
2. A SYN without ACK on a known 4-tuple starts a new stream if the base of its sender is known and
   is not its sequence number. It need not matter whether the old connection was closed.
3. A SYN-ACK never starts a new stream on a known 4-tuple; it corrects the base of its sender.
4. The base of a side is the sequence number of its first SYN; or its first sequence number less
   one; or, if the other side spoke first, the number that one acknowledged, less one. Wireshark
   needs it as the zero of relative numbers, and rule 2 takes what that gives: a stream joined in
   the middle ends at the next SYN, except for the SYN that its first segment seemed to follow.
5. A segment quoted by an ICMP error follows rules 1 to 3 and sets no base. If less than a whole
   TCP header was captured, it joins a known stream or none.

The side that is the client, decided by the first segment of a stream and never changed: the
sender of a SYN, the receiver of a SYN-ACK; else (joined in the middle) the higher port; else,
with equal ports, the sender. Wireshark does not orient streams joined in the middle.

A connection of a socket with itself (both endpoints equal) has one sender: SIDE is constant.
"""

from __future__ import annotations

from unstick.flows.columns import (
    BASE_LOW,
    CLIENT,
    FRAMES_BEFORE,
    FREE_SLOT,
    GRAVE,
    HIGH_ADDRESS_HIGH,
    HIGH_ADDRESS_LOW,
    HIGH_KEY,
    INDEX_ROOM,
    INDEX_USED,
    KNOWN,
    LOW_ADDRESS_HIGH,
    LOW_ADDRESS_LOW,
    LOW_KEY,
    MAX_STREAMS,
    NEXT_NUMBER,
    NEXT_SLOT,
    NO_SLOT,
    NUMBER,
    PORTS,
    REFUSED_OPENINGS,
    REFUSED_SEGMENTS,
    REPLACED_COUNT,
    REPLACED_ROOM,
    SALT,
    SLOT_MASK,
    STREAM_ROOM,
    STREAM_WIDTH,
    SUCCESSOR_FRAME,
    SUCCESSOR_NS,
)
from unstick.flows.ends import STRANGER, end_of, sender_is_high, sender_of
from unstick.flows.forgetting import forget as forget
from unstick.flows.forgetting import rehash as rehash
from unstick.flows.forgetting import release as release
from unstick.flows.hashing import SALT_STEP, prefetch, tag_of
from unstick.flows.ordering import by_number as by_number
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    COMPILED,
    FLAGS,
    FRAME,
    IP_VERSION,
    MASK,
    NONE,
    NOTICE_CUT_HEADER,
    NOTICE_IN_ICMP,
    NOTICES,
    SEGMENT_WIDTH,
    SEQ,
    SIDE,
    SLOT,
    SOURCE_HIGH,
    SOURCE_LOW,
    SOURCE_PORT,
    SYN,
    TARGET_HIGH,
    TARGET_LOW,
    TARGET_PORT,
    TIME_NS,
)

AHEAD = 16
"""So many segments before its turn the word of the index is asked for, and"""

NEAR = 8
"""so many before it the row of the stream table: as long as a line takes to come from memory."""

ROWS_AHEAD = 16
"""So many segments before that its own row: a batch is larger than the nearest cache."""


FULL = NO_SLOT - 1
"""Instead of a slot: no stream can be opened until the caller has made room."""


def _find(
    index: memoryview,
    mask: int,
    streams: memoryview,
    segments: memoryview,
    base: int,
    tag: int,
) -> int:
    """Where in the index the 4-tuple stands, or the empty word where it belongs. The index always
    has an empty word (INDEX_ROOM), so the walk ends."""
    at = tag & mask
    while index[at] != 0:
        if (index[at] >> 32) == tag:
            slot = (index[at] & SLOT_MASK) - 1
            if (
                slot != GRAVE
                and sender_of(streams, slot * STREAM_WIDTH, segments, base) != STRANGER
            ):
                return at
        at = (at + 1) & mask
    return at


def _come_home(index: memoryview, at: int, home: int) -> int:
    """Change places with the word that stands where the search began: who speaks is found at once
    then, however many others are only remembered. All words between stay, so both are found."""
    if index[at] == 0:
        return at
    word = index[at]
    index[at] = index[home]
    index[home] = word
    return home


def _prepare(segments: memoryview, base: int, index: memoryview, mask: int, secret: int) -> None:
    """Write the tag into SLOT until the turn of the segment comes, and ask for the row of one
    further on."""
    prefetch(segments, base + (ROWS_AHEAD * SEGMENT_WIDTH))
    prefetch(segments, base + (ROWS_AHEAD * SEGMENT_WIDTH) + SOURCE_HIGH)
    tag = tag_of(
        end_of(segments, base, SOURCE_LOW, SOURCE_PORT),
        segments[base + SOURCE_HIGH],
        end_of(segments, base, TARGET_LOW, TARGET_PORT),
        segments[base + TARGET_HIGH],
        segments[base + IP_VERSION],
        secret,
    )
    segments[base + SLOT] = tag
    prefetch(index, tag & mask)


def _look_ahead(
    segments: memoryview, base: int, index: memoryview, mask: int, streams: memoryview
) -> None:
    """Ask for the row of the stream that a prepared segment probably belongs to."""
    prefetch(streams, ((index[segments[base + SLOT] & mask] & SLOT_MASK) - 1) * STREAM_WIDTH)


def _client(segments: memoryview, base: int, sender: int) -> int:
    """Which endpoint (0 low, 1 high) is the client of a stream that begins with this segment."""
    if (segments[base + FLAGS] & SYN) != 0:
        return sender if (segments[base + FLAGS] & ACK_FLAG) == 0 else 1 - sender
    return 1 - sender if segments[base + SOURCE_PORT] < segments[base + TARGET_PORT] else sender


def _open(
    segments: memoryview, streams: memoryview, counters: memoryview, base: int, sender: int
) -> int:
    """Fills a row of the stream table (there is one) and returns its slot."""
    slot = counters[FREE_SLOT]
    if slot == NO_SLOT:
        slot = counters[NEXT_SLOT]
        counters[NEXT_SLOT] = slot + 1
    else:
        following = streams[(slot * STREAM_WIDTH) + NUMBER]
        counters[FREE_SLOT] = following
        prefetch(streams, following * STREAM_WIDTH)
        prefetch(streams, (following * STREAM_WIDTH) + NUMBER)
    row = slot * STREAM_WIDTH
    low = sender * (TARGET_HIGH - SOURCE_HIGH)
    high = (TARGET_HIGH - SOURCE_HIGH) - low
    low_port = sender * (TARGET_PORT - SOURCE_PORT)
    high_port = (TARGET_PORT - SOURCE_PORT) - low_port
    streams[row + LOW_KEY] = end_of(segments, base, SOURCE_LOW + low, SOURCE_PORT + low_port)
    streams[row + HIGH_KEY] = end_of(segments, base, SOURCE_LOW + high, SOURCE_PORT + high_port)
    streams[row + LOW_ADDRESS_HIGH] = segments[base + SOURCE_HIGH + low]
    streams[row + LOW_ADDRESS_LOW] = segments[base + SOURCE_LOW + low]
    streams[row + HIGH_ADDRESS_HIGH] = segments[base + SOURCE_HIGH + high]
    streams[row + HIGH_ADDRESS_LOW] = segments[base + SOURCE_LOW + high]
    streams[row + PORTS] = (
        (segments[base + IP_VERSION] << 32)
        | (segments[base + SOURCE_PORT + low_port] << 16)
        | segments[base + SOURCE_PORT + high_port]
    )
    streams[row + BASE_LOW] = NONE
    streams[row + BASE_LOW + 1] = NONE
    streams[row + CLIENT] = _client(segments, base, sender)
    streams[row + NUMBER] = counters[NEXT_NUMBER]
    streams[row + SUCCESSOR_FRAME] = NONE
    streams[row + SUCCESSOR_NS] = NONE
    counters[KNOWN] += 1
    counters[NEXT_NUMBER] = counters[NEXT_NUMBER] + 1
    return slot


def _is_full(counters: memoryview, known: int, refused: int) -> int:
    """1 if the caller must make room before the next stream can be opened or refused."""
    if known == 1 and counters[REPLACED_COUNT] >= counters[REPLACED_ROOM]:
        return 1
    if refused == 1:
        return 0
    if known == 0 and counters[INDEX_USED] >= counters[INDEX_ROOM]:
        return 1
    if counters[FREE_SLOT] != NO_SLOT:
        return 0
    return 1 if counters[NEXT_SLOT] >= counters[STREAM_ROOM] else 0


def _learn(segments: memoryview, streams: memoryview, base: int, mine: int, other: int) -> None:
    """Rules 3 and 4: what this segment says about the bases of its sender and its receiver."""
    opening = segments[base + FLAGS] & (SYN | ACK_FLAG)
    if opening == (SYN | ACK_FLAG) and streams[mine] != NONE:
        streams[mine] = segments[base + SEQ]
    if (segments[base + NOTICES] & NOTICE_IN_ICMP) != 0:
        return
    if streams[mine] == NONE:
        streams[mine] = segments[base + SEQ]
        if (opening & SYN) == 0:
            streams[mine] = (segments[base + SEQ] - 1) & MASK
    if streams[other] == NONE and (opening & ACK_FLAG) != 0:
        streams[other] = (segments[base + ACK] - 1) & MASK


def _starts_stream(segments: memoryview, streams: memoryview, base: int, mine: int) -> int:
    """Rule 2, for a segment whose 4-tuple is known: ``mine`` is where its sender's base stands."""
    if (segments[base + FLAGS] & (SYN | ACK_FLAG)) != SYN:
        return 0
    return 1 if streams[mine] != NONE and streams[mine] != segments[base + SEQ] else 0


def _refuse(segments: memoryview, counters: memoryview, base: int) -> int:
    """Counts a segment that gets no stream because MAX_STREAMS are given out."""
    counters[REFUSED_SEGMENTS] += 1
    if (segments[base + FLAGS] & (SYN | ACK_FLAG)) == SYN:
        counters[REFUSED_OPENINGS] += 1
    return NO_SLOT


def _succeed(
    segments: memoryview,
    streams: memoryview,
    counters: memoryview,
    replaced: memoryview,
    base: int,
    slot: int,
) -> None:
    """Says of a stream that another one has its 4-tuple now. One that an ICMP error quotes was
    not captured itself: nobody knows when it began."""
    replaced[counters[REPLACED_COUNT]] = slot
    counters[REPLACED_COUNT] += 1
    if (segments[base + NOTICES] & NOTICE_IN_ICMP) == 0:
        frame = segments[base + FRAME] + counters[FRAMES_BEFORE]
        streams[(slot * STREAM_WIDTH) + SUCCESSOR_FRAME] = frame
        streams[(slot * STREAM_WIDTH) + SUCCESSOR_NS] = segments[base + TIME_NS]


def _consider(
    segments: memoryview,
    streams: memoryview,
    counters: memoryview,
    replaced: memoryview,
    base: int,
    sender: int,
    slot: int,
) -> int:
    """The stream of a segment whose 4-tuple has none (NO_SLOT), or this one, which may end here or
    learn from the segment; FULL if a table is."""
    if (segments[base + NOTICES] & NOTICE_CUT_HEADER) != 0:
        return slot
    mine = (slot * STREAM_WIDTH) + BASE_LOW + sender
    known = 0 if slot == NO_SLOT else 1
    if known == 0 or _starts_stream(segments, streams, base, mine) == 1:
        refused = 1 if counters[KNOWN] >= counters[MAX_STREAMS] else 0
        if _is_full(counters, known, refused) == 1:
            return FULL
        if known == 1:
            _succeed(segments, streams, counters, replaced, base, slot)
        elif refused == 0:
            counters[INDEX_USED] += 1
        if refused == 1:
            return _refuse(segments, counters, base)
        slot = _open(segments, streams, counters, base, sender)
        mine = (slot * STREAM_WIDTH) + BASE_LOW + sender
    _learn(segments, streams, base, mine, mine + 1 - (2 * sender))
    return slot


def _point(index: memoryview, at: int, tag: int, slot: int) -> None:
    """The word of the index for the 4-tuple: what follows a segment that was refused belongs to
    the stream that was refused."""
    if slot != NO_SLOT:
        index[at] = (tag << 32) | (slot + 1)
    elif index[at] != 0:
        index[at] = (tag << 32) | (GRAVE + 1)


def assign(
    segments: memoryview,
    first: int,
    count: int,
    index: memoryview,
    mask: int,
    streams: memoryview,
    counters: memoryview,
    replaced: memoryview,
) -> int:
    """Writes SLOT and SIDE of ``count`` rows from row ``first``. Returns how many rows are done.

    Fewer than ``count`` means that a table is full: the caller makes room and calls again with
    the rest (what these have for SLOT and SIDE means nothing). ``replaced`` takes the slots whose
    4-tuple a new stream took over: no segment will ever be given to them again. A segment without
    a stream gets NO_SLOT. The index has ``mask`` + 1 words, a power of two above INDEX_ROOM."""
    end, ready, row, secret = first + count, first, first, counters[SALT] * SALT_STEP
    while ready < end and ready < first + AHEAD:
        _prepare(segments, ready * SEGMENT_WIDTH, index, mask, secret)
        ready += 1
    while row < end:
        if ready < end:
            _prepare(segments, ready * SEGMENT_WIDTH, index, mask, secret)
            ready += 1
        if COMPILED and row + NEAR < end:
            _look_ahead(segments, (row + NEAR) * SEGMENT_WIDTH, index, mask, streams)
        base = row * SEGMENT_WIDTH
        tag = segments[base + SLOT]
        at = tag & mask
        slot = (index[at] & SLOT_MASK) - 1
        stream = slot * STREAM_WIDTH
        sender = STRANGER
        if (index[at] >> 32) == tag and 0 <= slot < GRAVE:
            sender = sender_of(streams, stream, segments, base)
        if sender == STRANGER:
            at = _find(index, mask, streams, segments, base, tag)
            at = _come_home(index, at, tag & mask)
            slot = (index[at] & SLOT_MASK) - 1
            stream = slot * STREAM_WIDTH
            if slot == NO_SLOT:
                sender = sender_is_high(segments, base)
            else:
                sender = sender_of(streams, stream, segments, base)
        if (
            slot == NO_SLOT
            or (segments[base + FLAGS] & SYN) != 0
            or (streams[stream + BASE_LOW] | streams[stream + BASE_LOW + 1]) < 0  # one is NONE
        ):
            slot = _consider(segments, streams, counters, replaced, base, sender, slot)
            if slot == FULL:
                break
            stream = slot * STREAM_WIDTH
            _point(index, at, tag, slot)
        segments[base + SLOT] = slot
        if slot != NO_SLOT:
            segments[base + SIDE] = streams[stream + CLIENT] ^ sender
        else:
            segments[base + SIDE] = NONE
        row += 1
    return row - first

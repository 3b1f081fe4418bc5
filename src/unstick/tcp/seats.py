"""Who sits where: connections that speak have a row of their own, all others are on the shelf.

Hot file: ordinary Python on flat tables, compiled from the types in ``seats.pxd``.

1. The table of connections has a bounded number of rows, its seats. A connection that gets a
   segment is seated; if no seat is free, one that has been silent for long gives up its own. As
   long as those silent for long are over there are enough seats: few rows stay in the cache.
2. A connection that is over enters a ring, in the order in which that was found out: whoever
   needs memory draws the conclusions of the oldest and forgets them. One that speaks again is no
   longer over: its entry in the ring has another serial number than its place.
3. ``t`` connections, ``p`` places by slot, ``n`` notes, ``m`` counters and limits, ``over`` the
   ring of pairs (slot, serial); and what ``shelf`` needs.
"""

from __future__ import annotations

from unstick.tcp.columns import (
    BLOCK_MOST,
    C_COPIES,
    C_FIRST_FRAME,
    C_LAST_FRAME,
    C_LAST_NS,
    C_MARKS,
    C_NOTE_HEAD,
    C_PACKETS,
    C_RECORD,
    C_SLOT,
    CONNECTION_WIDTH,
    M_HAND,
    M_LAST_NS,
    M_NEXT,
    M_OVER,
    M_OVER_ROOM,
    M_OVER_TAKEN,
    M_SEAT_FREE,
    M_SEATED,
    M_SEATS,
    M_SEATS_MOST,
    M_UNITS,
    M_UNITS_USED,
    S_COPY_1,
    S_COPY_4_NS,
    S_DATA_PACKETS,
    S_LADDER_HEAD,
    S_OUTSTANDING_FRAME,
    S_PACKETS,
    S_RETRANSMITTED,
    S_RST_FRAME,
    S_STATE,
    S_UNSEEN_ACKS,
    SIDE_WIDTH,
    SIDES,
)
from unstick.tcp.copies import COPY_NS
from unstick.tcp.notes import release
from unstick.tcp.places import (
    ALL_GROUPS,
    GROUP,
    NOWHERE,
    P_PLACE,
    P_STANDING,
    PLACE_WIDTH,
    SHELVED,
    STANDING_BOTH,
    STANDING_HALF,
    STANDING_NOTES,
    STANDING_OVER,
    STANDING_REPLACED,
    STANDING_SEEN,
    STANDING_SHIFT,
    STANDING_SPEAKS,
    UNIT_WORDS,
)
from unstick.tcp.shelf import discard, pack, store, unpack
from unstick.tcp.states import (
    STATE_CLOSED,
    STATE_ESTABLISHED,
    STATE_LISTEN,
    STATE_TIME_WAIT,
)
from unstick.tcp.words import copy_words, prefetch
from unstick.wire.columns import COMPILED, NONE

LOOKED_AT = 4
"""Seats of which the longest silent one is given up."""

UNANSWERED_MOST = 10
"""A sender that nobody answers stops after its initial window (10 segments, RFC 6928)."""


def seat(
    t: memoryview, p: memoryview, over: memoryview, m: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview, slot: int,
) -> int:  # fmt: skip
    """The seat this connection gets; NONE if there are too few seats, or the shelf is full. A seat
    that was given up holds a fresh row, but for what chains it to others."""
    if (m[M_UNITS] - m[M_UNITS_USED]) < BLOCK_MOST:
        return NONE
    chosen = m[M_SEAT_FREE]
    if chosen != NONE:
        m[M_SEAT_FREE] = t[(chosen * CONNECTION_WIDTH) + C_RECORD]
    elif m[M_SEATED] < m[M_SEATS]:
        chosen = m[M_SEATED]
        m[M_SEATED] += 1
        copy_words(t, chosen * CONNECTION_WIDTH, fresh, 0, CONNECTION_WIDTH)
    else:
        chosen = m[M_NEXT]
        if m[M_SEATS] < m[M_SEATS_MOST] and not _is_done(t, m, chosen * CONNECTION_WIDTH):
            m[M_NEXT] = _longest_silent(t, m)
            chosen = m[M_NEXT]
            if not _is_done(t, m, chosen * CONNECTION_WIDTH):
                return NONE
        _shelve(t, p, over, m, fresh, timed, stage, b, chosen)
        t[(chosen * CONNECTION_WIDTH) + C_LAST_FRAME] = -NONE  # later than any: not the same again
        m[M_NEXT] = _longest_silent(t, m)
    row = chosen * CONNECTION_WIDTH
    place = p[(slot * PLACE_WIDTH) + P_PLACE]
    t[row + C_RECORD] = NONE
    t[row + C_LAST_FRAME] = NONE
    if place == NOWHERE:
        p[(slot * PLACE_WIDTH) + P_STANDING] = 0
    else:
        unpack(t, row, timed, b, SHELVED - place, ALL_GROUPS)
        discard(SHELVED - place, b, m)
        p[(slot * PLACE_WIDTH) + P_STANDING] = (
            p[(slot * PLACE_WIDTH) + P_STANDING] & STANDING_REPLACED
        )
    t[row + C_SLOT] = slot
    p[(slot * PLACE_WIDTH) + P_PLACE] = chosen
    return chosen


def rest(
    t: memoryview, p: memoryview, over: memoryview, m: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview, chosen: int,
) -> None:  # fmt: skip
    """Shelve the connection of this seat if both sides closed it in peace, while it is in the
    cache: the next connection gets the seat. Packets that were captured twice come again."""
    row = chosen * CONNECTION_WIDTH
    if not (_is_at_peace(t, row + SIDES) and _is_at_peace(t, row + SIDES + SIDE_WIDTH)):
        return
    if t[row + C_COPIES] > 0 or (m[M_UNITS] - m[M_UNITS_USED]) < BLOCK_MOST:
        return
    _give_up(t, p, over, m, fresh, timed, stage, b, chosen)


def _is_at_peace(t: memoryview, side: int) -> bool:
    return _is_closed(t, side) and t[side + S_RST_FRAME] == NONE


def _give_up(
    t: memoryview, p: memoryview, over: memoryview, m: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview, chosen: int,
) -> None:  # fmt: skip
    """Shelve the connection of this seat, and let the next one that needs a seat have it."""
    _shelve(t, p, over, m, fresh, timed, stage, b, chosen)
    t[(chosen * CONNECTION_WIDTH) + C_RECORD] = m[M_SEAT_FREE]
    m[M_SEAT_FREE] = chosen


def _longest_silent(t: memoryview, m: memoryview) -> int:
    """One of the next few seats whose connection spoke longest ago: it was thrown out of the cache
    long since, and will be wanted soon."""
    chosen = m[M_HAND]
    for _ in range(LOOKED_AT):
        at = m[M_HAND]
        if (
            t[(at * CONNECTION_WIDTH) + C_LAST_FRAME]
            < t[(chosen * CONNECTION_WIDTH) + C_LAST_FRAME]
        ):
            chosen = at
        m[M_HAND] = at + 1
        if m[M_HAND] >= m[M_SEATS]:
            m[M_HAND] = 0
    for word in range(0, COMPILED * CONNECTION_WIDTH, 8):
        prefetch(t, (chosen * CONNECTION_WIDTH) + word)
    return chosen


def _is_done(t: memoryview, m: memoryview, row: int) -> bool:
    """Over, and for so long that no copy of a packet will come."""
    if (m[M_LAST_NS] - t[row + C_LAST_NS]) <= COPY_NS:
        return False
    return _is_closed(t, row + SIDES) and _is_closed(t, row + SIDES + SIDE_WIDTH)


def _shelve(
    t: memoryview, p: memoryview, over: memoryview, m: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview, chosen: int,
) -> None:  # fmt: skip
    """Pack the connection of this seat. The seat is nobody's then."""
    row = chosen * CONNECTION_WIDTH
    slot = t[row + C_SLOT]
    t[row + C_SLOT] = NONE
    if (m[M_LAST_NS] - t[row + C_LAST_NS]) > COPY_NS:
        _forget_copies(t, fresh, row, SIDES)
        _forget_copies(t, fresh, row, SIDES + SIDE_WIDTH)
    standing = _standing(t, row) | (p[(slot * PLACE_WIDTH) + P_STANDING] & STANDING_REPLACED)
    size = pack(t, row, fresh, timed, stage)
    p[(slot * PLACE_WIDTH) + P_PLACE] = SHELVED - store(stage, size, b, m)
    _stand(p, over, m, slot, standing)


def _forget_copies(t: memoryview, fresh: memoryview, row: int, side: int) -> None:
    """Packets so long ago have no copies any more: what tells them takes a third of the shelf."""
    copy_words(t, row + side + S_COPY_1, fresh, side + S_COPY_1, S_COPY_4_NS + 1 - S_COPY_1)


def _stand(p: memoryview, over: memoryview, m: memoryview, slot: int, standing: int) -> None:
    """Write down how a shelved connection stands; if it is over, it enters the ring."""
    if standing & STANDING_REPLACED:
        standing = standing | STANDING_OVER
    if standing & STANDING_OVER and (m[M_OVER] - m[M_OVER_TAKEN]) < m[M_OVER_ROOM]:
        at = 2 * (m[M_OVER] % m[M_OVER_ROOM])
        over[at] = slot
        over[at + 1] = m[M_OVER]
        standing = standing | (m[M_OVER] << STANDING_SHIFT)
        m[M_OVER] += 1
    else:
        standing = standing & ~STANDING_OVER
    p[(slot * PLACE_WIDTH) + P_STANDING] = standing


def _standing(t: memoryview, row: int) -> int:
    """What is to be known of a connection without reading it."""
    if t[row + C_FIRST_FRAME] == NONE:
        return 0
    standing = STANDING_SEEN
    client = row + SIDES
    server = client + SIDE_WIDTH
    held = t[row + C_NOTE_HEAD] != NONE or t[client + S_LADDER_HEAD] != NONE
    if held or t[server + S_LADDER_HEAD] != NONE:
        standing = standing | STANDING_NOTES
    if t[client + S_PACKETS] > 0 and t[server + S_PACKETS] > 0:
        standing = standing | STANDING_BOTH
    elif _is_half_captured(t, client, server):
        standing = standing | STANDING_HALF
    if t[row + C_PACKETS] == 1 and t[row + C_MARKS] == 0:
        return standing  # a flood of lone SYNs says nothing of any of them
    if t[row + C_MARKS] != 0 or not (_rests(t, client) and _rests(t, server)):
        standing = standing | STANDING_SPEAKS
    if _is_closed(t, client) and _is_closed(t, server):
        standing = standing | STANDING_OVER
    return standing


def _rests(t: memoryview, side: int) -> bool:
    """Can this end be left alone, and is all it sent acknowledged?"""
    if t[side + S_OUTSTANDING_FRAME] != NONE:
        return False
    return t[side + S_STATE] in (NONE, STATE_ESTABLISHED) or _is_closed(t, side)


def _is_closed(t: memoryview, side: int) -> bool:
    return t[side + S_STATE] in (STATE_CLOSED, STATE_LISTEN, STATE_TIME_WAIT)


def _is_half_captured(t: memoryview, client: int, server: int) -> bool:
    """Was one side never captured, although it must have spoken? A lone SYN, a scan or a spray of
    resets is no proof: an ACK number that rises is, and so is a sender that goes on sending."""
    spoke = client
    if t[server + S_PACKETS] > 0:
        spoke = server
    new = t[spoke + S_DATA_PACKETS] - t[spoke + S_RETRANSMITTED]
    return t[spoke + S_UNSEEN_ACKS] > 0 or new > UNANSWERED_MOST


def retire(
    t: memoryview, p: memoryview, over: memoryview, m: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview, slots: memoryview,
    first: int, count: int,
) -> int:  # fmt: skip
    """Shelve these connections, whose 4-tuples others have now. Returns how far it came: less
    than ``count`` if the shelf is full (make room and call again from there)."""
    for i in range(first, count):
        slot = slots[i]
        at = slot * PLACE_WIDTH
        if (m[M_UNITS] - m[M_UNITS_USED]) < BLOCK_MOST:
            return i
        place = p[at + P_PLACE]
        if place >= 0:
            p[at + P_STANDING] = p[at + P_STANDING] | STANDING_REPLACED
            _give_up(t, p, over, m, fresh, timed, stage, b, place)
        elif not (p[at + P_STANDING] & STANDING_OVER):
            standing = (p[at + P_STANDING] & ((1 << STANDING_SHIFT) - 1)) | STANDING_REPLACED
            if place != NOWHERE:
                _stand(p, over, m, slot, standing)
    return count


def forget(
    p: memoryview, n: memoryview, over: memoryview, m: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview, scratch: memoryview,
    slots: memoryview, count: int,
) -> int:  # fmt: skip
    """Free what the shelf holds of these slots, and their notes. Returns ``count``."""
    for i in range(count):
        at = slots[i] * PLACE_WIDTH
        first = SHELVED - p[at + P_PLACE]
        if p[at + P_STANDING] & STANDING_NOTES:
            copy_words(scratch, 0, fresh, 0, CONNECTION_WIDTH)
            unpack(scratch, 0, timed, b, first, ALL_GROUPS)
            release(n, scratch[C_NOTE_HEAD])
            release(n, scratch[SIDES + S_LADDER_HEAD])
            release(n, scratch[SIDES + SIDE_WIDTH + S_LADDER_HEAD])
        discard(first, b, m)
        p[at + P_PLACE] = NOWHERE
        p[at + P_STANDING] = 0
    return count


def look(
    t: memoryview, p: memoryview, m: memoryview, fresh: memoryview, timed: memoryview,
    stage: memoryview, b: memoryview, scratch: memoryview, slot: int,
) -> int:  # fmt: skip
    """Copy the connection's row into ``scratch``, wherever it is. Returns how it stands."""
    peek(t, p, fresh, timed, b, scratch, slot, ALL_GROUPS)
    scratch[C_SLOT] = slot
    return _standing(scratch, 0)


def peek(
    t: memoryview, p: memoryview, fresh: memoryview, timed: memoryview, b: memoryview,
    scratch: memoryview, slot: int, wanted: int,
) -> None:  # fmt: skip
    """Copy the ``wanted`` groups of the connection's row into ``scratch``, wherever it is: a bit
    for each GROUP columns."""
    place = p[(slot * PLACE_WIDTH) + P_PLACE]
    left = wanted
    if place < NOWHERE:
        left = wanted & ~b[(SHELVED - place) * UNIT_WORDS]  # the others are in the block
    group = 0
    while left != 0:
        if left & 1:
            if place >= 0:
                copy_words(scratch, group, t, (place * CONNECTION_WIDTH) + group, GROUP)
            else:
                copy_words(scratch, group, fresh, group, GROUP)
        left = left >> 1
        group += GROUP
    if place < NOWHERE:
        unpack(scratch, 0, timed, b, SHELVED - place, wanted)


def tally(
    t: memoryview, p: memoryview, totals: memoryview, chosen: memoryview, slots: memoryview,
    count: int,
) -> int:  # fmt: skip
    """Count these connections in ``totals`` (seen, both sides captured, undecided) and collect in
    ``chosen`` those that have something to say or are half captured; returns how many."""
    found = 0
    for i in range(count):
        slot = slots[i]
        place = p[(slot * PLACE_WIDTH) + P_PLACE]
        standing = p[(slot * PLACE_WIDTH) + P_STANDING]
        if place >= 0:
            standing = _standing(t, place * CONNECTION_WIDTH)
            p[(slot * PLACE_WIDTH) + P_STANDING] = standing
        if not (standing & STANDING_SEEN):
            continue
        totals[0] += 1
        if standing & STANDING_BOTH:
            totals[1] += 1
        elif not (standing & STANDING_SPEAKS):
            totals[2] += 1
        if standing & (STANDING_SPEAKS | STANDING_HALF):
            chosen[found] = slot
            found += 1
    return found


def oldest_over(
    p: memoryview, over: memoryview, m: memoryview, slots: memoryview, most: int
) -> int:
    """Take up to ``most`` connections that are still over from the ring, oldest first."""
    found = 0
    while found < most and m[M_OVER_TAKEN] < m[M_OVER]:
        at = 2 * (m[M_OVER_TAKEN] % m[M_OVER_ROOM])
        slot = over[at]
        standing = p[(slot * PLACE_WIDTH) + P_STANDING]
        if standing & STANDING_OVER and (standing >> STANDING_SHIFT) == over[at + 1]:
            slots[found] = slot
            found += 1
        m[M_OVER_TAKEN] += 1
    return found

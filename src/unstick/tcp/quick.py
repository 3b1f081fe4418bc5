"""The short way: the next segment of a connection on which nothing is awaited.

Hot file: ordinary Python on flat tables, compiled from the types in ``quick.pxd``.

1. Such a segment is the next data, or acknowledges the next data, of an established connection
   without holes, retransmissions, resets, probes or closed windows. Two of three are. How a
   connection opens and closes in peace is ``course``.
2. It leaves the same rows as the long way (``kernels``): what the long way would ask of the
   connection, ``calm_of`` has asked once, after the last segment that went the long way; what it
   would ask of the segment, ``is_next`` asks.
3. Tables and names as in ``sender.py``.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_CALM,
    C_ENCAPSULATION,
    C_FIRST_FRAME,
    C_FIRST_NS,
    C_LAST_FLAGS,
    C_LAST_FRAME,
    C_LAST_NS,
    C_PACKETS,
    C_PING_PONG,
    C_SEAM,
    C_SILENCE_AFTER,
    C_SILENCE_BEFORE,
    C_SILENCE_NS,
    M_LONG_WAY,
    M_SEAMS,
    M_SILENCE_NS,
    S_CHALLENGE_NOTE,
    S_FIN_SEQ,
    S_FIRST_FRAME,
    S_FIRST_NS,
    S_FLAGS,
    S_GAP_1_LEFT,
    S_ID_JUMPS,
    S_IP_ID,
    S_KEEP_COUNT,
    S_LADDER_COUNT,
    S_LAST_ACK,
    S_LAST_FRAME,
    S_LAST_NS,
    S_LIVE_FRAME,
    S_LIVE_NS,
    S_PACKETS,
    S_RCV_NXT,
    S_RST_FRAME,
    S_SACK_EDGE,
    S_SCALE,
    S_SND_NXT,
    S_STATE,
    S_STATE_BEFORE_RESET,
    S_TALK_FRAME,
    S_TALK_NS,
    S_TS_RECENT,
    S_TTL,
    S_TTL_LAST,
    S_TTL_LEAST,
    S_TTL_MOST,
    S_WAITING_NOTE,
    S_WINDOW,
    S_ZERO_FRAME,
    SIDE_FIN_DELIVERED,
    SIDE_SPOKE,
)
from unstick.tcp.sender import count_payload, finish, fresh, offer, progress, take_ack
from unstick.tcp.states import (
    STATE_CLOSED,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_SYN_RECEIVED,
)
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    ENCAPSULATION,
    FLAGS,
    FRAME,
    IP_ID,
    LENGTH,
    MASK,
    NONE,
    OPTION_AO,
    OPTION_MD5,
    OPTION_SACK,
    OPTIONS,
    PSH,
    SEQ,
    TIME_NS,
    TSVAL,
    TTL,
    WINDOW,
)

SIGNED = OPTION_MD5 | OPTION_AO

CALM = 1
CALM_OPENING = 2
CALM_CLOSING = 3
"""What C_CALM says where nothing is awaited of either side: both are established; the client is,
and its ACK will make the server so; at least one has sent its FIN, and what was sent has arrived
in order. 0: something is awaited."""

IP_ID_STEP = 4096
"""A host that counts its packets does not send this many between two of one connection."""


def calm_of(t: memoryview, row: int, me: int, peer: int) -> int:
    """C_CALM of a connection. The short way changes none of this, unless it says so."""
    if t[row + C_PING_PONG] != 0 or not (_is_calm_side(t, me) and _is_calm_side(t, peer)):
        return 0
    if t[me + S_SND_NXT] != t[peer + S_RCV_NXT] or t[peer + S_SND_NXT] != t[me + S_RCV_NXT]:
        return 0
    mine = t[me + S_STATE]
    other = t[peer + S_STATE]
    fins = t[me + S_FIN_SEQ] != NONE or t[peer + S_FIN_SEQ] != NONE
    known = t[me + S_WINDOW] != NONE and t[peer + S_WINDOW] != NONE
    if not fins and mine == STATE_ESTABLISHED and other == STATE_ESTABLISHED:
        return CALM if known else 0
    if _is_answered(t, me, peer) or _is_answered(t, peer, me):
        return CALM_OPENING
    if not fins or not known or not _closes(mine) or not _closes(other):
        return 0
    return CALM_CLOSING if _came(t, me, peer) and _came(t, peer, me) else 0


def _is_calm_side(t: memoryview, side: int) -> bool:
    if t[side + S_PACKETS] == 0 or t[side + S_GAP_1_LEFT] != NONE:
        return False
    if t[side + S_SND_NXT] == NONE or t[side + S_RCV_NXT] == NONE or t[side + S_LAST_ACK] == NONE:
        return False
    if t[side + S_RST_FRAME] != NONE or t[side + S_STATE_BEFORE_RESET] != NONE:
        return False
    if t[side + S_WAITING_NOTE] != NONE or t[side + S_CHALLENGE_NOTE] != NONE:
        return False
    if t[side + S_ZERO_FRAME] != NONE:
        return False
    return t[side + S_KEEP_COUNT] == 0 and t[side + S_LADDER_COUNT] == 0


def _is_answered(t: memoryview, client: int, server: int) -> bool:
    """Is only the ACK awaited that ends the handshake?"""
    if t[client + S_STATE] != STATE_ESTABLISHED or t[server + S_STATE] != STATE_SYN_RECEIVED:
        return False
    if t[client + S_FIN_SEQ] != NONE or t[server + S_FIN_SEQ] != NONE:
        return False
    return t[server + S_WINDOW] != NONE


def _closes(state: int) -> bool:
    """A state after the first FIN, of a host that has sent one or received one."""
    return state >= STATE_FIN_WAIT_1 or state == STATE_CLOSED


def _came(t: memoryview, me: int, peer: int) -> bool:
    """The FIN of this side, if it sent one, is the last it sent, and arrived."""
    if t[me + S_FIN_SEQ] == NONE:
        return True
    if t[me + S_SND_NXT] != ((t[me + S_FIN_SEQ] + 1) & MASK):
        return False
    return (t[peer + S_FLAGS] & SIDE_FIN_DELIVERED) != 0


def is_next(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int) -> bool:  # fmt: skip
    """Does this segment bring the next data or acknowledge the next, and nothing else? Then it is
    no copy of one before."""
    if t[row + C_CALM] != CALM or (s[base + FLAGS] & ~PSH) != ACK_FLAG or m[M_LONG_WAY] != 0:
        return False
    return brings_next(t, s, m, base, row, me, peer, s[base + LENGTH])


def brings_next(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int, space: int) -> bool:  # fmt: skip
    """Does this segment with an ACK, of a connection on which nothing is awaited, bring the next
    ``space`` numbers or acknowledge some? Without the flags SYN and RST."""
    if s[base + SEQ] != t[me + S_SND_NXT]:
        return False
    if s[base + WINDOW] == 0 or s[base + OPTIONS] & (SIGNED | OPTION_SACK):
        return False
    more = seq_delta(s[base + ACK], t[me + S_LAST_ACK])
    if more < 0 or (more == 0 and space == 0):
        return False
    if seq_delta(s[base + ACK], t[peer + S_SND_NXT]) > 0:
        return False
    gap = s[base + TIME_NS] - t[row + C_LAST_NS]
    return 0 <= gap < m[M_SILENCE_NS]


def go_on(t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int,
    me: int, peer: int, fin: int, opens_or_closes: bool) -> None:  # fmt: skip
    """Take a segment that ``brings_next``; ``fin`` is 1 if it has a FIN. Where the connection
    neither opens nor closes there is no FIN whose ACK is awaited."""
    keep_books(t, s, m, base, row, me)
    t[me + S_TALK_FRAME] = s[base + FRAME]
    t[me + S_TALK_NS] = s[base + TIME_NS]
    length = s[base + LENGTH]
    end = s[base + SEQ]
    if length + fin > 0:
        end = (end + length + fin) & MASK
        if length > 0:
            count_payload(t, me, length)
        if fin > 0:
            finish(t, s, base, me)
        t[me + S_SND_NXT] = end
        fresh(t, s, base, me, peer, end, length)
    if s[base + ACK] != t[me + S_LAST_ACK]:
        if opens_or_closes:
            progress(t, n, s, base, row, me, peer)
        else:
            take_ack(t, s, base, me, peer)
    offer(t, s, base, me, t[me + S_SCALE])
    t[me + S_SACK_EDGE] = NONE
    tsval = s[base + TSVAL]
    recent = t[peer + S_TS_RECENT]
    if tsval != NONE and (recent == NONE or seq_delta(tsval, recent) > 0):
        t[peer + S_TS_RECENT] = tsval
    t[peer + S_RCV_NXT] = end


def keep_books(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int) -> None:
    """The connection's and the sender's books, as ``kernels`` keeps them of all but resets: not
    those of a first packet, and not S_TALK."""
    now = s[base + TIME_NS]
    frame = s[base + FRAME]
    gap = now - t[row + C_LAST_NS]
    if gap > t[row + C_SILENCE_NS]:
        t[row + C_SILENCE_NS] = gap
        t[row + C_SILENCE_BEFORE] = t[row + C_LAST_FRAME]
        t[row + C_SILENCE_AFTER] = frame
    keep_place(t, s, m, base, row, me)


def keep_place(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int) -> None:
    """One more packet that is no reset, the last one now."""
    count_packet(t, s, m, base, row, me)
    live_on(t, s, base, me)


def begin_row(t: memoryview, s: memoryview, base: int, row: int) -> None:
    """The connection's first packet."""
    t[row + C_FIRST_FRAME] = s[base + FRAME]
    t[row + C_FIRST_NS] = s[base + TIME_NS]
    t[row + C_ENCAPSULATION] = s[base + ENCAPSULATION]


def begin_side(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """The first packet of a side."""
    t[me + S_FIRST_FRAME] = s[base + FRAME]
    t[me + S_FIRST_NS] = s[base + TIME_NS]
    t[me + S_TTL] = s[base + TTL]
    t[me + S_FLAGS] = t[me + S_FLAGS] | SIDE_SPOKE


def count_packet(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int) -> None:
    """One more packet of any kind."""
    now = s[base + TIME_NS]
    frame = s[base + FRAME]
    t[row + C_PACKETS] += 1
    t[row + C_LAST_FRAME] = frame
    t[row + C_LAST_NS] = now
    t[row + C_SEAM] = m[M_SEAMS]
    t[row + C_LAST_FLAGS] = s[base + FLAGS]
    t[me + S_PACKETS] += 1
    t[me + S_LAST_FRAME] = frame
    t[me + S_LAST_NS] = now


def live_on(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """Its sender lives."""
    t[me + S_LIVE_FRAME] = s[base + FRAME]
    t[me + S_LIVE_NS] = s[base + TIME_NS]
    identify(t, s, base, me)


def identify(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """What tells one host from another: IP identification, TTL."""
    if _jumps(s[base + IP_ID], t[me + S_IP_ID]):
        t[me + S_ID_JUMPS] += 1
    t[me + S_IP_ID] = s[base + IP_ID]
    ttl = s[base + TTL]
    if ttl == t[me + S_TTL_LAST]:
        return
    t[me + S_TTL_LAST] = ttl
    if t[me + S_TTL_LEAST] == NONE or ttl < t[me + S_TTL_LEAST]:
        t[me + S_TTL_LEAST] = ttl
    if t[me + S_TTL_MOST] == NONE or ttl > t[me + S_TTL_MOST]:
        t[me + S_TTL_MOST] = ttl


def _jumps(ip_id: int, before: int) -> bool:
    """Two identifications that one counter of a host cannot give so soon after each other. Zero
    is no identification (RFC 6864 4.1: atomic datagrams)."""
    step = (ip_id - before) & 0xFFFF
    if step <= IP_ID_STEP or step >= (0x10000 - IP_ID_STEP):
        return False
    return ip_id > 0 and before > 0

"""The walk: every segment of a batch, in order, through the endpoint model.

Hot file: ordinary Python on flat tables, compiled from the types in ``kernels.pxd``.

1. One segment, five steps, always in this order: the receiver judges (nothing has changed yet);
   the connection's books; the sender's numbers; the receiver advances; the recorder. Of a plain
   segment there is nothing to judge, and what brings the next data, or opens or closes a
   connection in peace, goes a short way (``quick``, ``course``).
2. A packet captured twice is one segment: the copy is counted and goes no further.
3. Frame numbers go on through the files of a rotation: later ones are raised here.
4. The walk stops early when there is no room for one more; the caller makes room and resumes.

``t`` connections, ``n`` notes, ``s`` segments, ``r`` recorder, ``m`` counters and limits,
``actions`` the compiled profile, the rest as in ``seats``. Each table is an argument.
"""

from __future__ import annotations

from unstick.tcp.clocks import watch_clocks
from unstick.tcp.columns import (
    C_CALM,
    C_CLOCK_BACK,
    C_CLOCK_BACK_FRAME,
    C_COPIES,
    C_COPY_FRAME,
    C_FIRST_FRAME,
    C_LAST_FLAGS,
    C_LAST_FRAME,
    C_LAST_NS,
    C_MARKS,
    C_PING_PONG,
    C_PING_PONG_FRAME,
    C_PING_PONG_MOST,
    C_SILENCE_AFTER,
    C_SILENCE_BEFORE,
    C_SILENCE_NS,
    CONNECTION_WIDTH,
    M_CLOCK_JUMP_NS,
    M_COPIES,
    M_COPY_FRAME,
    M_FRAMES_BEFORE,
    M_LAST_INTERFACE,
    M_LAST_NS,
    M_SEATS,
    M_SEGMENTS,
    M_SILENCE_NS,
    MARK_COPIES,
    MARK_SILENCE,
    NOTE_SILENCE,
    POOL_FREE_COUNT,
    S_COPY_1,
    S_FLAGS,
    S_ISS,
    S_LAST_FRAME,
    S_PACKETS,
    S_RESETS,
    S_RST_FRAME,
    S_RST_LAST_SEQ,
    S_RST_NS,
    S_RST_SEQS,
    S_STATE,
    S_TALK_FRAME,
    S_TALK_NS,
    SEAM_FORWARD_NS,
    SIDE_TALKED_AFTER_OWN_RST,
    SIDE_WIDTH,
    SIDES,
)
from unstick.tcp.copies import is_copy, remember, remember_interface
from unstick.tcp.course import answer, begin, is_answer, is_first_syn, is_step, step_on
from unstick.tcp.handshake import greet
from unstick.tcp.notes import enter, follow, note, record
from unstick.tcp.places import (
    P_PLACE,
    PLACE_WIDTH,
)
from unstick.tcp.probes import heard, is_keepalive, is_window_probe, keep_alive, probe, watch_window
from unstick.tcp.quick import (
    CALM_CLOSING,
    begin_row,
    begin_side,
    calm_of,
    count_packet,
    go_on,
    is_next,
    live_on,
)
from unstick.tcp.receiver import close_sender, open_states, receive
from unstick.tcp.seats import rest, seat
from unstick.tcp.sender import acknowledge, occupy
from unstick.tcp.verdicts import is_plain, is_stray, judge, leave, revive
from unstick.tcp.words import prefetch
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    COMPILED,
    FIN,
    FLAGS,
    FRAME,
    INTERFACE,
    LENGTH,
    NONE,
    NOTICE_IN_ICMP,
    NOTICES,
    RST,
    SEGMENT_WIDTH,
    SEQ,
    SIDE,
    SLOT,
    SYN,
    TIME_NS,
    WINDOW,
)

POOL_LOW = 8
"""Notes one segment may need at most, with room to spare."""

AHEAD = 4
"""So many segments are as long as it takes to get a line from memory."""

ROWS_AHEAD = 20
"""Rows of segments are asked for earlier: of two threads the other one wrote them, on its core."""

NEAR_SEATS = 256
"""With so few rows nothing is gained by asking ahead: those in use are in a cache already."""


def walk(
    s: memoryview, first: int, count: int, t: memoryview, n: memoryview, r: memoryview,
    m: memoryview, actions: bytes, p: memoryview, over: memoryview, fresh: memoryview,
    timed: memoryview, stage: memoryview, b: memoryview,
) -> int:  # fmt: skip
    """Walk segments ``first`` .. ``count`` - 1. Returns how far it came: ``count``, or less if
    the pool of notes, the seats or the shelf are low (grow them and call again from there)."""
    for i in range(first, count):
        if n[POOL_FREE_COUNT] < POOL_LOW:
            return i
        if COMPILED:
            _look_ahead(s, t, p, m, i, count)
        base = i * SEGMENT_WIDTH
        if s[base + SLOT] < 0 or s[base + NOTICES] & NOTICE_IN_ICMP:
            continue
        place = p[(s[base + SLOT] * PLACE_WIDTH) + P_PLACE]
        if place < 0:
            place = seat(t, p, over, m, fresh, timed, stage, b, s[base + SLOT])
            if place == NONE:
                return i
        row = place * CONNECTION_WIDTH
        me = row + SIDES + (s[base + SIDE] * SIDE_WIDTH)
        peer = row + SIDES + ((1 - s[base + SIDE]) * SIDE_WIDTH)
        m[M_SEGMENTS] += 1
        gap = s[base + TIME_NS] - m[M_LAST_NS]
        same = s[base + INTERFACE] == m[M_LAST_INTERFACE]
        if same and 0 <= gap <= m[M_CLOCK_JUMP_NS] and gap <= SEAM_FORWARD_NS:
            m[M_LAST_NS] = s[base + TIME_NS]  # as nearly always
        else:
            watch_clocks(s, m, base)
        if m[M_FRAMES_BEFORE] > 0:
            s[base + FRAME] += m[M_FRAMES_BEFORE]
        if is_next(t, s, m, base, row, me, peer):
            remember(t, s, base, me)
            go_on(t, n, s, m, base, row, me, peer, 0, False)
            enter(t, s, r, m, base, row, s[base + ACK], s[base + LENGTH])
            continue
        if _is_usual(t, n, s, m, base, row, me, peer):
            record(t, s, r, m, base, row)
            if t[row + C_CALM] == CALM_CLOSING:
                rest(t, p, over, m, fresh, timed, stage, b, place)
            continue
        if is_copy(t, s, base, row, me, peer):
            _count_copy(t, m, row, s[base + FRAME])
            continue
        remember_interface(t, s, base, me)
        if is_plain(t, s, m, base, me, peer):
            _arrive(t, n, s, m, base, row, me, peer)
            occupy(t, n, s, r, m, base, row, me, peer)
            acknowledge(t, n, s, m, base, row, me, peer)
            receive(t, s, base, row, me, peer)
            record(t, s, r, m, base, row)
            t[row + C_CALM] = calm_of(t, row, me, peer)
            continue
        _go_long_way(t, n, s, r, m, actions, base, row, me, peer)
        rest(t, p, over, m, fresh, timed, stage, b, place)
    return count


def _go_long_way(
    t: memoryview, n: memoryview, s: memoryview, r: memoryview, m: memoryview, actions: bytes,
    base: int, row: int, me: int, peer: int,
) -> None:  # fmt: skip
    """The five steps, of a segment of which nothing is known."""
    open_states(t, s, base, me, peer)
    revive(t, s, base, me, peer)
    judge(t, n, s, r, m, actions, base, row, me, peer)
    stray = is_stray(t, s, base, me, peer)
    _arrive(t, n, s, m, base, row, me, peer)
    follow(t, n, s, base, me, peer)
    if s[base + FLAGS] & RST:
        _send_reset(t, s, base, me)
    elif not stray:
        _send(t, n, s, r, m, base, row, me, peer)
        receive(t, s, base, row, me, peer)
    else:
        t[me + S_STATE] = NONE  # it speaks for an older connection: in this one it has none
    record(t, s, r, m, base, row)
    t[row + C_CALM] = calm_of(t, row, me, peer)


def _is_usual(
    t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int,
) -> bool:  # fmt: skip
    """Take the segment if it opens or closes its connection as usual."""
    if is_step(t, s, m, base, row, me, peer):
        remember(t, s, base, me)
        step_on(t, n, s, m, base, row, me, peer)
    elif is_first_syn(t, s, m, base, row):
        remember(t, s, base, me)
        begin(t, s, m, base, row, me, peer)
    elif is_answer(t, s, m, base, row, peer):
        remember(t, s, base, me)
        answer(t, n, s, m, base, row, me, peer)
    else:
        return False
    return True


def _look_ahead(
    s: memoryview, t: memoryview, p: memoryview, m: memoryview, i: int, count: int
) -> None:
    """Ask for the lines of the cache that segments a few further on will need."""
    prefetch(s, (i + ROWS_AHEAD) * SEGMENT_WIDTH)
    prefetch(s, ((i + ROWS_AHEAD) * SEGMENT_WIDTH) + WINDOW)
    if i + AHEAD + AHEAD < count and m[M_SEATS] > NEAR_SEATS:
        prefetch(p, s[((i + AHEAD + AHEAD) * SEGMENT_WIDTH) + SLOT] * PLACE_WIDTH)
        _ask_for(s, t, p, (i + AHEAD) * SEGMENT_WIDTH)


def _ask_for(s: memoryview, t: memoryview, p: memoryview, base: int) -> None:
    """The same for what this segment needs of its connection."""
    if s[base + SLOT] < 0:
        return
    place = p[(s[base + SLOT] * PLACE_WIDTH) + P_PLACE]
    if place < 0:
        return
    row = place * CONNECTION_WIDTH
    me = row + SIDES + (s[base + SIDE] * SIDE_WIDTH)
    peer = row + SIDES + ((1 - s[base + SIDE]) * SIDE_WIDTH)
    prefetch(t, row)
    prefetch(t, row + C_SILENCE_NS)
    for word in range(0, S_ISS, 8):
        prefetch(t, me + word)
        prefetch(t, peer + word)
    prefetch(t, me + S_COPY_1)


def _count_copy(t: memoryview, m: memoryview, row: int, frame: int) -> None:
    """A packet that was captured before."""
    t[row + C_COPIES] += 1
    m[M_COPIES] += 1
    if m[M_COPY_FRAME] == NONE:
        m[M_COPY_FRAME] = frame
    t[row + C_MARKS] = t[row + C_MARKS] | MARK_COPIES
    if t[row + C_COPY_FRAME] == NONE:
        t[row + C_COPY_FRAME] = frame


def _arrive(
    t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int,
) -> None:  # fmt: skip
    """The connection's and the sender's books: first, last, silence, clock, TTL, ping-pong."""
    if t[row + C_FIRST_FRAME] == NONE:
        begin_row(t, s, base, row)
    else:
        _watch_clock(t, n, s, m, base, row, me, peer)
    _watch_ping_pong(t, s, base, row, me, peer)
    if t[me + S_PACKETS] == 0:
        begin_side(t, s, base, me)
    count_packet(t, s, m, base, row, me)
    if s[base + FLAGS] & RST:
        return
    live_on(t, s, base, me)
    if not (s[base + FLAGS] & SYN):
        t[me + S_TALK_FRAME] = s[base + FRAME]
        t[me + S_TALK_NS] = s[base + TIME_NS]
    if t[me + S_RST_FRAME] != NONE:
        t[me + S_FLAGS] = t[me + S_FLAGS] | SIDE_TALKED_AFTER_OWN_RST


def _watch_clock(
    t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int,
) -> None:  # fmt: skip
    """Time since the connection's last packet: a long silence, or a clock that went back."""
    gap = s[base + TIME_NS] - t[row + C_LAST_NS]
    if gap < 0:
        t[row + C_CLOCK_BACK] += 1
        if t[row + C_CLOCK_BACK_FRAME] == NONE:
            t[row + C_CLOCK_BACK_FRAME] = s[base + FRAME]
        return
    if gap > t[row + C_SILENCE_NS]:
        t[row + C_SILENCE_NS] = gap
        t[row + C_SILENCE_BEFORE] = t[row + C_LAST_FRAME]
        t[row + C_SILENCE_AFTER] = s[base + FRAME]
    if gap >= m[M_SILENCE_NS]:
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_SILENCE
        note(t, n, s, m, base, row, me, peer, NOTE_SILENCE)


def _watch_ping_pong(t: memoryview, s: memoryview, base: int, row: int, me: int, peer: int) -> None:
    """RST from one side, bare ACK from the other, again and again. The packet's own flags and
    the last one's: exactly one of the two is a RST."""
    flags = s[base + FLAGS]
    before = 0
    if t[row + C_LAST_FLAGS] != NONE:
        before = t[row + C_LAST_FLAGS]
    mine_is_newer = t[me + S_LAST_FRAME] != NONE and (
        t[peer + S_LAST_FRAME] == NONE or t[me + S_LAST_FRAME] > t[peer + S_LAST_FRAME]
    )
    bare = s[base + LENGTH] == 0 and not ((flags | before) & (SYN | FIN))
    if mine_is_newer or not bare or ((flags ^ before) & RST) == 0:
        t[row + C_PING_PONG] = 0
        return
    if t[row + C_PING_PONG] == 0:
        t[row + C_PING_PONG_FRAME] = s[base + FRAME]
    t[row + C_PING_PONG] += 1
    if t[row + C_PING_PONG] > t[row + C_PING_PONG_MOST]:
        t[row + C_PING_PONG_MOST] = t[row + C_PING_PONG]


def _send_reset(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """The sender's books for a RST."""
    t[me + S_RESETS] += 1
    if t[me + S_RST_FRAME] == NONE:
        t[me + S_RST_FRAME] = s[base + FRAME]
        t[me + S_RST_NS] = s[base + TIME_NS]
    if t[me + S_RST_LAST_SEQ] == NONE or t[me + S_RST_LAST_SEQ] != s[base + SEQ]:
        t[me + S_RST_SEQS] += 1
    t[me + S_RST_LAST_SEQ] = s[base + SEQ]
    leave(t, s, base, me)


def _send(
    t: memoryview, n: memoryview, s: memoryview, r: memoryview, m: memoryview, base: int,
    row: int, me: int, peer: int,
) -> None:  # fmt: skip
    """The sender's numbers, from everything that is not a RST."""
    flags = s[base + FLAGS]
    if flags & SYN:
        greet(t, s, base, row, me, peer)
    heard(t, peer)
    if is_window_probe(t, s, base, me, peer):
        probe(t, s, base, row, peer)
    elif is_keepalive(t, s, base, me, peer):
        keep_alive(t, s, base, row, me)
    else:
        occupy(t, n, s, r, m, base, row, me, peer)
        close_sender(t, s, base, me)
    if flags & ACK_FLAG:
        acknowledge(t, n, s, m, base, row, me, peer)
        watch_window(t, n, s, m, base, row, me, peer)

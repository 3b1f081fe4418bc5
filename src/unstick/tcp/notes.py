"""Notable segments: a pool of rows, linked lists on connections, and the recorder of recent ones.

Hot file: ordinary Python on flat tables, compiled from the types in ``notes.pxd``. It remembers;
it does not judge.

1. A note is taken *before* its segment changes anything: it shows the receiver as the segment
   found it.
2. Memory is bounded three times: notes per connection, steps per ladder, rows in the pool. What
   is not kept is counted.
3. Tables: ``t`` connections, ``n`` notes (row 0 is the pool's header), ``s`` segments,
   ``r`` recorder, ``m`` counters and limits.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_LAST_FRAME,
    C_LAST_NS,
    C_NOTE_COUNT,
    C_NOTE_HEAD,
    C_NOTE_TAIL,
    C_NOTES_DROPPED,
    C_RECORD,
    M_NOTES_MOST,
    M_SERIAL,
    N_ACK,
    N_AFTER_ACK,
    N_AFTER_FLAGS,
    N_AFTER_FRAME,
    N_AFTER_LENGTH,
    N_AFTER_NS,
    N_AFTER_SEQ,
    N_BEFORE_FRAME,
    N_BEFORE_NS,
    N_CHALLENGED,
    N_FLAGS,
    N_FRAME,
    N_IP_ID,
    N_KIND,
    N_LAST_ACK,
    N_LAST_ACK_FRAME,
    N_LENGTH,
    N_NEXT,
    N_NS,
    N_OPTIONS,
    N_RCV_NXT,
    N_RECEIVER_PACKETS,
    N_REPLY_FLAGS,
    N_REPLY_FRAME,
    N_REPLY_NS,
    N_REPLY_SEQ,
    N_RIGHT_EDGE,
    N_SACK_EDGE,
    N_SENDER_ACK,
    N_SENDER_ALIVE_NS,
    N_SENDER_FIN_SEQ,
    N_SENDER_ID_JUMPS,
    N_SENDER_IP_ID,
    N_SENDER_NXT,
    N_SENDER_PACKETS,
    N_SENDER_STATE,
    N_SENDER_TTL_LAST,
    N_SENDER_TTL_LEAST,
    N_SENDER_TTL_MOST,
    N_SEQ,
    N_SIDE,
    N_SND_NXT,
    N_SND_UNA,
    N_STATE,
    N_TS_RECENT,
    N_TSVAL,
    N_TTL,
    N_WINDOW,
    N_WINDOW_MOST,
    NOTE_WIDTH,
    POOL_FREE,
    POOL_FREE_COUNT,
    R_ACK,
    R_FRAME,
    R_LENGTH,
    R_NS,
    R_PREVIOUS,
    R_SEQ,
    R_SIDE,
    RECORD_ENTRY_WIDTH,
    RECORDER_ENTRIES,
    S_CHALLENGE_NOTE,
    S_FIN_SEQ,
    S_ID_JUMPS,
    S_IP_ID,
    S_LADDER_COUNT,
    S_LADDER_HEAD,
    S_LADDER_NOTES,
    S_LADDER_TAIL,
    S_LAST_ACK,
    S_LAST_ACK_FRAME,
    S_LIVE_NS,
    S_PACKETS,
    S_RCV_NXT,
    S_RIGHT_EDGE,
    S_RTT_LEAST_NS,
    S_SACK_EDGE,
    S_SND_NXT,
    S_STATE,
    S_STATE_BEFORE_RESET,
    S_TS_RECENT,
    S_TTL_LAST,
    S_TTL_LEAST,
    S_TTL_MOST,
    S_WAITING_NOTE,
    S_WINDOW_MOST,
)
from unstick.tcp.states import (
    STATE_CLOSE_WAIT,
    STATE_CLOSING,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_LAST_ACK,
    STATE_TIME_WAIT,
)
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    FIN,
    FLAGS,
    FRAME,
    IP_ID,
    LENGTH,
    NONE,
    OPTIONS,
    RST,
    SEQ,
    SIDE,
    SYN,
    TIME_NS,
    TSVAL,
    TTL,
    WINDOW,
)

SEARCH_STEPS = 8192
"""How far back one reset is traced, in packets of its connection: a window of 12 MB."""

UNHEARD = 2
"""Retransmissions of one segment, without progress, that say it never arrived: if the ACK of the
first copy was lost, the second copy would have drawn another."""

AT_HOST_NS = 1_000_000
"""Where a host answers within 1 ms the capture was made on it: what is captured before one of its
packets had arrived there."""

JITTER_NS = 50_000
"""By so much the same host is quicker now than it was before: on an idle connection a challenge ACK
left 26 us after its reset, where the quickest ACK of data had taken 40 us (the lab, Linux 6.18)."""


def take(n: memoryview) -> int:
    """Index of a fresh note row (all NONE), or NONE when the pool is empty. The walk stops for
    growth before that happens."""
    found = n[POOL_FREE]
    if found == NONE:
        return NONE
    n[POOL_FREE] = n[(found * NOTE_WIDTH) + N_NEXT]
    n[POOL_FREE_COUNT] -= 1
    for column in range(NOTE_WIDTH):
        n[(found * NOTE_WIDTH) + column] = NONE
    return found


def release(n: memoryview, head: int) -> None:
    """Give a whole list back to the pool."""
    while head != NONE:
        following = n[(head * NOTE_WIDTH) + N_NEXT]
        n[(head * NOTE_WIDTH) + N_NEXT] = n[POOL_FREE]
        n[POOL_FREE] = head
        n[POOL_FREE_COUNT] += 1
        head = following


def attach(t: memoryview, n: memoryview, row: int, head: int, tail: int, count: int) -> None:
    """Append a list of notes to a connection."""
    if t[row + C_NOTE_HEAD] == NONE:
        t[row + C_NOTE_HEAD] = head
    else:
        n[(t[row + C_NOTE_TAIL] * NOTE_WIDTH) + N_NEXT] = head
    t[row + C_NOTE_TAIL] = tail
    t[row + C_NOTE_COUNT] += count


def note(
    t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int,
    sender: int, receiver: int, kind: int,
) -> int:  # fmt: skip
    """A new note about the segment at ``base``, hung on its connection; returns its row index or
    NONE if the connection has its fill (then it is counted)."""
    if t[row + C_NOTE_COUNT] >= m[M_NOTES_MOST]:
        t[row + C_NOTES_DROPPED] += 1
        return NONE
    index = take(n)
    if index == NONE:
        t[row + C_NOTES_DROPPED] += 1
        return NONE
    describe(t, n, s, base, row, sender, receiver, index, kind)
    attach(t, n, row, index, index, 1)
    return index


def describe(
    t: memoryview, n: memoryview, s: memoryview, base: int, row: int, sender: int, receiver: int,
    index: int, kind: int,
) -> None:  # fmt: skip
    """Fill a note: the segment, its receiver and its sender as they are now."""
    at = index * NOTE_WIDTH
    n[at + N_KIND] = kind
    n[at + N_FRAME] = s[base + FRAME]
    n[at + N_NS] = s[base + TIME_NS]
    n[at + N_SIDE] = s[base + SIDE]
    n[at + N_FLAGS] = s[base + FLAGS]
    n[at + N_SEQ] = s[base + SEQ]
    n[at + N_ACK] = s[base + ACK]
    n[at + N_LENGTH] = s[base + LENGTH]
    n[at + N_WINDOW] = s[base + WINDOW]
    n[at + N_OPTIONS] = s[base + OPTIONS]
    n[at + N_TTL] = s[base + TTL]
    n[at + N_IP_ID] = s[base + IP_ID]
    n[at + N_TSVAL] = s[base + TSVAL]
    n[at + N_STATE] = state_of(t, sender, receiver)
    n[at + N_RCV_NXT] = needs(t, sender, receiver)
    n[at + N_LAST_ACK] = t[receiver + S_LAST_ACK]
    n[at + N_LAST_ACK_FRAME] = t[receiver + S_LAST_ACK_FRAME]
    n[at + N_RIGHT_EDGE] = t[receiver + S_RIGHT_EDGE]
    n[at + N_SACK_EDGE] = t[receiver + S_SACK_EDGE]
    n[at + N_SND_UNA] = t[sender + S_LAST_ACK]
    n[at + N_SND_NXT] = t[receiver + S_SND_NXT]
    n[at + N_WINDOW_MOST] = t[sender + S_WINDOW_MOST]
    n[at + N_TS_RECENT] = t[receiver + S_TS_RECENT]
    n[at + N_SENDER_NXT] = t[sender + S_SND_NXT]
    n[at + N_SENDER_ACK] = t[sender + S_LAST_ACK]
    n[at + N_SENDER_TTL_LEAST] = t[sender + S_TTL_LEAST]
    n[at + N_SENDER_TTL_MOST] = t[sender + S_TTL_MOST]
    n[at + N_SENDER_TTL_LAST] = t[sender + S_TTL_LAST]
    n[at + N_SENDER_IP_ID] = t[sender + S_IP_ID]
    n[at + N_SENDER_ID_JUMPS] = t[sender + S_ID_JUMPS]
    n[at + N_SENDER_ALIVE_NS] = t[sender + S_LIVE_NS]
    n[at + N_SENDER_STATE] = t[sender + S_STATE]
    n[at + N_SENDER_FIN_SEQ] = t[sender + S_FIN_SEQ]
    n[at + N_SENDER_PACKETS] = t[sender + S_PACKETS]
    n[at + N_RECEIVER_PACKETS] = t[receiver + S_PACKETS]
    n[at + N_BEFORE_FRAME] = t[row + C_LAST_FRAME]
    n[at + N_BEFORE_NS] = t[row + C_LAST_NS]


def step(
    t: memoryview, n: memoryview, s: memoryview, base: int, row: int, sender: int, receiver: int,
    kind: int,
) -> None:  # fmt: skip
    """One more note on the sender's running ladder (kept apart until the ladder ends)."""
    index = take(n)
    if index == NONE:
        t[row + C_NOTES_DROPPED] += 1
        return
    describe(t, n, s, base, row, sender, receiver, index, kind)
    if t[sender + S_LADDER_HEAD] == NONE:
        t[sender + S_LADDER_HEAD] = index
    else:
        n[(t[sender + S_LADDER_TAIL] * NOTE_WIDTH) + N_NEXT] = index
    t[sender + S_LADDER_TAIL] = index
    t[sender + S_LADDER_NOTES] += 1


def follow(t: memoryview, n: memoryview, s: memoryview, base: int, me: int, peer: int) -> None:
    """This packet may be what an earlier note waits for: the receiver's next words, and then
    the other side's answer to a challenge ACK."""
    flags = s[base + FLAGS]
    index = t[peer + S_CHALLENGE_NOTE]
    if index != NONE:
        at = index * NOTE_WIDTH
        n[at + N_REPLY_FRAME] = s[base + FRAME]
        n[at + N_REPLY_NS] = s[base + TIME_NS]
        n[at + N_REPLY_FLAGS] = flags
        n[at + N_REPLY_SEQ] = s[base + SEQ]
        t[peer + S_CHALLENGE_NOTE] = NONE
    index = t[me + S_WAITING_NOTE]
    if index == NONE or flags & RST:
        return
    at = index * NOTE_WIDTH
    if flags & SYN:
        return  # a new attempt, or an answer to one: not what a living connection says
    crossed = t[peer + S_RTT_LEAST_NS] != NONE and (
        (s[base + TIME_NS] - n[at + N_NS]) + JITTER_NS < ((t[peer + S_RTT_LEAST_NS] * 9) // 10)
    )
    if crossed:
        return  # it was on its way before the noted segment can have reached its sender
    t[me + S_WAITING_NOTE] = NONE
    n[at + N_AFTER_FRAME] = s[base + FRAME]
    n[at + N_AFTER_NS] = s[base + TIME_NS]
    n[at + N_AFTER_FLAGS] = flags
    n[at + N_AFTER_SEQ] = s[base + SEQ]
    n[at + N_AFTER_ACK] = s[base + ACK]
    n[at + N_AFTER_LENGTH] = s[base + LENGTH]
    if flags & FIN or s[base + LENGTH] > 0 or not (flags & ACK_FLAG):
        return
    if s[base + SEQ] == t[me + S_SND_NXT] and s[base + ACK] == n[at + N_RCV_NXT]:
        n[at + N_CHALLENGED] = 1
        t[me + S_CHALLENGE_NOTE] = index


def record(t: memoryview, s: memoryview, r: memoryview, m: memoryview, base: int, row: int) -> None:
    """Write the segment into the ring and chain it to the connection's previous one."""
    ack = s[base + ACK] if (s[base + FLAGS] & ACK_FLAG) else NONE
    length = s[base + LENGTH]
    if s[base + FLAGS] & RST:
        length = -1
    elif s[base + FLAGS] & (SYN | FIN):
        length += 1
    enter(t, s, r, m, base, row, ack, length)


def enter(
    t: memoryview, s: memoryview, r: memoryview, m: memoryview, base: int, row: int, ack: int,
    length: int,
) -> None:  # fmt: skip
    """The same, with what stands in R_ACK and R_LENGTH."""
    at = (m[M_SERIAL] & (RECORDER_ENTRIES - 1)) * RECORD_ENTRY_WIDTH
    r[at + R_PREVIOUS] = t[row + C_RECORD]
    r[at + R_SIDE] = s[base + SIDE]
    r[at + R_FRAME] = s[base + FRAME]
    r[at + R_NS] = s[base + TIME_NS]
    r[at + R_SEQ] = s[base + SEQ]
    r[at + R_ACK] = ack
    r[at + R_LENGTH] = length
    t[row + C_RECORD] = m[M_SERIAL]
    m[M_SERIAL] += 1


def needs(t: memoryview, sender: int, receiver: int) -> int:
    """RCV.NXT of the receiver, without what the sender is sending for the third time: had it
    arrived, the receiver would have acknowledged it."""
    if t[sender + S_LADDER_COUNT] >= UNHEARD and t[receiver + S_LAST_ACK] != NONE:
        return t[receiver + S_LAST_ACK]
    return t[receiver + S_RCV_NXT]


def state_of(t: memoryview, sender: int, receiver: int) -> int:
    """The receiver's state if it outlived all earlier resets, and if what it ``needs`` is so: a
    FIN that never arrived moved nothing."""
    state = t[receiver + S_STATE]
    if t[receiver + S_STATE_BEFORE_RESET] != NONE:
        state = t[receiver + S_STATE_BEFORE_RESET]
    if t[sender + S_LADDER_COUNT] < UNHEARD or t[sender + S_FIN_SEQ] == NONE:
        return state
    if seq_delta(needs(t, sender, receiver), t[sender + S_FIN_SEQ]) > 0:
        return state
    if state == STATE_CLOSE_WAIT:
        return STATE_ESTABLISHED
    if state in (STATE_LAST_ACK, STATE_CLOSING):
        return STATE_FIN_WAIT_1
    if state == STATE_TIME_WAIT:
        return STATE_FIN_WAIT_2
    return state


def find_original(
    t: memoryview, r: memoryview, m: memoryview, row: int, side: int, seq: int
) -> int:
    """Serial of the oldest recorded copy of ``side``'s segment at ``seq``, or NONE. A bare ACK has
    that number, too, and may be minutes older: only payload, SYN and FIN count."""
    found = NONE
    serial = t[row + C_RECORD]
    steps = 0
    while serial != NONE and steps < SEARCH_STEPS:
        if (m[M_SERIAL] - serial) >= RECORDER_ENTRIES:
            break
        entry = (serial % RECORDER_ENTRIES) * RECORD_ENTRY_WIDTH
        if r[entry + R_SIDE] == side and r[entry + R_SEQ] == seq and r[entry + R_LENGTH] > 0:
            found = serial
        serial = r[entry + R_PREVIOUS]
        steps += 1
    return found

"""Retransmission ladders: one segment sent again and again without progress.

Hot file: ordinary Python on flat tables, compiled from the types in ``ladder.pxd``.

1. One ladder a side: the oldest segment that is not acknowledged. Recovery of what lies beyond it
   is counted, but is no ladder.
2. Steps are notes apart from those of the connection, until the ladder ends.
3. Tables and names as in ``sender.py``.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_MARKS,
    M_LADDER_NOTES_MOST,
    MARK_LADDER,
    N_COUNT,
    N_END_FRAME,
    N_END_NS,
    N_KIND,
    NOTE_LADDER,
    NOTE_STEP,
    NOTE_WIDTH,
    R_FRAME,
    R_NS,
    RECORD_ENTRY_WIDTH,
    RECORDER_ENTRIES,
    S_LADDER_COUNT,
    S_LADDER_FRAME,
    S_LADDER_HEAD,
    S_LADDER_HEARD,
    S_LADDER_LAST_FRAME,
    S_LADDER_LAST_NS,
    S_LADDER_LENGTH,
    S_LADDER_NOTES,
    S_LADDER_NS,
    S_LADDER_ORIGINAL_FRAME,
    S_LADDER_ORIGINAL_NS,
    S_LADDER_SEQ,
    S_LADDER_TAIL,
    S_LAST_ACK,
)
from unstick.tcp.notes import attach, find_original, release, step
from unstick.wire.columns import (
    FRAME,
    LENGTH,
    NONE,
    SEQ,
    SIDE,
    TIME_NS,
)


def climb(
    t: memoryview, n: memoryview, s: memoryview, r: memoryview, m: memoryview, base: int,
    row: int, me: int, peer: int,
) -> None:  # fmt: skip
    """One retransmission: the next step of the running ladder, or the first of a new one."""
    seq = s[base + SEQ]
    if t[me + S_LADDER_COUNT] == 0 or t[me + S_LADDER_SEQ] != seq:
        if t[peer + S_LAST_ACK] != NONE and seq_delta(seq, t[peer + S_LAST_ACK]) > 0:
            return  # recovery beyond the first unacknowledged byte is not a ladder
        end_ladder(t, n, row, me)
        t[me + S_LADDER_SEQ] = seq
        t[me + S_LADDER_FRAME] = s[base + FRAME]
        t[me + S_LADDER_NS] = s[base + TIME_NS]
        t[me + S_LADDER_HEARD] = 0
        t[me + S_LADDER_ORIGINAL_FRAME] = NONE
        t[me + S_LADDER_ORIGINAL_NS] = NONE
    t[me + S_LADDER_COUNT] += 1
    t[me + S_LADDER_LENGTH] = s[base + LENGTH]
    t[me + S_LADDER_LAST_FRAME] = s[base + FRAME]
    t[me + S_LADDER_LAST_NS] = s[base + TIME_NS]
    if t[me + S_LADDER_COUNT] == 2:
        serial = find_original(t, r, m, row, s[base + SIDE], seq)
        if serial != NONE:
            at = (serial % RECORDER_ENTRIES) * RECORD_ENTRY_WIDTH
            t[me + S_LADDER_ORIGINAL_FRAME] = r[at + R_FRAME]
            t[me + S_LADDER_ORIGINAL_NS] = r[at + R_NS]
    if t[me + S_LADDER_COUNT] >= 3:
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_LADDER
    if t[me + S_LADDER_NOTES] < m[M_LADDER_NOTES_MOST]:
        step(t, n, s, base, row, me, peer, NOTE_STEP)


def end_ladder(t: memoryview, n: memoryview, row: int, me: int) -> None:
    """Progress, or another segment is sent again: a long ladder leaves one note, a short none."""
    if t[me + S_LADDER_COUNT] == 0:
        return
    head = t[me + S_LADDER_HEAD]
    if head != NONE:
        if t[me + S_LADDER_COUNT] >= 3:
            release(n, n[(head * NOTE_WIDTH)])
            n[head * NOTE_WIDTH] = NONE
            at = head * NOTE_WIDTH
            n[at + N_KIND] = NOTE_LADDER
            n[at + N_COUNT] = t[me + S_LADDER_COUNT]
            n[at + N_END_FRAME] = t[me + S_LADDER_LAST_FRAME]
            n[at + N_END_NS] = t[me + S_LADDER_LAST_NS]
            attach(t, n, row, head, head, 1)
        else:
            release(n, head)
    t[me + S_LADDER_HEAD] = NONE
    t[me + S_LADDER_TAIL] = NONE
    t[me + S_LADDER_NOTES] = 0
    t[me + S_LADDER_COUNT] = 0
    t[me + S_LADDER_SEQ] = NONE

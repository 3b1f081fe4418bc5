"""Which segment a reset answers: the recorder searched backwards.

Hot file: ordinary Python on flat tables, compiled from the types in ``answers.pxd``.

1. A host without the socket answers every segment once, in order: with SEQ = SEG.ACK or, where
   there was no ACK, with ACK = SEG.SEQ + SEG.LEN (RFC 9293 3.10.7.1).
2. What the sender of the reset had acknowledged found a socket; so did what was captured at its
   host before its last sign of life. Neither is a candidate.
3. Names as in ``notes.py``. A range is kept, not one guess: the rest is for the report.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_RECORD,
    M_SERIAL,
    N_ACK,
    N_ANSWERS_BEST,
    N_ANSWERS_BEST_NS,
    N_ANSWERS_COUNT,
    N_ANSWERS_FIRST,
    N_ANSWERS_LAST,
    N_FLAGS,
    N_NS,
    N_SENT_SINCE,
    N_SEQ,
    N_SIDE,
    NOTE_WIDTH,
    R_ACK,
    R_FRAME,
    R_LENGTH,
    R_NS,
    R_PREVIOUS,
    R_SEQ,
    R_SIDE,
    RECORD_ENTRY_WIDTH,
    RECORDER_ENTRIES,
    S_ANSWERED_FRAME,
    S_FIN_ACKED_FRAME,
    S_LAST_ACK,
    S_LAST_FRAME,
    S_RTT_LEAST_NS,
    S_RTT_MOST_NS,
    S_SND_NXT,
    S_TALK_FRAME,
)
from unstick.wire.columns import ACK_FLAG, MASK, NONE

SEARCH_STEPS = 8192
"""How far back one reset is traced, in packets of its connection: a window of 12 MB."""

AT_HOST_NS = 1_000_000
"""Where a host answers within 1 ms the capture was made on it: what is captured before one of its
packets had arrived there."""

BUSY_NS = 20_000_000
"""Queues of a busy host between the capture point and its TCP."""


def trace_answer(
    t: memoryview, n: memoryview, r: memoryview, m: memoryview, row: int, sender: int,
    receiver: int, index: int,
) -> None:  # fmt: skip
    """Write into the note which segments of its receiver the reset may answer; the oldest that no
    reset before has answered is the BEST guess. A RST with ACK at SND.NXT answers none: a program
    closed with data unread, or was killed."""
    at = index * NOTE_WIDTH
    count = 0
    sent = 0
    near = t[receiver + S_RTT_LEAST_NS] != NONE and t[receiver + S_RTT_LEAST_NS] <= AT_HOST_NS
    first_ns = _earliest(t, receiver, n[at + N_NS])
    last_ns = n[at + N_NS]
    if t[receiver + S_RTT_LEAST_NS] != NONE and not near:
        last_ns -= t[receiver + S_RTT_LEAST_NS] // 2
    n[at + N_ANSWERS_COUNT] = 0
    n[at + N_SENT_SINCE] = 0
    serial = t[row + C_RECORD]
    if n[at + N_FLAGS] & ACK_FLAG and n[at + N_SEQ] == t[sender + S_SND_NXT]:
        serial = NONE
        if near:  # there was a socket until now: what came before was not refused
            t[sender + S_ANSWERED_FRAME] = t[receiver + S_LAST_FRAME]
    steps = 0
    while serial != NONE and steps < SEARCH_STEPS and (m[M_SERIAL] - serial) < RECORDER_ENTRIES:
        entry = (serial % RECORDER_ENTRIES) * RECORD_ENTRY_WIDTH
        serial = r[entry + R_PREVIOUS]
        steps += 1
        if r[entry + R_SIDE] == n[at + N_SIDE]:
            continue
        # NONE is less than any frame.
        if r[entry + R_FRAME] <= t[sender + S_ANSWERED_FRAME] or r[entry + R_NS] < first_ns:
            break
        if near and r[entry + R_FRAME] < t[sender + S_TALK_FRAME]:
            break  # captured at its host, which was alive after that
        if r[entry + R_LENGTH] >= 0:
            sent += 1
        if r[entry + R_NS] > last_ns or not _may_answer(t, n, r, sender, at, entry):
            continue
        if count > 0 and r[entry + R_LENGTH] == 0 and _acks_fin(t, r, sender, entry):
            continue
        if count == 0:
            n[at + N_ANSWERS_LAST] = r[entry + R_FRAME]
        count += 1
        n[at + N_SENT_SINCE] = sent
        n[at + N_ANSWERS_FIRST] = r[entry + R_FRAME]
        n[at + N_ANSWERS_BEST_NS] = r[entry + R_NS]
    if count > 0:
        n[at + N_ANSWERS_COUNT] = count
        n[at + N_ANSWERS_BEST] = n[at + N_ANSWERS_FIRST]
        t[sender + S_ANSWERED_FRAME] = n[at + N_ANSWERS_FIRST]


def _acks_fin(t: memoryview, r: memoryview, sender: int, entry: int) -> bool:
    """The ACK of the sender's FIN finds a socket that waits for it, as long as there is one."""
    return r[entry + R_FRAME] == t[sender + S_FIN_ACKED_FRAME]


def _earliest(t: memoryview, receiver: int, now: int) -> int:
    """Before this time the receiver sent nothing that a reset seen now can answer: two of the
    longest round trips timed, and what a busy host takes."""
    if t[receiver + S_RTT_MOST_NS] == NONE:
        return NONE  # any time
    return now - (2 * t[receiver + S_RTT_MOST_NS]) - BUSY_NS


def _may_answer(
    t: memoryview, n: memoryview, r: memoryview, sender: int, at: int, entry: int
) -> bool:
    """May the reset at ``at`` be the answer to this recorded segment of its receiver?"""
    length = r[entry + R_LENGTH]
    if r[entry + R_ACK] == NONE:
        asked = r[entry + R_SEQ]
        if length > 0:
            asked = (asked + length) & MASK
        return bool(n[at + N_FLAGS] & ACK_FLAG) and n[at + N_ACK] == asked
    if length < 0 or r[entry + R_ACK] != n[at + N_SEQ]:
        return False
    if t[sender + S_LAST_ACK] == NONE:
        return True
    end = (r[entry + R_SEQ] + length) & MASK
    beyond = seq_delta(end, t[sender + S_LAST_ACK])
    return beyond > 0 or (beyond == 0 and length == 0)

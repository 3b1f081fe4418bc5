"""Probes: packets that ask whether the other side is there. Zero windows and keepalives.

Hot file: ordinary Python on flat tables, compiled from the types in ``probes.pxd``.

1. A probe carries nothing new. It is told from a retransmission by where it stands and by what
   its receiver has said: a closed window, or nothing outstanding.
2. A zero-window probe is never a keepalive: both may stand at SND.UNA - 1, and only the window
   of the receiver tells them apart.
3. Tables and names as in ``sender.py``.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_MARKS,
    MARK_KEEPALIVE,
    MARK_ZERO_WINDOW,
    N_COUNT,
    N_END_FRAME,
    N_END_NS,
    N_FRAME,
    N_NS,
    NOTE_WIDTH,
    NOTE_ZERO_WINDOW,
    S_KEEP_ANSWERED,
    S_KEEP_COUNT,
    S_KEEP_FRAME,
    S_KEEP_GAP_NS,
    S_KEEP_LAST_FRAME,
    S_KEEP_LAST_NS,
    S_KEEP_NS,
    S_KEEP_TOTAL,
    S_LAST_ACK,
    S_SND_NXT,
    S_WINDOW,
    S_ZERO_ANSWER_FRAME,
    S_ZERO_ANSWER_NS,
    S_ZERO_ANSWERS,
    S_ZERO_FRAME,
    S_ZERO_NS,
    S_ZERO_PROBE_FRAME,
    S_ZERO_PROBE_NS,
    S_ZERO_PROBES,
    S_ZERO_UNANSWERED,
    S_ZERO_WINDOWS,
)
from unstick.tcp.notes import note
from unstick.wire.columns import FIN, FLAGS, FRAME, LENGTH, NONE, RST, SEQ, SYN, TIME_NS, WINDOW

EPISODE_PROBES = 3
"""A closed window that drew fewer probes than this opened again soon enough to forget."""


def watch_window(
    t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int,
) -> None:  # fmt: skip
    """Open and close my zero-window episode; answers to the peer's probes are counted."""
    if t[me + S_WINDOW] == NONE:
        return
    if s[base + WINDOW] == 0 and not (s[base + FLAGS] & SYN):
        t[me + S_ZERO_WINDOWS] += 1
        if t[me + S_ZERO_FRAME] == NONE:
            t[me + S_ZERO_FRAME] = s[base + FRAME]
            t[me + S_ZERO_NS] = s[base + TIME_NS]
            t[row + C_MARKS] = t[row + C_MARKS] | MARK_ZERO_WINDOW
        elif t[me + S_ZERO_UNANSWERED] > 0:
            t[me + S_ZERO_ANSWERS] += 1
            t[me + S_ZERO_UNANSWERED] = 0
            t[me + S_ZERO_ANSWER_FRAME] = s[base + FRAME]
            t[me + S_ZERO_ANSWER_NS] = s[base + TIME_NS]
        return
    if t[me + S_ZERO_FRAME] == NONE or t[me + S_WINDOW] == 0:
        return
    if t[me + S_ZERO_PROBES] >= EPISODE_PROBES:
        index = note(t, n, s, m, base, row, me, peer, NOTE_ZERO_WINDOW)
        if index != NONE:
            at = index * NOTE_WIDTH
            n[at + N_FRAME] = t[me + S_ZERO_FRAME]
            n[at + N_NS] = t[me + S_ZERO_NS]
            n[at + N_COUNT] = t[me + S_ZERO_PROBES]
            n[at + N_END_FRAME] = s[base + FRAME]
            n[at + N_END_NS] = s[base + TIME_NS]
    t[me + S_ZERO_FRAME] = NONE
    t[me + S_ZERO_NS] = NONE
    t[me + S_ZERO_PROBES] = 0
    t[me + S_ZERO_ANSWERS] = 0
    t[me + S_ZERO_UNANSWERED] = 0


def is_window_probe(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> bool:
    """A packet into a closed window: Linux asks with an empty segment at SND.UNA - 1
    (tcp_write_wakeup), BSD with one byte at SND.UNA (RFC 9293 3.8.6.1)."""
    if t[peer + S_ZERO_FRAME] == NONE or t[peer + S_LAST_ACK] == NONE:
        return False
    if s[base + FLAGS] & (SYN | RST):
        return False
    place = seq_delta(s[base + SEQ], t[peer + S_LAST_ACK])
    if s[base + LENGTH] == 0:
        return place == -1 and not (s[base + FLAGS] & FIN)
    return (place == 0 or place == -1) and s[base + LENGTH] <= 1


def is_keepalive(t: memoryview, s: memoryview, base: int, me: int, peer: int) -> bool:
    """A probe of an idle connection: no new byte, one below SND.NXT, nothing outstanding
    (RFC 9293 3.8.4; tcp_xmit_probe_skb)."""
    if t[me + S_SND_NXT] == NONE or s[base + FLAGS] & (SYN | FIN | RST):
        return False
    if s[base + LENGTH] > 1 or seq_delta(s[base + SEQ], t[me + S_SND_NXT]) != -1:
        return False
    return t[peer + S_LAST_ACK] != NONE and t[peer + S_LAST_ACK] == t[me + S_SND_NXT]


def probe(t: memoryview, s: memoryview, base: int, row: int, peer: int) -> None:
    """Count a zero-window probe against the side whose window is closed."""
    t[peer + S_ZERO_PROBES] += 1
    t[peer + S_ZERO_UNANSWERED] += 1
    t[peer + S_ZERO_PROBE_FRAME] = s[base + FRAME]
    t[peer + S_ZERO_PROBE_NS] = s[base + TIME_NS]


def keep_alive(t: memoryview, s: memoryview, base: int, row: int, me: int) -> None:
    """Count a keepalive probe; the first of an unanswered run is remembered."""
    if t[me + S_KEEP_COUNT] == 0:
        t[me + S_KEEP_FRAME] = s[base + FRAME]
        t[me + S_KEEP_NS] = s[base + TIME_NS]
    t[me + S_KEEP_COUNT] += 1
    t[me + S_KEEP_TOTAL] += 1
    if t[me + S_KEEP_COUNT] == 2:
        t[me + S_KEEP_GAP_NS] = s[base + TIME_NS] - t[me + S_KEEP_NS]
    t[me + S_KEEP_LAST_FRAME] = s[base + FRAME]
    t[me + S_KEEP_LAST_NS] = s[base + TIME_NS]
    if t[me + S_KEEP_COUNT] >= 2:
        t[row + C_MARKS] = t[row + C_MARKS] | MARK_KEEPALIVE


def heard(t: memoryview, peer: int) -> None:
    """My packet ends the peer's run of unanswered keepalive probes."""
    if t[peer + S_KEEP_COUNT] > 0:
        t[peer + S_KEEP_ANSWERED] += 1
        t[peer + S_KEEP_COUNT] = 0

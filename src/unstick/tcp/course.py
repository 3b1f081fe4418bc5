"""The usual course of a connection: SYN, SYN-ACK, ACK; and in the end FIN, FIN, ACK.

Hot file: ordinary Python on flat tables, compiled from the types in ``course.pxd``.

1. Short connections are made of little else. What is between goes the short way (``quick``).
2. Like that one it leaves the same rows as the long way (``kernels``), which finds of every such
   segment that there is nothing to judge, nothing sent again and nothing probed, at five times
   the cost.
3. Tables and names as in ``sender.py``.
"""

from __future__ import annotations

from unstick.tcp.columns import (
    C_CALM,
    C_FIRST_FRAME,
    C_LAST_FLAGS,
    C_LAST_NS,
    C_PACKETS,
    M_LONG_WAY,
    M_SILENCE_NS,
    S_BYTES,
    S_FIN_SEQ,
    S_LAST_ACK,
    S_RCV_NXT,
    S_SND_NXT,
    S_STATE,
    S_TS_RECENT,
)
from unstick.tcp.handshake import greet
from unstick.tcp.quick import (
    CALM,
    CALM_CLOSING,
    CALM_OPENING,
    SIGNED,
    begin_row,
    begin_side,
    brings_next,
    go_on,
    keep_books,
    keep_place,
)
from unstick.tcp.receiver import acknowledged, close_sender, deliver_fin
from unstick.tcp.sender import advertise, fresh, progress
from unstick.tcp.states import STATE_ESTABLISHED, STATE_SYN_RECEIVED, STATE_SYN_SENT
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    AE,
    CWR,
    ECE,
    FIN,
    FLAGS,
    LENGTH,
    MASK,
    NONE,
    OPTIONS,
    PSH,
    SEQ,
    SYN,
    TIME_NS,
    TSVAL,
)

CONGESTION = ECE | CWR | AE
"""A SYN asks with them for ECN, and is a SYN (RFC 3168 6.1.1)."""


def is_first_syn(t: memoryview, s: memoryview, m: memoryview, base: int, row: int) -> bool:
    """A SYN, and nothing was captured of the connection before."""
    if t[row + C_FIRST_FRAME] != NONE or (s[base + FLAGS] & ~CONGESTION) != SYN:
        return False
    return s[base + LENGTH] == 0 and not (s[base + OPTIONS] & SIGNED) and m[M_LONG_WAY] == 0


def begin(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int) -> None:  # fmt: skip
    """Take a segment of which ``is_first_syn`` is true."""
    begin_row(t, s, base, row)
    keep_place(t, s, m, base, row, me)
    _introduce(t, s, base, row, me, peer)
    t[me + S_STATE] = STATE_SYN_SENT
    t[peer + S_STATE] = STATE_SYN_RECEIVED
    t[peer + S_RCV_NXT] = t[me + S_SND_NXT]
    t[peer + S_LAST_ACK] = s[base + SEQ]


def _introduce(t: memoryview, s: memoryview, base: int, row: int, me: int, peer: int) -> None:
    """The first packet of a side, its SYN."""
    begin_side(t, s, base, me)
    greet(t, s, base, row, me, peer)
    t[me + S_SND_NXT] = (s[base + SEQ] + 1) & MASK
    fresh(t, s, base, me, peer, t[me + S_SND_NXT], 0)


def is_answer(t: memoryview, s: memoryview, m: memoryview, base: int, row: int,
    peer: int) -> bool:  # fmt: skip
    """The SYN-ACK, and nothing but that SYN was captured before."""
    if t[row + C_PACKETS] != 1 or (t[row + C_LAST_FLAGS] & ~CONGESTION) != SYN:
        return False
    if (s[base + FLAGS] & ~CONGESTION) != (SYN | ACK_FLAG) or s[base + LENGTH] != 0:
        return False
    if s[base + ACK] != t[peer + S_SND_NXT] or t[peer + S_STATE] != STATE_SYN_SENT:
        return False
    if t[peer + S_BYTES] != 0 or s[base + OPTIONS] & SIGNED or m[M_LONG_WAY] != 0:
        return False
    gap = s[base + TIME_NS] - t[row + C_LAST_NS]
    return 0 <= gap < m[M_SILENCE_NS]


def answer(t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int,
    me: int, peer: int) -> None:  # fmt: skip
    """Take a segment of which ``is_answer`` is true."""
    keep_books(t, s, m, base, row, me)
    _introduce(t, s, base, row, me, peer)
    progress(t, n, s, base, row, me, peer)
    advertise(t, s, base, row, me)
    t[peer + S_STATE] = STATE_ESTABLISHED
    t[peer + S_RCV_NXT] = t[me + S_SND_NXT]
    t[peer + S_LAST_ACK] = s[base + SEQ]
    t[peer + S_TS_RECENT] = s[base + TSVAL]
    t[row + C_CALM] = CALM_OPENING


def is_step(t: memoryview, s: memoryview, m: memoryview, base: int, row: int, me: int,
    peer: int) -> bool:  # fmt: skip
    """The ACK that ends the handshake, or a FIN in its turn, or what comes after one."""
    calm = t[row + C_CALM]
    flags = s[base + FLAGS] & ~PSH
    if calm == 0 or (flags & ~FIN) != ACK_FLAG or m[M_LONG_WAY] != 0:
        return False
    space = s[base + LENGTH] + (flags & FIN)
    if calm == CALM and flags == ACK_FLAG:
        return False  # is_next has said no
    if calm == CALM_CLOSING and space > 0 and t[me + S_FIN_SEQ] != NONE:
        return False
    if calm == CALM_OPENING and (t[me + S_STATE] != STATE_ESTABLISHED or flags != ACK_FLAG):
        return False
    if calm == CALM_OPENING and s[base + ACK] != t[peer + S_SND_NXT]:
        return False
    return brings_next(t, s, m, base, row, me, peer, space)


def step_on(t: memoryview, n: memoryview, s: memoryview, m: memoryview, base: int, row: int,
    me: int, peer: int) -> None:  # fmt: skip
    """Take a segment of which ``is_step`` is true."""
    go_on(t, n, s, m, base, row, me, peer, s[base + FLAGS] & FIN, True)
    close_sender(t, s, base, me)
    deliver_fin(t, me, peer)
    acknowledged(t, s, base, me, peer)
    t[row + C_CALM] = CALM if t[row + C_CALM] == CALM_OPENING else CALM_CLOSING

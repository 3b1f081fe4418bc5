"""One packet captured more than once: behind a router, on two interfaces, by a mirror port.

Hot file: ordinary Python on flat tables, compiled from the types in ``copies.pxd``.

1. A copy is one and the same packet: same numbers, same checksum, same IP identification, at
   almost the same time; or nothing new on another interface, no later than what came before.
2. A segment that is sent again is not a copy. Where the two cannot be told apart, it is no copy:
   a retransmission that is overlooked costs more than a copy that is counted.
"""

from __future__ import annotations

from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_COPIES,
    C_PACKETS,
    S_COPY_1,
    S_LAST_ACK,
    S_LAST_NS,
    S_NEW_INTERFACE,
    S_PACKETS,
    S_RESETS,
    S_RST_LAST_SEQ,
    S_SND_NXT,
)
from unstick.wire.columns import (
    ACK,
    ACK_FLAG,
    FIN,
    FLAGS,
    INTERFACE,
    IP_ID,
    LENGTH,
    MASK,
    NONE,
    PRINT,
    RST,
    SEQ,
    SYN,
    TIME_NS,
)

COPY_NS = 100_000_000
"""Two packets with the same IP identification, numbers and checksum within 100 ms are one packet
captured twice: a retransmission takes the 200 ms of RTO_MIN or a new identification."""

COPY_BARE_NS = 1_000_000
"""Without an IP identification only copies within 1 ms count, and only where copies are usual."""

ELSEWHERE_NS = 2_000_000
"""Two interfaces of a host stamp one packet within microseconds; 2 ms allow for a busy one. A
retransmission comes later than all that was sent before it."""


def is_copy(t: memoryview, s: memoryview, base: int, row: int, me: int, peer: int) -> bool:
    """Was this very packet captured before? Compares with the side's last four packets; otherwise
    remembers it. TTL is left out: a copy behind a router has one less. Without an IP
    identification a packet that the other side asked for in between is a fast retransmission."""
    print_ = s[base + PRINT]
    now = s[base + TIME_NS]
    if t[me + S_PACKETS] == 0:
        _remember(t, me, print_, now)
        return False
    bare = s[base + IP_ID] == NONE or s[base + IP_ID] == 0
    reach = COPY_NS
    if bare:
        reach = COPY_BARE_NS
        if s[base + LENGTH] == 0 and (3 * t[row + C_COPIES]) < t[row + C_PACKETS]:
            reach = -1
    for slot in range(4):
        at = me + S_COPY_1 + (2 * slot)
        if t[at] != print_:
            continue
        if bare and t[peer + S_LAST_NS] >= t[at + 1] and t[row + C_COPIES] == 0:
            continue
        if (now - t[at + 1]) <= reach and (now - t[at + 1]) >= -reach:
            return True
    if _seen_elsewhere(t, s, base, me):
        return True
    _remember(t, me, print_, now)
    return False


def remember(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """A packet that brings something new is no copy: remember it."""
    _remember(t, me, s[base + PRINT], s[base + TIME_NS])
    t[me + S_NEW_INTERFACE] = s[base + INTERFACE]


def _remember(t: memoryview, me: int, print_: int, now: int) -> None:
    """Before the packet is counted."""
    at = me + S_COPY_1 + (2 * (t[me + S_PACKETS] & 3))
    t[at] = print_
    t[at + 1] = now


def _seen_elsewhere(t: memoryview, s: memoryview, base: int, me: int) -> bool:
    """Brought by another interface already: nothing new, and no later than what came from there.
    Captures of several interfaces write each one's packets in runs of hundreds."""
    if t[me + S_NEW_INTERFACE] == NONE or t[me + S_NEW_INTERFACE] == s[base + INTERFACE]:
        return False
    if s[base + TIME_NS] > (t[me + S_LAST_NS] + ELSEWHERE_NS):
        return False
    flags = s[base + FLAGS]
    if flags & RST:
        return t[me + S_RESETS] > 0 and t[me + S_RST_LAST_SEQ] == s[base + SEQ]
    known = t[me + S_LAST_ACK] != NONE
    if flags & ACK_FLAG and (not known or seq_delta(s[base + ACK], t[me + S_LAST_ACK]) > 0):
        return False
    space = s[base + LENGTH]
    if flags & FIN:
        space += 1
    if flags & SYN:
        space += 1
    if space == 0:
        return True
    end = (s[base + SEQ] + space) & MASK
    return t[me + S_SND_NXT] != NONE and seq_delta(end, t[me + S_SND_NXT]) <= 0


def remember_interface(t: memoryview, s: memoryview, base: int, me: int) -> None:
    """This packet is the first of its kind: its interface is the one that brings what is new."""
    t[me + S_NEW_INTERFACE] = s[base + INTERFACE]

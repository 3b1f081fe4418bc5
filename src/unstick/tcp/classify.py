"""Numbers become axis values here, and nowhere else: segment kind, place of SEQ, place of ACK.

A hot file: plain ints in, plain ints out, compiled with the types of ``classify.pxd``. It knows
no state, no profile and no rule. Unknown numbers are ``NONE``; what cannot be told without them
comes out as UNKNOWN. All comparisons go through ``seq_delta`` (RFC 9293 3.4, modulo 2**32);
windows of 2**31 and more do not exist (RFC 7323 2.3 ends at 2**30).
"""

from __future__ import annotations

from unstick.tcp import vocabulary
from unstick.wire.columns import ACK_FLAG, FIN, HALF, MASK, NONE, RST, SYN

# The enumerations as plain ints: C constants in the compiled build.
KIND_RST = int(vocabulary.Kind.RST)
KIND_SYN = int(vocabulary.Kind.SYN)
KIND_SYN_ACK = int(vocabulary.Kind.SYN_ACK)
KIND_FIN = int(vocabulary.Kind.FIN)
KIND_DATA = int(vocabulary.Kind.DATA)
KIND_ACK = int(vocabulary.Kind.ACK)
KIND_SIGNED = int(vocabulary.Kind.SIGNED)
KIND_OTHER = int(vocabulary.Kind.OTHER)

SEQ_OLD = int(vocabulary.Seq.OLD)
SEQ_BELOW = int(vocabulary.Seq.BELOW)
SEQ_BELOW_CLOSED = int(vocabulary.Seq.BELOW_CLOSED)
SEQ_LEFT = int(vocabulary.Seq.LEFT)
SEQ_UNACKED = int(vocabulary.Seq.UNACKED)
SEQ_LAST = int(vocabulary.Seq.LAST)
SEQ_LEFT_LAST = int(vocabulary.Seq.LEFT_LAST)
SEQ_EXACT = int(vocabulary.Seq.EXACT)
SEQ_EXACT_CLOSED = int(vocabulary.Seq.EXACT_CLOSED)
SEQ_EXACT_UNACKED = int(vocabulary.Seq.EXACT_UNACKED)
SEQ_EXACT_UNACKED_CLOSED = int(vocabulary.Seq.EXACT_UNACKED_CLOSED)
SEQ_ABOVE = int(vocabulary.Seq.ABOVE)
SEQ_INSIDE = int(vocabulary.Seq.INSIDE)
SEQ_SACK_EDGE = int(vocabulary.Seq.SACK_EDGE)
SEQ_RIGHT_EDGE = int(vocabulary.Seq.RIGHT_EDGE)
SEQ_SACK_RIGHT_EDGE = int(vocabulary.Seq.SACK_RIGHT_EDGE)
SEQ_BEYOND = int(vocabulary.Seq.BEYOND)
SEQ_PAWS = int(vocabulary.Seq.PAWS)
SEQ_UNKNOWN = int(vocabulary.Seq.UNKNOWN)

ACK_NONE = int(vocabulary.Ack.NONE)
ACK_ANCIENT = int(vocabulary.Ack.ANCIENT)
ACK_OLD = int(vocabulary.Ack.OLD)
ACK_CURRENT = int(vocabulary.Ack.CURRENT)
ACK_NEW = int(vocabulary.Ack.NEW)
ACK_NEW_FIN = int(vocabulary.Ack.NEW_FIN)
ACK_FUTURE = int(vocabulary.Ack.FUTURE)
ACK_UNKNOWN = int(vocabulary.Ack.UNKNOWN)


def seq_delta(a: int, b: int) -> int:
    """How far ``a`` lies after ``b`` in sequence space: -2**31 .. 2**31 - 1."""
    return (((a - b) + HALF) & MASK) - HALF


def classify_kind(flags: int, length: int, is_signed: int) -> int:
    """The Kind of a segment. ``length`` is its payload, without SYN and FIN. ``is_signed``: it has
    a signature that was not negotiated, and the receiver's stack looks at signatures."""
    if is_signed != 0:
        return KIND_SIGNED
    if (flags & RST) != 0:
        return KIND_RST
    if (flags & SYN) != 0:
        return KIND_SYN_ACK if (flags & ACK_FLAG) != 0 else KIND_SYN
    if (flags & FIN) != 0:
        return KIND_FIN
    if length > 0:
        return KIND_DATA
    return KIND_ACK if (flags & ACK_FLAG) != 0 else KIND_OTHER


def classify_seq(
    kind: int,
    seq: int,
    length: int,
    paws_failed: int,
    rcv_nxt: int,
    last_ack: int,
    right_edge: int,
    sack_edge: int,
) -> int:
    """The Seq of a segment at a receiver. Eight arguments: a hot function takes plain numbers.

    ``length`` is payload plus FIN; only kinds DATA and FIN reach anywhere with it (a RST counts
    nothing, RFC 9293 3.10.7.4). ``paws_failed`` is ignored for a RST (RFC 7323 5.3) and is to be
    0 for a stack that does not look. ``right_edge`` NONE means a window that is open but of
    unknown size: a closed one shows as right_edge == rcv_nxt even without its scale.
    ``sack_edge`` NONE means that the receiver reports no SACK block.
    """
    if (paws_failed != 0) and (kind != KIND_RST):
        return SEQ_PAWS
    if rcv_nxt == NONE:
        return SEQ_UNKNOWN
    start = seq_delta(seq, rcv_nxt)
    if (kind in (KIND_DATA, KIND_FIN)) and (start < 0) and ((start + length) > 0):
        start = 0
    room = 1 if right_edge == NONE else seq_delta(right_edge, rcv_nxt)
    if start <= 0:
        if last_ack == NONE:
            return SEQ_UNKNOWN
        return _at_or_below(start, seq_delta(rcv_nxt, last_ack), room)
    if (right_edge != NONE) and (start > (room if room > 0 else 0)):
        return SEQ_BEYOND
    at_sack_edge = (sack_edge != NONE) and (seq_delta(sack_edge, seq) == 0)
    if (right_edge != NONE) and (start == room):
        return SEQ_SACK_RIGHT_EDGE if at_sack_edge else SEQ_RIGHT_EDGE
    if at_sack_edge:
        return SEQ_SACK_EDGE
    if right_edge == NONE:
        return SEQ_UNKNOWN
    return SEQ_ABOVE if start == 1 else SEQ_INSIDE


def _at_or_below(start: int, unacked: int, room: int) -> int:
    """The Seq at ``start`` <= 0 relative to RCV.NXT, ``unacked`` = N - L, ``room`` = R - N."""
    if start == 0:
        if unacked > 0:
            return SEQ_EXACT_UNACKED if room > 0 else SEQ_EXACT_UNACKED_CLOSED
        return SEQ_EXACT if room > 0 else SEQ_EXACT_CLOSED
    if start == -1:
        if unacked <= 0:
            return SEQ_BELOW if room > 0 else SEQ_BELOW_CLOSED
        return SEQ_LEFT_LAST if unacked == 1 else SEQ_LAST
    if (start + unacked) < 0:
        return SEQ_OLD
    return SEQ_LEFT if (start + unacked) == 0 else SEQ_UNACKED


def classify_ack(
    flags: int, ack: int, snd_una: int, snd_nxt: int, max_window: int, fin_sent: int
) -> int:
    """The Ack of a segment at a receiver whose own sending stands at ``snd_una``, ``snd_nxt``.

    ``max_window`` is the largest window its peer ever offered (RFC 5961 5); ``fin_sent``: its FIN
    is the last octet before ``snd_nxt``.
    """
    if (flags & ACK_FLAG) == 0:
        return ACK_NONE
    if (snd_una == NONE) or (snd_nxt == NONE):
        return ACK_UNKNOWN
    if seq_delta(ack, snd_nxt) > 0:
        return ACK_FUTURE
    past = seq_delta(ack, snd_una)
    if past > 0:
        return ACK_NEW_FIN if (fin_sent != 0) and (seq_delta(ack, snd_nxt) == 0) else ACK_NEW
    if past == 0:
        return ACK_CURRENT
    if max_window == NONE:
        return ACK_UNKNOWN
    return ACK_ANCIENT if (past + max_window) < 0 else ACK_OLD

"""The axes of TCP law: a segment that meets an endpoint is one cell (state, kind, seq, ack).

1. These four axes and the actions are all that rules may speak of. What does not fit stands in
   ``kernels.py`` beside the table, and the head of that file lists it.
2. The *receiver* judges. Every axis is seen from the endpoint the segment arrives at.
3. Values are small integers in a fixed order: the compiled table is indexed by them.

Notation: N is RCV.NXT, L the last ACK number the receiver put on the wire, W its window,
R = L + W the right edge it advertised (RFC 9293 3.3.1; Linux ``rcv_wup`` is L).
"""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """RFC 9293 3.3.2."""

    CLOSED = 0
    LISTEN = 1
    SYN_SENT = 2
    SYN_RECEIVED = 3
    ESTABLISHED = 4
    FIN_WAIT_1 = 5
    FIN_WAIT_2 = 6
    CLOSE_WAIT = 7
    CLOSING = 8
    LAST_ACK = 9
    TIME_WAIT = 10

    @property
    def rfc_name(self) -> str:
        """The name as RFC 9293 prints it: ``CLOSE-WAIT``."""
        return self.name.replace("_", "-")


class Kind(IntEnum):
    """What a segment is. The first that applies, in this order: SIGNED, RST, SYN_ACK, SYN, FIN,
    DATA, ACK, OTHER."""

    RST = 0
    SYN = 1
    SYN_ACK = 2
    FIN = 3  # with or without data
    DATA = 4
    ACK = 5  # no payload
    SIGNED = 6  # MD5 or AO that was not negotiated, at a stack that looks (Numbers.signatures)
    OTHER = 7  # no payload and none of ACK, RST, SYN, FIN (RFC 9293 3.10.7.4: drop)


class Seq(IntEnum):
    """Where SEG.SEQ lies for the receiver. DATA and FIN that start below N but reach past it count
    as EXACT (they bring the next byte). "Closed" means R == N: no room for another byte."""

    OLD = 0  # below L and below N - 1
    BELOW = 1  # N - 1, and N is already acknowledged (L == N), window open
    BELOW_CLOSED = 2  # the same with a closed window
    LEFT = 3  # L itself, L < N - 1: received, not yet acknowledged
    UNACKED = 4  # L < seq < N - 1
    LAST = 5  # N - 1, L < N - 1
    LEFT_LAST = 6  # N - 1 == L: the last octet received is the one not yet acknowledged
    EXACT = 7  # N == L, window open
    EXACT_CLOSED = 8  # N == L, window closed
    EXACT_UNACKED = 9  # N, L < N, window open (FreeBSD and XNU compare with L, not with N)
    EXACT_UNACKED_CLOSED = 10  # N, L < N, window closed
    ABOVE = 11  # N + 1 < R (OpenBSD takes a RST there)
    INSIDE = 12  # N + 1 < seq < R
    SACK_EDGE = 13  # in there, and right edge of the right-most SACK block the receiver reports
    RIGHT_EDGE = 14  # R, when R > N
    SACK_RIGHT_EDGE = 15  # R, when R > N, and that SACK block reaches up to it
    BEYOND = 16  # past R
    PAWS = 17  # no RST, timestamp older than TS.Recent, at a stack that looks (Numbers.paws)
    UNKNOWN = 18  # the receiver's numbers are not known


class Ack(IntEnum):
    """Where SEG.ACK lies for the receiver's own sending (RFC 9293 3.10.7.4, fifth)."""

    NONE = 0  # no ACK flag
    ANCIENT = 1  # below SND.UNA - MAX.SND.WND
    OLD = 2  # below SND.UNA, within that bound
    CURRENT = 3  # == SND.UNA, whether or not something is outstanding
    NEW = 4  # SND.UNA < ack <= SND.NXT, not covering our FIN
    NEW_FIN = 5  # SND.UNA < ack == SND.NXT, and our FIN is the last octet it covers
    FUTURE = 6  # above SND.NXT
    UNKNOWN = 7


class Action(IntEnum):
    """What the receiver does with the segment."""

    ACCEPT = 0  # process it in the ordinary way
    RESET = 1  # the connection is reset: CLOSED
    CHALLENGE = 2  # challenge ACK <SEQ=SND.NXT><ACK=RCV.NXT>, segment dropped (RFC 5961)
    ACK = 3  # plain (duplicate) ACK, segment dropped (RFC 9293 3.10.7.4, first)
    DROP = 4  # dropped, nothing on the wire
    REPLY_RST = 5  # a RST goes back, the endpoint stays as it is
    REPLY_RST_AND_RESET = 6  # a RST goes back and the connection is gone
    NEW_CONNECTION = 7  # TIME-WAIT gives way to a new SYN
    UNDECIDABLE = 8  # the receiver's numbers are not known


class Side(IntEnum):
    """Who *sends* a segment. The other side is its receiver, and judges it."""

    CLIENT = 0
    SERVER = 1

    @property
    def other(self) -> Side:
        return _OTHER[self]


_OTHER = (Side.SERVER, Side.CLIENT)


SYNCHRONIZED = frozenset(
    {
        State.ESTABLISHED,
        State.FIN_WAIT_1,
        State.FIN_WAIT_2,
        State.CLOSE_WAIT,
        State.CLOSING,
        State.LAST_ACK,
        State.TIME_WAIT,
    }
)
"""States in which both sides have agreed on sequence numbers (RFC 9293 3.3.2)."""

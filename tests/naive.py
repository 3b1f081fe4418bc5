"""An endpoint's judgement, written from the text of the RFCs with ifs, to hold the tables to.

Read from RFC 9293 3.10.7 (SEGMENT ARRIVES) with RFC 5961 3, 4 and 5 and RFC 7323 5.3, and from
RFC 793 3.9 with RFC 1122 4.2.2. It shares with the tables only the names of states and actions.
"""

from __future__ import annotations

from dataclasses import dataclass

from unstick.tcp.vocabulary import Action, State

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
SPACE = 1 << 32


@dataclass(frozen=True)
class Endpoint:
    """Who receives. All numbers are known."""

    state: State
    rcv_nxt: int
    rcv_wnd: int
    snd_una: int
    snd_nxt: int
    max_snd_wnd: int


@dataclass(frozen=True)
class Segment:
    """What arrives. ``payload`` is a length; ``too_old``: SEG.TSval < TS.Recent."""

    flags: int
    seq: int
    ack: int
    payload: int
    too_old: bool

    @property
    def length(self) -> int:
        """SEG.LEN: SYN and FIN count."""
        return self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)


def rfc9293(me: Endpoint, seg: Segment) -> Action:
    """RFC 9293 3.10.7 with the mitigations of RFC 5961 and the timestamps of RFC 7323."""
    early = _closed_listen_syn_sent(me, seg)
    if early is not None:
        return early
    synchronized = me.state is not State.SYN_RECEIVED
    if seg.flags & SYN and not seg.flags & RST and synchronized:
        if _starts_anew(me, seg) and not seg.too_old:
            return Action.NEW_CONNECTION
        # RFC 5961 4.2: irrespective of the sequence number.
        return Action.CHALLENGE
    if seg.too_old and not seg.flags & RST:
        return Action.ACK
    if not _acceptable(me, seg):
        return Action.DROP if seg.flags & RST else Action.ACK
    if seg.flags & RST:
        return Action.RESET if seg.seq == me.rcv_nxt else Action.CHALLENGE
    if seg.flags & SYN:
        return Action.RESET  # passive open: back to LISTEN
    if not seg.flags & ACK:
        return Action.DROP
    if not synchronized:
        fits = 0 < _ahead(seg.ack, me.snd_una) <= _ahead(me.snd_nxt, me.snd_una)
        return Action.ACCEPT if fits else Action.REPLY_RST
    if _ahead(seg.ack, me.snd_nxt) > 0:
        return Action.ACK
    if _ahead(me.snd_una, seg.ack) > me.max_snd_wnd:
        return Action.ACK
    return Action.ACCEPT


def rfc793(me: Endpoint, seg: Segment) -> Action:
    """RFC 793 3.9, corrected by RFC 1122 4.2.2.13 and 4.2.2.20. It knows no timestamps."""
    early = _closed_listen_syn_sent(me, seg)
    if early is not None:
        return early
    if _starts_anew(me, seg):
        return Action.NEW_CONNECTION
    if not _acceptable(me, seg):
        return Action.DROP if seg.flags & RST else Action.ACK
    if seg.flags & RST:
        return Action.RESET
    if seg.flags & SYN:
        if me.state is State.SYN_RECEIVED:
            return Action.RESET
        return Action.REPLY_RST_AND_RESET
    if not seg.flags & ACK:
        return Action.DROP
    if me.state is State.SYN_RECEIVED:
        fits = 0 <= _ahead(seg.ack, me.snd_una) <= _ahead(me.snd_nxt, me.snd_una)
        return Action.ACCEPT if fits else Action.REPLY_RST
    if _ahead(seg.ack, me.snd_nxt) > 0:
        return Action.ACK
    return Action.ACCEPT


def _closed_listen_syn_sent(me: Endpoint, seg: Segment) -> Action | None:
    """3.10.7.1 to 3.10.7.3; None for the states of 3.10.7.4."""
    if me.state is State.CLOSED:
        return Action.DROP if seg.flags & RST else Action.REPLY_RST
    if me.state is State.LISTEN:
        if seg.flags & RST:
            return Action.DROP
        if seg.flags & ACK:
            return Action.REPLY_RST
        return Action.ACCEPT if seg.flags & SYN else Action.DROP
    if me.state is State.SYN_SENT:
        fits = 0 < _ahead(seg.ack, me.snd_una) <= _ahead(me.snd_nxt, me.snd_una)
        if seg.flags & ACK and not fits:
            return Action.DROP if seg.flags & RST else Action.REPLY_RST
        if seg.flags & RST:
            return Action.RESET if seg.flags & ACK else Action.DROP
        return Action.ACCEPT if seg.flags & SYN else Action.DROP
    return None


def _starts_anew(me: Endpoint, seg: Segment) -> bool:
    """RFC 1122 4.2.2.13: a SYN in TIME-WAIT above the largest sequence number used before."""
    bare = seg.flags & (SYN | ACK | RST) == SYN
    return me.state is State.TIME_WAIT and bare and _ahead(seg.seq, me.rcv_nxt - 1) > 0


def _acceptable(me: Endpoint, seg: Segment) -> bool:
    """The four cases of the acceptability test. A RST counts no length: its text is not text."""
    length = 0 if seg.flags & RST else seg.length
    if length == 0 and me.rcv_wnd == 0:
        return seg.seq == me.rcv_nxt
    if length == 0:
        return _inside(me, seg.seq)
    if me.rcv_wnd == 0:
        return False
    return _inside(me, seg.seq) or _inside(me, seg.seq + length - 1)


def _inside(me: Endpoint, number: int) -> bool:
    """RCV.NXT =< number < RCV.NXT + RCV.WND."""
    return (number - me.rcv_nxt) % SPACE < me.rcv_wnd


def _ahead(one: int, other: int) -> int:
    """How far ``one`` is ahead of ``other``; negative if behind."""
    distance = (one - other) % SPACE
    return distance - SPACE if distance >= SPACE // 2 else distance

"""The endpoint of a script: its numbers and its state, moved by what comes in and what goes out.

What it decides on a segment is the law's (``tcp.judge``); here is only what becomes of its numbers
then. What its program and its timers do is not predicted: the script says it.
"""

from __future__ import annotations

from unstick.lab.conformance.script import Segment
from unstick.tcp.classify import seq_delta
from unstick.tcp.closing import AFTER_ACK_OF_FIN, AFTER_FIN, AFTER_OWN_FIN, HEARS_TEXT
from unstick.tcp.holes import joined
from unstick.tcp.judge import Snapshot
from unstick.tcp.vocabulary import Action, State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, RST, SYN


class Endpoint:
    """One connection at a time. None: not known yet."""

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.listening = False
        self.buffer_bytes = 0
        """Of the socket, where its stack's window is all of it (see ``systems``)."""
        self._forget()

    def _forget(self) -> None:
        self.rcv_nxt: int | None = None
        self.last_ack: int | None = None
        self.right_edge: int | None = None
        self.snd_una: int | None = None
        self.snd_nxt: int | None = None
        self.fin_sent = False
        self.peer_fin: int | None = None
        self.window_most = 0
        self.sack_edge: int | None = None
        self.ts_recent: int | None = None
        self.scales: list[int | None] = [None, None]  # in its SYN, in its peer's
        self.held: list[tuple[int, int]] = []
        """Text that came before its turn: first number, number after the last."""

    # --- what its program does --------------------------------------------------------------------

    def listens(self) -> None:
        self.listening, self.state = True, State.LISTEN

    def stops_listening(self) -> None:
        self.listening = False
        if self.state in (State.LISTEN, State.SYN_RECEIVED):
            self.end()

    def end(self) -> None:
        """The connection is gone; whoever listens goes on listening."""
        self._forget()
        self.state = State.LISTEN if self.listening else State.CLOSED

    # --- what comes in ----------------------------------------------------------------------------

    def snapshot(self, segment: Segment) -> Snapshot:
        """The segment at this endpoint, as the law looks at it."""
        stamp, recent = segment.timestamp, self.ts_recent
        older = stamp is not None and recent is not None and seq_delta(stamp, recent) < 0
        newer = stamp is not None and recent is not None and seq_delta(stamp, recent) > 0
        return Snapshot(
            state=self.state,
            flags=segment.flags,
            seq=number(segment.seq),
            ack=segment.ack or 0,
            length=segment.length,
            signed=segment.signed,
            paws_failed=older,
            newer_timestamp=newer,
            rcv_nxt=self.rcv_nxt,
            last_ack=self.last_ack,
            right_edge=self.edge(),
            sack_edge=self.sack_edge,
            snd_una=self.snd_una,
            snd_nxt=self.snd_nxt,
            fin_sent=self.fin_sent,
            max_window=self.window_most,
        )

    def edge(self) -> int | None:
        """The right edge: as advertised, or where the socket's buffer really ends."""
        if self.right_edge is None or self.last_ack is None:
            return None
        real = (self.last_ack + self.buffer_bytes) & MASK
        return real if seq_delta(real, self.right_edge) > 0 else self.right_edge

    def take(self, segment: Segment, action: Action) -> None:
        """What becomes of it, now that the law has spoken."""
        if action in (Action.RESET, Action.REPLY_RST_AND_RESET):
            self.end()
        elif action is Action.NEW_CONNECTION:
            self._forget()
            self.state = State.LISTEN if self.listening else State.CLOSED
            if self.listening:
                self._open(segment)
        elif action is Action.ACCEPT:
            self._accept(segment)
        elif action is Action.ACK and not segment.flags & (SYN | RST):
            self._acknowledged(segment)  # rules.py: stacks still take the ACK out of old text

    def _open(self, segment: Segment) -> None:
        """A SYN where there was no connection, or the SYN-ACK that was waited for."""
        self.rcv_nxt = (number(segment.seq) + 1) & MASK
        text = (self.rcv_nxt, (self.rcv_nxt + segment.length) & MASK)
        self.scales[1] = segment.scale
        self.ts_recent = segment.timestamp
        self.window_most = segment.window or 0
        if self.state is State.LISTEN:
            self.state, self.snd_una = State.SYN_RECEIVED, 0
            return
        if segment.length:  # RFC 9293 3.10.7.3: text on a SYN waits until the state is ESTABLISHED
            self.held.append(text)
        if segment.flags & ACK_FLAG:
            self.snd_una, self.state = segment.ack, State.ESTABLISHED
            self._advance()
        else:
            self.state = State.SYN_RECEIVED

    def _accept(self, segment: Segment) -> None:
        if self.state in (State.LISTEN, State.SYN_SENT):
            self._open(segment)
            return
        if self.rcv_nxt is None:
            return
        if segment.timestamp is not None:
            self.ts_recent = segment.timestamp
        scale = self.scales[1] if None not in self.scales else 0
        self.window_most = max(self.window_most, (segment.window or 0) << (scale or 0))
        if self.state is State.SYN_RECEIVED:
            self.state = State.ESTABLISHED
        self._acknowledged(segment)
        if self.state in HEARS_TEXT:
            self._hear(segment)

    def _acknowledged(self, segment: Segment) -> None:
        if segment.ack is None or self.snd_una is None or self.snd_nxt is None:
            return
        if seq_delta(segment.ack, self.snd_una) > 0 >= seq_delta(segment.ack, self.snd_nxt):
            self.snd_una = segment.ack
        if self.fin_sent and self.snd_una == self.snd_nxt:
            self.state = AFTER_ACK_OF_FIN.get(self.state, self.state)
            if self.state is State.CLOSED:
                self.end()

    def _hear(self, segment: Segment) -> None:
        """Text and FIN, in turn or held until it is theirs."""
        start = number(segment.seq)
        end = (start + segment.length) & MASK
        if segment.length:
            self.held.append((start, end))
        if segment.flags & FIN:
            self.peer_fin = end
        self._advance()

    def _advance(self) -> None:
        """RCV.NXT goes over all that is held without a gap, and over the FIN behind it."""
        assert self.rcv_nxt is not None
        self.rcv_nxt, beyond = joined(self.rcv_nxt, self.held)
        self.held = list(beyond)
        if self.peer_fin == self.rcv_nxt:
            self.rcv_nxt = (self.rcv_nxt + 1) & MASK
            self.state = AFTER_FIN[self.state]

    # --- what goes out ----------------------------------------------------------------------------

    def sends(self, segment: Segment) -> None:
        """A segment of its own: its numbers follow."""
        start = segment.seq if segment.seq is not None else (self.snd_nxt or 0)
        end = start + segment.length
        end += bool(segment.flags & SYN) + bool(segment.flags & FIN)
        if segment.flags & RST:
            return
        if segment.flags & SYN:
            self.scales[0] = segment.scale
            if self.state is State.CLOSED:
                self.state = State.SYN_SENT
            self.snd_una = start if self.snd_una is None else self.snd_una
        if self.snd_nxt is None or seq_delta(end, self.snd_nxt) > 0:
            self.snd_nxt = end & MASK
        if segment.flags & FIN and not self.fin_sent:
            self.fin_sent = True
            self.state = AFTER_OWN_FIN.get(self.state, self.state)
        if segment.ack is not None:
            self.last_ack = segment.ack
            self.sack_edge = segment.sack_edge
            if segment.window is not None:
                scaled = not segment.flags & SYN and None not in self.scales
                shift = (self.scales[0] or 0) if scaled else 0
                self.right_edge = (segment.ack + (segment.window << shift)) & MASK


def number(seq: int | None) -> int:
    """Of a segment that comes in: the reader refuses such without one."""
    assert seq is not None
    return seq

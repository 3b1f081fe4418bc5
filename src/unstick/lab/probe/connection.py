"""One connection of the bench: brought somewhere step by step, then given a segment and watched.

The peer's side speaks just enough TCP: it acknowledges what it is told to and nothing by itself.
"""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import suppress
from time import monotonic

from unstick.lab.counters import Counters
from unstick.lab.probe import endpoint
from unstick.lab.probe.bench import Bench, undo
from unstick.lab.probe.craft import Ends, Opening, Segment
from unstick.lab.probe.endpoint import Endpoint
from unstick.named import NamedTuple
from unstick.progress.testing.sockets import STATES
from unstick.tcp.closing import AFTER_OWN_FIN
from unstick.tcp.vocabulary import State
from unstick.wire.columns import ACK_FLAG, MASK, PSH, RST, SYN

STEP_WITHIN_S = 0.020
"""From the first packet to the last look. A delayed ACK leaves after 40 ms (Linux TCP_DELACK_MIN),
and at any segment in the last quarter of these (tcp_send_delayed_ack()), each rounded to ticks of
4 ms; so what was seen within less was no timer's doing."""

PEER_ISS = 1_000_000
STAMP = 1_000_000
"""What the peer's clock says; it ticks when it is told to."""

BY_NAME = {state.rfc_name: state for state in State}
TCP_INFO_BYTES = 136
RECEIVED_AT = struct.Struct("=120xQQ")
"""bytes_acked and bytes_received of struct tcp_info."""


class UnreachableError(Exception):
    """The kernel did not go where the situation wants it; the text says where it stands."""


class Books(NamedTuple):
    """Bytes the kernel counts on a connection; a FIN counts as one received."""

    acked: int
    received: int


class Answer(NamedTuple):
    """What came of one segment. ``books`` None: no socket any more that counts, or none yet;
    ``counters``: those of the namespace that moved, if they were asked for."""

    replies: tuple[Segment, ...]
    state: State
    error: str
    books: Books | None
    counters: Counters | None = None


class Connection:
    """``end`` is what the peer knows of the kernel's side; ``sock`` the kernel's socket, if its
    program has it already; ``log`` is what was on the wire: seconds, whether the peer sent it."""

    def __init__(self, bench: Bench, ends: Ends, sock: socket.socket | None, end: Endpoint) -> None:
        self.bench, self.ends, self.sock, self.end = bench, ends, sock, end
        self.began = monotonic()
        self.clock = STAMP
        self.log: list[tuple[float, bool, Segment]] = []

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing of it stays in the kernel but what is in TIME-WAIT."""
        if self.sock is None:
            self.send(Segment(RST, self.end.rcv_nxt))
            self.adopt()
        if self.sock is not None:
            undo(self.sock)

    def adopt(self) -> None:
        """The program gets its socket, if there is one for it."""
        self.sock = self.bench.adopted(self.ends)
        if self.sock is not None:
            self.sock.setblocking(False)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def in_time(self) -> bool:
        """No timer of the kernel can have had a hand in it so far."""
        return monotonic() - self.began < STEP_WITHIN_S

    def send(self, segment: Segment) -> None:
        self.log.append((monotonic() - self.began, True, segment))
        self.bench.send(segment, self.ends)

    # --- what the peer sends

    def stamps(self, tick: int = 1) -> tuple[int, int] | None:
        """The timestamps of the peer's next segment."""
        if not self.end.timestamps:
            return None
        self.clock += tick
        return self.clock & MASK, self.end.ts_heard

    def say(
        self, flags: int, length: int = 0, *, ack: int | None = None, window: int = 512
    ) -> None:
        """The next segment of an honest peer."""
        number = self.end.snd_nxt if ack is None else ack
        segment = Segment(flags | ACK_FLAG, self.end.rcv_nxt, number, length, window, self.stamps())
        self.send(segment)
        endpoint.take(self.end, segment)
        self.end.max_window = max(self.end.max_window, window << self.end.peer_scale)
        self.hear()

    def beyond(self, gap: int, length: int) -> None:
        """Text after a hole of ``gap`` bytes."""
        seq = (self.end.rcv_nxt + gap) & MASK
        segment = Segment(PSH | ACK_FLAG, seq, self.end.snd_una, length, 512, self.stamps())
        self.send(segment)
        endpoint.take(self.end, segment)
        self.hear()

    def hear(self) -> list[Segment]:
        heard = self.listen()
        for segment in heard:
            endpoint.sent(self.end, segment)
        return heard

    def listen(self) -> list[Segment]:
        """What the kernel says; the endpoint is not moved by it."""
        heard = self.bench.hear(self.ends)
        now = monotonic() - self.began
        self.log += [(now, False, segment) for segment in heard]
        return heard

    # --- what the kernel's program does

    @property
    def program(self) -> socket.socket:
        if self.sock is None:
            raise UnreachableError("no program has the socket yet")
        return self.sock

    def write(self, length: int) -> None:
        self.program.send(bytes(length))
        self.hear()

    def read(self) -> None:
        """All that waits is taken: one call ends at a FIN, and Linux may have taken two."""
        for _ in range(2):
            with suppress(BlockingIOError):
                self.program.recv(1 << 20)
        self.end.unread = 0
        self.hear()

    def shut(self, leave: bool = False) -> None:
        """No more to send: FIN. To ``leave`` is to close it for good."""
        if leave:
            self.program.close()
            self.sock, self.end.orphan, self.end.unread = None, True, 0
        else:
            self.program.shutdown(socket.SHUT_WR)
        self.hear()
        self.end.state = AFTER_OWN_FIN[self.end.state]

    def delay_acks(self) -> None:
        """What is received from now on is acknowledged 40 ms later."""
        self.program.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)

    # --- looking

    def state(self) -> State:
        return BY_NAME[STATES[self.bench.state_of(self.ends)]]

    def books(self) -> Books | None:
        if self.sock is None:
            return None
        info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
        return Books(*RECEIVED_AT.unpack_from(info))

    def error(self) -> str:
        """What a blocked call of the program returns: the error that is pending."""
        if self.sock is None:
            return ""
        number = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return errno.errorcode.get(number, str(number)) if number else ""

    def inject(self, segment: Segment, count: bool = False) -> Answer:
        """The segment arrives; what then is to be seen. The endpoint is not moved by it."""
        counted = self.bench.counters() if count else None
        self.send(segment)
        # A bad ACK makes it send its SYN again two ticks later: a timer's doing.
        again = (SYN, self.end.iss)
        replies = tuple(one for one in self.listen() if (one.flags, one.seq) != again)
        counters = self.bench.moved(counted) if counted is not None else None
        return Answer(replies, self.state(), self.error(), self.books(), counters)


def accepted(
    bench: Bench, port: int, opening: Opening, timestamps: bool, complete: bool = True
) -> Connection:
    """A passive connection: the peer opens, the kernel's program accepts. Not ``complete``: it
    stays in SYN-RECEIVED."""
    ends = bench.fresh_ends(port)
    end = Endpoint(
        State.SYN_RECEIVED,
        *(0, PEER_ISS, 0, 0, PEER_ISS + 1, PEER_ISS + 1, PEER_ISS + 1, 512),
        peer_scale=opening.scale or 0,
        timestamps=timestamps,
        ts_recent=STAMP,
    )
    made = Connection(bench, ends, None, end)
    stamps = (STAMP, 0) if timestamps else None
    made.send(Segment(SYN, PEER_ISS, opening=opening, timestamps=stamps))
    heard = made.listen()
    if len(heard) != 1 or heard[0].flags != SYN | ACK_FLAG:
        raise UnreachableError(f"a SYN was answered by {len(heard)} segments")
    first = heard[0]
    end.iss = end.snd_una = end.snd_nxt = first.seq
    offered = first.opening
    end.scale = (offered.scale or 0) if offered is not None and opening.scale is not None else 0
    endpoint.sent(end, first)
    if complete:
        made.say(0)
        made.adopt()
    return made


def opening(bench: Bench, timestamps: bool) -> Connection:
    """An active connection of the kernel: its SYN is out, nothing came back."""
    sock, ends = bench.connecting()
    end = Endpoint(State.SYN_SENT, *(0, 0, 0, 0, 0, 0, 0, 512), timestamps=timestamps)
    made = Connection(bench, ends, sock, end)
    heard = made.listen()
    if len(heard) != 1 or heard[0].flags != SYN:
        raise UnreachableError(f"connect() sent {len(heard)} segments")
    end.iss = end.snd_una = heard[0].seq
    end.snd_nxt = heard[0].end
    end.ts_heard = heard[0].timestamps[0] if heard[0].timestamps else 0
    offered = heard[0].opening
    end.scale = (offered.scale or 0) if offered is not None else 0
    return made

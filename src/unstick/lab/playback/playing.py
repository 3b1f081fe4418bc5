"""A plan, played: segments at their times, the program's acts between them, and what became of it.

One thread. The kernel is given the time it needs: a segment that acknowledges something waits until
that was sent, and until the kernel has acknowledged as much as the captured end had.
"""

from __future__ import annotations

import selectors
import time

from unstick.lab import looking, netns
from unstick.lab.errors import require_root
from unstick.lab.packets import SERVER
from unstick.lab.playback import pair as places
from unstick.lab.playback.comparing import Here, Met
from unstick.lab.playback.peer import Frame, Peer
from unstick.lab.playback.plan import PLAY, Plan, Step
from unstick.lab.playback.program import Program
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN
from unstick.wire.notation import TracePacket

TICK_S = 0.01
PATIENCE_S = 1.0
"""A delayed ACK takes 40 ms, a retransmission 200 and more."""

AFTER_RESET_S = 0.005
"""A challenge ACK leaves within microseconds; this is for a busy machine."""

LOOKED_AT = 40
"""Resets of one number that are waited for; of a volley the first ones tell."""

PORTS = {SERVER: (8080, 40_000)}
"""Of the tried end and of the played one, where the tried one is the server."""


def play(plan: Plan, scale: float) -> tuple[Here, list[Frame]]:
    """What the kernel did, and every frame of the cable. Raises LabError where namespaces cannot
    be made."""
    require_root("from")
    wanted = {
        "net.ipv4.tcp_timestamps": str(int(plan.timestamps)),
        "net.ipv4.tcp_sack": str(int(plan.sack)),
        "net.ipv4.tcp_window_scaling": str(int(plan.scaling)),
    }
    own, other = PORTS[SERVER]
    ports = (own, other) if plan.tried == SERVER else (other, own)
    with places.built(wanted) as pair:
        with netns.inside(pair.peer):
            peer = Peer((ports[1], ports[0]))
        with netns.inside(pair.host):
            program = Program(plan, ports)
        try:
            return Play(plan, scale, pair, peer, program).run(), peer.frames
        finally:
            program.close()
            peer.close()


class Play:
    """One play between its building and its end."""

    def __init__(
        self, plan: Plan, scale: float, pair: places.Pair, peer: Peer, program: Program
    ) -> None:
        self.plan, self.scale, self.pair = plan, scale, pair
        self.peer, self.program = peer, program
        self.selector = selectors.DefaultSelector()
        self.selector.register(peer.sock, selectors.EVENT_READ)
        self.began = time.monotonic()
        self.met: list[Met] = []
        self.looked: dict[int, int] = {}
        self.played = self.late = 0
        self.patience_s = PATIENCE_S
        self.over = False
        self.asked = 0.0  # when the kernel's tables were asked last

    def run(self) -> Here:
        last = max(at for at, one in enumerate(self.plan.steps) if one.kind == PLAY)
        with self.selector:
            for at, step in enumerate(self.plan.steps):
                self.pump(self.began + step.at_s * self.scale)
                if step.kind == PLAY:
                    self.send(step)
                else:
                    self.program.step(step.kind, step.count)
                    self.program.work()
                if at == last:
                    self.pump(time.monotonic() + AFTER_RESET_S)
                    self.peer.copies = 0
                if self.is_reset():
                    break
            since = time.monotonic()
            while not self.is_over() and time.monotonic() - since < self.plan.watch_s(self.scale):
                self.pump(time.monotonic() + 0.1)
            self.pump(time.monotonic() + TICK_S)
            watched_s = time.monotonic() - since
        state = self.state()
        peer = self.peer
        return Here(
            *(peer.acked, peer.resets, peer.copies, peer.probes, state, self.program.error),
            tuple(self.met),
            *(self.played, self.late, watched_s),
        )

    def pump(self, until: float) -> None:
        """Hears the kernel and lets the program work until then; at least once."""
        while True:
            self.peer.hear()
            self.program.work()
            wait_s = until - time.monotonic()
            if wait_s <= 0:
                return
            self.selector.select(min(wait_s, TICK_S))

    def send(self, step: Step) -> None:
        segment = step.segment
        assert segment is not None
        wanted = segment.ack if segment.flags & ACK_FLAG else None
        if wanted is not None and wanted > step.sent:
            wanted = None  # it acknowledged then what was never sent: so it does here
        # How far the kernel has acknowledged matters for these: text has its own numbers, and an
        # ACK of it may be delayed.
        matters = segment.flags & (SYN | FIN | RST)
        self.await_kernel(step.acked if matters else None, wanted)
        ack = segment.ack
        if wanted is not None and wanted > self.peer.sent:
            ack = self.peer.sent
        if segment.flags & RST:
            self.reset(segment, ack)
        else:
            self.peer.send(segment, ack)
            self.peer.hear()
        self.played += 1

    def await_kernel(self, acked: int | None, sent: int | None) -> None:
        """Until the kernel is as far as the captured end was; not for ever."""
        if self.is_over():
            return  # what comes now meets nobody
        deadline = time.monotonic() + self.patience_s
        while (acked or 0) > (self.peer.acked or 0) or (sent or 0) > self.peer.sent:
            if time.monotonic() > deadline:
                self.late += 1
                self.patience_s = TICK_S
                return
            self.pump(time.monotonic() + TICK_S / 4)
        self.patience_s = PATIENCE_S

    def reset(self, segment: TracePacket, ack: int | None) -> None:
        """A reset, and a look at what it did."""
        seen = self.looked.get(segment.seq, 0)
        self.looked[segment.seq] = seen + 1
        if seen >= LOOKED_AT:
            self.peer.send(segment, ack)
            return
        before, acks, acked = self.there(), self.peer.acks, self.peer.acked
        self.peer.send(segment, ack)
        self.pump(time.monotonic() + AFTER_RESET_S)
        challenged = self.peer.acks > acks
        self.met.append(Met(segment.seq, before, self.there(), challenged, acked))

    def there(self) -> bool:
        """Whether the kernel has the connection."""
        lives = self.program.lives()
        return self.state() not in ("CLOSED", "TIME-WAIT") if lives is None else lives

    def is_over(self) -> bool:
        """It was there, and is no more; or it was refused."""
        if self.over or self.peer.isn is None:
            return self.over or self.peer.resets > 0
        if self.program.left:  # only the tables know, and asking them takes a millisecond
            if time.monotonic() - self.asked < TICK_S:
                return False
            self.asked = time.monotonic()
        self.over = self.program.began and not self.there()
        return self.over

    def is_reset(self) -> bool:
        """A reset, or its kernel, has ended it before its program did."""
        return self.is_over() and not self.program.left

    def state(self) -> str:
        """As the kernel's tables have it: the connection of these two ports."""
        port, other = self.program.ports
        for one in looking.look(self.pair.host, SERVER, 0.0):
            if (one["local"][1], one["peer"][1]) == (port, other):
                return str(one["state"])
        return "CLOSED"

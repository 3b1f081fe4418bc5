"""The process in the middle: frames in at one interface, through the path, out at the other.

A thin shell around ``path``: two AF_PACKET sockets, a clock and a heap of what is on its way.
"""

from __future__ import annotations

import heapq
import selectors
import signal
import time
from typing import Any

from unstick.lab import packet_sockets
from unstick.lab.agent import tell
from unstick.lab.faults import FAULTS
from unstick.lab.hosts import BOX_MACS, HOST_MACS
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.lab.path import Path

AT_ONCE = 64
"""Frames taken from one interface before the other is looked at."""

ETHERNET_BYTES = 14
TYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}


def header(to: Side, version: int) -> bytes:
    macs = HOST_MACS[to] + ":" + BOX_MACS[to]
    return bytes.fromhex(macs.replace(":", "")) + TYPES[version]


class Box:
    """Forwards until it is told to end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sockets = {side: packet_sockets.opened(side) for side in (CLIENT, SERVER)}
        for one in self.sockets.values():
            one.setsockopt(packet_sockets.SOL_PACKET, packet_sockets.IGNORE_OUTGOING, 1)
        self.heads = {
            (to, version): header(to, version) for to in self.sockets for version in (4, 6)
        }
        self.began = time.monotonic()
        self.waiting: list[tuple[float, int, Side, bytes]] = []
        self.number = 0
        self.counts = {"in": 0, "out": 0, "refused": 0}
        self.ended = False

    def end(self, *_: object) -> None:
        self.ended = True

    def take(self, side: Side) -> None:
        """Puts on the path what ``side`` has sent."""
        sock = self.sockets[side]
        for _ in range(AT_ONCE):
            try:
                frame = sock.recv(65536)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # the interface went down (ENETDOWN is told once)
                return
            if frame[12:14] not in (TYPES[4], TYPES[6]):
                continue
            self.counts["in"] += 1
            now = time.monotonic() - self.began
            for departure in self.path.arrive(frame[ETHERNET_BYTES:], side, now):
                self.number += 1
                entry = (departure.due_s, self.number, departure.to, departure.data)
                heapq.heappush(self.waiting, entry)

    def release(self) -> float | None:
        """Lets go of what is due; how long until the next, None if there is none."""
        while self.waiting:
            wait_s = self.waiting[0][0] - (time.monotonic() - self.began)
            if wait_s > 0:
                return wait_s
            _, _, to, data = heapq.heappop(self.waiting)
            try:
                self.sockets[to].send(self.heads[to, data[0] >> 4] + data)
                self.counts["out"] += 1
            except OSError:  # that side's interface is down, or too small for the packet
                self.counts["refused"] += 1
        return None

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for side, sock in self.sockets.items():
                selector.register(sock, selectors.EVENT_READ, side)
            tell(ready=True)
            while not self.ended:
                wait_s = self.release()
                for key, _ in selector.select(0.2 if wait_s is None else min(wait_s, 0.2)):
                    self.take(key.data)


def main(options: dict[str, Any]) -> None:
    """``boxes``: name and options of each fault; ``delay_s`` one way; ``seed``."""
    boxes = [FAULTS[name](**given) for name, given in options["boxes"]]
    box = Box(Path(boxes, options["delay_s"], options["seed"]))
    signal.signal(signal.SIGTERM, box.end)
    box.run()
    dropped = sum(packet_sockets.counted(one)[1] for one in box.sockets.values())
    tell(done=True, dropped=dropped, **box.counts)

"""The path between client and server: boxes in a row, then the time it takes. Pure.

Boxes are listed from the client to the server. What a box emits goes on in its direction through
the boxes that stand there; a box that answers sends back through those the packet came by.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from unstick.lab.faults.base import Fault
from unstick.lab.packets import CLIENT, SERVER, Side, one_hop_less, parse

MOST_EMISSIONS = 10_000
"""Of one packet: boxes that answer each other would else never end."""


class Departure(NamedTuple):
    """Bytes that shall leave the path at ``due_s`` towards ``to``."""

    due_s: float
    to: Side
    data: bytes


class Path:
    """``delay_s``: one way. The same seed and packets give the same departures."""

    def __init__(self, boxes: Sequence[Fault], delay_s: float, seed: int) -> None:
        self._boxes = tuple(boxes)
        self._memories: list[Any] = [box.memory() for box in boxes]
        # A chance for each box: what one of them draws does not move the others.
        self._chances = [Random(f"{seed} {at}") for at in range(len(boxes))]
        self._delay_s = delay_s

    def arrive(self, data: bytes, sender: Side, now_s: float) -> list[Departure]:
        """What comes of a packet that ``sender`` has put on the path."""
        routed = one_hop_less(data)
        if routed is None:
            return []
        departures: list[Departure] = []
        first = 0 if sender == CLIENT else len(self._boxes) - 1
        waiting = [(routed, sender, now_s, first)]
        handled = 0
        while waiting and handled < MOST_EMISSIONS:
            handled += 1
            data, sender, time_s, at = waiting.pop(0)
            to = SERVER if sender == CLIENT else CLIENT
            if not 0 <= at < len(self._boxes):
                departures.append(Departure(time_s + self._delay_s, to, data))
                continue
            packet = parse(data, sender, time_s)
            for out in self._boxes[at].judge(packet, self._memories[at], self._chances[at]):
                # What goes towards the server was sent from the client's side, and so on.
                step, side = (1, CLIENT) if out.to == SERVER else (-1, SERVER)
                waiting.append((out.data, side, time_s + out.after_s, at + step))
        return departures

"""What a fault is: one box on the path, which sees each packet and says what comes out of it.

1. ``judge(packet, memory, chance)`` is pure but for ``memory``, which is its own and begins fresh
   in every run, and ``chance``, which is seeded: the same packets give the same emissions.
2. It does not know the time but for ``packet.time_s``; what shall leave later says ``after_s``.
3. An emission goes on in its direction through the boxes that stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from unstick.lab.packets import Packet, Side


class Emission(NamedTuple):
    """Bytes of one IP packet that leave the box towards ``to``, at once or ``after_s`` later."""

    data: bytes
    to: Side
    after_s: float = 0.0


Emissions = Sequence[Emission]
NOTHING: Emissions = ()

Judge = Callable[[Packet, Any, Random], Emissions]


class Fault(NamedTuple):
    """``says``: what this box does, for the person who watches. ``memory`` makes a fresh one."""

    says: str
    judge: Judge
    memory: Callable[[], Any] = dict


def on(packet: Packet, after_s: float = 0.0) -> Emissions:
    """The packet, unchanged, onward."""
    return (Emission(packet.data, packet.receiver, after_s),)


def instead(packet: Packet, data: bytes) -> Emissions:
    """Other bytes in its place."""
    return (Emission(data, packet.receiver),)

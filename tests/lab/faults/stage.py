"""Plays packets through one fault, as the path does, without a network."""

from __future__ import annotations

from random import Random
from typing import Any

from unstick.lab.faults import FAULTS
from unstick.lab.faults.base import Emission
from unstick.lab.packets import Packet, other, parse


class Box:
    """One fault with its memory and its chance."""

    def __init__(self, name: str, seed: int = 1, **given: Any) -> None:
        self.fault = FAULTS[name](**given)
        self.memory = self.fault.memory()
        self.chance = Random(seed)

    def all(self, packet: Packet) -> list[Emission]:
        """Everything that comes out."""
        return list(self.fault.judge(packet, self.memory, self.chance))

    def on(self, packet: Packet) -> Packet | None:
        """What goes on in its direction; None when it is dropped. There must not be two."""
        out = [one for one in self.all(packet) if one.to == packet.receiver]
        assert len(out) <= 1
        return parse(out[0].data, packet.sender, packet.time_s) if out else None

    def passes(self, packet: Packet) -> bool:
        """Whether it goes on as it is."""
        return self.on(packet) == packet


def read(emission: Emission, time_s: float = 0.0) -> Packet:
    """An emission as the next box would see it."""
    return parse(emission.data, other(emission.to), time_s)

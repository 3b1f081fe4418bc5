"""A normaliser that replaces TCP options it does not like by padding."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from unstick.lab.faults.base import Emissions, Fault, instead, on
from unstick.lab.packets import OPTION_NOP, Packet, changed

NAMES = {2: "MSS", 3: "window scale", 4: "SACK permitted", 5: "SACK", 8: "timestamps"}


def strip_options(kinds: Sequence[int]) -> Fault:
    """Options of these kinds become NOPs, in segments of both ends (as Linux' TCPOPTSTRIP)."""

    def judge(packet: Packet, memory: object, chance: Random) -> Emissions:
        options = blanked(packet.options, kinds)
        if options == packet.options:
            return on(packet)
        return instead(packet, changed(packet, options=options))

    listed = ", ".join(NAMES.get(kind, f"kind {kind}") for kind in kinds)
    return Fault(f"strips TCP options: {listed}", judge)


def blanked(options: bytes, kinds: Sequence[int]) -> bytes:
    made, at = bytearray(options), 0
    while at + 1 < len(made) and made[at]:
        if made[at] == OPTION_NOP:
            at += 1
            continue
        length = made[at + 1]
        if not 2 <= length <= len(made) - at:
            break
        if made[at] in kinds:
            made[at : at + length] = bytes([OPTION_NOP]) * length
        at += length
    return bytes(made)

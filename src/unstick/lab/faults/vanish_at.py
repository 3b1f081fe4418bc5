"""The path goes silent: nothing passes any more, in no direction, and nobody is told."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from unstick.lab.faults.base import NOTHING, Emissions, Fault, on
from unstick.lab.packets import CLIENT, SERVER, Packet


@dataclass
class Memory:
    """``began_s``: when the first segment passed."""

    began_s: float | None = None
    server_bytes: int = 0
    gone: bool = False


def vanish_at(
    *, seconds: float | None = None, bytes_sent: int | None = None, closing_window: bool = False
) -> Fault:
    """Vanishes so many seconds after the first segment, when the server has sent so many bytes, or
    behind the client's first closed window, whichever comes first."""

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        if not packet.tcp:
            return on(packet) if not memory.gone else NOTHING
        if memory.began_s is None:
            memory.began_s = packet.time_s
        if seconds is not None and packet.time_s - memory.began_s >= seconds:
            memory.gone = True
        if packet.sender == SERVER:
            memory.server_bytes += packet.payload_bytes
        if bytes_sent is not None and memory.server_bytes > bytes_sent:
            memory.gone = True
        if memory.gone:
            return NOTHING
        # The window itself still arrives: the server knows that it must wait.
        if closing_window and packet.sender == CLIENT and closes_window(packet):
            memory.gone = True
        return on(packet)

    when = []
    if seconds is not None:
        when.append(f"{seconds:g} s after the first segment")
    if bytes_sent is not None:
        when.append(f"after {bytes_sent:,} bytes of the server")
    if closing_window:
        when.append("behind the client's first closed window")
    return Fault(f"lets nothing pass any more {' or '.join(when)}", judge, Memory)


def closes_window(packet: Packet) -> bool:
    return packet.window == 0 and packet.is_pure_ack

"""Resets that neither end sent: somebody on the path, or somebody who guesses.

The box waits until the server has sent ``after_bytes``, then speaks once in the client's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from unstick.lab.faults.base import Emission, Emissions, Fault, on
from unstick.lab.packets import (
    CLIENT,
    OPTION_MD5,
    SERVER,
    Packet,
    changed,
    option_bytes,
    parse,
    segment_from,
)
from unstick.wire.columns import ACK_FLAG as ACK
from unstick.wire.columns import RST, SYN

SPRAY_STEP = 16_384
"""Half of a window of 32 KiB: what an attacker steps by who hopes that any number inside will do
(before RFC 5961)."""

SANDVINE_STEP = 12_503
"""The second reset of forged pairs in mercury's capture2 stands so far above the first."""

MD5 = option_bytes([(OPTION_MD5, bytes(16))])
"""A signature nobody asked for (RFC 2385)."""


@dataclass
class Memory:
    """What an observer on the path knows of the client."""

    server_bytes: int = 0
    client_next: int = 0
    client_ack: int = 0
    spoken: bool = False


def inject_resets(
    pattern: str, after_bytes: int = 100_000, *, count: int = 100, offset: int = 0, ttl: int = 64
) -> Fault:
    """``pattern`` is a name of PATTERNS. ``count``: how many of a spray. ``offset``: how far from
    the expected number a single reset is. ``ttl``: that of the forger's host."""
    speaks = PATTERNS[pattern]

    def judge(packet: Packet, memory: Memory, chance: Random) -> Emissions:
        if not packet.tcp:
            return on(packet)
        if packet.sender == CLIENT:
            memory.client_next, memory.client_ack = packet.end_seq, packet.ack
            return on(packet)
        memory.server_bytes += packet.payload_bytes
        if memory.spoken or memory.server_bytes <= after_bytes:
            return on(packet)
        memory.spoken = True
        wanted = Wanted(packet, memory, count, offset, ttl)
        return (*on(packet), *(Emission(one.data, SERVER) for one in speaks(wanted, chance)))

    return Fault(f"injects {pattern} after {after_bytes:,} bytes", judge, Memory)


@dataclass(frozen=True)
class Wanted:
    """What a pattern is made from."""

    packet: Packet
    memory: Memory
    count: int
    offset: int
    ttl: int

    def reset(self, seq: int, flags: int = RST) -> Packet:
        ack = self.memory.client_ack if flags & ACK else 0
        return segment_from(self.packet, CLIENT, seq, flags, ack=ack, ttl=self.ttl)


def single(wanted: Wanted, chance: Random) -> list[Packet]:
    """One reset, ``offset`` from the expected number."""
    return [wanted.reset(wanted.memory.client_next + wanted.offset)]


def spray(wanted: Wanted, chance: Random) -> list[Packet]:
    """Blind: numbers that walk the whole space from a random start, none of them exact."""
    start = chance.getrandbits(32)
    numbers = [start + at * SPRAY_STEP for at in range(wanted.count - 3)]
    # A walk of 2^18 steps ends with some inside the window: those are sent here, too.
    numbers += [wanted.memory.client_next + 1 + at * SPRAY_STEP for at in range(3)]
    return [wanted.reset(number) for number in numbers]


def pair(wanted: Wanted, chance: Random) -> list[Packet]:
    """Two, back to back: a little off, and well above, for bytes that may come meanwhile."""
    near = wanted.memory.client_next + wanted.offset
    return [wanted.reset(near, RST | ACK), wanted.reset(near + SANDVINE_STEP, RST | ACK)]


def signed(wanted: Wanted, chance: Random) -> list[Packet]:
    """Exact, but under a TCP MD5 option that was never agreed on."""
    exact = wanted.reset(wanted.memory.client_next, RST | ACK)
    return [parse(changed(exact, options=MD5), CLIENT, exact.time_s)]


def syn(wanted: Wanted, chance: Random) -> list[Packet]:
    """A SYN into the connection that stands."""
    return [wanted.reset(chance.getrandbits(32), SYN)]


PATTERNS: dict[str, Callable[[Wanted, Random], list[Packet]]] = {
    "a single reset": single,
    "a blind spray of resets": spray,
    "a forged pair of resets": pair,
    "a reset with an MD5 option": signed,
    "a SYN": syn,
}
"""What may be injected, by the words it is asked for and told with."""

"""Two hosts, a box between them, and a capture at each host: packets in, two files out.

``talk`` makes what the hosts send; ``both_ends`` lets it travel through a box, which may drop,
change or add packets, and gives what each capture sees. Nothing is random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from unstick.compare import Comparison, compare
from unstick.compare.model import KINDS, Direction, Pair
from unstick.wire.columns import ACK_FLAG, FIN, OPTION_SACK_PERMITTED, PSH, RST, SYN
from unstick.wire.writer import Address, CaptureStyle, PacketSpec, write_capture

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
GAP_NS = 20 * MS
MSS = 1000
CLIENT: tuple[Address, int] = (ip_address("10.0.0.1"), 40000)
SERVER: tuple[Address, int] = (ip_address("10.0.0.2"), 80)
CLIENT_ISN, SERVER_ISN = 1_000_000, 3_999_999_900  # the server's numbers wrap soon


@dataclass(frozen=True)
class Packet:
    """A segment as its sender sends it. ``side``: 0 the client, 1 the server."""

    side: int
    spec: PacketSpec

    def but(self, **changes: object) -> Packet:
        return replace(self, spec=replace(self.spec, **changes))  # type: ignore[arg-type]


Box = Callable[[Packet], list[Packet]]


def through(packet: Packet) -> list[Packet]:
    """A box that does nothing."""
    return [packet]


class Talk:
    """Writes down what two hosts send. Times are the sender's; ``wait`` passes time."""

    def __init__(
        self, *, isns: tuple[int, int] = (CLIENT_ISN, SERVER_ISN), ids: bool = True
    ) -> None:
        self.packets: list[Packet] = []
        self.ns = START_NS
        self.isns = isns
        self.next = [isns[0], isns[1]]
        self.ends: tuple[tuple[Address, int], tuple[Address, int]] = (CLIENT, SERVER)
        self.stamps = True
        self._ids = ids
        self._id = [100, 5000]

    def wait(self, ms: float) -> None:
        self.ns += int(ms * MS)

    def send(self, side: int, flags: int, payload: int = 0, **fields: object) -> Packet:
        """The next segment of a side; a given ``seq`` leaves its place in the stream alone."""
        own = "seq" in fields
        seq = fields.pop("seq", self.next[side])
        self._id[side] += 1
        stamps = (int(self.ns // MS) % 2**32, 1) if self.stamps and not flags & RST else None
        (source, source_port), (target, target_port) = self.ends[side], self.ends[1 - side]
        blank = PacketSpec(self.ns, source, target, source_port, target_port, 0, flags)
        values: dict[str, object] = {
            "seq": seq,
            "ack": self.next[1 - side] if flags & ACK_FLAG else 0,
            "payload": bytes((int(str(seq)) + at) % 251 for at in range(payload)),
            "timestamps": stamps,
            "ip_id": self._id[side] if self._ids else 0,
            **fields,
        }
        packet = Packet(side, blank).but(**values)
        if not own and not flags & RST:
            step = payload + bool(flags & SYN) + bool(flags & FIN)
            self.next[side] = (self.next[side] + step) % 2**32
        self.packets.append(packet)
        return packet

    def open(self, request: int = 100) -> None:
        """Handshake and request."""
        options = {"mss": 1460, "window_scale": 7, "marks": OPTION_SACK_PERMITTED}
        self.send(0, SYN, **options)
        self.wait(40)
        self.send(1, SYN | ACK_FLAG, **options)
        self.wait(40)
        self.send(0, ACK_FLAG)
        self.send(0, ACK_FLAG | PSH, request)
        self.wait(40)

    def serve(self, count: int, size: int = MSS) -> None:
        """Data from the server, each segment acknowledged by the client."""
        for _ in range(count):
            self.send(1, ACK_FLAG, size)
            self.wait(25)
            self.send(0, ACK_FLAG)
            self.wait(25)

    def close(self) -> None:
        """Both FINs and their ACKs."""
        for side in (0, 1):
            self.send(side, FIN | ACK_FLAG)
            self.wait(40)
            self.send(1 - side, ACK_FLAG)
            self.wait(40)


def talk(segments: int = 10, **options: object) -> Talk:
    """A healthy connection from SYN to the last ACK."""
    made = Talk(**options)  # type: ignore[arg-type]
    made.open()
    made.serve(segments)
    made.close()
    return made


@dataclass
class Captures:
    """What the capture at the client and the one at the server hold."""

    client: list[PacketSpec]
    server: list[PacketSpec]


def both_ends(
    packets: Iterable[Packet], box: Box = through, *, gap_ns: int = GAP_NS, offset_ns: int = 0
) -> Captures:
    """Let the packets travel. ``offset_ns``: how far the server's clock is ahead."""
    here: list[PacketSpec] = []
    there: list[PacketSpec] = []
    for packet in packets:
        near, far = (here, there) if packet.side == 0 else (there, here)
        near.append(packet.spec)
        far += [late(one.spec, gap_ns) for one in box(packet)]
    return Captures(ordered(here), ordered([late(one, offset_ns) for one in there]))


def late(packet: PacketSpec, by_ns: int) -> PacketSpec:
    return replace(packet, time_ns=packet.time_ns + by_ns)


def ordered(packets: Sequence[PacketSpec]) -> list[PacketSpec]:
    return sorted(packets, key=lambda one: one.time_ns)


@dataclass
class Run:
    """Writes captures and compares them."""

    folder: Path

    def file(
        self, name: str, packets: Iterable[PacketSpec], style: CaptureStyle | None = None
    ) -> str:
        path = self.folder / f"{name}.pcap"
        with path.open("wb") as file:
            write_capture(file, packets, style)
        return str(path)

    def __call__(self, captures: Captures, **options: object) -> Comparison:
        a = self.file("client", captures.client)
        b = self.file("server", captures.server)
        return compare(a, b, **options)  # type: ignore[arg-type]


def only(comparison: Comparison) -> Pair:
    """The one connection both captures hold."""
    [pair] = comparison.pairs
    return pair


def lost(direction: Direction) -> dict[str, int]:
    """What was lost, by kind, without zeros."""
    return {kind: direction.lost[kind] for kind in KINDS if direction.lost[kind]}


def quiet(comparison: Comparison) -> None:
    """Nothing that matters, nothing lost, nothing from elsewhere."""
    assert comparison.exit_status == 0, comparison.headlines
    for pair in comparison.pairs:
        for each in pair.directions:
            assert not lost(each)
            assert not each.injected
            assert each.stop is None or not each.stop.proven

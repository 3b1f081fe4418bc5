"""Trace notation: a connection as text, one segment a line, without payload. The printing half.

::

    profile linux-6.17
    connection 0 client-port 37174 server-port 8080
     0.000000  C  S      0:0(0)              win 64240  <mss 1460,sackOK,wscale 10>
     0.000049  S  S.     0:0(0)    ack 1     win 65160  <mss 1460,sackOK,wscale 10>  ttl 64
     0.041142  C  P.     1:276(275)  ack 1   win 63  # the request

- The time is in seconds since the first segment; ``+0.04`` is relative to the line before.
- ``C`` or ``S`` sent the segment: client or server of the connection.
- Flags: ``F S R P U`` as usual, ``E`` ECE, ``W`` CWR, ``A`` AE, ``.`` ACK; ``-`` is none.
- ``seq:end(length)`` and ``ack`` are relative: the SYN of a side is its 0. Joined in the middle,
  the first sequence number known of a side is its 1.
- ``ack`` without the ACK flag is a field that should not have been filled in.
- ``win`` is the raw field, never scaled. It may be left out of a RST, where it means nothing.
- Options in ``<...>``: ``mss N``, ``wscale N``, ``sackOK``, ``sack L:R ...`` (relative), ``TS val
  N ecr N`` (raw), ``md5``, ``ao``, ``fastopen``, ``user-timeout``, ``mptcp``, ``other``,
  ``damaged``. Their order is lost, and so is padding (``nop`` is read and not printed).
- ``connection N`` says which connection (stream number) the following lines are of, when there
  are several or when its ports, addresses or initial sequence numbers matter.
- ``#`` begins a comment. At the end of a segment's line it is a note to that segment.

Lines stand in the order of capture, whatever their times say. ``notation_reader`` parses this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from unstick.wire import columns as c

FLAG_LETTERS = (
    ("F", c.FIN),
    ("S", c.SYN),
    ("R", c.RST),
    ("P", c.PSH),
    ("U", c.URG),
    ("E", c.ECE),
    ("W", c.CWR),
    ("A", c.AE),
    (".", c.ACK_FLAG),
)
"""In the order of printing: ACK last, as packetdrill and tcpdump have it."""

MARKS = (
    ("sackOK", c.OPTION_SACK_PERMITTED),
    ("md5", c.OPTION_MD5),
    ("ao", c.OPTION_AO),
    ("fastopen", c.OPTION_FAST_OPEN),
    ("user-timeout", c.OPTION_USER_TIMEOUT),
    ("mptcp", c.OPTION_MPTCP),
    ("other", c.OPTION_OTHER),
    ("damaged", c.OPTION_DAMAGED),
)
"""Options whose presence is all that a trace tells."""

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TraceConnection:
    """What is known of a connection beyond its segments. None: not said."""

    number: int
    client_port: int | None = None
    server_port: int | None = None
    client: str | None = None
    server: str | None = None
    client_isn: int | None = None
    server_isn: int | None = None


@dataclass(frozen=True, slots=True)
class TracePacket:
    """One segment. ``seq``, ``ack`` and ``sacks`` are relative, modulo 2**32.

    ``side`` 0 is the client, 1 the server; ``ack`` None is a field of 0 without the ACK flag;
    ``marks`` is the bit set of options that have no value (``MARKS``).
    """

    time_ns: int
    side: int
    flags: int
    seq: int
    length: int = 0
    ack: int | None = None
    window: int = 0
    mss: int | None = None
    window_scale: int | None = None
    timestamps: tuple[int, int] | None = None
    sacks: tuple[tuple[int, int], ...] = ()
    marks: int = 0
    ttl: int | None = None
    ip_id: int | None = None
    note: str | None = None
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole trace. ``connections`` are in order of first mention, and every packet's is there."""

    packets: tuple[TracePacket, ...]
    connections: tuple[TraceConnection, ...] = (TraceConnection(0),)
    profile: str | None = None


# --- printing --------------------------------------------------------------------------------


def print_trace(trace: Trace) -> str:
    """The trace as text. ``parse_trace`` of it gives the same trace."""
    return "\n".join(trace_lines(trace)) + "\n"


def trace_lines(trace: Trace) -> Iterator[str]:
    """The lines of ``print_trace``. A lone connection 0 of which nothing is said gets no line."""
    if trace.profile is not None:
        yield f"profile {trace.profile}"
    said = trace.connections == (TraceConnection(0),)
    if not said:
        yield from (connection_line(connection) for connection in trace.connections)
    current = trace.connections[-1].number
    for packet in trace.packets:
        if packet.connection != current:
            current = packet.connection
            yield f"connection {current}"
        yield packet_line(packet)


def connection_line(connection: TraceConnection) -> str:
    """``connection N`` and whatever is known of it."""
    words = [f"connection {connection.number}"]
    for name, value in (
        ("client", connection.client),
        ("client-port", connection.client_port),
        ("server", connection.server),
        ("server-port", connection.server_port),
        ("client-isn", connection.client_isn),
        ("server-isn", connection.server_isn),
    ):
        if value is not None:
            words.append(f"{name} {value}")
    return " ".join(words)


def packet_line(packet: TracePacket) -> str:
    """One segment as one line."""
    end = (packet.seq + packet.length) & c.MASK
    span = f"{packet.seq}:{end}({packet.length})"
    ack = "" if packet.ack is None else f"ack {packet.ack}"
    words = f"{time_text(packet.time_ns):>11}  {'CS'[packet.side]}  {flags_text(packet.flags):<4} "
    words += f" {span:<22} {ack:<12} win {packet.window}"
    options = options_text(packet)
    for part in (
        f"<{options}>" if options else "",
        "" if packet.ttl is None else f"ttl {packet.ttl}",
        "" if packet.ip_id is None else f"id {packet.ip_id}",
        "" if packet.note is None else f"# {packet.note}",
    ):
        words += f"  {part}" if part else ""
    return words


def time_text(time_ns: int) -> str:
    """Seconds with six decimals, or nine where they matter."""
    sign, time_ns = ("-", -time_ns) if time_ns < 0 else ("", time_ns)
    seconds, rest = divmod(time_ns, SECOND_NS)
    text = f"{sign}{seconds}.{rest:09}"
    return text.removesuffix("000")


def flags_text(flags: int) -> str:
    """``S.`` for SYN and ACK; ``-`` for none. Bits without a letter (reserved ones) are lost."""
    return "".join(letter for letter, bit in FLAG_LETTERS if (flags & bit) != 0) or "-"


def options_text(packet: TracePacket) -> str:
    """What stands between the angle brackets; empty if there is nothing."""
    parts = []
    if packet.mss is not None:
        parts.append(f"mss {packet.mss}")
    parts += [mark for mark, bit in MARKS[:1] if (packet.marks & bit) != 0]
    if packet.timestamps is not None:
        parts.append(f"TS val {packet.timestamps[0]} ecr {packet.timestamps[1]}")
    if packet.window_scale is not None:
        parts.append(f"wscale {packet.window_scale}")
    if packet.sacks:
        parts.append("sack " + " ".join(f"{left}:{right}" for left, right in packet.sacks))
    parts += [mark for mark, bit in MARKS[1:] if (packet.marks & bit) != 0]
    return ",".join(parts)


# --- from the segment table ----------------------------------------------------------------------


@dataclass(slots=True)
class Origins:
    """The sequence numbers that are 0 in the trace: of the client, of the server."""

    isn: list[int | None] = field(default_factory=lambda: [None, None])

    def learn(self, table: memoryview, base: int) -> None:
        """Takes from a segment what it tells of the two origins, if they are not yet known."""
        side = table[base + c.SIDE]
        flags = table[base + c.FLAGS]
        if self.isn[side] is None:
            opens = (flags & c.SYN) != 0
            self.isn[side] = (table[base + c.SEQ] - (0 if opens else 1)) & c.MASK
        if self.isn[1 - side] is None and (flags & c.ACK_FLAG) != 0:
            self.isn[1 - side] = (table[base + c.ACK] - 1) & c.MASK

    def relative(self, side: int, number: int) -> int:
        return (number - (self.isn[side] or 0)) & c.MASK


def packet_of_row(table: memoryview, base: int, origins: Origins, start_ns: int) -> TracePacket:
    """The segment at index ``base`` of the segment table, which flows has given its SIDE.

    ``origins`` are those of its connection: they learn from the segment first.
    """
    origins.learn(table, base)
    side, flags, ack = table[base + c.SIDE], table[base + c.FLAGS], table[base + c.ACK]
    has_ack = (flags & c.ACK_FLAG) != 0 or ack != 0
    sacks = tuple(
        (
            origins.relative(1 - side, table[base + c.SACK_1_LEFT + (2 * block)]),
            origins.relative(1 - side, table[base + c.SACK_1_RIGHT + (2 * block)]),
        )
        for block in range(max(0, min(4, table[base + c.SACK_COUNT])))
    )
    tsval, tsecr = known(table[base + c.TSVAL]), known(table[base + c.TSECR])
    return TracePacket(
        time_ns=table[base + c.TIME_NS] - start_ns,
        side=side,
        flags=flags,
        seq=origins.relative(side, table[base + c.SEQ]),
        length=table[base + c.LENGTH],
        ack=origins.relative(1 - side, ack) if has_ack else None,
        window=table[base + c.WINDOW],
        mss=known(table[base + c.MSS]),
        window_scale=known(table[base + c.WINDOW_SCALE]),
        timestamps=None if tsval is None or tsecr is None else (tsval, tsecr),
        sacks=sacks,
        marks=table[base + c.OPTIONS] & ALL_MARKS,
        ttl=known(table[base + c.TTL]),
        ip_id=known(table[base + c.IP_ID]),
    )


def known(value: int) -> int | None:
    """A column's value, None for NONE."""
    return None if value == c.NONE else value


ALL_MARKS = sum(bit for _, bit in MARKS)

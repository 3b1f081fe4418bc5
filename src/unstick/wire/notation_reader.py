"""Trace notation: text to segments. What the notation means is told in ``notation``.

A line that does not parse raises ``NotationError``, which names the line and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from unstick.errors import NotationError
from unstick.wire import columns as c
from unstick.wire.notation import (
    FLAG_LETTERS,
    MARKS,
    SECOND_NS,
    Trace,
    TraceConnection,
    TracePacket,
)

LENGTH_MAX = 1 << 20
"""Bytes of one segment. Offload frames of 64 KB and more exist; a megabyte is a typing error."""

MARK_BITS = dict(MARKS)
FLAG_BITS = dict(FLAG_LETTERS)


@dataclass(slots=True)
class Words:
    """The words of one line, taken from the left."""

    line: int
    text: str
    words: list[str]

    def take(self, expected: str) -> str:
        if not self.words:
            raise self.error(f"the line ends; expected {expected}")
        return self.words.pop(0)

    def error(self, reason: str) -> NotationError:
        return NotationError(self.line, self.text, reason)

    def number(self, expected: str, greatest: int, word: str | None = None) -> int:
        """A whole number from 0 to ``greatest``."""
        word = self.take(expected) if word is None else word
        digits = word.isascii() and word.isdigit() and len(word) <= 10
        if not digits or int(word) > greatest:
            raise self.error(f"expected {expected} (0 to {greatest}), not {word!r}")
        return int(word)

    def sequence(self, expected: str, word: str | None = None) -> int:
        """A relative sequence number; a negative one counts back from 2**32."""
        word = self.take(expected) if word is None else word
        if word.startswith("-"):
            return -self.number(expected, c.MASK, word[1:]) & c.MASK
        return self.number(expected, c.MASK, word)


@dataclass(slots=True)
class Reading:
    """What was read so far."""

    profile: str | None = None
    connections: dict[int, TraceConnection] = field(default_factory=dict)
    packets: list[TracePacket] = field(default_factory=list)
    current: int | None = None


def parse_trace(text: str) -> Trace:
    """The trace that ``text`` tells. Raises ``NotationError`` at the first line it cannot read."""
    reading = Reading()
    for number, line in enumerate(text.splitlines(), 1):
        body, mark, note = line.partition("#")
        words = Words(number, line, split(body))
        if not words.words:
            continue
        if words.words[0] == "profile":
            read_profile(words, reading)
        elif words.words[0] == "connection":
            read_connection(words, reading)
        else:
            reading.packets.append(read_packet(words, reading, note.strip() if mark else ""))
    connections = tuple(reading.connections.values()) or (TraceConnection(0),)
    return Trace(tuple(reading.packets), connections, reading.profile)


def split(body: str) -> list[str]:
    """Words; ``<...>`` is one word, whatever it contains."""
    before, opening, rest = body.partition("<")
    if not opening:
        return body.split()
    inside, closing, after = rest.partition(">")
    return [*before.split(), opening + inside + closing, *after.split()]


def read_profile(words: Words, reading: Reading) -> None:
    words.take("profile")
    if reading.profile is not None:
        raise words.error("a second profile; a trace has one")
    reading.profile = words.take("the name of a stack profile")
    end_of_line(words)


def end_of_line(words: Words) -> None:
    if words.words:
        raise words.error(f"expected the end of the line, not {words.words[0]!r}")


def read_connection(words: Words, reading: Reading) -> None:
    words.take("connection")
    number = words.number("the number of the connection", c.MASK)
    values: dict[str, Any] = {}
    while words.words:
        key = words.take("")
        name = key.replace("-", "_")
        if name not in CONNECTION_KEYS:
            raise words.error(f"expected one of {', '.join(sorted(CONNECTION_WORDS))}, not {key!r}")
        if name in values:
            raise words.error(f"{key} stands twice")
        values[name] = CONNECTION_KEYS[name](words)
    if number in reading.connections and values:
        raise words.error("this connection was described before; say only its number to go on")
    if number not in reading.connections:
        reading.connections[number] = TraceConnection(number, **values)
    reading.current = number


def read_address(words: Words) -> str:
    word = words.take("an address")
    try:
        return str(ip_address(word))
    except ValueError:
        raise words.error(f"expected an IPv4 or IPv6 address, not {word!r}") from None


def read_port(words: Words) -> int:
    return words.number("a port", 65535)


def read_isn(words: Words) -> int:
    return words.number("an initial sequence number", c.MASK)


CONNECTION_KEYS: dict[str, Callable[[Words], int | str]] = {
    "client": read_address,
    "client_port": read_port,
    "server": read_address,
    "server_port": read_port,
    "client_isn": read_isn,
    "server_isn": read_isn,
}
CONNECTION_WORDS = frozenset(name.replace("_", "-") for name in CONNECTION_KEYS)


def read_packet(words: Words, reading: Reading, note: str) -> TracePacket:
    previous_ns = reading.packets[-1].time_ns if reading.packets else 0
    time_ns = read_time(words, previous_ns)
    side = words.take("C or S, the side that sent the segment")
    if side not in ("C", "S"):
        raise words.error(f"expected C or S, the side that sent the segment, not {side!r}")
    flags = read_flags(words)
    seq, length = read_span(words)
    fields = read_fields(words)
    if (flags & c.ACK_FLAG) != 0 and "ack" not in fields:
        raise words.error("the ACK flag (.) is set; expected 'ack N'")
    if (flags & c.RST) == 0 and "window" not in fields:
        raise words.error("expected 'win N'")
    if reading.current is None:
        reading.current = 0
        reading.connections[0] = TraceConnection(0)
    return TracePacket(
        time_ns,
        "CS".index(side),
        flags,
        seq,
        length,
        note=note or None,
        connection=reading.current,
        **fields,
    )


TIME = re.compile(r"([+-]?)(\d{1,10})(?:\.(\d{1,9}))?", re.ASCII)


def read_time(words: Words, previous_ns: int) -> int:
    """Nanoseconds since the start of the trace."""
    expected = "a time in seconds, such as 0.040 or +0.04 (nine decimals at most)"
    word = words.take(expected)
    match = TIME.fullmatch(word)
    if match is None:
        raise words.error(f"expected {expected}, not {word!r}")
    sign, seconds, decimals = match.groups("")
    time_ns = int(seconds) * SECOND_NS + int(decimals.ljust(9, "0"))
    if sign == "+":
        return previous_ns + time_ns
    return -time_ns if sign == "-" else time_ns


def read_flags(words: Words) -> int:
    letters = "".join(FLAG_BITS)
    word = words.take(f"flags: letters of {letters!r}, or '-'")
    flags = 0
    for letter in word if word != "-" else "":
        if letter not in FLAG_BITS or (flags & FLAG_BITS[letter]) != 0:
            raise words.error(f"expected flags, each of {letters!r} at most once, not {word!r}")
        flags |= FLAG_BITS[letter]
    return flags


def read_span(words: Words) -> tuple[int, int]:
    """``seq:end(length)``, which must add up."""
    expected = "seq:end(length), such as 1:276(275)"
    word = words.take(expected)
    left, colon, rest = word.partition(":")
    right, opening, tail = rest.partition("(")
    if not colon or not opening or not tail.endswith(")"):
        raise words.error(f"expected {expected}, not {word!r}")
    seq, end = words.sequence(expected, left), words.sequence(expected, right)
    length = words.number("a length", LENGTH_MAX, tail[:-1])
    if (seq + length) & c.MASK != end:
        raise words.error(f"{seq} and {length} bytes end at {(seq + length) & c.MASK}, not {end}")
    return seq, length


FieldValue = int | tuple[int, int] | tuple[tuple[int, int], ...]
Fields = dict[str, Any]  # of FieldValue; a dataclass cannot be built from a union

SEGMENT_FIELDS: dict[str, tuple[str, Callable[[Words], int]]] = {
    "ack": ("ack", lambda words: words.sequence("an acknowledgment number")),
    "win": ("window", lambda words: words.number("a window", 65535)),
    "ttl": ("ttl", lambda words: words.number("a TTL", 255)),
    "id": ("ip_id", lambda words: words.number("an IP identification", 65535)),
}


def read_fields(words: Words) -> Fields:
    """Everything after the span, in any order, each at most once."""
    fields: Fields = {}
    while words.words:
        word = words.take("")
        if word.startswith("<"):
            read_options(words, word, fields)
            continue
        if word not in SEGMENT_FIELDS:
            known_words = ", ".join(SEGMENT_FIELDS)
            raise words.error(f"expected one of {known_words} or <options>, not {word!r}")
        name, read = SEGMENT_FIELDS[word]
        put(words, fields, name, read(words))
    return fields


def put(words: Words, fields: Fields, name: str, value: FieldValue) -> None:
    if name in fields:
        raise words.error(f"{name.replace('_', ' ')} stands twice")
    fields[name] = value


def read_options(words: Words, word: str, fields: Fields) -> None:
    if not word.endswith(">"):
        raise words.error("the options have no '>'")
    marks = 0
    for text in word[1:-1].split(","):
        option = Words(words.line, words.text, text.split())
        name = option.take("an option between the commas")
        if name in MARK_BITS:
            marks |= MARK_BITS[name]
        elif name in OPTION_VALUES:
            put(words, fields, *OPTION_VALUES[name](option))
        elif name not in ("nop", "eol"):
            expected = ", ".join([*OPTION_VALUES, *MARK_BITS])
            raise words.error(f"expected an option ({expected}), not {name!r}")
        end_of_line(option)
    if marks:
        put(words, fields, "marks", marks)


def read_mss(option: Words) -> tuple[str, FieldValue]:
    return "mss", option.number("a segment size", 65535)


def read_window_scale(option: Words) -> tuple[str, FieldValue]:
    return "window_scale", option.number("a window scale", 14)


def read_timestamps(option: Words) -> tuple[str, FieldValue]:
    for_each = []
    for word in ("val", "ecr"):
        if option.take(f"'{word} N'") != word:
            raise option.error("expected 'TS val N ecr N'")
        for_each.append(option.number("a timestamp", c.MASK))
    return "timestamps", (for_each[0], for_each[1])


def read_sacks(option: Words) -> tuple[str, FieldValue]:
    blocks = []
    while option.words:
        left, _, right = option.take("").partition(":")
        blocks.append((option.sequence("left:right", left), option.sequence("left:right", right)))
    if not 1 <= len(blocks) <= 4:
        raise option.error("expected one to four SACK blocks, such as sack 1:1449 2897:4345")
    return "sacks", tuple(blocks)


OPTION_VALUES: dict[str, Callable[[Words], tuple[str, FieldValue]]] = {
    "mss": read_mss,
    "wscale": read_window_scale,
    "TS": read_timestamps,
    "sack": read_sacks,
}

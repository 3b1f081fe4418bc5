"""The ``-Y`` language: which connections to look at, in words that tcpdump users already type.

It chooses *connections*, not packets. One primitive names an address, a port or a stream::

    host A          either end has this address (IPv4 or IPv6; names are not looked up)
    net P           either end is in this network: 10.0.0.0/8, 10/8, 2001:db8::/32
    port N          either end has this port
    src host A      the *client* has it: the side that opened the connection ("src port", "src net")
    dst host A      the *server* has it: the side that was called
    stream N        the connection with this number, as Wireshark counts them

``and``, ``or``, ``not`` and parentheses join them (also ``&&``, ``||``, ``!``). ``and`` and ``or``
side by side need parentheses: tcpdump reads ``a or b and c`` from left to right, Wireshark reads
``and`` first, so whichever meaning we gave it would surprise half of those who type it.

Not here: packet fields, flags, time. Nothing but ``FilterError`` is ever raised.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from unstick.errors import FilterError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_DEPTH = 50  # nested parentheses; deeper is not a person, and Python's stack has an end
MAX_PORT = 65535
MAX_STREAM = 2**32 - 1  # Wireshark's tcp.stream is 32 bits wide

SIDES = ("src", "dst")
KINDS = ("host", "net", "port")
JOINERS = ("and", "or")
SYMBOLS = {"&&": "and", "||": "or", "!": "not"}
COMPARISONS = ("==", "!=", "=", "eq", "ne")
STARTS = (*KINDS, *SIDES, "stream", "not", "(")
KEYWORDS = frozenset((*STARTS, *JOINERS, ")"))

WIRESHARK = {
    "tcp.stream": "stream {}",
    "ip.addr": "host {}",
    "ipv6.addr": "host {}",
    "ip.src": "src host {}",
    "ipv6.src": "src host {}",
    "ip.dst": "dst host {}",
    "ipv6.dst": "dst host {}",
    "tcp.port": "port {}",
    "tcp.srcport": "src port {}",
    "tcp.dstport": "dst port {}",
}
"""Display-filter fields that people type from habit, and what to write here instead."""

WORD = re.compile(r"&&|\|\||[=!]=|[()!]|[^\s()&|!=]+|\S")


class Filter(Protocol):
    """A parsed expression. ``str`` of it parses to an equal one."""

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        """Whether this connection is wanted. ``client`` opened it; addresses are plain text."""


@dataclass(frozen=True, slots=True)
class Host:
    """``[src|dst] host A``"""

    address: Address
    side: str | None = None

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        return (self.side != "dst" and _address(client) == self.address) or (
            self.side != "src" and _address(server) == self.address
        )

    def __str__(self) -> str:
        return f"{_prefix(self.side)}host {self.address}"


@dataclass(frozen=True, slots=True)
class Net:
    """``[src|dst] net P``"""

    network: Network
    side: str | None = None

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        return (self.side != "dst" and self._holds(client)) or (
            self.side != "src" and self._holds(server)
        )

    def _holds(self, text: str) -> bool:
        address = _address(text)
        return address is not None and address in self.network

    def __str__(self) -> str:
        return f"{_prefix(self.side)}net {self.network}"


@dataclass(frozen=True, slots=True)
class Port:
    """``[src|dst] port N``"""

    port: int
    side: str | None = None

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        return (self.side != "dst" and client_port == self.port) or (
            self.side != "src" and server_port == self.port
        )

    def __str__(self) -> str:
        return f"{_prefix(self.side)}port {self.port}"


@dataclass(frozen=True, slots=True)
class Stream:
    """``stream N``"""

    stream: int

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        return stream == self.stream

    def __str__(self) -> str:
        return f"stream {self.stream}"


@dataclass(frozen=True, slots=True)
class Not:
    """``not x``"""

    part: Filter

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        return not self.part.accepts(client, client_port, server, server_port, stream)

    def __str__(self) -> str:
        return f"not {_bracketed(self.part)}"


@dataclass(frozen=True, slots=True)
class Joined:
    """``x and y and ...`` or ``x or y or ...``; at least two parts."""

    joiner: str
    parts: tuple[Filter, ...]

    def accepts(
        self, client: str, client_port: int, server: str, server_port: int, stream: int
    ) -> bool:
        answers = (
            part.accepts(client, client_port, server, server_port, stream) for part in self.parts
        )
        return all(answers) if self.joiner == "and" else any(answers)

    def __str__(self) -> str:
        return f" {self.joiner} ".join(_bracketed(part) for part in self.parts)


def parse_filter(expression: str) -> Filter:
    """The filter this text means, or ``FilterError`` pointing at the word that does not fit."""
    words = _words(expression)
    _refuse_wireshark(expression, words)
    place, result = _joined(expression, words, 0, 0)
    if place < len(words):
        raise _juxtaposed(expression, words[place])
    return result


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    column: int

    @property
    def key(self) -> str:
        """The word as grammar sees it: lower case, with ``&&``, ``||`` and ``!`` spelled out."""
        lower = self.text.lower()
        return SYMBOLS.get(lower, lower)


def _words(expression: str) -> list[_Word]:
    return [_Word(match.group(), match.start()) for match in WORD.finditer(expression)]


def _at(expression: str, words: list[_Word], place: int) -> _Word:
    """The word at this place; past the end, an empty word there."""
    return words[place] if place < len(words) else _Word("", len(expression))


def _joined(expression: str, words: list[_Word], place: int, depth: int) -> tuple[int, Filter]:
    """One or more parts joined by one and the same word."""
    place, first = _part(expression, words, place, depth)
    parts = [first]
    joiner: str | None = None
    while _at(expression, words, place).key in JOINERS:
        word = words[place]
        if joiner is not None and word.key != joiner:
            raise FilterError(
                expression,
                word.column,
                word.text,
                "'and' beside 'or': say with ( ) which belongs together",
            )
        joiner = word.key
        place, part = _part(expression, words, place + 1, depth)
        parts.append(part)
    return place, first if joiner is None else Joined(joiner, tuple(parts))


def _part(expression: str, words: list[_Word], place: int, depth: int) -> tuple[int, Filter]:
    """``not`` any number of times, then a primitive or something in parentheses."""
    negated = False
    while _at(expression, words, place).key == "not":
        negated = not negated
        place += 1
    word = _at(expression, words, place)
    if word.key == "(":
        place, part = _parenthesis(expression, words, place, depth)
    else:
        place, part = _primitive(expression, words, place)
    return place, Not(part) if negated else part


def _parenthesis(expression: str, words: list[_Word], place: int, depth: int) -> tuple[int, Filter]:
    opening = words[place]
    if depth >= MAX_DEPTH:
        raise FilterError(expression, opening.column, "(", f"more than {MAX_DEPTH} nested ( )")
    place, part = _joined(expression, words, place + 1, depth + 1)
    closing = _at(expression, words, place)
    if closing.key == ")":
        return place + 1, part
    if closing.text:
        raise _juxtaposed(expression, closing)
    raise FilterError(expression, opening.column, "(", "this ( is never closed")


def _primitive(expression: str, words: list[_Word], place: int) -> tuple[int, Filter]:
    word = _at(expression, words, place)
    side: str | None = None
    if word.key in SIDES:
        side = word.key
        place += 1
        word = _at(expression, words, place)
        if word.key not in KINDS:
            reason = f"after '{side}' comes host, net or port"
            raise FilterError(expression, word.column, word.text, reason)
    if word.key not in (*KINDS, "stream"):
        raise FilterError(expression, word.column, word.text, _expected(word))
    value = _at(expression, words, place + 1)
    if not value.text or value.key in KEYWORDS:
        reason = f"'{word.key}' needs {NEEDS[word.key]}"
        raise FilterError(expression, value.column, value.text, reason)
    if value.text in COMPARISONS:
        meant = f"{word.key} {_at(expression, words, place + 2).text or '...'}"
        reason = f"no '{value.text}' here: write '{meant}'"
        raise FilterError(expression, value.column, value.text, reason)
    return place + 2, MAKERS[word.key](expression, value, side)


def _make_host(expression: str, word: _Word, side: str | None) -> Filter:
    address = _address(word.text)
    if address is None:
        reason = "not an IP address (names are not looked up)"
        raise FilterError(expression, word.column, word.text, reason)
    return Host(address, side)


def _make_net(expression: str, word: _Word, side: str | None) -> Filter:
    text = _spelled_out(word.text)
    try:
        return Net(ipaddress.ip_network(text), side)
    except ValueError:
        pass
    try:
        meant = f"bits are set to the right of the mask; the network is {_loose(text)}"
    except ValueError:
        meant = "not a network; write 10.0.0.0/8 or 2001:db8::/32"
    raise FilterError(expression, word.column, word.text, meant)


def _loose(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def _make_port(expression: str, word: _Word, side: str | None) -> Filter:
    return Port(_number(expression, word, MAX_PORT, "port"), side)


def _make_stream(expression: str, word: _Word, side: str | None) -> Filter:
    return Stream(_number(expression, word, MAX_STREAM, "stream number"))


MAKERS: dict[str, Callable[[str, _Word, str | None], Filter]] = {
    "host": _make_host,
    "net": _make_net,
    "port": _make_port,
    "stream": _make_stream,
}
NEEDS = {
    "host": "an address",
    "net": "a network such as 10.0.0.0/8",
    "port": "a number",
    "stream": "a number",
}


def _number(expression: str, word: _Word, limit: int, what: str) -> int:
    # int() also reads "١٢" and "1_000", and refuses 5,000 digits with an error of its own.
    text = word.text
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
    if number is None or number > limit:
        raise FilterError(expression, word.column, text, f"not a {what} (0 to {limit})")
    return number


def _spelled_out(text: str) -> str:
    """``10/8`` and ``192.168`` as tcpdump and ss read them: ``10.0.0.0/8``, ``192.168.0.0/16``."""
    head, slash, length = text.partition("/")
    octets = head.split(".")
    if not all(part.isascii() and part.isdigit() for part in octets) or len(octets) > 4:
        return text
    bits = length if slash else str(8 * len(octets))
    return ".".join(octets + ["0"] * (4 - len(octets))) + "/" + bits


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """The address, with IPv4 hidden in IPv6 (``::ffff:10.0.0.1``) as the IPv4 it is."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:  # a capture does not know interfaces by name
            return None
        return address.ipv4_mapped or address
    return address


def _refuse_wireshark(expression: str, words: list[_Word]) -> None:
    """Display-filter habits get the word they need here instead of a plain refusal."""
    for place, word in enumerate(words):
        if word.key not in WIRESHARK and not re.match(r"(tcp|ip|ipv6|frame|http)\.\w", word.key):
            continue
        value = _at(expression, words, place + 2).text
        here = WIRESHARK.get(word.key, "").format(value or "...")
        reason = f"that is Wireshark's language; write '{here}'" if here else _NOT_PACKETS
        raise FilterError(expression, word.column, word.text, reason)


_NOT_PACKETS = "that is Wireshark's language; -Y here chooses connections, not packets"


def _expected(word: _Word) -> str:
    if not word.text:
        return "something is missing at the end"
    if word.key in JOINERS:
        return f"nothing stands before '{word.key}'"
    if word.key == ")":
        return "nothing stands before this )"
    if _address(word.text) is not None:
        return f"say what it is: 'host {word.text}'"
    if word.text.isascii() and word.text.isdigit():
        return f"say what it is: 'port {word.text}' or 'stream {word.text}'"
    return f"unknown word '{word.text}'"


def _juxtaposed(expression: str, word: _Word) -> FilterError:
    if word.key == ")":
        return FilterError(expression, word.column, word.text, "this ) was never opened")
    if word.key in STARTS:
        return FilterError(expression, word.column, word.text, "'and' or 'or' is missing here")
    return FilterError(expression, word.column, word.text, f"'{word.text}' does not belong here")


def _prefix(side: str | None) -> str:
    return f"{side} " if side else ""


def _bracketed(part: Filter) -> str:
    return f"({part})" if isinstance(part, Joined) else str(part)

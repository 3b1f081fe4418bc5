"""packetdrill scripts as data: the lines that tell of segments, calls and commands.

A subset. What is not in it is named by ``UnreadableError`` with a reason that can be counted. No
script is run here, and no shell command ever is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from unstick.wire import columns as c

FLAG_BITS = {
    "F": c.FIN,
    "S": c.SYN,
    "R": c.RST,
    "P": c.PSH,
    "U": c.URG,
    "E": c.ECE,
    "W": c.CWR,
    "A": c.AE,
    ".": c.ACK_FLAG,
    "-": 0,
}


class UnreadableError(Exception):
    """A line that this reader does not know. ``reason`` is the same for all lines of its kind."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


@dataclass(frozen=True)
class Segment:
    """One segment. Numbers are as in the script: each side's first SYN is its 0. None: not said;
    ``seq`` is never None of a segment that comes in."""

    inbound: bool
    flags: int
    seq: int | None
    length: int
    ack: int | None
    window: int | None
    text: str
    scale: int | None = None
    timestamp: int | None = None
    sack_edge: int | None = None
    signed: bool = False


@dataclass(frozen=True)
class Call:
    """A system call of the script's program: ``name(arguments) = result error``."""

    name: str
    arguments: tuple[str, ...]
    result: int | None
    error: str | None

    @property
    def descriptor(self) -> str:
        return self.arguments[0] if self.arguments else ""


@dataclass(frozen=True)
class Command:
    """A shell command or a piece of Python: read for what it sets or asserts, never run."""

    text: str


@dataclass(frozen=True)
class Event:
    """``at_s`` None: at any time after the event before it."""

    at_s: float | None
    line: int
    what: Segment | Call | Command


@dataclass
class Script:
    """Events in order."""

    events: list[Event] = field(default_factory=list)


NUMBER = r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)"
TIME = re.compile(
    rf"(\*|(?:\+\s*)?{NUMBER})(?:\s*~\s*\+?{NUMBER})?(?:\s*\.\.\.\s*\+?{NUMBER})?(?=[\s<>`%*a-z])"
)
OPTION_LINE = re.compile(r"--[\w-]+(?:=\S*)?[^\n]*")
COMMENT = re.compile(r"`[^`]*`|/\*.*?\*/|//[^\n]*", re.DOTALL)
"""Or a shell command, in which // begins none."""
CONDITION = re.compile(r"^#\s*(ifdef|ifndef|else|endif)\b[ \t]*(\w*)")
CALL = re.compile(r"(\w+)\s*\((.*)\)\s*=\s*(\?|[\w|.-]+)[ \t]*([A-Z]{2,})?", re.DOTALL)


def read(text: str, defines: frozenset[str] = frozenset()) -> Script:
    """The script. ``defines``: names that its ``#ifdef`` may ask for. Raises UnreadableError."""
    script = Script()
    now_s = 0.0
    for line, when, action in statements(chosen(uncommented(text), defines)):
        at_s: float | None = None
        if when is None or when.startswith("+"):
            now_s += float(when[1:]) if when else 0.0
            at_s = now_s
        elif when != "*":
            at_s = now_s = float(when)
        script.events.append(Event(at_s, line, action_of(action, line)))
    return script


def uncommented(text: str) -> str:
    """Comments become blanks; line numbers stay."""
    return COMMENT.sub(blanked, text)


def blanked(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("`") else "\n" * found[0].count("\n")


def chosen(text: str, defines: frozenset[str]) -> str:
    """The lines that stand under no ``#ifdef`` or under one that holds."""
    lines, holds = [], [True]
    for line in text.split("\n"):
        found = CONDITION.match(line)
        if found is None:
            lines.append(line if all(holds) else "")
            continue
        lines.append("")
        word, name = found.groups()
        if word == "endif" and len(holds) > 1:
            holds.pop()
        elif word == "else" and len(holds) > 1:
            holds[-1] = not holds[-1]
        elif word.startswith("if"):
            holds.append((name in defines) == (word == "ifdef"))
    return "\n".join(lines)


def statements(text: str) -> Iterator[tuple[int, str | None, str]]:
    """Line number, time and action of each statement; options of the head are passed over."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        line = text.count("\n", 0, at) + 1
        head = OPTION_LINE.match(text, at)
        if head is not None:
            at = head.end()
            continue
        time = TIME.match(text, at)
        start = len(text) - len(text[time.end() :].lstrip()) if time is not None else at
        end = end_of(text, start)
        if time is None and text[start] not in "`%":
            raise UnreadableError("a line that is no event", line)
        yield line, time[1] if time is not None else None, text[start:end].strip()
        at = end


def end_of(text: str, start: int) -> int:
    """Where a statement ends: with its line, or with the quotes or parentheses it opens."""
    for opening, closing in (("`", "`"), ("%{", "}%")):
        if text.startswith(opening, start):
            end = text.find(closing, start + len(opening))
            return len(text) if end < 0 else end + len(closing)
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    while text.count("(", start, end) > text.count(")", start, end) and end < len(text):
        end = text.find("\n", end + 1)
        end = len(text) if end < 0 else end
    return end


def action_of(text: str, line: int) -> Segment | Call | Command:
    if text[:1] in "<>" and text:
        return segment_of(text, line)
    if text.startswith(("`", "%{")):
        return Command(text.strip("`%{} \n"))
    found = CALL.match(text)
    if found is None:
        raise UnreadableError("a statement outside the subset", line)
    name, arguments, result, error = found.groups()
    value = int(result) if re.fullmatch(r"-?\d+", result) else None
    return Call(name, tuple(one.strip() for one in arguments.split(",")), value, error)


SEGMENT = re.compile(
    r"(?P<flags>[SFRPEWAU.0-9]+|-)\s+(?:(?P<seq>\d+):\d+|\.\.\.)\((?P<length>\d+)\)!?"
    r"(?:\s+ack\s+(?P<ack>\d+))?(?:\s+win\s+(?P<win>\d+))?(?:\s+urg\s+\d+)?"
    r"\s*(?:<(?P<options>[^>]*)>)?\s*$"
)
ELSEWHERE = {
    # first word of a packet: what the model has no rules for
    "icmp": "ICMP",
    "udp": "UDP",
    "sctp": "SCTP",
    "ipv4": "a tunnel",
    "ipv6": "a tunnel",
    "gre": "a tunnel",
    "mpls": "a tunnel",
    "psp": "encryption (PSP)",
}


def segment_of(text: str, line: int) -> Segment:
    inbound, rest = text[0] == "<", text[1:].strip()
    rest = re.sub(r"^(\([^)]*\)|\[[^]]*\])\s*", "", rest)  # ECN, TTL, flow label
    word = re.match(r"[a-z]+\d?", rest)
    if word is not None:
        raise UnreadableError(ELSEWHERE.get(word[0], "a statement outside the subset"), line)
    if re.search(r"/\s*udp\b", rest):
        raise UnreadableError("TCP over UDP", line)
    if re.match(r"\d+\s*>\s*\d+", rest):
        raise UnreadableError("several connections", line)
    found = SEGMENT.match(rest)
    if found is None or (inbound and found["seq"] is None):
        raise UnreadableError("a segment outside the subset", line)
    flags = 0
    for letter in found["flags"]:
        flags |= FLAG_BITS.get(letter, 0)
    options = found["options"] or ""
    if re.search(r"\bFO(EXP)?\b", options):
        raise UnreadableError("TCP Fast Open", line)
    return Segment(
        inbound,
        flags,
        int(found["seq"]) if found["seq"] is not None else None,
        int(found["length"]),
        int(found["ack"]) if found["ack"] is not None else None,
        int(found["win"]) if found["win"] is not None else None,
        " ".join(text.split()),
        scale=number_in(r"wscale\s+(\d+)", options),
        timestamp=number_in(r"TS\s+val\s+(\d+)", options),
        sack_edge=max((int(one) for one in re.findall(r"\d+:(\d+)", options)), default=None),
        signed="md5" in options,
    )


def number_in(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return None if found is None else int(found[1])

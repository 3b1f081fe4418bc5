"""How text may look: how wide, with colour or not, with arrows or with plain ASCII.

The command line decides (terminal, NO_COLOR, encoding) and passes a ``Look`` in; nothing here asks
the environment.
"""

from __future__ import annotations

from itertools import pairwise, takewhile

from unstick.named import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textwrap import TextWrapper

PAGE = 79  # columns of a report that goes to a pipe, a file or a ticket
NARROWEST = 8  # below this lines overflow instead of becoming confetti

STYLES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "yellow": "\x1b[33m",
    "green": "\x1b[32m",
    "cyan": "\x1b[36m",
}
RESET = "\x1b[0m"

ASCII = str.maketrans(
    {
        "─": "-", "│": "|", "├": "|", "┤": "|", "▶": ">", "◀": "<", "╎": ":", "━": "=",
        "→": "->", "←": "<-", "≥": ">=", "≤": "<=", "…": "~", "·": "-", "×": "x", "µ": "u",
        "–": "-", "—": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "✓": "ok",
    }
)  # fmt: skip
"""Every sign our texts use, in ASCII. What is not here becomes ``?``."""

KEPT = "\u00a0"  # a space at which no line is broken; it leaves as a plain space
UNITS = {
    *("ns", "µs", "us", "ms", "s", "min", "h", "d", "kB", "MB", "GB", "TB"),
    *("byte", "bytes", "packet", "packets", "time", "times"),
}
NAMES = {
    *("seq", "ack", "RST", "FIN", "ACK", "RFC", "Linux"),
    *("frame", "Frame", "frames", "stream"),
}
"""Words that stay with the number before them, and with the one after them: ``31.7 s``,
``frame 326``, ``seq 276`` are read as one word."""

UNPRINTABLE = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def printable(text: str) -> str:
    """The text without what drives a terminal."""
    if text.isprintable():  # holds nothing that UNPRINTABLE has
        return text
    import re

    return re.sub(UNPRINTABLE, "?", text)


class Look(NamedTuple):
    """What the place we write to can show."""

    width: int = PAGE
    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, *styles: str) -> str:
        """The text in these styles; unchanged without colour."""
        if not self.colour or not text:
            return text
        return "".join(STYLES[style] for style in styles) + text + RESET

    def plain(self, text: str) -> str:
        """The text with the signs this place can carry, and nothing that drives a terminal.

        File names and details of damage come from outside; an escape sequence in them must not
        reach the reader's terminal.
        """
        text = printable(text)
        if self.unicode:
            return text
        return text.translate(ASCII).encode("ascii", "replace").decode("ascii")

    def wrap(
        self, text: str, first: str = "", rest: str | None = None, *, whole_words: bool = False
    ) -> list[str]:
        """Lines of at most ``width`` columns; ``first`` and ``rest`` go before them.

        With ``whole_words`` a word that is wider than the page is left whole and overflows: a
        command with a broken file name is no command.
        """
        width = max(self.width, NARROWEST)
        if len(first) + len(text) <= width and _is_plain(first + text):
            return [first + text]
        rest = " " * len(first) if rest is None else rest
        shown = KEPT.join(self.plain(part) for part in _bound(text).split(KEPT))
        lines = []
        for bound_line in _wrapped(shown, width, first, rest, whole_words):
            line = bound_line.replace(KEPT, " ")
            if whole_words or line.isascii():
                lines.append(line)
            else:
                lines += _by_columns(line, width, rest)
        return lines or [first.rstrip()]


def _is_plain(line: str) -> bool:
    """Words with nothing in them or at their end that wrapping would change."""
    return line.isascii() and line.isprintable() and bool(line) and not line.endswith(" ")


def _bound(text: str) -> str:
    """The text with ``KEPT`` for the spaces inside what is read as one word."""
    words = text.split(" ")
    parts = [words[0]]
    for before, after in pairwise(words):
        parts += (KEPT if _is_one(before, after) else " ", after)
    return "".join(parts)


def _is_one(before: str, after: str) -> bool:
    if before[-1:].isdecimal() and after[:1].isalpha():
        return "".join(takewhile(_in_word, after)) in UNITS
    if before[-1:].isalpha() and after[:1].isdecimal():
        return "".join(takewhile(_in_word, reversed(before)))[::-1] in NAMES
    return False


def _in_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _wrapped(text: str, width: int, first: str, rest: str, whole_words: bool) -> list[str]:
    """What ``textwrap`` makes of the text. Most texts are words between single spaces, none wider
    than a line: those are told without it and ``re``, a fifth of a short run's instructions."""
    words = text.split(" ")
    room = width - max(len(first), len(rest))
    if not text.replace(KEPT, "").isprintable() or not all(0 < len(one) <= room for one in words):
        return _wrapper(width, first, rest, whole_words).wrap(text)
    lines = [first + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(rest + word)
    return lines


def _wrapper(width: int, first: str, rest: str, whole_words: bool) -> TextWrapper:
    from textwrap import TextWrapper

    return TextWrapper(
        width=width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=not whole_words,
        break_on_hyphens=False,  # CLOSE-WAIT and reset-refused-silently are one word each
    )


def columns(text: str) -> int:
    """How many columns a terminal gives this text: wide characters take two."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def clip(text: str, width: int) -> str:
    """The text in at most ``width`` columns, cut in the middle where it is too long."""
    if columns(text) <= width:
        return text
    if width < 5:
        return text[:width]
    head = (width - 1) // 2
    tail = width - 1 - head
    while columns(text[:head]) + columns(text[-tail:]) + 1 > width and head > 1:
        head -= 1
        tail -= 1
    return f"{text[:head]}…{text[-tail:]}"


def _by_columns(line: str, width: int, rest: str) -> list[str]:
    """Cuts a line that is too wide only because its characters are (a Chinese file name)."""
    lines = []
    while columns(line) > width:
        cut = width
        while columns(line[:cut]) > width:
            cut -= 1
        lines.append(line[:cut])
        line = rest + line[cut:]
    return [*lines, line]

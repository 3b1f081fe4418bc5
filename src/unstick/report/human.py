"""Numbers as people read them: 4.1 MB, 12.3 s, 1,234 packets. No locale, no rounding up to lies."""

from __future__ import annotations

import time
from collections.abc import Iterable

SECOND_NS = 1_000_000_000
KILO = 1000  # bytes are counted as networks count them, not as memory is: 1 MB is 10**6
BYTE_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")
MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400


def count_text(number: int, noun: str, plural: str | None = None) -> str:
    """``1 packet``, ``12,345 packets``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def bytes_text(number: int) -> str:
    """``275 bytes``, ``179.6 kB``, ``4.1 MB``."""
    if abs(number) < KILO:
        return count_text(number, "byte")
    size = float(number)
    for unit in BYTE_UNITS:
        size /= KILO
        if abs(size) < 999.95 or unit == BYTE_UNITS[-1]:  # 999.96 kB would print as 1000.0 kB
            return f"{size:.1f} {unit}"
    raise AssertionError("the last unit takes everything")


def seconds_text(seconds: float) -> str:
    """``0.3 ms``, ``12.3 s``, ``10 min 14 s``, ``2 h 5 min``, ``3 d 4 h``."""
    size = abs(seconds)
    sign = "-" if seconds < 0 else ""
    if size < 1:
        return f"{sign}{size * 1000:.3g} ms" if size < 0.9995 else f"{sign}1.0 s"
    if size < 2 * MINUTE_S:
        return f"{sign}{size:.1f} s"
    whole = round(size)
    if whole < HOUR_S:
        return f"{sign}{whole // MINUTE_S} min {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{sign}{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    return f"{sign}{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"


def iso_time(time_ns: int) -> str | None:
    """``2026-11-23T14:03:31.250000000Z``; None where the calendar ends."""
    seconds, fraction = divmod(time_ns, SECOND_NS)
    try:
        moment = time.gmtime(seconds)
    except (OverflowError, OSError, ValueError):
        return None
    date = f"{moment.tm_year:04d}-{moment.tm_mon:02d}-{moment.tm_mday:02d}"
    return f"{date}T{moment.tm_hour:02d}:{moment.tm_min:02d}:{moment.tm_sec:02d}.{fraction:09d}Z"


def endpoint(address: str, port: int) -> str:
    """``10.9.1.2:80``, ``[2001:db8::1]:80``"""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def sentence(words: str) -> str:
    """The words with a capital and a full stop: ``the client closed`` gives ``The client closed.``

    A first word that is a name (``tcp_retries2``, ``linux-6.17``) keeps its small letter.
    """
    words = words.strip()
    first = words.partition(" ")[0].rstrip(",:;.")
    if first.isalpha() and first.islower():
        words = words[0].upper() + words[1:]
    return words if not words or words[-1] in ".!?:" else words + "."


def by_version(name: str) -> list[tuple[str, int]]:
    """A key to sort names with versions in them: linux-4.7 before linux-4.11."""
    import re  # for this alone

    parts = re.findall(r"(\D*)(\d*)", name)
    return [(words, int(digits or -1)) for words, digits in parts]


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Sorted, without doubles, neighbours joined: 3, 1, 2, 7 gives (1, 3), (7, 7)."""
    joined: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if joined and number == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], number)
        else:
            joined.append((number, number))
    return joined


def frames_text(frames: Iterable[int], limit: int = 6, file: str = "") -> str:
    """``frame 4``, ``frames 303-304, 326``; more than ``limit`` groups end in ``...``.

    ``file`` stands before each number: ``2:`` where a capture has several files.
    """
    runs = ranges(frames)
    groups = [f"{file}{a}" if a == b else f"{file}{a}-{b}" for a, b in runs]
    more = ", ..." if len(groups) > limit else ""
    noun = "frame" if len(runs) == 1 and runs[0][0] == runs[0][1] else "frames"
    return f"{noun} {', '.join(groups[:limit])}{more}"


def value_text(name: str, value: float | str | bool | None) -> str:
    """A value of an evidence, with the unit its name ends in."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if name.endswith("_bytes") or name == "bytes":
        return bytes_text(int(value))
    for ending, per_second in (("_ns", SECOND_NS), ("_us", 1_000_000), ("_ms", 1000), ("_s", 1)):
        if name.endswith(ending):
            return seconds_text(value / per_second)
    # A sequence number is a name, not a quantity: no thousands separators.
    return f"{value:,}" if name.endswith(("_count", "_segments")) else f"{value}"

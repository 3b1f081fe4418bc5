"""Rows of numbers become lines of text: digits, addresses, times, and given words between them.

Hot file: ordinary Python on flat tables, compiled from the types in ``lines.pxd``. Which words
stand where is a table (``report.streams``), so that CSV and NDJSON are the same code. Everything is
written as Python writes it: ``repr()`` of floats, ISO 8601 times, addresses as in RFC 5952.
"""

from __future__ import annotations

from unstick.flows.row_columns import (
    R_CLIENT_HIGH,
    R_CLIENT_LOW,
    R_CLIENT_PACKETS,
    R_CLIENT_PORT,
    R_CLIENT_RETRANSMITTED,
    R_CLIENT_STATE,
    R_COMPLETE,
    R_DURATION_NS,
    R_FIRST_FRAME,
    R_FIRST_NS,
    R_NUMBER,
    R_SERVER_HIGH,
    R_SERVER_LOW,
    R_SERVER_PORT,
    R_VERSION,
    ROW_WIDTH,
)

LINE_MOST = 1024
"""Room that a line may take: 25 numbers of 20 digits, two addresses, and the words."""

SLACK = 8
"""Octets at the end of the words, and of the room of a line, that mean nothing: compiled, a word is
copied in so many at once."""

EXACT_NS = 1_000_000_000_000_000
"""Below 15 digits the shortest text that gives back a float is its decimal number, so that nobody
has to search for it. 11 days: a row that lasts longer is left to Python."""

DAY_S = 86_400
TO_SECONDS = 20
"""Octets of a time up to and with the point."""

SECOND_SEEN, SECOND_AT = 1, 2
"""Words of ``used``: the second of the last line, and where it stands."""

SECOND_NS = 1_000_000_000
SHORT_NS = 100_000
"""Python writes floats below 0.0001 with an exponent."""

WORD_STATE = 26
"""Words 0 to 25 stand before each column and at the end; then the names of states, first that of
an unknown one, then false and true, all that is said of a quiet connection, and the 256 octets of
IPv4 addresses, a point behind each."""
WORD_BOOL = 38
WORD_QUIET = 40
WORD_OCTET = 41

WIDEST = 19
"""Digits of the largest number a table holds."""

DIGIT = 48  # "0"
LETTER = 87  # "a" - 10
DOT, COLON, DASH, LETTER_E, LETTER_T, LETTER_Z = 46, 58, 45, 101, 84, 90


def write_lines(
    rows: memoryview, first: int, count: int, words: bytes, places: memoryview,
    before: memoryview, files: int, out: memoryview, room: int, used: memoryview,
) -> int:  # fmt: skip
    """Write the lines of rows ``first`` to ``first + count`` into ``out`` from ``used[0]`` on, and
    set that to the end; ``used`` has three words, the others are for this call. Returns how many:
    fewer than ``count`` if the room is short, or if the next row holds a number that is not written
    here.

    Word ``i`` is ``words[places[i] : places[i + 1]]``. ``before`` has the frames before each of
    ``files`` files; with more than one, a frame is written with the number of its file.
    """
    at = used[0]
    used[SECOND_SEEN] = -1
    done = 0
    while done < count:
        base = (first + done) * ROW_WIDTH
        odd = (rows[base + R_DURATION_NS] >= EXACT_NS) or (rows[base + R_FIRST_NS] < 0)
        if odd or (at + LINE_MOST > room):
            break
        at = _line(rows, base, words, places, before, files, out, at, used)
        done += 1
    used[0] = at
    return done


def _line(
    rows: memoryview, base: int, words: bytes, places: memoryview, before: memoryview,
    files: int, out: memoryview, at: int, used: memoryview,
) -> int:  # fmt: skip
    version = rows[base + R_VERSION]
    at = _numbers(rows, base, words, places, out, at, R_NUMBER, R_VERSION)
    at = word(out, at, words, places, R_CLIENT_HIGH)
    high, low = rows[base + R_CLIENT_HIGH], rows[base + R_CLIENT_LOW]
    at = _address(out, at, words, places, version, high, low)
    at = _numbers(rows, base, words, places, out, at, R_CLIENT_PORT, R_SERVER_HIGH)
    at = word(out, at, words, places, R_SERVER_HIGH)
    high, low = rows[base + R_SERVER_HIGH], rows[base + R_SERVER_LOW]
    at = _address(out, at, words, places, version, high, low)
    at = _numbers(rows, base, words, places, out, at, R_SERVER_PORT, R_FIRST_FRAME)
    for column in range(R_FIRST_FRAME, R_FIRST_NS):
        at = word(out, at, words, places, column)
        at = _frame(out, at, rows[base + column], before, files)
    at = word(out, at, words, places, R_FIRST_NS)
    at = _time(out, at, rows[base + R_FIRST_NS], used)
    at = word(out, at, words, places, R_DURATION_NS)
    at = _seconds(out, at, rows[base + R_DURATION_NS])
    at = _numbers(rows, base, words, places, out, at, R_CLIENT_PACKETS, R_CLIENT_RETRANSMITTED)
    if _is_quiet(rows, base):
        at = word(out, at, words, places, WORD_QUIET)
    else:
        at = _numbers(rows, base, words, places, out, at, R_CLIENT_RETRANSMITTED, R_CLIENT_STATE)
    for column in range(R_CLIENT_STATE, R_COMPLETE):
        at = word(out, at, words, places, column)
        state = rows[base + column]
        at = word(out, at, words, places, WORD_STATE if state < 0 else WORD_STATE + 1 + state)
    at = word(out, at, words, places, R_COMPLETE)
    at = word(out, at, words, places, WORD_BOOL + rows[base + R_COMPLETE])
    return word(out, at, words, places, ROW_WIDTH)


def _is_quiet(rows: memoryview, base: int) -> bool:
    """Nothing was sent again, no window closed, nobody reset: as of most."""
    other = 0
    for column in range(R_CLIENT_RETRANSMITTED, R_CLIENT_STATE):
        other |= rows[base + column]
    return other == 0


def _numbers(
    rows: memoryview, base: int, words: bytes, places: memoryview, out: memoryview, at: int,
    first: int, last: int,
) -> int:  # fmt: skip
    """The columns ``first`` to ``last`` - 1, each with the word before it."""
    for column in range(first, last):
        at = word(out, at, words, places, column)
        at = _number(out, at, rows[base + column])
    return at


def word(out: memoryview, at: int, words: bytes, places: memoryview, which: int) -> int:
    for place in range(places[which], places[which + 1]):
        out[at] = words[place]
        at += 1
    return at


def _number(out: memoryview, at: int, value: int) -> int:
    if 0 <= value < 10:  # most are
        out[at] = DIGIT + value
        return at + 1
    if value < 0:
        out[at] = DASH
        at += 1
        value = -value
    return digits(out, at, value, width_of(value))


def width_of(value: int) -> int:
    """Digits of a number that is not negative."""
    width, more = 1, 10
    while width < WIDEST and value >= more:
        more *= 10
        width += 1
    return width


def digits(out: memoryview, at: int, value: int, width: int) -> int:
    """The last ``width`` digits of a number that is not negative."""
    place = at + width
    while place > at:
        place -= 1
        out[place] = DIGIT + (value % 10)
        value //= 10
    return at + width


def _frame(out: memoryview, at: int, value: int, before: memoryview, files: int) -> int:
    """A frame, with its file where there are several: ``2:107``."""
    if files < 2:
        return _number(out, at, value)
    file = 0
    while (file + 1 < files) and (before[file + 1] < value):
        file += 1
    at = _number(out, at, file + 1)
    out[at] = COLON
    return _number(out, at + 1, value - before[file])


def _seconds(out: memoryview, at: int, ns: int) -> int:
    """Nanoseconds as Python writes that many seconds: ``0.035``, ``12.0``, ``3.2e-05``."""
    if (ns > 0) and (ns < SHORT_NS):
        return _tiny(out, at, ns)
    at = _number(out, at, ns // SECOND_NS)
    out[at] = DOT
    end = digits(out, at + 1, ns % SECOND_NS, 9)
    while (out[end - 1] == DIGIT) and (end > at + 2):
        end -= 1
    return end


def _tiny(out: memoryview, at: int, ns: int) -> int:
    power = 9
    rest = ns
    while rest > 9:
        rest //= 10
        power -= 1
    while ns % 10 == 0:
        ns //= 10
    end = _number(out, at + 1, ns)
    out[at] = out[at + 1]
    out[at + 1] = DOT
    if end == at + 2:  # one digit: no point
        end = at + 1
    out[end] = LETTER_E
    out[end + 1] = DASH
    return digits(out, end + 2, power, 2)


def _time(out: memoryview, at: int, ns: int, used: memoryview) -> int:
    """``2026-11-23T14:03:31.250000000Z``. Most lines are of the second of the line before."""
    second = ns // SECOND_NS
    if second == used[SECOND_SEEN]:
        again(out, at, used[SECOND_AT], TO_SECONDS)
    else:
        _second(out, at, second)
        used[SECOND_SEEN] = second
        used[SECOND_AT] = at
    at = digits(out, at + TO_SECONDS, ns % SECOND_NS, 9)
    out[at] = LETTER_Z
    return at + 1


def again(out: memoryview, at: int, place: int, count: int) -> None:
    """Copy what was written before."""
    out[at : at + count] = out[place : place + count]


def _second(out: memoryview, at: int, second: int) -> None:
    """``2026-11-23T14:03:31.`` Days to a date: Howard Hinnant, chrono-compatible low-level date
    algorithms; years begin in March, so that a leap day is the last of its year."""
    day = (second // DAY_S) + 719468
    second = second % DAY_S
    era = day // 146097
    day_of_era = day % 146097
    leaps = (day_of_era // 1460) - (day_of_era // 36524) + (day_of_era // 146096)
    year_of_era = (day_of_era - leaps) // 365
    day_of_year = day_of_era - ((365 * year_of_era) + (year_of_era // 4) - (year_of_era // 100))
    march = ((5 * day_of_year) + 2) // 153
    month = march + 3 if march < 10 else march - 9
    at = digits(out, at, (era * 400) + year_of_era + (1 if month < 3 else 0), 4)
    out[at] = DASH
    at = digits(out, at + 1, month, 2)
    out[at] = DASH
    at = digits(out, at + 1, day_of_year - (((153 * march) + 2) // 5) + 1, 2)
    out[at] = LETTER_T
    at = digits(out, at + 1, second // 3600, 2)
    out[at] = COLON
    at = digits(out, at + 1, (second // 60) % 60, 2)
    out[at] = COLON
    at = digits(out, at + 1, second % 60, 2)
    out[at] = DOT


def _address(
    out: memoryview, at: int, words: bytes, places: memoryview, version: int, high: int, low: int
) -> int:
    """As people write it; RFC 5952 for IPv6."""
    if version == 4:
        return _dotted(out, at, words, places, low)
    if (high == 0) and ((low >> 32) == 0xFFFF):  # an IPv4 address in IPv6 (RFC 5952 5)
        out[at] = COLON
        out[at + 1] = COLON
        at = _hexadecimal(out, at + 2, 0xFFFF)
        out[at] = COLON
        return _dotted(out, at + 1, words, places, low)
    return _colons(out, at, high, low)


def _dotted(out: memoryview, at: int, words: bytes, places: memoryview, low: int) -> int:
    for shift in range(24, -8, -8):
        at = word(out, at, words, places, WORD_OCTET + ((low >> shift) & 0xFF))
    return at - 1  # without the last point


def _colons(out: memoryview, at: int, high: int, low: int) -> int:
    """Eight groups; the longest run of two and more that are 0, the first of equals, is ``::``."""
    gap, longest, run = 8, 1, 0
    for group in range(8):
        run = run + 1 if _group(high, low, group) == 0 else 0
        if run > longest:
            gap, longest = group - run + 1, run
    group = 0
    while group < 8:
        if group == gap:
            out[at] = COLON
            at += 1
            group += longest
            if group == 8:
                out[at] = COLON
                at += 1
            continue
        if group > 0:
            out[at] = COLON
            at += 1
        at = _hexadecimal(out, at, _group(high, low, group))
        group += 1
    return at


def _group(high: int, low: int, group: int) -> int:
    half = high if group < 4 else low
    return (half >> (48 - (16 * (group & 3)))) & 0xFFFF


def _hexadecimal(out: memoryview, at: int, value: int) -> int:
    for shift in range(12, -4, -4):
        if (shift > 0) and ((value >> shift) == 0):
            continue
        digit = (value >> shift) & 0xF
        out[at] = (DIGIT if digit < 10 else LETTER) + digit
        at += 1
    return at

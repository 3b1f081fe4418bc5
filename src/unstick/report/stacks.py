"""Stack profiles in words: the list, one rule table, and what differs between two.

Works on plain records, so that it can be read without knowing the compiled law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unstick.report.look import Look

Value = int | float | bool | str | None

AXES = ("kinds", "states", "seqs", "acks")
"""In the order in which a row is read: this segment, in this state, at this place."""

PLACES = {
    "N": "the next byte the receiver expects (RCV.NXT)",
    "L": "the last ACK number it put on the wire",
    "R": "the right edge of the window it advertised",
    "OLD": "below L and below N - 1",
    "BELOW": "N - 1, everything received is acknowledged",
    "LEFT": "L, which is below N - 1",
    "UNACKED": "between L and N - 1: received, not acknowledged yet",
    "LAST": "N - 1, not acknowledged yet",
    "LEFT_LAST": "N - 1, and it is L",
    "EXACT": "N",
    "EXACT_UNACKED": "N, and something received is not acknowledged yet",
    "ABOVE": "N + 1, inside the window",
    "INSIDE": "between N + 1 and R",
    "SACK_EDGE": "right edge of the right-most SACK block",
    "RIGHT_EDGE": "R",
    "SACK_RIGHT_EDGE": "R, and it is the right edge of the right-most SACK block",
    "BEYOND": "past R",
    "PAWS": "timestamp older than the last one seen (RFC 7323)",
    "UNKNOWN": "the capture does not show the receiver's numbers",
}
"""The words of the column ``seq``. ``..._CLOSED`` is the same place while the window is zero."""

UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One row of law. An axis is None where the row covers all of it."""

    name: str
    action: str
    cite: str
    confirmed: bool
    kinds: tuple[str, ...] | None = None
    states: tuple[str, ...] | None = None
    seqs: tuple[str, ...] | None = None
    acks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """One number of a stack and how it is known."""

    name: str
    value: Value
    source: str | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class StackRecord:
    """One stack, as ``unstick profiles --format json`` gives it."""

    name: str
    title: str
    base: str | None
    known_from: str
    default: bool
    unconfirmed: int
    numbers: tuple[NumberRecord, ...] = ()
    rules: tuple[RuleRecord, ...] = ()
    limits: tuple[str, ...] = ()


def stack_list(stacks: Sequence[StackRecord], look: Look) -> Iterator[str]:
    """Every stack in two lines: what it is, how it is known."""
    width = max((len(stack.name) for stack in stacks), default=0) + 2
    for stack in stacks:
        name = f"{stack.name:<{width}}"
        lines = look.wrap(stack.title + (" (the default)" if stack.default else ""), name)
        yield look.paint(name, "bold") + lines[0][len(name) :]
        yield from lines[1:]
        known = stack.known_from
        if stack.unconfirmed:
            known += f"; {stack.unconfirmed} of its rules {UNCONFIRMED}"
        for line in look.wrap(known, " " * width):
            yield look.paint(line, "dim")


def stack_page(stack: StackRecord, look: Look) -> Iterator[str]:
    """One stack: where it comes from, its numbers, its rules in the order they are tried."""
    yield look.paint(stack.name, "bold")
    yield from look.wrap(stack.title, "  ")
    yield from look.wrap(f"Known from {stack.known_from}", "  ")
    if stack.base:
        yield from look.wrap(f"Starts from the rules of {stack.base}.", "  ")
    for limit in stack.limits:
        yield from look.wrap(limit, "  ! ")
    if stack.numbers:
        yield ""
        yield look.paint("Numbers", "bold")
        yield from _numbers(stack.numbers, look)
    yield ""
    yield look.paint("Rules (the first that fits decides)", "bold")
    for rule in stack.rules:
        yield from _rule(rule, look, "  ")
    yield ""
    yield look.paint("Places of a sequence number", "bold")
    for word, meaning in PLACES.items():
        yield from look.wrap(meaning, f"  {word:<17}")
    yield from look.wrap("the same, while the window is zero", f"  {'..._CLOSED':<17}")


def stack_diff(one: StackRecord, other: StackRecord, look: Look) -> Iterator[str]:
    """What ``other`` does that ``one`` does not, and the reverse."""
    # Whether a rule is confirmed is about us, not about the stack.
    first = {replace(rule, confirmed=True) for rule in one.rules}
    second = {replace(rule, confirmed=True) for rule in other.rules}
    gone = [rule for rule in one.rules if replace(rule, confirmed=True) not in second]
    come = [rule for rule in other.rules if replace(rule, confirmed=True) not in first]
    ours = {number.name: number for number in one.numbers}
    theirs = {number.name: number for number in other.numbers}
    changed = [
        name
        for name in dict.fromkeys([*ours, *theirs])
        if _number_value(ours.get(name)) != _number_value(theirs.get(name))
    ]
    if not gone and not come and not changed:
        yield f"{one.name} and {other.name} have the same rules and numbers."
        return
    for name, rules in ((one.name, gone), (other.name, come)):
        if rules:
            yield look.paint(f"Only {name}", "bold")
            for rule in rules:
                yield from _rule(rule, look, "  ")
            yield ""
    if changed:
        yield look.paint(f"Numbers ({one.name}, then {other.name})", "bold")
        for name in changed:
            values = f"{_number_value(ours.get(name))}, {_number_value(theirs.get(name))}"
            yield from look.wrap(values, f"  {name}: ")


def _rule(rule: RuleRecord, look: Look, indent: str) -> Iterator[str]:
    """``CHALLENGE  rst-in-window [RFC 5961 3.2]`` and, below, what it covers."""
    mark = "" if rule.confirmed else f" ({UNCONFIRMED})"
    lines = look.wrap(f"{rule.name} [{rule.cite}]{mark}", f"{indent}{rule.action:<14} ")
    yield look.paint(lines[0], "bold")
    yield from lines[1:]
    for line in look.wrap(covers(rule), indent + " " * 15):
        yield look.paint(line, "dim")


def covers(rule: RuleRecord) -> str:
    """``RST in CLOSE-WAIT, CLOSING, LAST-ACK; seq BELOW; any ack``"""
    kinds = _set(rule.kinds, "any segment")
    states = _set(rule.states, "any state")
    where = f"{kinds} in {states}"
    if rule.seqs is not None:
        where += f"; seq {_set(rule.seqs, '')}"
    if rule.acks is not None:
        where += f"; ack {_set(rule.acks, '')}"
    return where


def _set(members: tuple[str, ...] | None, everything: str) -> str:
    return everything if members is None else ", ".join(members)


def _numbers(numbers: Sequence[NumberRecord], look: Look) -> Iterator[str]:
    width = max(len(number.name) for number in numbers) + 2
    for number in numbers:
        source = "" if number.source is None else f" [{number.source}]"
        mark = "" if number.confirmed else f" ({UNCONFIRMED})"
        words = f"{_number_value(number)}{source}{mark}"
        yield from look.wrap(words, f"  {number.name:<{width}}")


def _number_value(number: NumberRecord | None) -> str:
    if number is None or number.value is None:
        return "none or not known"
    if isinstance(number.value, bool):
        return "yes" if number.value else "no"
    return f"{number.value:g}" if isinstance(number.value, float) else str(number.value)

"""The 32 scenarios that say when ``unstick.progress`` is done, and which tests show each.

A test says in its docstring which it shows: "Scenario 9". ``python -m tests.progress.acceptance``
prints the table; ``test_acceptance.py`` holds that no number is without a test, and that each test
of a peer that must not be ended has the naive sender fail beside it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house import REPOSITORY

FOLDER = REPOSITORY / "tests"
NUMBERS = re.compile(r"\bScenarios? (\d+(?:, \d+)*)")

SCENARIOS = {
    # Must deliver, must not be ended.
    1: "a fast reader: 20 MB in 25 calls of send and 3 of getsockopt",
    2: "a steady 50 kB/s reader of a large buffer, idle=10",
    3: "curl --limit-rate 20k, idle=15, for a minute",
    4: "1000 B/s into a tiny window; TCP_USER_TIMEOUT=10 s ends the same reader",
    5: "a client that half-closes and reads on",
    6: "half-closed before the program answers: guarded serves it, a plain Protocol does not",
    7: "a program that writes little: no rate is too slow for it",
    8: "a burst, then a pause: earlier speed buys no patience",
    9: "a third of the segments lost",
    10: "8 s without a network, then all is well",
    11: "a paused player that answers probes, for longer than silent",
    12: "a stopped process, a blocked event loop: no verdict from what nobody saw",
    # Must name the cause.
    13: "vanished in flight: SILENT",
    14: "vanished at zero window: SILENT",
    15: "never reads: NOT_READING and not SILENT",
    16: "too slow: by the receiver, by the network",
    17: "a deadline, exact",
    18: "resets: in the middle, for unread bytes, of a peer that had closed",
    19: "ICMP host unreachable",
    20: "the kernel gives up first: which of the two it was",
    21: "the story: in CLOSE-WAIT, and every reset lost",
    22: "a small response to a vanished peer: sent at once, never delivered",
    # Must free everything.
    23: "nothing is left by a reset; one orphan by a close",
    24: "abort wakes a blocked send, and a foreign sendall",
    25: "two hundred stalled clients of one event loop",
    26: "the servers: freed, the next request served, SIGTERM obeyed",
    27: "enforce: Varnish, nginx, lighttpd, HAProxy",
    28: "slowhttptest: the service is available throughout",
    29: "as many stalled clients as threads: answered within idle and a second",
    30: "drain is the truth, by the kernel's own time stamps",
    31: "AF_UNIX, TLS, IPv6, sendfile, 2000 buffers",
    32: "recorded samples give the same verdicts without a socket",
}

MUST_NOT_END = (2, 3, 4, 5, 6, 7, 9, 10, 11, 12)
"""Where the naive sender must be seen to fail. Of 1 it delivers as well; 8 must be ended."""

NAIVE = ("naive", "scene(", "plain,")
"""How a test has it: by name, in a scene of both, or as a plain Protocol (lower case)."""


@dataclass(frozen=True)
class Shown:
    """One test function. ``source`` is its text."""

    path: Path
    name: str
    numbers: frozenset[int]
    source: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(REPOSITORY)}::{self.name}"

    @property
    def has_naive(self) -> bool:
        return any(word in self.source.lower() for word in NAIVE)


def shown(folder: Path = FOLDER) -> list[Shown]:
    """Every test that says which scenario it shows."""
    return [one for path in sorted(folder.rglob("test_*.py")) for one in shown_in(path)]


def shown_in(path: Path) -> Iterator[Shown]:
    text = path.read_text("utf-8")
    if not NUMBERS.search(text):
        return
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        numbers = numbers_in(ast.get_docstring(node) or "")
        if numbers and node.name.startswith("test_"):
            yield Shown(path, node.name, numbers, ast.get_source_segment(text, node) or "")


def numbers_in(words: str) -> frozenset[int]:
    found = [match[1].split(", ") for match in NUMBERS.finditer(words)]
    return frozenset(int(number) for group in found for number in group)


def table() -> Iterator[str]:
    tests = shown()
    for number, what in SCENARIOS.items():
        yield f"{number}. {what}"
        yield from (f"   {one.place}" for one in tests if number in one.numbers)


if __name__ == "__main__":
    print("\n".join(table()))

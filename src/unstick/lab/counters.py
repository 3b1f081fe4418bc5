"""The counters of a host, by the names that nstat prints, and what has moved."""

from __future__ import annotations

from pathlib import Path

from unstick.lab import netns

FOLDER = Path("/proc/thread-self/net")

Counters = dict[str, int]


def parse(text: str) -> Counters:
    """/proc/net/snmp and netstat: pairs of lines, names and then values, behind the same word."""
    found: Counters = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        group, _, words = names.partition(":")
        numbers = values.partition(":")[2].split()
        found.update(
            (group + name, int(number))
            for name, number in zip(words.split(), numbers, strict=False)
        )
    return found


def positions(text: str) -> list[str]:
    """Of the same text, the counter that each word is the value of; ``""`` for other words. Who
    reads thousands of times compares words and names only those that have changed."""
    found: list[str] = []
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        group, _, words = names.partition(":")
        named = [group + name for name in words.split()]
        found += [""] * (1 + len(named)) + ["", *named][: len(values.split())]
    return found


def parse_6(text: str) -> Counters:
    """/proc/net/snmp6: a name and a value a line."""
    return {name: int(value) for name, value in (line.split() for line in text.splitlines())}


def read(namespace: str) -> Counters:
    """All counters of a host."""
    with netns.inside(namespace):
        found = parse((FOLDER / "snmp").read_text()) | parse((FOLDER / "netstat").read_text())
        if (FOLDER / "snmp6").exists():
            found |= parse_6((FOLDER / "snmp6").read_text())
    return found


def moved(before: Counters, after: Counters) -> Counters:
    """By how much each has grown, of those that have."""
    changes = {name: value - before.get(name, 0) for name, value in after.items()}
    return {name: change for name, change in sorted(changes.items()) if change}

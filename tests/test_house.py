"""Tidy is a test: the whole project obeys ``tests/house.py``, and the rules see what is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import house
from tests.house import ARROWS, REPOSITORY, RULES, SOURCE, Module, modules

TEXT_SUFFIXES = frozenset({".py", ".pxd", ".md", ".toml", ".txt", ".json", ".in", ".yml", ""})

UNTESTED_ROOMS = frozenset({"__init__", "__main__", "version", "errors", "diagnosis"})
"""Data and names only; whatever uses them tests them."""

Rule = Callable[[Module], Iterator[str]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_project_obeys(rule: Rule) -> None:
    complaints = [complaint for module in modules() for complaint in rule(module)]
    assert not complaints, "\n" + "\n".join(complaints)


def snippet(text: str, name: str = "tcp.kernels", hot: bool = False) -> Module:
    return Module(Path("snippet.py"), name, text, hot)


BAD: tuple[tuple[Rule, Module], ...] = (
    (house.has_docstring, snippet("x = 1\n")),
    (house.has_docstring, snippet("")),
    (house.is_short, snippet("x = 1\n" * 401)),
    (house.is_short, snippet("x" * 101)),
    (house.has_short_functions, snippet("def f():\n" + "    x = 1\n" * 60)),
    (house.has_few_parameters, snippet("def f(a, b, c, d, *, e, g, h): pass")),
    (house.imports_one_way, snippet("from unstick.checks import base")),
    (house.imports_one_way, snippet("from unstick import cli", "report.text")),
    (house.imports_one_way, snippet("def f():\n    import unstick.tcp.rules", "report.text")),
    (house.imports_one_way, snippet("from . import rules")),
    (house.imports_one_way, snippet("", "attic.box")),
    (house.is_pure, snippet("import random")),
    (house.is_pure, snippet("import time\nt = time.time_ns()")),
    (house.is_pure, snippet("from os import path", "wire.frames")),
    (house.is_pure, snippet("import time\nt = time.monotonic()", "progress.meter")),
    (house.is_pure, snippet("import time\nt = time.time()", "lab.faults.reorder")),
    (house.is_pure, snippet("import socket", "lab.truth")),
    (house.parenthesises_mixed_operators, snippet("y = x & 0xF0 >> 4")),
    (house.parenthesises_mixed_operators, snippet("y = f(a - b & c)")),
    (house.parenthesises_mixed_operators, snippet("y = (é & b | c)")),
    (house.parenthesises_mixed_operators, snippet("y = a * 2 | b")),
    (house.asks_no_profile_name, snippet("if self.profile.name == 'linux-3.6': pass")),
    (house.hot_file_is_plain, snippet("class A: pass", hot=True)),
    (house.hot_file_is_plain, snippet("import cython", hot=True)),
    (house.never_sleeps, snippet("time.sleep(1)", "tests.test_x")),
)

GOOD: tuple[tuple[Rule, Module], ...] = (
    (house.has_docstring, snippet('"""What it is."""\n')),
    (house.has_few_parameters, snippet("def f(self, a, b, c, d, e, g): pass")),
    (house.has_few_parameters, snippet("def f(a, b, c, d, e, g, h): ...")),
    (house.has_few_parameters, snippet("def f(a, b, c, d, e, g, h): pass", hot=True)),
    (house.imports_one_way, snippet("from unstick.wire import columns")),
    (house.imports_one_way, snippet("import json", "cli")),
    (house.is_pure, snippet("import time\nt = time.gmtime(0)")),
    (house.is_pure, snippet("if TYPE_CHECKING:\n    from pathlib import Path")),
    (house.is_pure, snippet("import os", "wire.capture")),
    (house.is_pure, snippet("import os", "progress.sender")),
    (house.is_pure, snippet("from random import Random", "lab.faults.reorder")),
    (house.is_pure, snippet("import socket", "lab.runner")),
    (house.parenthesises_mixed_operators, snippet("y = (x & 0xF0) >> 4")),
    (house.parenthesises_mixed_operators, snippet("y = a | b | (\n    c & d\n)")),
    (house.parenthesises_mixed_operators, snippet("y = a + b - c * d")),
    (house.hot_file_is_plain, snippet("class A: pass")),
)


@pytest.mark.parametrize(("rule", "module"), BAD)
def test_rules_see_what_is_wrong(rule: Rule, module: Module) -> None:
    assert list(rule(module))


@pytest.mark.parametrize(("rule", "module"), GOOD)
def test_rules_let_pass_what_is_right(rule: Rule, module: Module) -> None:
    assert list(rule(module)) == []


def test_every_rule_is_listed_and_proven() -> None:
    assert {rule for rule, _ in BAD} == set(RULES)


def test_arrows_have_no_circle() -> None:
    """``engine`` chooses between compiled and plain modules by name, so it may point both ways."""
    one = house.DIAGNOSIS_WORK - {"diagnose"}
    rooms = {room: targets - {"engine"} - one for room, targets in ARROWS.items()}
    rooms = {room: rooms[room] - {room} for room in rooms if room not in one | {"engine"}}
    while rooms:
        leaves = [room for room, targets in rooms.items() if not targets & rooms.keys()]
        assert leaves, f"a circle among {sorted(rooms)}"
        for room in leaves:
            del rooms[room]


def test_every_room_has_tests() -> None:
    rooms = {module.room for module in modules()} - house.OUTSIDE
    # The files that together are diagnose are tested through it, by the casebook among others.
    rooms -= house.DIAGNOSIS_WORK - {"diagnose"}
    untested = []
    for room in sorted(rooms - UNTESTED_ROOMS):
        found = [*(REPOSITORY / "tests").glob(f"test_{room}*.py")]
        found += (REPOSITORY / "tests" / room).glob("test_*.py")
        if not found:
            untested.append(f"unstick.{room} has no tests/test_{room}.py, no tests/{room}/test_*")
    assert not untested, "\n" + "\n".join(untested)


def test_no_path_of_a_developers_machine() -> None:
    forbidden = [f"/{name}/" for name in ("root", "work", "home")]
    folders = ("src", "tests", "docs", "benchmarks", ".ci")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*")]
    files += [path for path in REPOSITORY.iterdir() if path.is_file()]
    for path in files:
        # by Python, by make fuzz, by git worktree
        made = {"__pycache__", "corpus", ".git"} & set(path.parts)
        if not path.is_file() or path.suffix not in TEXT_SUFFIXES or made:
            continue
        text = path.read_text("utf-8")
        # A mention inside a URL or a longer path ("/usr/home/", "example.org/work/") is harmless.
        for name in forbidden:
            starts = [text.find(name, 0)] if name in text else []
            assert not any(at == 0 or not text[at - 1].isalnum() for at in starts), (
                f"{path.relative_to(REPOSITORY)} names {name}..."
            )


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh Python has more after ``statement``."""
    program = (
        "import sys; before = set(sys.modules); "
        f"{statement}; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=SOURCE.parent,
        timeout=30,
    )
    return set(done.stdout.split())


def test_importing_unstick_loads_nothing() -> None:
    assert loaded_by("import unstick") <= {"unstick", "unstick.version", "__future__"}


HEAVY = frozenset({"argparse", "asyncio", "cython", "logging", "numpy", "pyarrow", "rich"})


def test_streams_load_nothing_heavy() -> None:
    assert not loaded_by("import unstick.flows") & (
        HEAVY | {"ipaddress", "pathlib", "typing_extensions"}
    )

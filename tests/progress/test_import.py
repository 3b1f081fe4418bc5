"""A server author installs unstick for this package alone: what it loads, and how long it takes."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest

from tests.house import SOURCE

HEAVY = {"argparse", "asyncio", "concurrent", "ctypes", "logging", "ssl", "subprocess", "trio"}


def modules_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=SOURCE.parent,
        timeout=60,
    )
    return set(done.stdout.split())


def test_import_loads_nothing() -> None:
    loaded = modules_after("import unstick.progress") - modules_after("pass")
    assert loaded <= {"unstick", "unstick.version", "unstick.progress", "__future__"}


@pytest.mark.parametrize("name", ["Policy", "Meter", "Sender", "Outcome", "capabilities"])
def test_each_name_loads_progress_and_errors_only(name: str) -> None:
    loaded = modules_after(f"from unstick.progress import {name}")
    ours = {one for one in loaded if one.split(".")[0] == "unstick"}
    strangers = {one for one in ours if not one.startswith(("unstick.progress", "unstick.errors"))}
    assert strangers <= {"unstick", "unstick.version"}
    assert not {one.split(".")[0] for one in loaded} & HEAVY
    assert not any(one.startswith("unstick.progress.testing") for one in loaded)


def test_pure_names_load_no_socket() -> None:
    assert "socket" not in modules_after("from unstick.progress import Policy, Meter, Outcome")


def cpu_seconds(statements: list[str]) -> list[float]:
    """User and system seconds of a Python that does each; in turn, the least of several runs."""
    least = [math.inf] * len(statements)
    for _ in range(8):
        for at, statement in enumerate(statements):
            child = subprocess.Popen([sys.executable, "-c", statement], cwd=SOURCE.parent)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            assert child.returncode == 0
            least[at] = min(least[at], used.ru_utime + used.ru_stime)
    return least


def test_import_is_cheap() -> None:
    bare, package, sockets, sender = cpu_seconds(
        [
            "pass",
            "import unstick.progress",
            "import socket",  # every user of a Sender has that one
            "import socket; from unstick.progress import Sender, Policy",
        ]
    )
    assert package - bare < 0.030
    assert sender - sockets < 0.200  # 70 to 90 ms on Python 3.11 to 3.13, 50 on 3.14

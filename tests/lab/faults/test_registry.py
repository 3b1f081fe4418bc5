"""Every fault is listed by its file's name, says what it does, and is tested."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from unstick.lab import faults
from unstick.lab.faults import FAULTS
from unstick.lab.faults.base import Fault
from unstick.lab.scenarios import SCENARIOS

FOLDER = Path(faults.__file__).parent


def test_files_and_names_agree() -> None:
    files = sorted(
        path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "base")
    )
    assert list(FAULTS) == files
    for name, make in FAULTS.items():
        module = import_module(f"unstick.lab.faults.{name}")
        assert getattr(module, name) is make
        assert module.__doc__
        assert make.__doc__


def test_every_fault_is_tested_by_name() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in FAULTS if f'Box("{name}"' not in tests] == []


def test_what_scenarios_ask_for_can_be_made() -> None:
    for scenario in SCENARIOS.values():
        for box in scenario.boxes:
            made = FAULTS[box.name](**box.given)
            assert isinstance(made, Fault)
            assert made.says
            assert not made.says.endswith(".")

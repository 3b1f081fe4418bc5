"""What is tested is what is written: no compiled module is missing, and none is stale."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

import pytest

from tests.house import SOURCE
from unstick import engine

HOT_FILES = sorted(pxd.with_suffix(".py") for pxd in SOURCE.rglob("*.pxd"))
TCP = SOURCE / "tcp"
JOINED = {
    SOURCE / "wire": "_read.py",
    TCP: "_walk.py",
    SOURCE / "flows": "_assign.py",
    SOURCE / "report": "_lines.py",
}
"""Rooms whose hot files are one compiled module."""


def compiled_of(source: Path) -> Path:
    """Where the compiled module of this Python stands, if it was built in place. The hot files of
    ``tcp`` are one module."""
    built = source.with_name(JOINED.get(source.parent, source.name))
    return built.with_suffix(str(sysconfig.get_config_var("EXT_SUFFIX")))


def can_compile() -> bool:
    """Whether this machine has a C compiler and Python's headers, as a build needs them."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    header = Path(sysconfig.get_path("include")) / "Python.h"
    return shutil.which(compiler) is not None and header.exists()


@pytest.mark.parametrize("source", HOT_FILES, ids=lambda path: path.stem)
def test_compiled_module_is_not_stale(source: Path) -> None:
    compiled = compiled_of(source)
    if not compiled.exists():
        pytest.skip("not compiled here: the plain engine is tested")
    newest = max(source.stat().st_mtime, source.with_suffix(".pxd").stat().st_mtime)
    assert compiled.stat().st_mtime >= newest, (
        f"{compiled.name} is older than its source, and Python would run it: type 'make build'"
    )


@pytest.mark.parametrize("name", sorted(set(engine.JOINED.values())))
def test_compiled_module_has_the_constants_of_today(name: str) -> None:
    """A column that moved would be read where it was: the module refuses to be imported."""
    path = SOURCE.parent.joinpath(*name.split("."))
    if not path.with_suffix(str(sysconfig.get_config_var("EXT_SUFFIX"))).exists():
        pytest.skip("not compiled here: the plain engine is tested")
    import_module(name)  # raises ImportError: type 'make build'
    moved = f"import unstick.wire.columns as columns; columns.FLAGS += 1; import {name}"
    done = subprocess.run(
        [sys.executable, "-c", moved], capture_output=True, text=True, timeout=60, cwd=SOURCE.parent
    )
    assert "built with FLAGS" in done.stderr


@pytest.mark.parametrize("source", HOT_FILES, ids=lambda path: path.stem)
def test_hot_files_are_compiled_where_they_can_be(source: Path) -> None:
    """A build that fails falls back to plain code in silence: right for users, not for us."""
    if not can_compile():
        pytest.skip("no C compiler or no Python headers here")
    assert compiled_of(source).exists(), (
        f"{source.name} could be compiled and is not: type 'make build' and read what it says"
    )


def test_no_compiled_module_without_a_source() -> None:
    for compiled in SOURCE.rglob("*.so"):
        if compiled.name.startswith("_memoryviews."):  # what all of them share (setup.py)
            continue
        source = compiled.parent / f"{compiled.name.split('.')[0]}.py"
        joined = JOINED.get(source.parent)
        wanted = source.with_suffix(".pxd").exists() if joined is None else source.name == joined
        assert wanted, f"{compiled} shadows {source.name}: delete it"


def test_version_is_known_without_importing() -> None:
    """The build reads it as an attribute of a module that imports nothing."""
    done = subprocess.run(
        ["python3", "-I", "-S", "-c", (SOURCE / "version.py").read_text() + "\nprint(VERSION)"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.strip()[0].isdigit()

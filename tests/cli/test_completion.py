"""The completion scripts: up to date, and doing their work in the shells themselves."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from unstick.checks import CHECKS
from unstick.cli.completion import FOLDER, SHELLS

ROOT = Path(__file__).parents[2]

BASH = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_shtab_unstick
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

ZSH = """
zmodload zsh/zpty
zpty sh zsh -f -i
zpty -w sh "PS1=; autoload -Uz compinit && compinit -D -u; fpath=({folder} \\$fpath)"
zpty -w sh "autoload -Uz _unstick; compdef _unstick unstick; echo rea''dy"
zpty -r -m sh seen '*ready*'
zpty -n -w sh $'{line}\\t'
zpty -r -m sh seen '*{rest}*' && print -r -- FOUND
"""
"""Completion of zsh works only where somebody types: ``zpty`` is a terminal without a screen."""


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("completions", ROOT / "tools" / "completions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_are_up_to_date(shell: str) -> None:
    """Red: run `make completion`."""
    assert (FOLDER / f"unstick.{shell}").read_text(encoding="utf-8") == tool().scripts()[shell]


def run(shell: str, *arguments: str) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout


COMPLETIONS = [
    ("unstick ex", "explain"),
    ("unstick explain --prof", "--profile"),
    ("unstick explain --profile linux-6", "linux-6.17"),
    ("unstick explain --format nd", "ndjson"),
    ("unstick profiles rfc5", "rfc5961"),
    ("unstick completion fi", "fish"),
    ("unstick checks C20", "C201"),
]

UNIQUE = [pair for pair in COMPLETIONS if pair[1] != "C201"]
"""zsh writes a completion where only one fits; for C201 to C205 it would show a menu."""


@pytest.mark.parametrize(("line", "wanted"), COMPLETIONS)
def test_bash_completes(line: str, wanted: str) -> None:
    if wanted.startswith("C") and not CHECKS:
        pytest.skip("no checks are listed yet")
    script = BASH.format(script=FOLDER / "unstick.bash", words=line)
    assert wanted in run("bash", "--norc", "-c", script).split()


@pytest.mark.parametrize(("line", "wanted"), COMPLETIONS)
def test_fish_completes(line: str, wanted: str) -> None:
    if wanted.startswith("C") and not CHECKS:
        pytest.skip("no checks are listed yet")
    script = f"source {FOLDER / 'unstick.fish'}; complete -C '{line}'"
    offered = [row.split("\t")[0] for row in run("fish", "-N", "-c", script).splitlines()]
    assert wanted in offered


@pytest.mark.parametrize(("line", "wanted"), UNIQUE)
def test_zsh_completes(line: str, wanted: str, tmp_path: Path) -> None:
    shutil.copy(FOLDER / "unstick.zsh", tmp_path / "_unstick")
    typed = line.split()[-1]
    assert wanted.startswith(typed)
    script = ZSH.format(folder=tmp_path, line=line, rest=line + wanted.removeprefix(typed))
    assert run("zsh", "-f", "-c", script).split() == ["FOUND"]

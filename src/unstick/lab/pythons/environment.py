"""The environment of Python servers: where it is, what it lacks, and the command that makes it.

``UNSTICK_SERVERS_PYTHON`` names another Python that has them. The lab installs nothing by itself.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from unstick.lab.errors import LabError
from unstick.lab.pythons.recipes import RECIPES, REQUIREMENTS

VARIABLE = "UNSTICK_SERVERS_PYTHON"
ANSWERS_WITHIN_S = 60.0

FIND = (
    "import importlib.util as u, sys; "
    "print(*(one for one in sys.argv[1:] if u.find_spec(one) is None))"
)
VERSIONS = """\
import platform, sys
from importlib.metadata import PackageNotFoundError, version
print("Python", platform.python_version())
for name in sys.argv[1:]:
    try: print(name, version(name))
    except PackageNotFoundError: pass
"""


def folder() -> Path:
    """Of the user's own: ``~/.cache/unstick/servers``."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "unstick" / "servers"


def python() -> str:
    """The Python whose servers are played with; without such an environment, this one."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    own = folder() / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def modules() -> tuple[str, ...]:
    """Everything that any recipe needs, sorted."""
    return tuple(sorted({one for recipe in RECIPES for one in recipe.modules}))


@lru_cache
def _absent(path: str) -> frozenset[str]:
    return frozenset(_asked(path, FIND, *modules()).split())


def lacking(needs: tuple[str, ...], path: str | None = None) -> tuple[str, ...]:
    """The modules of ``needs`` that the servers' Python does not find. Raises LabError."""
    return tuple(one for one in needs if one in _absent(path or python())) if needs else ()


def versions() -> tuple[str, ...]:
    """``Python 3.11.7``, ``aiohttp 3.14.5`` and so on: what is there. Raises LabError."""
    return tuple(_asked(python(), VERSIONS, *modules()).splitlines())


def installing() -> str:
    """The one command that makes it."""
    make = ["python3", "-m", "venv", str(folder())]
    fill = [str(folder() / "bin" / "pip"), "install", *REQUIREMENTS]
    return f"{shlex.join(make)} && {shlex.join(fill)}"


def _asked(path: str, program: str, *words: str) -> str:
    try:
        done = subprocess.run(
            [path, "-c", program, *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWERS_WITHIN_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LabError(f"{path} is no Python that runs", f"{VARIABLE} names it") from error
    return done.stdout

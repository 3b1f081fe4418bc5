"""Python's servers from their own environment, run as ``docs/servers.md`` tells, guarded or not."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from unstick.lab.errors import LabError
from unstick.lab.processes import SOURCE, Process
from unstick.lab.pythons import environment, recipes
from unstick.lab.pythons.recipes import RECIPES, Recipe
from unstick.lab.servers.base import Place, Server, lines_of

DEFAULTS: dict[str, Any] = {"policy": None, "more": ""}
"""``policy``: of the guard, None without it. ``more``: arguments besides, such as --timeout 10."""

APPS = Path(environment.__file__).parent / "apps"
LOG = "python"
STARTING = (
    *("listening", "Listening", "Booting worker", "Running on", "Started", "Starting"),
    "PolicyWarning",  # the policy is short on purpose
)
"""What their logs say of themselves, some of it after they listen."""


def start(recipe: Recipe, place: Place, options: Mapping[str, Any]) -> Process:
    if ":" in place.host:
        raise LabError(f"{recipe.name} is run on IPv4 only in the lab", "leave -6 out")
    lay_out(recipe, place, options["policy"])
    program, _, given = recipe.command.partition(" ")
    # Some take no option behind the name of the application.
    line = f"{program} {options['more']} {given} {recipe.host}"
    words = shlex.split(recipes.with_address(line, place.host, place.port))
    bin_folder = Path(environment.python()).parent
    command = [
        *("env", f"--chdir={place.folder}", f"PYTHONPATH={place.folder}"),
        *(f"PATH={bin_folder}{os.pathsep}{os.environ.get('PATH', '')}", "HOME=."),
        *words,
    ]
    return place.crew.start_program(place.who, place.namespace, command, place.log(LOG))


def lay_out(recipe: Recipe, place: Place, policy: str | None) -> None:
    """The files of the recipe, and ``unstick`` itself where the guard is wanted: alone, without
    whatever else is installed beside it."""
    for name, text in recipes.FILES.items():
        made = recipes.with_address(recipes.with_policy(text, policy), place.host, place.port)
        (place.folder / name).write_text(made, encoding="utf-8")
    program = (APPS / f"{recipe.program}.py").read_text("utf-8")
    (place.folder / "app.py").write_text(program, encoding="utf-8")
    if policy is not None:
        (place.folder / "unstick").symlink_to(Path(SOURCE) / "unstick")


def log(folder: Path) -> list[str]:
    """What it prints when it has started, of tracebacks the last line alone."""
    return [one for one in lines_of(folder / f"{LOG}.log") if one.strip() and not is_noise(one)]


def is_noise(line: str) -> bool:
    inside = line[0].isspace() or line.startswith("Traceback")
    return inside or any(word in line for word in STARTING)


def lab_name(recipe: Recipe) -> str:
    return recipe.name.replace(" ", "-")


def server_of(recipe: Recipe) -> Server:
    starts: Callable[[Place, Mapping[str, Any]], Process] = partial(start, recipe)
    return Server(
        lab_name(recipe),
        f"from PyPI: {recipe.command}",
        starts,
        log,
        DEFAULTS,
        modules=recipe.modules,
        environment="servers",
    )


PYTHONS = tuple(server_of(one) for one in RECIPES)
"""One for each recipe."""

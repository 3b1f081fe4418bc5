"""What runs have made, on disk, so that it can be removed when a run was killed in the middle.

One JSON file a run, written before the first namespace is made and removed after the last is gone.
A run whose process still lives is not touched; nor is anything that no file here names.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from unstick.lab import netns
from unstick.lab.errors import LabError

FOLDER = Path("/run/unstick-lab")
PASSING = "unstick-lab-"
OWNER = re.compile(PASSING + r"(\d+)-(\d+)-\w+")
"""A folder that lives as long as its process: that is in its name."""


class Run(NamedTuple):
    """``began`` is when the owner's process began (clock ticks after boot): pids are used again."""

    name: str
    pid: int
    began: int
    namespaces: tuple[str, ...]
    path: Path

    @property
    def lives(self) -> bool:
        return began_of(self.pid) == self.began


def began_of(pid: int) -> int | None:
    """When a process began; None when there is none (proc_pid_stat(5), field 22)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


@contextmanager
def registered(ends: tuple[str, ...]) -> Iterator[Run]:
    """A new run with names for its namespaces; all of it is removed afterwards."""
    FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    name = secrets.token_hex(3)
    names = tuple(f"{netns.PREFIX}{name}-{end}" for end in ends)
    own = began_of(os.getpid())
    assert own is not None
    one = Run(name, os.getpid(), own, names, FOLDER / f"{name}.json")
    told = {"pid": one.pid, "began": one.began, "namespaces": names}
    one.path.write_text(json.dumps(told), encoding="utf-8")
    try:
        yield one
    finally:
        remove(one)


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder for what nobody wants to keep; ``clean`` removes it if this process cannot."""
    began = began_of(os.getpid()) or 0
    with tempfile.TemporaryDirectory(prefix=f"{PASSING}{os.getpid()}-{began}-") as name:
        yield Path(name)


def clean_folders() -> list[Path]:
    """Removes this user's passing folders whose process is gone; returns them."""
    dead = []
    for path in Path(tempfile.gettempdir()).glob(f"{PASSING}*"):
        owner = OWNER.fullmatch(path.name)
        if owner is None or began_of(int(owner[1])) == int(owner[2]):
            continue
        with suppress(OSError):
            own = path.stat(follow_symlinks=False)
            if stat.S_ISDIR(own.st_mode) and own.st_uid == os.geteuid():
                shutil.rmtree(path)
                dead.append(path)
    return dead


def runs() -> list[Run]:
    """Every run that is known, dead or alive. A file that does not read is left alone."""
    found = []
    for path in sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else ():
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(path.read_text("utf-8"))
            names = tuple(str(one) for one in told["namespaces"])
            if all(one.startswith(netns.PREFIX + path.stem) for one in names):
                found.append(Run(path.stem, int(told["pid"]), int(told["began"]), names, path))
    return found


def remove(one: Run) -> None:
    """Ends its processes, removes its namespaces, forgets it."""
    for name in one.namespaces:
        netns.remove(name)
    with suppress(FileNotFoundError):
        one.path.unlink()


def clean() -> list[Run]:
    """Removes what dead runs left; returns them. Raises LabError where that needs root."""
    dead = [one for one in runs() if not one.lives]
    if dead and os.geteuid():
        raise LabError(f"{len(dead)} runs left something that only root can remove", "use sudo")
    for one in dead:
        remove(one)
    clean_folders()
    return dead

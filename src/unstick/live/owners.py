"""Which processes hold a socket: /proc/*/fd, by the inode that sock_diag names.

What this user may not look into, and what lives in another container's processes alone, is not
seen: no holder found is not "nobody".
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
SOCKET, END = "socket:[", "]"
"""What a link of /proc/PID/fd says of one (fs/sockfs)."""
DELETED = " (deleted)"
"""After the path of a program that was replaced on disk."""


class Holder(NamedTuple):
    """One process that has a socket open. ``path`` is its program's file; None: not to be seen."""

    pid: int
    descriptor: int
    name: str
    path: str | None

    def __str__(self) -> str:
        return f"{self.name}[{self.pid}]"

    def is_called(self, name: str) -> bool:
        """By the name ps shows, the name of its file, or the whole path."""
        known = {self.name} | ({self.path, os.path.basename(self.path)} if self.path else set())
        return name in known


def holders(inodes: Collection[int], proc: Path = PROC) -> dict[int, list[Holder]]:
    """Inode to processes, lowest first, each once. One walk through all descriptors of all
    processes, whatever the number of ``inodes``; true for a moment only."""
    found: dict[int, list[Holder]] = {}
    wanted = {f"{SOCKET}{inode}{END}": inode for inode in inodes if inode}
    for pid in pids(proc) if wanted else ():
        there: dict[int, int] = {}
        for descriptor, target in descriptors(proc / str(pid) / "fd"):
            if target in wanted:
                there.setdefault(wanted[target], descriptor)
        for inode, descriptor in there.items():
            found.setdefault(inode, []).append(described(pid, descriptor, proc))
    return found


def pids(proc: Path) -> list[int]:
    return sorted(int(name) for name in os.listdir(proc) if name.isdigit())


def descriptors(folder: Path) -> Iterator[tuple[int, str]]:
    """Number and target of each; none of a process that ended, or that is not ours to look at."""
    with suppress(OSError):
        for name in os.listdir(folder):
            with suppress(OSError):
                yield int(name), os.readlink(folder / name)


def described(pid: int, descriptor: int, proc: Path) -> Holder:
    name, path = "?", None
    with suppress(OSError):
        name = (proc / str(pid) / "comm").read_text("utf-8", "replace").rstrip("\n")
    with suppress(OSError):
        path = os.readlink(proc / str(pid) / "exe").removesuffix(DELETED)
    return Holder(pid, descriptor, name, path)

"""What a server of the lab needs of this machine, whether it is there, and what installs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec

from unstick.lab.errors import LabError
from unstick.lab.pythons import environment
from unstick.lab.servers.base import Server

ADMIN = "/usr/sbin:/sbin"
"""Where Debian keeps servers, which is not in every user's PATH."""


def where(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{ADMIN}")


def lacking(server: Server) -> tuple[str, ...]:
    """What is missing for it: a program, or modules."""
    if server.program is not None and where(server.program) is None:
        return (server.program,)
    return FINDERS[server.environment](server.modules)


def lacking_here(modules: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in modules if find_spec(one) is None)


FINDERS: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    "this": lacking_here,
    "servers": environment.lacking,
}
"""Whose modules: those of this Python, or of the one that Python's servers are installed for."""


def from_debian(*packages: str) -> str:
    return f"apt-get install --no-install-recommends {' '.join(sorted(set(packages)))}"


def installing(server: Server) -> str:
    """The command that brings it."""
    if server.package is not None:
        return from_debian(server.package)
    return environment.installing() if server.environment == "servers" else OWN


OWN = "pip install 'unstick[serve]'"


def require(server: Server) -> None:
    """Raises LabError with the command that brings what is missing."""
    if missing := lacking(server):
        raise LabError(f"{server.name} needs {', '.join(missing)}", installing(server))

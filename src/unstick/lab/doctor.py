"""What the lab needs of this machine, what is missing, and the one command that installs it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unstick.lab import netns, state
from unstick.lab.errors import LabError
from unstick.lab.servers import SERVERS

PROGRAMS = (
    # program, what for, Debian's package
    ("ip", "namespaces and cables", "iproute2"),
    ("ss", "ends what is left of a run", "iproute2"),
    ("nft", "emulates older stacks (office, vps)", "nftables"),
)
ADMIN = "/usr/sbin:/sbin"
"""Where Debian keeps servers, which is not in every user's PATH."""


class Line(NamedTuple):
    """``package``: what would install it. ``needed``: runs do not work without."""

    what: str
    there: bool
    says: str
    package: str | None = None
    needed: bool = True


def examine() -> list[Line]:
    """Everything, the needed first."""
    return [*system(), *programs(), *servers()]


def system() -> Iterator[Line]:
    linux = sys.platform.startswith("linux")
    yield Line("Linux", linux, os.uname().release if linux else f"this is {sys.platform}")
    root = linux and os.geteuid() == 0
    yield Line("root", root, "yes" if root else "no: use sudo")
    if not root:
        return
    try:
        with state.registered(("doctor",)) as run:
            netns.add(run.namespaces[0])
        yield Line("namespaces", True, "can be made")
    except (LabError, OSError) as error:
        yield Line("namespaces", False, f"cannot be made: {error}")


def programs() -> Iterator[Line]:
    for name, purpose, package in PROGRAMS:
        found = where(name)
        yield Line(name, found is not None, purpose, package)


def servers() -> Iterator[Line]:
    for one in SERVERS.values():
        there = one.program is None or where(one.program) is not None
        yield Line(f"--server {one.name}", there, one.says, one.package, needed=False)


def where(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{ADMIN}")


def installing(lines: Sequence[Line]) -> str | None:
    """The one command; None when nothing is missing that a package brings."""
    packages = sorted({one.package for one in lines if not one.there and one.package})
    return f"apt-get install --no-install-recommends {' '.join(packages)}" if packages else None

"""What the lab needs of this machine, what is missing, and the one command that installs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unstick.lab import netns, state
from unstick.lab.errors import LabError
from unstick.lab.needs import from_debian, installing, lacking, where
from unstick.lab.pythons import environment
from unstick.lab.servers import SERVERS

PROGRAMS = (
    # program, what for, Debian's package
    ("ip", "namespaces and cables", "iproute2"),
    ("ss", "ends what is left of a run", "iproute2"),
    ("nft", "emulates older stacks (office, vps)", "nftables"),
)


class Line(NamedTuple):
    """``package``: Debian's, which would bring it; ``command``: what else would. ``needed``: runs
    do not work without."""

    what: str
    there: bool
    says: str
    package: str | None = None
    command: str | None = None
    needed: bool = True


def examine() -> list[Line]:
    """Everything, the needed first."""
    return [*system(), *programs(), *servers()]


def system() -> Iterator[Line]:
    linux = sys.platform.startswith("linux")
    yield Line("Linux", linux, os.uname().release if linux else f"this is {sys.platform}")
    root = linux and os.geteuid() == 0
    yield Line("root", root, "yes" if root else "no: use sudo")
    tun = os.path.exists("/dev/net/tun")
    yield Line("tun", tun, "the wire of lab probe", None, "modprobe tun", needed=False)
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
        if one.environment == "this":
            missing = lacking(one)
            command = None if one.package else installing(one)
            says = one.told({})
            yield Line(f"--server {one.name}", not missing, says, one.package, command, False)
    yield pythons()


def pythons() -> Line:
    """Python's servers together: they come with one environment."""
    several = [one for one in SERVERS.values() if one.environment == "servers"]
    missing = sorted({module for one in several for module in lacking(one)})
    says = f"in {environment.folder()}: {', '.join(one.name for one in several)}"
    says = f"{', '.join(missing)} not found {says}" if missing else f"found {says}"
    return Line("Python's servers", not missing, says, None, environment.installing(), False)


def remedies(lines: Sequence[Line]) -> list[str]:
    """The commands that bring what is missing: one for Debian's, one for each of Python's
    environments."""
    missing = [one for one in lines if not one.there]
    packages = [one.package for one in missing if one.package]
    others = dict.fromkeys(one.command for one in missing if one.command)
    return [*([from_debian(*packages)] if packages else []), *others]

"""What the lab needs to know of a server to run it inside a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from unstick.lab.processes import Crew, Process

SIZES = (100, 20_000, 4_000_000, 8_000_000, 32_000_000)
"""Bytes of every object that a client of the lab asks for."""


class Place(NamedTuple):
    """Where a server is to run: ``folder`` is its own, for configuration, content and logs."""

    crew: Crew
    namespace: str
    folder: Path
    host: str
    port: int
    tls: bool
    who: str = "server"

    def log(self, name: str) -> IO[bytes]:
        """A file for what a program prints; ``Crew`` closes our end of it."""
        return (self.folder / f"{name}.log").open("wb")


class Server(NamedTuple):
    """``program``: what must be installed, and ``package``: Debian's name of it. ``modules``: what
    Python must find, in this environment or in that of the ``servers``.

    ``start`` starts it and returns the process that is it; it need not be ready. ``log`` is what
    its own log says, line by line, once it has ended. ``defaults``: the options it can be given,
    and their values.
    """

    name: str
    says: str
    start: Callable[[Place, Mapping[str, Any]], Process]
    log: Callable[[Path], list[str]]
    defaults: Mapping[str, Any]
    program: str | None = None
    package: str | None = None
    modules: tuple[str, ...] = ()
    environment: str = "this"
    speaks_tls: bool = False

    def told(self, given: Mapping[str, Any]) -> str:
        """``says``, with the options as they are."""
        return self.says.format_map({**self.defaults, **given})


def lines_of(path: Path) -> list[str]:
    """A log file's lines; none when there is no such file."""
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def about_requests(*paths: Path) -> list[str]:
    """What log files say of clients and their requests, not of the server itself."""
    lines = [line for path in paths for line in lines_of(path)]
    return [one for one in lines if "/bytes/" in one or "client" in one]

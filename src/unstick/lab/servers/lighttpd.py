"""Debian's lighttpd: files, its own defaults (server.max-write-idle 360 s)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers import content
from unstick.lab.servers.base import Place, Server, about_requests

DEFAULTS: dict[str, Any] = {"lines": []}
"""``lines``: such as "server.max-write-idle = 10"."""

CONFIGURATION = """\
server.document-root = "{root}"
server.bind = "{host}"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.modules = ("mod_accesslog")
accesslog.filename = "{folder}/access.log"
{lines}
"""


def start(place: Place, options: Mapping[str, Any]) -> Process:
    path = place.folder / "lighttpd.conf"
    text = CONFIGURATION.format(
        root=content.files(place),
        host=content.bracketed(place.host),
        port=place.port,
        folder=place.folder,
        lines="\n".join(options["lines"]),
    )
    path.write_text(text, encoding="utf-8")
    command = ["lighttpd", "-D", "-f", str(path)]
    return place.crew.start_program("lighttpd", place.namespace, command, place.log("lighttpd"))


def log(folder: Path) -> list[str]:
    return about_requests(folder / "access.log", folder / "error.log")


SERVER = Server(
    "lighttpd",
    "Debian's, files, its defaults (server.max-write-idle 360 s)",
    start,
    log,
    DEFAULTS,
    program="lighttpd",
    package="lighttpd",
)

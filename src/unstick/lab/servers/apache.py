"""Debian's Apache httpd: the event MPM, files, its own defaults (TimeOut 60 s)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers import content
from unstick.lab.servers.base import Place, Server, about_requests

DEFAULTS: dict[str, Any] = {"lines": []}
"""``lines``: such as "TimeOut 10"."""

MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """\
ServerName lab
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache2.pid
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
User www-data
Group www-data
Listen {address}
DocumentRoot {root}
ErrorLog {folder}/error.log
LogLevel info
LogFormat "%h \\"%r\\" %>s %B bytes, %X at the end" lab
CustomLog {folder}/access.log lab
<Directory {root}>
  Require all granted
</Directory>
{lines}
"""


def start(place: Place, options: Mapping[str, Any]) -> Process:
    root = content.files(place)
    open_to_all(root)
    path = place.folder / "apache2.conf"
    text = CONFIGURATION.format(
        folder=place.folder,
        modules=MODULES,
        address=f"{content.bracketed(place.host)}:{place.port}",
        root=root,
        lines="\n".join(options["lines"]),
    )
    path.write_text(text, encoding="utf-8")
    command = ["apache2", "-DFOREGROUND", "-f", str(path)]
    return place.crew.start_program("apache2", place.namespace, command, place.log("apache2"))


def open_to_all(root: Path) -> None:
    """Its workers are not root, and a run's folder may be root's alone."""
    for one in (root, *root.rglob("*"), *root.parents):
        if str(one).startswith(str(root.parent.parent)):
            one.chmod(one.stat().st_mode | (0o055 if one.is_dir() else 0o044))


def log(folder: Path) -> list[str]:
    return about_requests(folder / "access.log", folder / "error.log")


SERVER = Server(
    "apache",
    "Debian's httpd, event MPM, files, its defaults (TimeOut 60 s)",
    start,
    log,
    DEFAULTS,
    program="apache2",
    package="apache2",
)
